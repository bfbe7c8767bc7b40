"""管理 · 人员: who holds which roles, with which keys and which account. A key or a password is shown once."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute

from routing import keys
from routing.api import people as api
from routing.api.people import KeyRotation, NewGrant, NewKey, NewPerson, PeopleFilters
from routing.pages.office import PAGES, told
from routing.reach import administers, grants_of, some_seen
from services.accounts.api import NewAccount, Reset, account_routes
from services.accounts.models import Account
from services.identity import Person, Unit
from services.problems import NotFound, Problem
from services.roles import OF_EVALUATION, Role
from services.staff_pages import ROLES, fields, page_router

people_pages = page_router()
GRANTED = {role.value: ROLES[role] for role in Role if role not in OF_EVALUATION}


@people_pages.get("/admin/people", response_model=None)
async def listed(request: Request) -> Response:
    return await _listed(request)


@people_pages.post("/admin/people", response_model=None)
async def appoint(request: Request) -> Response:
    sent = await fields(request)
    grant = {"role": sent.get("role"), "unit": sent.get("unit")}
    facts = {"name": sent.get("name"), "machine": sent.get("machine") == "1", "grants": [grant]}
    try:
        made = _body(await api.appoint(request, told(NewPerson, facts)))
    except Problem as problem:
        return await _listed(request, problem=problem, sent=sent)
    return RedirectResponse(f"/routing/admin/people/{made['id']}?done=1", 303)


async def _listed(
    request: Request, *, problem: Problem | None = None, sent: Mapping[str, str] | None = None
) -> Response:
    asked = {name: text for name, text in request.query_params.items() if name in PeopleFilters.model_fields}
    page = await api.list_people(request, told(PeopleFilters, asked))
    return PAGES.render(
        request, "people.html", page=page, asked=asked, roles=GRANTED, all_roles=_names(), problem=problem,
        sent=sent or {},
    )  # fmt: skip


def _names() -> dict[str, str]:
    return {role.value: name for role, name in ROLES.items()}


@people_pages.get("/admin/people/{person}", response_model=None)
async def shown(request: Request, person: UUID) -> Response:
    return await _shown(request, person)


async def _shown(
    request: Request, person: UUID, *, problem: Problem | None = None, once: tuple[str, str] | None = None
) -> Response:
    """`once` is a key or a password with what it is called: on this one answer and nowhere else."""
    actor = request.state.actor
    async with request.app.state.database.unit() as session:
        await some_seen(session, actor, person)
        row, grants = await session.get_one(Person, person), await grants_of(session, person)
        held = await keys.held(session, by=actor, person=person)
        account = await session.get(Account, person)
        units = {grant.unit: await session.get_one(Unit, grant.unit) for grant in grants}
    return PAGES.render(
        request, "person.html", person=row, grants=grants, units=units, keys=held, once=once, problem=problem,
        account=account if account and account.disabled_at is None else None,
        mine={code for code, unit in units.items() if administers(actor, unit.path)},
        roles=GRANTED, all_roles=_names(),
    )  # fmt: skip


@people_pages.post("/admin/people/{person}/{what}", response_model=None)
async def change(request: Request, person: UUID, what: str) -> Response:
    """Each button of the page is the JSON route of that name."""
    if what not in ACTS:
        raise NotFound
    try:
        answer = await ACTS[what](request, person, await fields(request))
    except Problem as problem:
        return await _shown(request, person, problem=problem)
    body = _body(answer)
    for name, label in (("key", "新密钥"), ("password", "首次登录密码")):
        if body.get(name):
            return await _shown(request, person, once=(label, str(body[name])))
    return RedirectResponse(f"/routing/admin/people/{person}?done=1", 303)


def _body(answer: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(answer.body)) if isinstance(answer, JSONResponse) else {}
    return found


async def _grant(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    return await api.grant(request, person, told(NewGrant, sent))


async def _end_grant(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    return await api.end_grant(request, person, _uuid(sent.get("grant", "")))


async def _make_key(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    scope = " ".join(name for name in ("read",) if sent.get(name)) or None
    return await api.make_key(request, told(NewKey, {"person": person, "scope": scope}))


async def _rotate_key(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    return await api.rotate_key(request, sent.get("key", ""), told(KeyRotation, {"overlap_hours": sent.get("hours")}))


async def _revoke_key(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    return await api.revoke_key(request, sent.get("key", ""))


async def _make_account(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    return await ACCOUNTS["make"](request, person, told(NewAccount, {"username": sent.get("username")}))


async def _reset_account(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    return await ACCOUNTS["reset"](request, person, told(Reset, {"second_factor": sent.get("second_factor") == "1"}))


async def _close_account(request: Request, person: UUID, sent: Mapping[str, str]) -> Response:
    return await ACCOUNTS["close"](request, person)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


ACCOUNTS: Mapping[str, Callable[..., Awaitable[Response]]] = {
    route.name: route.endpoint
    for route in account_routes(keys.may_keep_account, tag="people").routes
    if isinstance(route, APIRoute)
}
ACTS: Mapping[str, Callable[[Request, UUID, Mapping[str, str]], Awaitable[Response]]] = {
    "grant": _grant,
    "end-grant": _end_grant,
    "key": _make_key,
    "rotate-key": _rotate_key,
    "revoke-key": _revoke_key,
    "account": _make_account,
    "reset-account": _reset_account,
    "close-account": _close_account,
}
