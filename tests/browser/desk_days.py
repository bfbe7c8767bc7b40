"""How the stories of the desks are played: a browser that meets only this house, people who sign in, cases that arrive."""

import os
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, Route, async_playwright

from services import standalone
from services.demo.doors import Doors
from services.demo.stories import Story
from services.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run",
]  # fmt: skip
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
STREET, COMMITTEE = "310101023", "310101023006"


@dataclass
class Sight:
    """What is looked at: one page, at two sizes, in two colours, by a person and by axe."""

    page: Page
    folder: Path

    async def look(self, name: str) -> None:
        """Pictures at both sizes, nothing wider than the phone, and nothing that axe finds in light or dark."""
        for size, picture in ((PHONE, "phone"), (DESK, "desk")):
            await self.page.set_viewport_size(size)  # type: ignore[arg-type]
            wide = await self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], (name, picture, wide)
            await self.page.screenshot(path=self.folder / f"{name}-{picture}.png", full_page=True)
        for scheme in ("dark", "light"):
            await self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            if scheme == "dark":
                await self.page.screenshot(path=self.folder / f"{name}-dark.png")
            found = await Axe().run(self.page, options=RULES)
            assert found.violations_count == 0, (name, scheme, found.generate_report())


@asynccontextmanager
async def browser_of(port: int) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def signed_in(browser: Browser, house: Settings, port: int, role: str, strangers: list[str]) -> Page:
    """A page of somebody of this role, who has signed in by the forms; requests to other hosts are kept and refused."""

    async def only_here(route: Route) -> None:
        if route.request.url.startswith((f"http://127.0.0.1:{port}/", "blob:", "data:")):
            await route.continue_()
        else:
            strangers.append(route.request.url)
            await route.abort()

    context = await browser.new_context(viewport=DESK, bypass_csp=False)  # type: ignore[arg-type]
    await context.route("**/*", only_here)
    page, account = await context.new_page(), standalone.sample_accounts(house)[role]
    await page.goto(f"http://127.0.0.1:{port}/routing/sign-in")
    await page.fill("#username", account["username"])
    await page.fill("#password", account["password"])
    await page.locator("main button[type=submit]").click()
    if "totp_secret" in account:
        await page.fill("[name=code]", pyotp.TOTP(account["totp_secret"]).now())
        await page.locator("main button[type=submit]").click()
    await page.wait_for_url("**/account")
    return page


def pictures(tmp_path: Path) -> Path:
    """Where pictures are kept: `GRIDLOOP_SCREENSHOTS`, else with the test."""
    folder = Path(os.environ.get("GRIDLOOP_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


async def arrived(doors: Doors, state: str, text: str, **facts: Any) -> Story:
    """A case that stands there."""
    told = {
        "channel": "hotline",
        "item_type": "complaint",
        "description": text,
        "reporter": {"name": "样例", "phone": "13800001234"},
        "play": {},
        **facts,
    }
    story = Story(doors, told, secrets.token_hex(8))
    await story.post()
    await story.until(state)
    return story
