"""An administrator's day in a real browser: health, a new person with a key and an account, units, duties, queues."""

from pathlib import Path

import pytest
from glass import CHROMIUM, DESK, PHONE, glass, sign_in

from services import standalone
from services.demo.doors import Doors
from services.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")


async def test_an_administrator_keeps_people_units_and_duties(
    house: Settings, doors: Doors, port: int, tmp_path: Path
) -> None:
    account = standalone.credentials(house)["accounts"]["administrator"]
    async with glass(port, tmp_path) as seen:
        page = await seen.open(DESK)
        await sign_in(page, account, "/routing/admin")
        assert (await page.inner_text("main")).count("正常") == 3
        await seen.look(page, "admin-desk")
        await page.get_by_role("link", name="人员", exact=True).click()
        await seen.look(page, "admin-people-desk")
        await page.fill("#n-name", "永嘉·新网格员")
        await page.select_option("#n-role", "officer")
        await page.fill("#n-unit", "没有")
        await page.get_by_role("button", name="新增").click()
        assert "填写有误" in await page.inner_text("#refused")
        assert await page.input_value("#n-name") == "永嘉·新网格员"
        await page.fill("#n-unit", "310101023011")
        await page.get_by_role("button", name="新增").click()
        assert "/routing/admin/people/" in page.url
        person = page.url.split("/")[-1].partition("?")[0]
        await page.get_by_role("button", name="新做一把密钥").click()
        assert (await page.inner_text(".once")).startswith("gl_")
        await seen.look(page, "admin-key-once-desk")
        await page.fill("#username", "w20001")
        await page.get_by_role("button", name="开账号").click()
        assert "首次登录密码" in await page.inner_text("main")
        await page.goto(f"/routing/admin/people/{person}")
        assert await page.locator(".once").count() == 0
        await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await seen.look(page, "admin-person-phone")
        await page.get_by_role("button", name="作废").click()
        await page.wait_for_url("**/people/*done=1", wait_until="load")
        assert "已作废" in await page.inner_text("main")
        for path, name in (
            ("units?parent=310101023", "units"),
            ("presets", "presets"),
            ("calendar/2027", "calendar"),
            ("queue", "queue"),
        ):
            await page.goto(f"/routing/admin/{path}")
            await seen.look(page, f"admin-{name}-phone")
        await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        await page.goto("/routing/admin/duties?grid=310101023011")
        await page.fill("#d-person", person)
        await page.fill("#d-title", "包保")
        await page.get_by_role("button", name="加上").click()
        assert "永嘉·新网格员" in await page.inner_text("main table")
        await seen.look(page, "admin-duties-desk")
        await page.goto("/intake/admin/queue")
        assert "没有。所有消息都已送达" in await page.inner_text("main")
        await page.goto("/routing/admin/people?lang=en")
        assert await page.get_attribute("html", "lang") == "en"
        await seen.picture(page, "admin-people-en-desk")
