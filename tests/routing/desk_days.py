"""How the desks' stories are played: routing alone on a port, a browser that meets nothing else, people who sign in."""

import asyncio
import html
import os
import re
import secrets
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pyotp
import uvicorn
from axe_playwright_python.async_playwright import Axe
from grid_centre import CITY, Centre, Desk
from playwright.async_api import Browser, Page, Route, async_playwright
from pwdlib.hashers.argon2 import Argon2Hasher

from services.accounts import SECOND_FACTOR, second_factor
from services.accounts.keeping import new_account
from services.application import mount

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
SIZES = {"phone": (360, 740), "desk": (1280, 800)}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}}
CHEAP = Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)
PASSWORD = "river candle orbit 47"
HOST = "http://centre"


@dataclass(frozen=True)
class Account:
    """How somebody signs in."""

    username: str
    totp: str | None

    @property
    def code(self) -> str:
        assert self.totp
        return pyotp.TOTP(self.totp).now()


async def account(centre: Centre, desk: Desk) -> Account:
    made = Account(
        f"{desk.role}-{secrets.token_hex(3)}", second_factor.secret() if desk.role in SECOND_FACTOR else None
    )
    row = new_account(desk.person, made.username, CHEAP.hash(PASSWORD), must_change=False)
    if made.totp:
        row.totp = second_factor.seal(centre.app.state.answer_key, desk.person, made.totp)
    async with centre.database.unit() as session:
        session.add(row)
    return made


@dataclass
class Forms:
    """A browser without scripts: cookies, and forms sent as they were shown."""

    client: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def send(self, page: httpx.Response, to: str, **filled: str) -> httpx.Response:
        """Fill in the page's form that goes `to` there."""
        for action, inner in re.findall(r'<form[^>]*method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.S):
            if action.endswith(to):
                hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', inner)
                data = {name: html.unescape(value) for name, value in hidden} | filled
                return await self.client.post(html.unescape(action), data=data, headers={"origin": HOST})
        raise AssertionError(f"no form to {to}")


async def signed_in(centre: Centre, role: str, unit: str = CITY) -> tuple[Forms, Desk]:
    """Somebody of this role, with a session."""
    desk = await centre.desk(role, unit)
    who = await account(centre, desk)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=mount({"routing": centre.app})), base_url=HOST)
    centre.clients.append(client)
    forms = Forms(client)
    page = await forms.get("/routing/sign-in")
    answer = await forms.send(page, _first(page), username=who.username, password=PASSWORD)
    if who.totp:
        page = await forms.get(answer.headers["location"])
        await forms.send(page, _first(page), code=who.code)
    return forms, desk


def _first(page: httpx.Response) -> str:
    """Where the page's first form goes."""
    found = re.search(r'<form[^>]*action="([^"]+)"', page.text)
    assert found
    return found[1]


@dataclass
class Sight:
    """A page that is looked at: at two sizes, in two colours, by a person and by axe. Other hosts are not met."""

    page: Page
    base: str
    folder: Path
    strangers: list[str] = field(default_factory=list)

    async def go(self, path: str) -> None:
        await self.page.goto(self.base + path)

    async def look(self, name: str) -> None:
        """Pictures; nothing wider than the screen, and nothing that axe finds in light or dark."""
        for kind, (width, height) in SIZES.items():
            await self.page.set_viewport_size({"width": width, "height": height})
            assert await self.page.evaluate("document.documentElement.scrollWidth") <= width, (name, kind)
            await self.page.screenshot(path=self.folder / f"{name}-{kind}.png", full_page=kind == "phone")
        for scheme in ("dark", "light"):
            await self.page.emulate_media(color_scheme=scheme)
            if scheme == "dark":
                await self.page.screenshot(path=self.folder / f"{name}-dark.png")
            found = await Axe().run(self.page, options=RULES)
            assert found.violations_count == 0, (name, scheme, found.generate_report())


@asynccontextmanager
async def served(centre: Centre) -> AsyncIterator[str]:
    """The address of routing alone, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    app = mount({"routing": centre.app})
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await running


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def at_work(browser: Browser, base: str, who: Account, tmp_path: Path) -> Sight:
    """Signed in by the forms. Pictures go to `GRIDLOOP_SCREENSHOTS`, else with the test."""
    folder = Path(os.environ.get("GRIDLOOP_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    context: Any = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    sight = Sight(page, base, folder)

    async def only_here(route: Route) -> None:
        if route.request.url.startswith((base + "/", "blob:", "data:")):
            await route.continue_()
        else:
            sight.strangers.append(route.request.url)
            await route.abort()

    await context.route("**/*", only_here)
    await sight.go("/routing/sign-in")
    await page.fill("#username", who.username)
    await page.fill("#password", PASSWORD)
    await page.locator("main button[type=submit]").click()
    if who.totp:
        await page.fill("[name=code]", who.code)
        await page.locator("main button[type=submit]").click()
    await page.wait_for_url("**/account")
    return sight
