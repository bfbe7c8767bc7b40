"""Every page of every role in a real browser: axe finds nothing, nothing is asked of another host, nothing is heavy,
every target is as large as a thumb.

Two looks in the suite (a phone in the dark, a desk in the light; every fourth page also a desk in the dark);
`GRIDLOOP_EVERY_LOOK=1` takes all four and keeps pictures in the folder that GRIDLOOP_SCREENSHOTS names.
"""

import asyncio
import os
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from glass import CHROMIUM, DESK, PHONE, WCAG, Glass, glass, sign_in
from playwright.async_api import ConsoleMessage, Page

from services import access, standalone
from services.clocks import now
from services.demo.doors import Doors, Refused
from services.demo.stories import Story
from services.roles import Role
from services.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
STREET = "310101023"
DISPUTE = {"reason": "不在本网格", "legal_basis": "责任清单", "proposed_unit": STREET}


def report(issue: str | None, text: str, grid: str | None, number: int, **play: Any) -> dict[str, Any]:
    told = {"channel": "hotline", "item_type": "complaint", "issue_code": issue, "description": text, "grid_code": grid}
    who = {"reporter": {"name": "样例", "phone": f"1380000{number}"}, "play": play}
    return {name: value for name, value in told.items() if value} | who


REPORTS = [
    report(None, "又吵又闹，没有人管。", None, 2001),
    report("05-01", "弄堂口垃圾堆了三天没人清运，天热味道很大。", "310101023011", 2002),
    report("04-04", "楼上半夜拖家具，孩子睡不着。", "310101023006", 2003, dispute=DISPUTE),
    report("01-03", "三号楼电梯又停了，老人下不了楼。", "310101023004", 2004),
    report("08-04", "车棚里飞线充电，怕着火。", "310101023010", 2005),
]
EVERY = os.environ.get("GRIDLOOP_EVERY_LOOK") == "1"
LOOKS = [(PHONE, "dark"), (DESK, "light"), *([(PHONE, "light"), (DESK, "dark")] if EVERY else [])]
HOMES = {"caller": "feedback", "evaluator": "feedback", standalone.EVALUATION_ADMINISTRATOR: "feedback"}
TO_TODAY = f"slow-steps?last={(now() + timedelta(days=1)).date()}"
"""With what was received today: all the cases here are of today."""
ALSO = {
    "officer": ["/routing/mine?shelf=unit"],
    "dispatcher": ["/routing/dispatch?state=handle.disputed", f"/routing/dispatch/analysis/{TO_TODAY}"],
    "supervisor": [
        f"/routing/board?grid={STREET}",
        "/routing/board/cases?stage=supervise",
        f"/routing/board/analysis/{TO_TODAY}",
    ],
    "leader": ["/routing/team/cases", f"/routing/team/analysis/{TO_TODAY}"],
    "auditor": ["/routing/board/cases", f"/routing/board/analysis/{TO_TODAY}"],
}
"""What their account's page does not lead to in two steps."""
ELSEWHERE = {
    "/feedback/evaluation/cases", "/feedback/evaluation/findings/{finding}", "/feedback/evaluation/looks/{survey}",
    "/feedback/evaluation/ratings/{rating}/photo", "/intake/rights/{case_no}/exports/{export}",
}  # fmt: skip
"""A search that goes on to a case, an image, and what needs an anomaly, a drawn look or a gathered copy: looked at in
test_evaluation.py, test_looking_pages.py and test_officer_and_desk.py."""
EMPTY = {"/feedback/public": (200, 404)}
"""Where there is nothing yet, and the page says so."""
PUBLIC = ["/routing/who", "/routing/who?issue=08-04&grid=310101023011", "/intake/status", "/feedback/public",
          "/routing/sign-in", "/feedback/sign-in"]  # fmt: skip
NO_PAGES = re.compile(
    r"/(v1|static|charts|docs|healthz|readyz|metrics|openapi|open311|contacts|oidc|s/)|\.js$|/next$|/session$"
)
SAMPLED = 4
MOST_BYTES, MOST_ALIKE = 100_000, 2 if EVERY else 1
LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map(each => each.href)"
WEIGHT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter(each => !/charts|shapes/.test(each.name)).reduce((sum, each) => sum + each.decodedBodySize, 0)"""
SMALL = """() => [...document.querySelectorAll("a, button, select, summary, input:not([type=hidden])")]
  .map(each => [each, each.closest("label") && /radio|checkbox/.test(each.type) ? each.closest("label") : each])
  .filter(([each, box]) => box.checkVisibility() && getComputedStyle(each).display !== "inline")
  .filter(([each]) => !each.closest(".skip, .default, .js-plotly-plot"))
  .filter(([, box]) => box.getBoundingClientRect().height < 43.5 || box.getBoundingClientRect().width < 43.5)
  .map(([each]) => each.outerHTML.slice(0, 120))"""
"""What is smaller than 44 px; a link inside a sentence is as high as its line."""


def wanted_of(role: str) -> set[str]:
    """The page routes that services/access.py opens to the role, at the services where it signs in."""
    held = Role.ADMINISTRATOR if role == standalone.EVALUATION_ADMINISTRATOR else Role(role)
    at = {"feedback"} if role in HOMES else {"intake", "routing"}
    figures = {"/feedback/evaluation/figures"} if held in access.OF_THE_FIGURES and role not in HOMES else set()
    return figures | {
        f"/{service}{path}"
        for service in at
        for (method, path), roles in access.ROLES[service].items()
        if method == "GET" and held in roles and not NO_PAGES.search(path)
    }


def shape(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}")))


async def played(doors: Doors) -> tuple[str, str]:
    """A case in triage, one at work whose reporter is shown to its officer, one disputed, one checked, one asked about;
    the numbers of one from the walk-in desk and of the one at work."""
    stories = [Story(doors, told, secrets.token_hex(8)) for told in REPORTS]
    for story in stories:
        await story.post()
    states = ("discover.triage", "handle.dispatched", "handle.disputed", "supervise.checking", "feedback.surveying")
    async with asyncio.timeout(90):
        await asyncio.gather(*(story.until(state) for story, state in zip(stories, states, strict=True)))
    walk_in = Story(
        doors, {**REPORTS[1], "channel": "walk_in", "description": "健身器材松了，孩子差点摔倒。"}, secrets.token_hex(8)
    )
    await walk_in.post()
    at_work = stories[1]
    assert await doors.move("officer", at_work.order, "accept", {})
    told = {"fields": ["phone"], "purpose": "first_contact", "reason": "约时间看现场"}
    async with asyncio.timeout(60):
        while not await shown(doors, at_work.case_no, told):
            await asyncio.sleep(0.2)
    return walk_in.case_no, at_work.case_no


async def shown(doors: Doors, case_no: str, told: dict[str, Any]) -> bool:
    """Once intake has heard who handles it."""
    try:
        await doors.ask("officer", "POST", f"/intake/v1/cases/{case_no}/reveals", told)
    except Refused:
        return False
    return True


class Visit:
    """What one role met on its pages."""

    def __init__(self, page: Page, seen: Glass, role: str, known: set[str]) -> None:
        self.page, self.seen, self.role = page, seen, role
        self.faults: list[Any] = []
        self.known = known
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.faults.append(("script", page.url, str(error))))

    def _told(self, message: ConsoleMessage) -> None:
        if (
            message.type == "error"
            and urlsplit(self.page.url).path not in EMPTY
            and "plotly" not in message.location["url"]
        ):
            self.faults.append(("console", self.page.url, message.text))

    async def walk(self, starts: list[str], wanted: set[str]) -> set[str]:
        """From page to page by their links, a pattern twice at most; which patterns were met."""
        shapes = {pattern: shape(pattern) for pattern in sorted(wanted, key=lambda each: each.count("{"))}
        queue, met, seen = list(starts), Counter[str](), set[str]()
        while queue:
            path = urlsplit(at := queue.pop(0)).path
            pattern = next((name for name, each in shapes.items() if each.fullmatch(path)), "")
            most = MOST_ALIKE if "{" in pattern else 1
            if at in seen or (at not in starts and (not pattern or met[pattern] >= most)):
                continue
            seen.add(at)
            met[pattern] += 1
            await self.look(at, again=pattern in self.known and not EVERY)
            self.known.add(pattern or path)
            queue += self._here(await self.page.evaluate(LINKS))
        return set(met)

    def _here(self, links: list[str]) -> Iterator[str]:
        for link in links:
            if "lang=" in link and not EVERY:
                continue
            if link.startswith(self.seen.host) and not NO_PAGES.search(urlsplit(link).path):
                yield link.removeprefix(self.seen.host).partition("#")[0]

    async def look(self, at: str, *, again: bool) -> None:
        """In the suite a page that another role has shown is opened and weighed, not looked through once more."""
        answer = await self.page.goto(at)
        assert answer
        if answer.status not in EMPTY.get(at, (200,)):
            self.faults.append(("status", at, answer.status))
        weight = await self.page.evaluate(WEIGHT)
        if weight > MOST_BYTES:
            self.faults.append(("weight", at, weight))
        also = [] if EVERY or len(self.known) % SAMPLED else [(DESK, "dark")]
        for (width, height), scheme in [] if again else [*LOOKS, *also]:
            await self.page.set_viewport_size({"width": width, "height": height})
            await self.page.emulate_media(color_scheme=scheme)
            await self._check(f"{at} {width} {scheme}")
            if EVERY:
                name = re.sub(r"\W+", "-", urlsplit(at).path.strip("/"))
                await self.seen.picture(self.page, f"{self.role}-{name}-{width}-{scheme}")

    async def _check(self, where: str) -> None:
        if await self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.faults.append(("wide", where))
        found = await Axe().run(self.page, options=WCAG)
        self.faults += [
            ("axe", where, each["id"], each["nodes"][0]["html"][:160]) for each in found.response["violations"]
        ]
        self.faults += [("small", where, html) for html in (await self.page.evaluate(SMALL))[:3]]


async def test_every_page_of_every_role_is_fit_to_be_used(
    house: Settings, doors: Doors, port: int, tmp_path: Path
) -> None:
    accounts = standalone.sample_accounts(house)
    walk_in, at_work = await played(doors)
    also = {**ALSO, "clerk": [f"/intake/desk/{walk_in}", f"/intake/rights/{walk_in}"]}
    for role in ("officer", "leader", "dispatcher", "supervisor"):
        also[role] = [*also[role], f"/intake/pictures/{at_work}"]
    also["officer"] = [f"/intake/contact/{at_work}", *also["officer"]]  # the first case of the list may be another's
    faults, missed = [], {}
    async with glass(port, tmp_path) as seen:
        visit = Visit(await seen.open(), seen, "public", known := set())
        await visit.walk(PUBLIC, set())
        faults += visit.faults
        for role, account in accounts.items():
            visit = Visit(await seen.open(), seen, role, known)
            home = f"/{HOMES.get(role, 'routing')}/account"
            await sign_in(visit.page, account, home)
            met = await visit.walk([home, *also.get(role, [])], wanted := wanted_of(role))
            missed[role] = wanted - met - ELSEWHERE
            faults += visit.faults
            await visit.page.context.close()
    assert faults == [], "\n".join(map(str, faults))
    assert {role: each for role, each in missed.items() if each} == {}
