"""The dispatcher's and the supervisor's day in a real browser, at the desk and on the phone, meeting no other host."""

from pathlib import Path

import pytest
from desk_days import CHROMIUM, account, at_work, chromium, served
from grid_centre import CITY, COMMITTEE, STREET, Centre
from sqlalchemy import text
from story import DONE

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")


async def test_a_dispatchers_and_a_supervisors_day(centre: Centre, tmp_path: Path) -> None:
    first = await centre.report(issue=None, text="又吵又闹，没有人管。")
    second = await centre.report(issue=None, text="小区门口乱得很，车停得到处都是，垃圾也没人收。")
    one, same, done = [await centre.report() for _ in range(3)]
    officer = await centre.desk("officer", COMMITTEE)
    await centre.made(officer, done, "accept")
    await centre.made(officer, done, "report-done", DONE)
    async with centre.database.unit() as session:
        await session.execute(
            text("UPDATE orders SET due_at = now() - interval '1 day' WHERE case_no = :it"), {"it": one}
        )
    dispatcher, supervisor = [
        await account(centre, await centre.desk(role, CITY)) for role in ("dispatcher", "supervisor")
    ]
    async with served(centre) as base, chromium() as browser:
        desk = await at_work(browser, base, dispatcher, tmp_path)
        await desk.go("/routing/dispatch")
        await desk.look("dispatch-queue")
        await desk.page.get_by_text("又吵又闹").click()
        await desk.look("dispatch-case")
        chosen = desk.page.locator("input[name=choice]")
        await desk.page.keyboard.press("2")
        assert await chosen.nth(1).is_checked()
        unit = (await chosen.nth(1).get_attribute("value") or "").partition("|")[0]
        await desk.page.keyboard.press("Enter")
        await desk.page.wait_for_url(f"**/cases/{second}?**")
        assert first in await desk.page.inner_text("[role=status]")
        assert await centre.value(first, "lead_unit") == unit
        await desk.go(f"/routing/dispatch/cases/{same}?beside={one}")
        await desk.look("dispatch-pair")
        await desk.page.get_by_role("button", name=f"是同一件：并入 {one}").click()
        assert await centre.value(same, "merged_into") == one
        board = await at_work(browser, base, supervisor, tmp_path)
        await board.go(f"/routing/board?grid={STREET}")
        await board.page.wait_for_selector("#map .choroplethlayer path")
        await board.look("board-map")
        box = await board.page.locator("#map .choroplethlayer path").nth(1).bounding_box()
        assert box
        where = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        await board.page.mouse.move(*where)
        await board.page.wait_for_selector("#map .hovertext")
        await board.page.mouse.click(*where)
        await board.page.wait_for_url(f"**/board?grid={STREET}P02")
        await board.page.locator("td.hot a").first.click()
        assert "共 1 件" in await board.page.inner_text("main")
        await board.go("/routing/board/next")
        await board.look("board-check")
        await board.page.locator("#approve-finding").fill("现场属实")
        await board.page.get_by_role("button", name="核查通过").click()
        await board.page.wait_for_url("**/board/cases?**")
        await board.look("board-empty")
        assert await centre.value(done, "state") == "feedback.surveying"
        assert desk.strangers == board.strangers == []
