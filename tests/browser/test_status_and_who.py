"""The citizen's two pages in a real browser: how my case stands, and who is responsible here for this."""

import asyncio
import re
import secrets
from pathlib import Path

import pytest
from glass import CHROMIUM, DESK, glass
from playwright.async_api import Page

from services.demo.doors import Doors
from services.demo.stories import Story

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
REPORT = {
    "channel": "hotline",
    "item_type": "complaint",
    "issue_code": "05-01",
    "description": "弄堂口垃圾堆了三天没人清运。",
    "grid_code": "310101023011",
    "reporter": {"name": "样例", "phone": "13800001234"},
}


async def sent_to(story: Story, capsys: pytest.CaptureFixture[str]) -> str:
    """The address in the message that the reporter gets."""
    printed = ""
    async with asyncio.timeout(30):
        while True:
            printed += capsys.readouterr().out
            if found := re.search(rf"notice registered/\S+ {story.case_no} (\S+)", printed):
                return found[1]
            await asyncio.sleep(0.05)


async def weight(page: Page) -> int:
    """What the page and all it loads weigh."""
    return int(
        await page.evaluate(
            "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
            ".reduce((sum, each) => sum + each.transferSize, 0)"
        )
    )


async def test_a_citizen_follows_the_case_and_chases_it(
    doors: Doors, port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story(doors, REPORT, secrets.token_hex(8))
    await story.post()
    address = await sent_to(story, capsys)
    async with asyncio.timeout(30):
        await story.until("handle.dispatched")
    async with glass(port, tmp_path) as seen:
        page = await seen.open()
        await page.goto(address)
        assert "#" not in page.url
        await seen.look(page, "status-ask-phone")
        assert await weight(page) < 100_000
        await page.get_by_role("button", name="查询").click()
        assert "已经派给承办单位" in await page.inner_text("main")
        await seen.look(page, "status-phone")
        await page.locator("summary").click()
        await page.get_by_label("想说的").fill("已经三天了")
        await page.locator("details button").click()
        assert "已替您催办" in await page.inner_text("main")
        await seen.look(page, "status-chased-phone")
        await page.get_by_role("button", name="English").click()
        assert await page.get_attribute("html", "lang") == "en"
        assert "Given to the responsible unit" in await page.inner_text("main")
        await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        await seen.picture(page, "status-desk-en")
        plain = await seen.open(scripts=False)
        await plain.goto("/intake/status")
        await plain.fill("#no", story.case_no)
        await plain.fill("#code", "0000-0000-0000")
        await plain.get_by_role("button", name="查询").click()
        assert "编号和查询码对不上" in await plain.inner_text("main")
        await seen.picture(plain, "status-wrong-phone")


async def test_anybody_asks_who_is_responsible(doors: Doors, port: int, tmp_path: Path) -> None:
    async with glass(port, tmp_path) as seen:
        page = await seen.open(scripts=False)
        await page.goto("/routing/who")
        await seen.picture(page, "who-ask-phone")
        await page.get_by_role("button", name="问谁负责").click()
        assert "请说一说是什么事" in await page.inner_text("main")
        await page.get_by_label("什么事").fill("楼道里堆满了纸箱和旧家具，走不过去")
        await page.get_by_label("在哪里").fill("光明村")
        await page.get_by_role("button", name="问谁负责").click()
        assert "是下面哪个地方" in await page.inner_text("main")
        await seen.picture(page, "who-open-phone")
        await page.locator(".pick button").first.click()
        assert "负责" in await page.inner_text(".now")
        desk = await seen.open(DESK)
        await desk.goto("/routing/who")
        await seen.look(desk, "who-ask-desk")
        await desk.goto("/routing/who?issue=08-04&grid=310101023011")
        assert "可以去这里当面说" in await desk.inner_text("main")
        await seen.look(desk, "who-answer-desk")
        await desk.set_viewport_size({"width": 360, "height": 740})
        await seen.look(desk, "who-answer-phone")


async def test_a_place_is_found_by_the_list_or_a_tap_on_the_map_and_the_words_stay(
    doors: Doors, port: int, tmp_path: Path
) -> None:
    words = "楼道里堆满了电动车，有人飞线充电，怕着火。"
    async with glass(port, tmp_path) as seen:
        for scripts in (False, True):
            page = await seen.open(scripts=scripts)
            await page.goto("/routing/who")
            await page.get_by_label("什么事").fill(words)
            await page.locator("#places summary").click()
            for name in ("黄浦区", "瑞金二路街道"):
                await page.get_by_role("button", name=name, exact=True).click()
            if scripts:
                await seen.look(page, "who-map-phone")
                await page.locator("svg.map polygon").nth(2).click()
            else:
                await page.get_by_role("button", name="复兴片区", exact=True).click()
            await page.get_by_role("button", name="香山居委会").click()
            await page.get_by_role("button", name="就选这里").click()
            assert "地点已选：香山居委会" in await page.inner_text("main")
            assert await page.get_by_label("什么事").input_value() == words
            assert "电动车" not in page.url
            await page.get_by_role("button", name="问谁负责").click()
            assert "香山居委会" in await page.inner_text(".now h2")
        await page.goto("/routing/who?lang=en")
        await page.locator("#places summary").click()
        await page.get_by_role("button", name="黄浦区").click()
        assert await page.get_attribute("html", "lang") == "en"
        assert "Who is responsible" in await page.inner_text("main h1")
