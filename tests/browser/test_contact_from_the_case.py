"""From the officer's case to its reporter: masked, shown for a reason, and nowhere on the phone afterwards."""

import asyncio
import secrets
from pathlib import Path

import pytest
from glass import CHROMIUM, glass, sign_in
from playwright.async_api import Page

from services.demo.doors import Doors
from services.demo.stories import Story
from services.settings import Settings
from services.standalone import sample_accounts

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
NUMBER, NAME = "13800007531", "样例女士"
REPORT = {
    "channel": "hotline",
    "item_type": "complaint",
    "issue_code": "05-01",
    "description": "菜场后门烂菜叶堆着没人扫。",
    "grid_code": "310101023012",
    "reporter": {"name": NAME, "phone": NUMBER},
}
KEPT = """async () => {
  const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
  }
  for (const { name } of await indexedDB.databases()) {
    const asking = indexedDB.open(name);
    const open = await new Promise((done) => { asking.onsuccess = () => done(asking.result); });
    for (const store of open.objectStoreNames) {
      const asked = open.transaction(store).objectStore(store).getAll();
      found.push(JSON.stringify(await new Promise((done) => { asked.onsuccess = () => done(asked.result); })));
    }
    open.close();
  }
  return found.join("\\n");
}"""
"""Everything that the phone keeps of this host."""


async def reached(page: Page, case_no: str) -> None:
    """To the reporter's page, once intake has heard who handles the case."""
    async with asyncio.timeout(60):
        while True:
            await page.goto(f"/routing/mine/{case_no}")
            await page.get_by_role("link", name="接通或查看号码").click()
            if await page.get_by_role("heading", name="查看个人信息").count():
                return
            await asyncio.sleep(0.3)


async def test_what_was_shown_of_a_reporter_is_nowhere_on_the_phone(
    house: Settings, doors: Doors, port: int, tmp_path: Path
) -> None:
    story = Story(doors, REPORT, secrets.token_hex(8))
    await story.post()
    async with asyncio.timeout(60):
        await story.until("handle.dispatched")
    async with glass(port, tmp_path) as seen:
        page = await seen.open()
        await sign_in(page, sample_accounts(house)["officer"], "/routing/mine?shelf=unit")
        await page.goto(f"/routing/mine/{story.case_no}")
        await page.get_by_role("button", name="签收").click()
        await page.get_by_text("已签收").first.wait_for()
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await page.reload()
        await reached(page, story.case_no)
        assert "已遮盖" in await page.inner_text("main")
        assert NUMBER not in await page.content()
        await seen.look(page, "contact-masked-phone")
        await page.get_by_label("电话", exact=True).check()
        await page.locator("#reason").fill("约时间看现场")
        await page.get_by_role("button", name="记录并查看").click()
        assert NUMBER in await page.inner_text("main")
        assert NAME not in await page.content()
        await seen.look(page, "contact-shown-phone")
        shown = page.url
        assert NUMBER not in shown
        await page.get_by_role("link", name="回到诉求").click()
        kept = await page.evaluate(KEPT)
        assert f"/routing/mine/{story.case_no}" in kept
        assert (NUMBER in kept, NAME in kept, "/intake/contact" in kept.replace('href="/intake/contact', "")) == (
            False,
            False,
            False,
        )
        await page.context.set_offline(True)
        await page.goto(f"/routing/mine/{story.case_no}")
        assert NUMBER not in await page.content()
        with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
            await page.goto(shown)
