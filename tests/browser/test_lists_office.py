"""The list editor's and the publisher's day in a real browser: browse, draft, check, replay, publish, Excel."""

from pathlib import Path

import pytest
from glass import CHROMIUM, DESK, PHONE, glass, sign_in
from playwright.async_api import Page

from services import standalone
from services.demo.doors import Doors
from services.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
ROW = {"#code": "R901", "#scope": "310101023", "#lead": "@street", "#valid_from": "2024-01-01"}


async def add_row(page: Page, version: str) -> None:
    """Noise from next door, in one street: the street leads. The first try has a scope that is no grid's."""
    await page.goto(f"{version}/responsibilities/new")
    for field, text in ROW.items():
        await page.fill(field, text)
    await page.select_option("#issue", "04-04")
    await page.select_option("#scope_kind", "subtree")
    await page.select_option("#power", "coordinate")
    await page.fill("#lead", "谁")
    await page.get_by_role("button", name="保存这一行").click()
    assert "清单有错" in await page.inner_text("#refused")
    assert await page.input_value("#scope") == "310101023"
    await page.fill("#lead", "@street")
    await page.get_by_role("button", name="保存这一行").click()
    assert "已保存" in await page.inner_text("main")


async def test_an_editor_drafts_and_a_publisher_publishes(
    house: Settings, doors: Doors, port: int, tmp_path: Path
) -> None:
    accounts = standalone.credentials(house)["accounts"]
    async with glass(port, tmp_path) as seen:
        page = await seen.open(DESK)
        await sign_in(page, accounts["editor"], "/routing/lists")
        await seen.look(page, "lists-desk")
        async with page.expect_download() as download:
            await page.get_by_role("link", name="下载空白模板").click()
        await page.set_input_files("#file", str(await (await download.value).path()))
        await page.get_by_role("button", name="上传").click()
        tried = await page.inner_text("main")
        assert "试读成功" in tried or "清单有错" in tried
        await seen.look(page, "lists-tried-desk")
        await page.get_by_role("button", name="复制成草稿").click()
        version = page.url.partition("?")[0]
        await add_row(page, version)
        await page.goto(f"{version}/responsibilities?q=R901")
        assert "04-04" in await page.inner_text("main tbody")
        await page.goto(f"{version}/issues?q=lj")
        await seen.look(page, "lists-issues-desk")
        await page.locator("main tbody a").first.click()
        await seen.look(page, "lists-issue-desk")
        await page.goto(version)
        await page.get_by_role("button", name="检查", exact=True).click()
        assert "要由另一个人发布" in await page.inner_text("main")
        await seen.look(page, "lists-checked-desk")
        await page.goto("/routing/lists/grids?q=rj")
        assert "瑞金二路街道" in await page.inner_text("main")
        await seen.look(page, "lists-grids-desk")
        await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        await seen.look(page, "lists-grids-phone")
        await page.goto(f"{version}/responsibilities")
        await seen.look(page, "lists-duties-phone")
        other = await seen.open(DESK)
        await sign_in(other, accounts["publisher"], "/routing/lists")
        await other.goto(f"{version}/replay")
        await seen.look(other, "lists-replay-desk")
        await other.goto(version)
        if await other.locator("#reason").count():
            await other.fill("#reason", "样例：空白先由街道受理")
        await other.get_by_role("button", name="发布，立即生效").click()
        assert "正在用" in await other.inner_text("main")
        await seen.look(other, "lists-published-desk")
        await other.goto(f"{version}?lang=en")
        await seen.picture(other, "lists-version-en-desk")
