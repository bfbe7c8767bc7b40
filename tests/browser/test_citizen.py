"""The citizen's page in a real browser: at phone width, without scripts, with nothing fetched from elsewhere."""

import asyncio
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, async_playwright

from services.demo.doors import Doors
from services.demo.stories import Story

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
REPORT = {
    "channel": "hotline",
    "item_type": "complaint",
    "issue_code": "05-01",
    "description": "弄堂口垃圾堆了三天没人清运。",
    "grid_code": "310101023011",
    "reporter": {"name": "样例", "phone": "13800001234"},
    "play": {"answer": "垃圾已清运，地面已冲洗。"},
}


@pytest.fixture
async def page(port: int) -> AsyncIterator[Page]:
    """A phone of 360 px without scripts; a request to any other host fails the test."""
    strangers: list[str] = []

    async def only_here(route: Route) -> None:
        if route.request.url.startswith(f"http://127.0.0.1:{port}/"):
            await route.continue_()
        else:
            strangers.append(route.request.url)
            await route.abort()

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
        await context.route("**/*", only_here)
        yield await context.new_page()
        await browser.close()
    assert strangers == []


@pytest.fixture
async def link(doors: Doors, capsys: pytest.CaptureFixture[str]) -> str:
    """The one-time link of a case that waits for its verdict."""
    story = Story(doors, REPORT, secrets.token_hex(8))
    await story.post()
    async with asyncio.timeout(60):
        await story.until("feedback.surveying")
        printed = ""
        while True:
            printed += capsys.readouterr().out
            for line in printed.splitlines():
                if story.case_no in line and (found := re.search(r"http://\S+/feedback/s/\S+", line)):
                    return found[0]
            await asyncio.sleep(0.05)


async def test_a_citizen_answers_in_two_taps_and_the_link_is_spent(page: Page, link: str, tmp_path: Path) -> None:
    answer = await page.goto(link)
    assert answer is not None
    assert answer.status == 200
    text = await page.inner_text("body")
    assert "垃圾已清运" in text
    assert "13800001234" not in text
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.screenshot(path=tmp_path / "survey.png", full_page=True)
    await page.get_by_label("解决", exact=True).check()
    await page.get_by_label("满意", exact=True).check()
    await page.get_by_role("button", name="提交评价").click()
    assert "谢" in await page.inner_text("body")
    gone = await page.goto(link)
    assert gone is not None
    assert gone.status == 410
    await page.get_by_role("link", name="查进度").click()
    assert page.url.endswith("/intake/status")


async def test_the_page_speaks_english_by_switch(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_role("link", name="English").click()
    assert await page.get_attribute("html", "lang") == "en"
    assert "solved" in (await page.inner_text("body")).lower()
