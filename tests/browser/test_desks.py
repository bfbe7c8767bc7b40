"""The dispatcher's and the supervisor's day in a real browser, at the desk and on the phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk_days import CHROMIUM, COMMITTEE, Sight, arrived, browser_of, pictures, signed_in
from playwright.async_api import Browser

from services.demo.doors import Doors
from services.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
VAGUE = "弄堂里最近老是出问题，晚上特别吵，灯也不亮，麻烦派人来看看。"


@pytest.fixture
async def browser(port: int) -> AsyncIterator[Browser]:
    async with browser_of(port) as made:
        yield made


async def test_a_dispatcher_sends_cases_on_by_keys_and_by_forms(
    house: Settings, doors: Doors, browser: Browser, port: int, tmp_path: Path
) -> None:
    strangers: list[str] = []
    first = await arrived(doors, "discover.triage", VAGUE, grid_code=COMMITTEE)
    second = await arrived(doors, "discover.triage", "又吵又闹，没有人管。", grid_code=COMMITTEE)
    page = await signed_in(browser, house, port, "dispatcher", strangers)
    sight = Sight(page, pictures(tmp_path))
    await page.goto(f"http://127.0.0.1:{port}/routing/dispatch")
    await sight.look("dispatch-queue")
    await page.get_by_text(VAGUE[:20]).click()
    await sight.look("dispatch-case")
    chosen = page.locator("input[name=choice]")
    assert await chosen.count() >= 2
    await page.keyboard.press("2")
    assert await chosen.nth(1).is_checked()
    unit = (await chosen.nth(1).get_attribute("value") or "").partition("|")[0]
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/dispatch/cases/{second.case_no}?**")
    assert first.case_no in await page.inner_text("[role=status]")
    await first.look()
    assert (first.order["state"], first.lead) == ("handle.dispatched", unit)
    assert strangers == []
