"""An officer's day on a phone, without a signal for a while, and a clerk's at the desk, in a real browser.

`GRIDLOOP_SCREENSHOTS` names a folder for the pictures; without it they lie in the test's own.
"""

import asyncio
import io
import os
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from one_time import unused_code
from PIL import Image
from playwright.async_api import Browser, Page, Route, async_playwright, expect

from services.demo.doors import Doors
from services.demo.stories import Story
from services.settings import Settings
from services.standalone import sample_accounts

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
REPORT: dict[str, Any] = {
    "channel": "hotline",
    "item_type": "complaint",
    "issue_code": "05-01",
    "description": "弄堂口垃圾堆了三天没人清运，天热味道很大，老人进出不便，希望尽快处理。",
    "address": "永嘉路120弄",
    "grid_code": "310101023011",
    "reporter": {"name": "样例", "phone": "13800001234"},
}


KEPT = """async () => {
  const open = await new Promise((done) => {
    const asked = indexedDB.open("gridloop-field");
    asked.onsuccess = () => done(asked.result);
  });
  const queue = open.transaction("queue").objectStore("queue").count();
  const waiting = await new Promise((done) => { queue.onsuccess = () => done(queue.result); });
  return [(await caches.keys()).filter((each) => each.endsWith("pages")), localStorage.length, waiting];
}"""
"""What the phone still holds: kept pages, whose it was, what waits."""


class Walk:
    """One browser window of somebody who works here; every picture and every check of it."""

    def __init__(self, browser: Browser, base: str, pictures: Path) -> None:
        self.browser, self.base, self.pictures = browser, base, pictures
        self.strangers: list[str] = []
        self.page: Page

    async def begin(self, size: Any, **options: Any) -> None:
        context = await self.browser.new_context(viewport=size, bypass_csp=False, **options)
        await context.route(lambda url: not url.startswith(f"{self.base}/"), self._stranger)
        self.page = await context.new_page()
        self.page.set_default_timeout(20_000)

    async def _stranger(self, route: Route) -> None:
        self.strangers.append(route.request.url)
        await route.abort()

    async def sign_in(self, account: dict[str, str], then: str) -> None:
        await self.page.goto(f"{self.base}/routing/sign-in?next={then}")
        await self.page.fill("#username", account["username"])
        await self.page.fill("#password", account["password"])
        await self.page.click("main button[type=submit]")
        if totp := account.get("totp_secret"):
            await self.page.fill("#code", await unused_code(totp))
            await self.page.click("main button[type=submit]")
        await self.page.wait_for_url(f"{self.base}{then}")

    async def look(self, name: str) -> None:
        """A picture in light and dark; nothing is cut off, axe finds nothing."""
        for scheme in ("light", "dark"):
            await self.page.emulate_media(color_scheme=scheme)
            found = await Axe().run(self.page, options=RULES)
            faults = [(each["id"], [node["html"] for node in each["nodes"]]) for each in found.response["violations"]]
            assert faults == [], f"{name} in {scheme}"
            await self.page.screenshot(path=self.pictures / f"{name}-{scheme}.png", full_page=True)
        await self.page.emulate_media(color_scheme="light")
        wide = await self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, name


@pytest.fixture
async def walk(port: int, tmp_path: Path) -> AsyncIterator[Walk]:
    pictures = Path(os.environ.get("GRIDLOOP_SCREENSHOTS", tmp_path))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        made = Walk(browser, f"http://127.0.0.1:{port}", pictures)
        yield made
        await browser.close()
    assert made.strangers == []


@pytest.fixture
def accounts(house: Settings) -> dict[str, dict[str, str]]:
    return sample_accounts(house)


async def dispatched(doors: Doors) -> Story:
    story = Story(doors, REPORT, secrets.token_hex(8))
    await story.post()
    async with asyncio.timeout(60):
        await story.until("handle.dispatched")
    return story


def photo() -> bytes:
    written = io.BytesIO()
    Image.effect_noise((3000, 2000), 60).convert("RGB").save(written, "JPEG", quality=95)
    return written.getvalue()


async def moves_of(story: Story) -> list[str]:
    await story.look()
    return [entry["move"] for entry in story.order["timeline"]]


async def test_an_officers_day_with_a_bad_signal(walk: Walk, doors: Doors, accounts: dict[str, dict[str, str]]) -> None:
    story, other = await dispatched(doors), await dispatched(doors)
    await walk.begin(PHONE, has_touch=True, is_mobile=True)
    await walk.sign_in(accounts["officer"], "/routing/mine?shelf=unit")
    await walk.look("officer-list")
    await accept(walk, story)
    assert "accept" in await moves_of(story)
    await contact_and_finish_offline(walk)
    assert set(await moves_of(story)) & {"contact", "report_done"} == set()
    await come_back_online(walk, story)
    moves = await moves_of(story)
    assert (moves.count("contact"), moves.count("report_done")) == (1, 1)
    assert [piece["kind"] for piece in story.order["evidence"]] == ["photo"]
    await press_after_somebody_else(walk, doors, other)
    assert "accept" not in await moves_of(other)
    await give_up_what_waits(walk)
    assert await note_a_visit(walk) == 403
    await walk.page.get_by_role("button", name="退出登录").click()
    await walk.page.wait_for_url("**/sign-in")
    assert await walk.page.evaluate(KEPT) == [[], 0, 0]


async def accept(walk: Walk, story: Story) -> None:
    page = walk.page
    await page.click(f"[data-case='{story.case_no}'] a")
    await page.get_by_text("为什么派给我").click()
    await walk.look("officer-case")
    await page.get_by_role("button", name="签收").click()
    await expect(page.get_by_role("status").first).to_have_text("已签收")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()


async def contact_and_finish_offline(walk: Walk) -> None:
    """The moves wait on the phone, also after the page was opened again."""
    page = walk.page
    await page.context.set_offline(True)
    await page.get_by_role("link", name="联系", exact=True).click()
    await page.get_by_label("联系上了").check()
    await walk.look("officer-contact")
    await page.locator("#contact button").click()
    await expect(page.locator("#queue")).to_contain_text("1 项已存在手机上")
    await page.get_by_role("link", name="办结", exact=True).click()
    await page.set_input_files("#photo", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    await expect(page.locator(".fresh figcaption")).to_contain_text("KB")
    await page.fill("#done-words", "已联系保洁清运，并冲洗地面。")
    await page.fill("#answer", "您反映的垃圾已清运，地面已冲洗，感谢您的反映。")
    await walk.look("officer-done")
    await page.locator("#done button[type=submit]:visible").click()
    await expect(page.locator("#queue")).to_contain_text("3 项已存在手机上")
    await page.reload()
    await expect(page.locator("#queue")).to_contain_text("3 项已存在手机上")
    await expect(page.locator("#queue")).to_contain_text("没有信号")
    await walk.look("officer-offline")


async def come_back_online(walk: Walk, story: Story) -> None:
    """What waited goes out by itself."""
    await walk.page.context.set_offline(False)
    async with asyncio.timeout(30):
        while "report_done" not in await moves_of(story):
            await asyncio.sleep(0.2)
    await expect(walk.page.locator("#queue")).to_be_hidden()


async def press_after_somebody_else(walk: Walk, doors: Doors, other: Story) -> None:
    """The case was changed while its page was open: the press is kept back and said."""
    page = walk.page
    await page.goto(f"{walk.base}/routing/mine/{other.case_no}")
    await other.look()
    officer = await doors.hire("officer", other.lead)
    assert await doors.move(officer, other.order, "note", {"text": "同事先看过了"})
    await page.get_by_role("button", name="签收").click()
    await expect(page.locator("#queue")).to_contain_text("刚才有人更新了")
    await walk.look("officer-conflict")


async def give_up_what_waits(walk: Walk) -> None:
    page = walk.page
    await page.get_by_role("link", name="查看最新情况").click()
    await expect(page.locator("#queue")).to_contain_text("刚才有人更新了")
    await page.get_by_role("button", name="不发了").click()
    await expect(page.locator("#queue")).to_be_hidden()


async def note_a_visit(walk: Walk) -> int:
    """What a form without its token is answered, after the visit was noted."""
    page = walk.page
    await page.goto(f"{walk.base}/intake/visits")
    await page.fill("#address", "志丰里6号")
    await page.fill("#description", "单元门关不上，夜里砰砰响。")
    await walk.look("officer-visit")
    await page.locator("main form button[type=submit]").click()
    await expect(page.get_by_role("status").first).to_contain_text("已记下，编号")
    forged = await page.request.post(f"{walk.base}/intake/visits", form={"address": "a", "description": "b"})
    return forged.status


async def test_a_clerk_registers_without_a_mouse(walk: Walk, doors: Doors, accounts: dict[str, dict[str, str]]) -> None:
    await walk.begin(DESK)
    page = walk.page
    await walk.sign_in(accounts["clerk"], "/intake/desk")
    began = datetime.now(UTC)
    await page.keyboard.type("楼道里堆满了电动车，有人飞线充电，怕着火。")
    await page.keyboard.press("Tab")
    await page.keyboard.type("永嘉路120弄")
    await expect(page.locator("#advice input[name=issue_code]").first).to_be_visible()
    await expect(page.locator("#advice .because")).to_be_visible()
    await walk.look("desk-form")
    assert await tabbed(page, until="登记并出条") >= {"issue_code", "grid_code"}
    await page.locator("#map svg").click(position={"x": 200, "y": 150})
    await expect(page.locator("#picked")).to_contain_text("✓")
    await walk.look("desk-map")
    await page.focus("#phone")
    await page.keyboard.type("13800001234")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".slip")).to_be_visible()
    assert (datetime.now(UTC) - began).total_seconds() < 30
    await expect(page.locator("#next")).to_be_focused()
    await walk.look("desk-slip")
    case_no = page.url.rpartition("/")[2]
    assert (await doors.read("clerk", f"/intake/v1/cases/{case_no}"))["channel"] == "walk_in"
    await page.focus("#next")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/intake/desk", timeout=5000)
    await page.set_viewport_size(PHONE)
    await walk.look("desk-phone")
    await page.locator("#description").fill(" ")
    await page.locator("#phone").fill("none")
    await page.evaluate("document.getElementById('description').removeAttribute('required')")
    await page.get_by_role("button", name="登记并出条").click()
    await expect(page.get_by_role("alert")).to_contain_text("请写明是什么事")
    await walk.look("desk-faults")


async def tabbed(page: Page, *, until: str) -> set[str]:
    """What the Tab key passes on its way to a button."""
    passed = set[str]()
    for _ in range(20):
        await page.keyboard.press("Tab")
        at = await page.evaluate("[document.activeElement.name || '', document.activeElement.innerText || '']")
        if at[1].strip() == until:
            return passed
        passed.add(at[0])
    raise AssertionError(passed)


async def test_a_matter_that_needs_proof_is_not_sent_without_it(
    walk: Walk, doors: Doors, accounts: dict[str, dict[str, str]]
) -> None:
    story = await dispatched(doors)
    officer = await doors.hire("officer", story.lead)
    assert await doors.move(officer, story.order, "accept", {})
    await walk.begin(PHONE, has_touch=True, is_mobile=True)
    page = walk.page
    await walk.sign_in(accounts["officer"], f"/routing/mine/{story.case_no}")
    await page.get_by_role("link", name="办结", exact=True).click()
    await page.fill("#done-words", "已联系保洁清运。")
    await page.fill("#answer", "垃圾已清运。")
    await page.locator("#done button[type=submit]:visible").click()
    await expect(page.locator("#evidence")).to_be_focused()
    await expect(page.locator("#queue")).to_be_hidden()
    await page.fill("#evidence", "保洁单")
    await page.locator("#done button[type=submit]:visible").click()
    await expect(page.get_by_role("status").first).to_have_text("已报办结，等待核查")
    assert (await moves_of(story)).count("report_done") == 1


async def test_rights_are_served_and_holds_read_without_a_mouse(
    walk: Walk, doors: Doors, accounts: dict[str, dict[str, str]]
) -> None:
    told = {"channel": "walk_in", "item_type": "complaint", "description": "楼道里堆满了电动车。"}
    told |= {"reporter": {"name": "样例", "phone": "13800001234"}}
    case_no = (await doors.ask("clerk", "POST", "/intake/v1/cases", told)).json()["case_no"]
    await walk.begin(DESK)
    page = walk.page
    await walk.sign_in(accounts["clerk"], "/intake/rights")
    async with asyncio.timeout(60):
        while not await page.locator("#case_no").count():  # until intake has heard of the person
            await page.wait_for_timeout(500)
            await page.reload()
    await walk.look("rights")
    await page.focus("#case_no")
    await page.keyboard.type(case_no)
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/intake/rights/{case_no}")
    await walk.look("rights-case")
    await page.focus("form[action$=exports] input[name=document_seen]")
    for text in ("", "样例", "13800001234"):
        await page.keyboard.type(text) if text else await page.keyboard.press("Space")
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("已受理")
    await page.set_viewport_size(PHONE)
    await walk.look("rights-phone")
    await walk.begin(DESK)
    await walk.sign_in(accounts["supervisor"], "/intake/holds")
    await walk.look("holds")
