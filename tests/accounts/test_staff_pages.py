"""What a room's page gets from the floor: whoever signed in, the way to the sign-in page, forms that act once."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI, Request, Response
from front_door import HOST, House
from starlette.types import Receive, Scope, Send

from services import access
from services.application import create, mount
from services.audit import record
from services.clocks import now, stopped
from services.problems import VersionStale
from services.requests import Answer, Call, version_wanted
from services.roles import Role
from services.staff_pages import StaffPages, fields, page_router, press

PAGES = StaffPages(Path(__file__).parent / "desk_pages")
pages = page_router()


@pages.get("/desk", response_model=None)
async def show(request: Request) -> Response:
    return PAGES.render(request, "desk.html", version=7)


@pages.post("/desk", response_model=None)
async def take(request: Request) -> Response:
    sent = await fields(request)

    async def verb(call: Call) -> Answer:
        if version_wanted(call.request) != 7:
            raise VersionStale
        await record(call.session, "desk.pressed", sent["words"], actor=call.actor, names=sorted(sent))
        return Answer(200, {"at": "/routing/desk?done=1"})

    return await press(request, verb, then=lambda body: str(body["at"]))


@pytest.fixture
async def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """The house with a page more, for dispatchers, in routing and in intake."""
    made: dict[str, FastAPI] = {}
    for service in ("routing", "intake"):
        for method in ("GET", "POST"):
            monkeypatch.setitem(access.ROLES[service], (method, "/desk"), frozenset({Role.DISPATCHER}))
        made[service] = create(service, settings=house.settings, routers=[pages], title="desk", description="desk")
    plain, with_desk = house.root, mount(made)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await (with_desk if "/desk" in scope["path"] else plain)(scope, receive, send)

    monkeypatch.setattr(house, "root", served)
    yield house
    for app in made.values():
        await app.state.database.close()


async def test_a_form_acts_once_however_often_it_is_sent(desk: House) -> None:
    dispatcher, browser = await desk.person("dispatcher"), desk.browser()
    answer = await browser.sign_in(dispatcher, next="/routing/desk")
    page = await browser.get(answer.headers["location"])
    assert "样例dispatcher" in page.text
    assert "派单员" in page.text
    for _ in range(2):
        sent = await browser.form(page, "/routing/desk", words="已到场")
        assert (sent.status_code, sent.headers["location"]) == (303, "/routing/desk?done=1")
    (pressed,) = await desk.audited("desk.pressed")
    assert (pressed["subject"], pressed["person"]) == ("已到场", dispatcher.person)
    assert pressed["facts"] == {"names": ["words"]}
    assert pressed["key"].startswith("s-")


async def test_a_problem_is_a_page_with_the_problems_status(desk: House) -> None:
    dispatcher, browser = await desk.person("dispatcher"), desk.browser()
    await browser.sign_in(dispatcher)
    page = await browser.get("/routing/desk")
    stale = await browser.form(page, "/routing/desk", words="x", version='"6"')
    assert (stale.status_code, stale.headers["content-type"]) == (412, "text/html; charset=utf-8")
    assert "内容已被他人更新" in stale.text
    assert (await browser.form(page, "/routing/desk", words="x", csrf="another")).status_code == 403
    assert (await browser.form(page, "/routing/desk", words="x", version="")).status_code == 428
    assert await desk.audited("desk.pressed") == []


async def test_a_wrong_role_is_told_so_and_nobody_is_sent_to_sign_in(desk: House) -> None:
    auditor, browser = await desk.person("auditor"), desk.browser()
    asked = await browser.get("/routing/desk?case=1")
    assert asked.headers["location"] == "/routing/sign-in?next=%2Frouting%2Fdesk%3Fcase%3D1"
    lost = await browser.post("/routing/desk", data={"words": "x"}, headers={"origin": HOST})
    assert lost.status_code == 401
    assert "请在新窗口重新登录" in lost.text
    await browser.sign_in(auditor)
    refused = await browser.get("/routing/desk")
    assert (refused.status_code, "您没有权限做这件事" in refused.text) == (403, True)


async def test_a_page_of_another_service_fetches_its_pass_by_itself(desk: House) -> None:
    dispatcher, browser, at = await desk.person("dispatcher"), desk.browser(), now()
    with stopped(at):
        await browser.sign_in(dispatcher)
        waiting = await browser.get("/intake/desk")
        assert (waiting.status_code, waiting.headers["retry-after"]) == (503, "3")
        await desk.carry()
        assert (await browser.get("/intake/desk")).status_code == 200
    with stopped(at + timedelta(minutes=5)):
        page = await browser.get("/intake/desk?x=1")
        assert page.headers["location"] == "/routing/session?next=%2Fintake%2Fdesk%3Fx%3D1"
        assert (await browser.follow(page)).status_code == 200
        assert (await browser.get("/intake/desk?x=1")).status_code == 200
    with stopped(at + timedelta(minutes=50)):
        page = await browser.follow(await browser.get("/intake/desk"))
        assert "用户名" in page.text


async def test_the_page_loads_nothing_from_elsewhere(desk: House) -> None:
    dispatcher, browser = await desk.person("dispatcher"), desk.browser()
    await browser.sign_in(dispatcher)
    page = await browser.get("/routing/desk")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert not re.search(r"(?:src|href)=\"https?:|style=|<script>", page.text)
    for path in re.findall(r'(?:src|href)="(/routing/static/[^"]+)"', page.text):
        assert (await browser.get(path)).status_code == 200
