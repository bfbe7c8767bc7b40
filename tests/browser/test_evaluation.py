"""A caller's and an evaluator's day in a real browser: phone and desk, light and dark, nothing from elsewhere."""

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.async_playwright import Axe
from one_time import unused_code
from playwright.async_api import BrowserContext, Page, Route, async_playwright
from sqlalchemy import insert

from feedback.figure_models import PublishedMonth
from feedback.models import Finding
from services import standalone
from services.clocks import now
from services.database import Database
from services.demo.doors import Doors
from services.demo.stories import Story
from services.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}
REPORT = {
    "channel": "hotline",
    "item_type": "complaint",
    "issue_code": "05-01",
    "description": "弄堂口垃圾堆了三天没人清运。",
    "grid_code": "310101023011",
    "reporter": {"name": "样例", "phone": "13800001234"},
    "play": {"answer": "垃圾已清运，地面已冲洗，并加派保洁每日两次巡查。"},
}
AXE = Axe()
SMALL = """() => [...document.querySelectorAll(
    "main a, main button, main select, main summary, main input:not([type=hidden], [type=radio], [type=checkbox])")]
  .filter(each => each.getClientRects().length)
  .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)"""
"""What is smaller than a thumb needs."""


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Where screenshots are kept: in the folder `GRIDLOOP_SCREENSHOTS` names, else in the test's own."""
    kept = Path(os.environ.get("GRIDLOOP_SCREENSHOTS", tmp_path))
    kept.mkdir(parents=True, exist_ok=True)
    return kept


@pytest.fixture
async def context(port: int) -> AsyncIterator[BrowserContext]:
    """A browser that reaches this host alone; a request to any other fails the test."""
    strangers: list[str] = []

    async def only_here(route: Route) -> None:
        if route.request.url.startswith(f"http://127.0.0.1:{port}/"):
            await route.continue_()
        else:
            strangers.append(route.request.url)
            await route.abort()

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        made = await browser.new_context(viewport=DESK, base_url=f"http://127.0.0.1:{port}")
        made.set_default_timeout(20_000)
        await made.route("**/*", only_here)
        yield made
        await browser.close()
    assert strangers == []


async def sign_in(page: Page, house: Settings, role: str, to: str) -> None:
    account = standalone.sample_accounts(house)[role]
    await page.goto(f"/feedback/sign-in?next={to}")
    await page.fill("[name=username]", account["username"])
    await page.fill("[name=password]", account["password"])
    await page.keyboard.press("Enter")
    if "totp_secret" in account:
        await page.wait_for_selector("[name=code]")
        await page.fill("[name=code]", await unused_code(account["totp_secret"]))
        await page.keyboard.press("Enter")
    await page.wait_for_url(f"**{to}")


async def looked_at(page: Page, shots: Path, name: str) -> None:
    """Phone and desk, light and dark: a picture of each, nothing cut off, nothing that axe finds."""
    for size, view in (("phone", PHONE), ("desk", DESK)):
        await page.set_viewport_size(view)
        assert await page.evaluate("document.documentElement.scrollWidth") <= view["width"], (name, size)
        await page.screenshot(path=shots / f"{name}-{size}.png", full_page=True)
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)
        if scheme == "dark":
            await page.screenshot(path=shots / f"{name}-dark.png", full_page=True)
        found = await AXE.run(page, options=RULES)
        assert found.violations_count == 0, (name, scheme, found.generate_report())
    small = await page.evaluate(SMALL)
    assert small == [], name


async def surveying(doors: Doors) -> str:
    """A case that waits for a call, known to feedback and intake."""
    story = Story(doors, REPORT, secrets.token_hex(8))
    await story.post()
    async with asyncio.timeout(60):
        await story.until("feedback.surveying")
        while story.case_no not in {item["case_no"] for item in await doors.every("caller", "/feedback/v1/calls")}:
            await asyncio.sleep(0.1)
    return str(story.case_no)


async def test_a_caller_takes_connects_asks_and_goes_on_by_keyboard_alone(
    context: BrowserContext, house: Settings, doors: Doors, shots: Path
) -> None:
    first, _ = await surveying(doors), await surveying(doors)
    page = await context.new_page()
    await sign_in(page, house, "caller", "/feedback/calls")
    assert first in await page.inner_text("main")
    await looked_at(page, shots, "calls")
    await page.reload()
    await enter(page)
    await page.wait_for_url("**/feedback/calls/*-*")
    await looked_at(page, shots, "call")
    await page.reload()
    await enter(page)
    await page.wait_for_url("**/intake/contacts/*")
    assert "正在接通" in await page.inner_text("main")
    called = number_on(await page.inner_text("main"))  # one of those that wait: others of the house may wait too
    assert "13800001234" not in await page.content()
    await looked_at(page, shots, "contact")
    await page.focus("main a.button")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/feedback/calls/*#ask")
    for _ in range(3):
        await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
    assert await page.is_checked("[name=satisfied][value=satisfied]")
    await page.focus("#words")
    await page.keyboard.type("处理得很快")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/feedback/calls?noted=answered")
    assert "评价已记录" in await page.inner_text("[role=status]")
    await page.goto("/feedback/calls")
    await enter(page)
    await page.wait_for_url("**/feedback/calls/*-*")
    await page.locator("summary").click()
    await page.get_by_label("为什么中继不行").fill("中继占线两次")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/intake/contacts/*")
    assert "13800001234" in await page.inner_text("main")
    await looked_at(page, shots, "number")
    assert number_on(await page.inner_text("main")) != called


async def enter(page: Page) -> None:
    """Press what the page has put under the finger, as soon as it has."""
    await page.wait_for_function("document.activeElement !== document.body")
    await page.keyboard.press("Enter")


def number_on(text: str) -> str:
    """The case number on a page."""
    (found,) = set(re.findall(r"\d{16}", text))
    return str(found)


async def test_an_evaluator_reviews_corrects_by_two_and_opens_a_figure(
    context: BrowserContext, house: Settings, doors: Doors, shots: Path
) -> None:
    case_no = await surveying(doors)
    calls = await doors.every("caller", "/feedback/v1/calls")
    (survey,) = [item["id"] for item in calls if item["case_no"] == case_no]
    await doors.ask("caller", "POST", f"/feedback/v1/calls/{survey}/take")
    said = {"solved": "部分解决", "satisfied": "基本满意", "unit_contacted": True}
    await doors.ask("caller", "POST", f"/feedback/v1/calls/{survey}/answers", said)
    await a_finding(house, case_no)
    page = await context.new_page()
    await sign_in(page, house, "evaluator", "/feedback/evaluation")
    await page.fill("#case_no", case_no)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/feedback/evaluation/cases/{case_no}")
    await page.get_by_text("提出更正").click()
    await page.get_by_label("是否解决").select_option("unsolved")
    await page.get_by_label("理由").first.fill("录音里说的是没有解决")
    await looked_at(page, shots, "case")
    await page.get_by_role("button", name="提出，由另一位测评员决定").first.click()
    await page.wait_for_url("**?done=pending")
    await page.get_by_text("提出剔除").click()
    await page.get_by_label("重办率").check()
    await page.get_by_label("理由").last.fill("同一事项重复登记")
    await page.get_by_label("证据在哪里").fill("并单记录第 3 条")
    await page.get_by_role("button", name="提出，由另一位测评员决定").last.click()
    await page.wait_for_url("**?done=proposed")
    await page.goto("/feedback/evaluation")
    await looked_at(page, shots, "evaluation")
    await page.get_by_role("link", name="全部满意").click()
    await looked_at(page, shots, "finding")
    await page.get_by_label("有合理解释").check()
    await page.get_by_label("理由").fill("抽听十件录音，均属实")
    await page.get_by_role("button", name="记下结论").click()
    await page.wait_for_selector("text=结论只下一次")
    await page.goto(f"/feedback/evaluation/figures?month={now():%Y-%m}")
    await looked_at(page, shots, "figures")
    await page.locator("table").first.locator("a").first.click()
    await page.wait_for_url("**/figures/cases?*")
    await looked_at(page, shots, "figure-cases")
    await page.goto("/feedback/evaluation?lang=en")
    assert "Findings to review" in await page.inner_text("main")


async def test_anybody_reads_the_published_month_on_any_screen(
    context: BrowserContext, house: Settings, shots: Path
) -> None:
    for month in (date(2026, 8, 1), date(2026, 9, 1)):
        await a_published(house, month)
    page = await context.new_page()
    await page.goto("/feedback/public")
    assert "样例街道 3" in await page.inner_text("main")
    await looked_at(page, shots, "public")
    await page.get_by_role("link", name="2026-08").click()
    assert "2026-08" in await page.inner_text("h1")


async def a_published(house: Settings, month: date) -> None:
    """A synthetic month as it would have been published."""

    def area(name: str, cases: int | None, *rates: int | None) -> dict[str, object]:
        told = dict(zip(("on_time", "resolution", "satisfaction"), rates, strict=True))
        return {"code": name, "name": name, "cases": cases, **told}

    streets = [area(f"样例街道 {n}", None if n == 5 else 100 + n, 96, None if n == 5 else 88, 91) for n in range(12)]
    districts = [{**area("样例区", 1240, 95, 87, 90), "streets": streets}]
    totals = {"minimum": 10, "city": area("", 1240, 95, 87, 90), "districts": districts}
    row = {"month": month, "formula": "2026.2", "published_at": now(), "totals": totals}
    database = Database(house.database_for("feedback"), "feedback")
    async with database.unit() as session:
        await session.execute(insert(PublishedMonth), row)
    await database.close()


async def a_finding(house: Settings, case_no: str) -> None:
    """A synthetic finding about this case's street."""
    row = {
        "id": uuid4(), "test": "all_satisfied", "method": "2026.1", "subject": "310101023",
        "period_start": now() - timedelta(days=40), "period_end": now() - timedelta(days=10),
        "statistic": {"name": "product of peers' rates", "ratings": 30, "expected_share": 0.741, "q_value": 0.0021},
        "p_value": 0.00012, "cases": [case_no], "found_at": now(), "version": 1,
    }  # fmt: skip
    database = Database(house.database_for("feedback"), "feedback")
    async with database.unit() as session:
        await session.execute(insert(Finding), row)
    await database.close()
