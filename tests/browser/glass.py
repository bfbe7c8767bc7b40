"""A browser for the page tests: this host alone, phone or desk, light or dark; looks with axe and keeps pictures.

Pictures are kept in the folder that GRIDLOOP_SCREENSHOTS names, else in the test's own.
"""

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from one_time import unused_code
from playwright.async_api import Browser, Page, Route, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
PHONE, DESK = (360, 740), (1280, 800)
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@dataclass
class Glass:
    """Pages of one house, and what they asked of other hosts (nothing)."""

    browser: Browser
    host: str
    folder: Path
    strangers: list[str] = field(default_factory=list)

    async def open(self, size: tuple[int, int] = PHONE, *, scripts: bool = True) -> Page:
        """Somebody's first window."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, base_url=self.host
        )
        await context.route("**/*", self._only_here)
        return await context.new_page()

    async def _only_here(self, route: Route) -> None:
        if route.request.url.startswith((self.host, "data:", "blob:")):
            await route.continue_()
        else:
            self.strangers.append(route.request.url)
            await route.abort()

    async def look(self, page: Page, name: str) -> None:
        """A picture, no sideways scrolling, and axe finds nothing in light and in dark."""
        await self.picture(page, name)
        width = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], (name, width)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            found = await Axe().run(page, options=WCAG)
            broken = [
                (each["id"], [node["html"][:160] for node in each["nodes"]]) for each in found.response["violations"]
            ]
            assert broken == [], (name, scheme, broken)
        await page.emulate_media(color_scheme="light")

    async def picture(self, page: Page, name: str) -> None:
        await page.screenshot(path=self.folder / f"{name}.png", full_page=True)


@asynccontextmanager
async def glass(port: int, folder: Path) -> AsyncIterator[Glass]:
    """Fails at the end where a page asked anything of another host."""
    kept = Path(os.environ.get("GRIDLOOP_SCREENSHOTS") or folder)
    kept.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        made = Glass(browser, f"http://127.0.0.1:{port}", kept)
        yield made
        await browser.close()
    assert made.strangers == []


async def sign_in(page: Page, account: Mapping[str, str], to: str) -> None:
    """All the way in, with the code where one is asked for, to the page that was wanted."""
    await page.goto(to)
    await page.fill("input[name=username]", account["username"])
    await page.fill("input[name=password]", account["password"])
    await page.click("main button[type=submit]")
    if "/sign-in/code" in page.url:
        await page.fill("input[name=code]", await unused_code(account["totp_secret"]))
        await page.click("main button[type=submit]")
    assert page.url.endswith(to), page.url
