"""The desks' lists: one filter, one count, one page of lines; and what is next in the queue."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import views, worklists
from routing.list_filters import Filters, Narrowing
from routing.models import OPEN_STATES
from routing.named_lists import open_to
from routing.pages.desks.desk import Desk, done, render
from routing.terms import terms
from services.clocks import now
from services.identity import Actor
from services.problems import FieldFault, Invalid

BESIDE = frozenset({"lang", "done", "what", "waits", "beside"})
"""What an address says beside the filters of its list."""
CODES = frozenset({"grid", "issue", "unit"})
"""A name may follow these: that is how they are looked up."""
A_PAGE = 30


async def listed(request: Request, desk: Desk) -> Response:
    """A page of the list that the address asks for; of the desk's queue where it asks for none."""
    filters = filters_of(request, desk)
    actor, zone, at = request.state.actor, terms(request.app.state.settings).calendar.zone, now()
    async with request.app.state.database.unit() as session:
        await worklists.reading(session)
        found = await worklists.wanted(session, filters, actor=actor, at=at, zone=zone)
        rows, following = await worklists.page(session, found, after=filters.cursor, limit=A_PAGE)
        total = await worklists.count(session, found)
        badges = await badges_of(session, desk, request)
    return render(
        request,
        desk,
        "list.html",
        lines=[views.line(row, zone) for row in rows],
        following=desk.list(**{**told(filters), "cursor": following}) if following else None,
        total=total,
        most=found.most,
        badges=badges,
        filters=filters,
        here=told(filters),
    )


async def next_up(request: Request, desk: Desk) -> Response:
    """To the first case of a list other than the one just dealt with; to the list where there is none."""
    filters = filters_of(request, desk)
    actor, zone, at = request.state.actor, terms(request.app.state.settings).calendar.zone, now()
    async with request.app.state.database.unit() as session:
        await worklists.reading(session)
        found = await worklists.wanted(session, filters, actor=actor, at=at, zone=zone)
        rows, _ = await worklists.page(session, found, limit=2)
    said, before = {name: request.query_params[name] for name in BESIDE & {*request.query_params}}, done(request)
    case_no = next((row.case_no for row in rows if not before or row.case_no != before["case_no"]), None)
    target = desk.case(case_no, **said) if case_no else desk.list(**told(filters), **said)
    return RedirectResponse(target, 303)


def filters_of(request: Request, desk: Desk) -> Filters:
    """The filters of the address. Raises Invalid."""
    asked = {name: value for name, value in request.query_params.items() if name not in BESIDE and value.strip()}
    asked |= {name: asked[name].split()[0] for name in CODES & asked.keys()}
    try:
        return Filters.model_validate(asked or _queue(request, desk))
    except ValidationError as error:
        raise Invalid(faults=[fault(each) for each in error.errors()]) from None


def _queue(request: Request, desk: Desk) -> dict[str, str]:
    """Whoever only reads here works through nothing: they see all."""
    return {"worklist": desk.queue} if desk.queue in open_to(request.state.actor) else {}


def fault(error: Any) -> FieldFault:
    return FieldFault(str(error["loc"][0]) if error["loc"] else "worklist", error["msg"], "choose another value")


def told(filters: Narrowing) -> dict[str, str]:
    """The filters as an address says them."""
    plain = filters.model_dump(mode="json", exclude_defaults=True, include=set(Narrowing.model_fields))
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in plain.items()}


async def badges_of(session: AsyncSession, desk: Desk, request: Request) -> list[dict[str, Any]]:
    """The desk's lists that the asker has, each with its address and, where it is of open cases, its count."""
    actor: Actor = request.state.actor
    zone, at = terms(request.app.state.settings).calendar.zone, now()
    open_lists = {None, *open_to(actor)}
    tabs = {name: asked for name, asked in desk.tabs.items() if asked.worklist in open_lists}
    found = {
        name: await worklists.wanted(session, asked, actor=actor, at=at, zone=zone)
        for name, asked in tabs.items()
        if asked.state is None or asked.state in OPEN_STATES
    }
    counts = await _counts(session, found)
    return [
        {"name": name, "count": counts.get(name), "href": desk.list(**told(asked)), "told": told(asked)}
        for name, asked in tabs.items()
    ]


async def _counts(session: AsyncSession, found: Mapping[str, worklists.Wanted]) -> dict[str, int]:
    row = (await session.execute(select(*map(worklists.counted, found.values())))).one()
    return dict(zip(found, map(int, row), strict=True))
