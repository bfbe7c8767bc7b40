"""The pages of signing in: name and password, code, a new password, a second factor; and signing out.

They work without JavaScript. Every step has a form with a token of this browser, and every step forward a new secret.
"""

import hashlib
import hmac
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import segno
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from services.accounts import cookies, second_factor, sessions, signing_in
from services.accounts.lockout import LockedOut
from services.accounts.models import Account, Session, Stage
from services.accounts.signing_in import Asker, Step
from services.callers import CSRF_FIELD, SESSION, NotMeant, form_of, from_our_origin, must_be_meant, signed_in
from services.limits_of_use import asker as address_of
from services.limits_of_use import within_limits
from services.passes import ISSUER
from services.problems import Invalid
from services.staff_pages import StaffPages, fields, page_router, safe_next

PAGES = StaffPages(Path(__file__).parent / "templates")
PATHS = {Stage.CODE: "/sign-in/code", Stage.PASSWORD: "/sign-in/password", Stage.ENROL: "/sign-in/enrol"}
WRONG = "用户名、密码或验证码不对"
LIMITED = [Depends(within_limits)]


def asker(request: Request) -> Asker:
    state = request.app.state
    device = request.cookies.get(cookies.DEVICE)
    return Asker(state.answer_key, state.settings, address_of(request, state.settings.trusted_proxy), device)


def next_of(request: Request) -> str:
    return safe_next(request.query_params.get("next"), f"/{request.app.state.service}/account")


def onward(request: Request, path: str, next: str | None = None) -> str:
    """A path of this service that keeps where somebody wanted to go."""
    return f"/{request.app.state.service}{path}?{urlencode({'next': next or next_of(request)})}"


def go_on(request: Request, step: Step, *, pass_: str | None = None, next: str | None = None) -> Response:
    """To the next step, or to where they wanted to go, with the cookies of the step."""
    path = PATHS.get(step.stage)
    target = onward(request, path, next) if path else next or next_of(request)
    response = RedirectResponse(target, 303)
    cookies.hand_out(request, response, secret=step.secret, pass_=pass_, device=step.device)
    return response


def _token(request: Request, value: str) -> str:
    return hmac.new(request.app.state.answer_key, f"before\0{value}".encode(), hashlib.sha256).hexdigest()


async def from_this_browser(request: Request) -> dict[str, str]:
    """The fields of a form that this browser was shown before anybody had signed in. Raises NotMeant."""
    form = await form_of(request)
    sent = form.get(CSRF_FIELD) if form else None
    wanted = _token(request, request.cookies.get(cookies.BEFORE, ""))
    known = bool(request.cookies.get(cookies.BEFORE)) and isinstance(sent, str) and sent.isascii()
    if not known or not hmac.compare_digest(str(sent), wanted) or not from_our_origin(request):
        raise NotMeant
    return await fields(request)


def page(request: Request, template: str, *, status: int = 200, **facts: Any) -> Response:
    """A page of a step, with the token of this browser."""
    value = request.cookies.get(cookies.BEFORE) or secrets.token_urlsafe(24)
    shown = PAGES.render(
        request,
        template,
        status=status,
        csrf=_token(request, value),
        action=f"{request.scope['path']}?{urlencode({'next': next_of(request)})}",
        **{"fault": None, "wait": None, **facts},
    )
    cookies.before(request, shown, value)
    return shown


def _sign_in_page(request: Request, *, status: int = 200, **facts: Any) -> Response:
    settings, service = request.app.state.settings, request.app.state.service
    elsewhere = "feedback" if service == ISSUER else ISSUER
    return page(
        request,
        "sign-in.html",
        status=status,
        provider=settings.oidc_label if settings.oidc_issuer else None,
        provider_address=onward(request, "/oidc/start"),
        service=service,
        elsewhere=f"/{elsewhere}/sign-in?{urlencode({'next': next_of(request)})}",
        least=settings.password_length,
        **{"username": "", **facts},
    )


async def _show_sign_in(request: Request) -> Response:
    return _sign_in_page(request)


async def _sign_in(request: Request) -> Response:
    state, sent, who = request.app.state, await from_this_browser(request), asker(request)
    username, password = sent.get("username", "")[:200], sent.get("password", "")
    try:
        async with state.database.unit() as session:
            await signing_in.admit(session, username, who)
    except LockedOut as locked:
        return _sign_in_page(request, status=429, wait=locked.headers["Retry-After"])
    async with state.database.unit() as session:
        step = await signing_in.by_password(session, username=username, password=password, asker=who)
        if step:
            await sessions.end(session, request.cookies.get(SESSION))
        pass_ = await _pass(request, session, step)
    if step is None:
        return _sign_in_page(request, status=401, fault=WRONG, username=username)
    return go_on(request, step, pass_=pass_)


async def _pass(request: Request, session: Any, step: Step | None) -> str | None:
    return await cookies.new_pass(request, session, step.row) if step and step.stage is Stage.OPEN else None


async def _show_code(request: Request) -> Response:
    return await _waiting(request, Stage.CODE, "code.html")


async def _waiting(request: Request, stage: Stage, template: str) -> Response:
    """The step's page, where this browser's session waits for it; from the beginning otherwise."""
    async with request.app.state.database.unit() as session:
        row = await sessions.unfinished(session, request.cookies.get(SESSION), stage)
        facts = await _facts(request, session, row) if row else {}
    if row is None:
        return RedirectResponse(onward(request, "/sign-in"), 303)
    return page(request, template, **facts)


async def _facts(request: Request, session: Any, row: Session) -> dict[str, Any]:
    least = {"least": request.app.state.settings.password_length}
    if row.stage != Stage.ENROL:
        return least
    account = await session.get_one(Account, row.person)
    secret = signing_in.enrolment(row, request.app.state.answer_key)
    picture = segno.make(second_factor.address(secret, account.username or "gridloop"), error="m")
    image = picture.svg_inline(scale=4, svgclass="qr", lineclass="", title="TOTP", omitsize=True)
    groups = " ".join(secret[n : n + 4] for n in range(0, len(secret), 4))
    return {**least, "qr": Markup(image), "secret": groups}  # noqa: S704 - segno's own markup of random text


async def _code(request: Request) -> Response:
    """Every try is counted as the password's are, under the same names."""
    state, sent, who = request.app.state, await from_this_browser(request), asker(request)
    secret = request.cookies.get(SESSION)
    try:
        async with state.database.unit() as session:
            row = await sessions.unfinished(session, secret, Stage.CODE)
            account = await session.get(Account, row.person) if row else None
            if account and account.username:
                await signing_in.admit(session, account.username, who)
    except LockedOut as locked:
        return page(request, "code.html", status=429, wait=locked.headers["Retry-After"])
    async with state.database.unit() as session:
        row = await sessions.unfinished(session, secret, Stage.CODE)
        if row is None:
            return RedirectResponse(onward(request, "/sign-in"), 303)
        step = await signing_in.by_code(session, row, sent.get("code", "")[:64], asker=who)
        pass_ = await _pass(request, session, step)
    if step is None:
        return page(request, "code.html", status=401, fault="验证码不对，或已经用过：请等下一个")
    return go_on(request, step, pass_=pass_)


async def _show_password(request: Request) -> Response:
    return await _waiting(request, Stage.PASSWORD, "password.html")


async def _password(request: Request) -> Response:
    state, sent = request.app.state, await from_this_browser(request)
    least = state.settings.password_length
    if sent.get("password") != sent.get("again"):
        return page(request, "password.html", status=422, fault="两次填写的不一样", least=least)
    try:
        async with state.database.unit() as session:
            row = await sessions.unfinished(session, request.cookies.get(SESSION), Stage.PASSWORD)
            if row is None:
                return RedirectResponse(onward(request, "/sign-in"), 303)
            step = await signing_in.new_password(session, row, sent.get("password", ""), asker=asker(request))
            pass_ = await _pass(request, session, step)
    except Invalid:
        return page(request, "password.html", status=422, fault="这个密码太短、太常见，或与现在的相同", least=least)
    return go_on(request, step, pass_=pass_) if step else RedirectResponse(onward(request, "/sign-in"), 303)


async def _show_enrol(request: Request) -> Response:
    return await _waiting(request, Stage.ENROL, "enrol.html")


async def _enrol(request: Request) -> Response:
    state, sent = request.app.state, await from_this_browser(request)
    facts: dict[str, Any] = {}
    async with state.database.unit() as session:
        row = await sessions.unfinished(session, request.cookies.get(SESSION), Stage.ENROL)
        if row is None:
            return RedirectResponse(onward(request, "/sign-in"), 303)
        made = await signing_in.enrol(session, row, sent.get("code", "")[:64], asker=asker(request))
        pass_ = await _pass(request, session, made[0]) if made else None
        if made is None:
            facts = await _facts(request, session, row)
    if made is None:
        return page(request, "enrol.html", status=401, fault="验证码不对，请等下一个再试", **facts)
    step, codes = made
    shown = PAGES.render(request, "recovery.html", codes=codes, next=next_of(request))
    cookies.hand_out(request, shown, secret=step.secret, pass_=pass_, device=step.device)
    return shown


async def _sign_out(request: Request) -> Response:
    """Also where the session is over already: then there is nothing left to do."""
    state = request.app.state
    async with state.database.unit() as session:
        found = await signed_in(request, session)
    if found:
        await must_be_meant(request, found.csrf)
        async with state.database.unit() as session:
            await sessions.end(session, request.cookies.get(SESSION))
    response = RedirectResponse(f"/{state.service}/sign-in", 303)
    cookies.take_back(request, response)
    return response


async def _session(request: Request) -> Response:
    """A fresh pass for somebody who is signed in, and on to where they were going; to the sign-in page otherwise."""
    state = request.app.state
    async with state.database.unit() as session:
        held = await sessions.find(session, request.cookies.get(SESSION), state.settings)
        if held:
            sessions.rotate_where_rights_changed(held)
            pass_ = await cookies.new_pass(request, session, held.row)
    if held is None:
        return RedirectResponse(onward(request, "/sign-in"), 303)
    response = RedirectResponse(next_of(request), 303)
    cookies.hand_out(request, response, secret=held.secret, pass_=pass_)
    return response


def sign_in_pages() -> APIRouter:
    """The routes, for a service that keeps accounts; each is public and sees to itself."""
    routes = page_router()
    for path, show, take in (
        ("/sign-in", _show_sign_in, _sign_in),
        ("/sign-in/code", _show_code, _code),
        ("/sign-in/password", _show_password, _password),
        ("/sign-in/enrol", _show_enrol, _enrol),
    ):
        routes.add_api_route(path, show, methods=["GET"], response_model=None)
        routes.add_api_route(path, take, methods=["POST"], response_model=None, dependencies=LIMITED)
    routes.add_api_route("/sign-out", _sign_out, methods=["POST"], response_model=None)
    routes.add_api_route("/session", _session, methods=["GET"], response_model=None)
    return routes
