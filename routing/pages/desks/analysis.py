"""What is to be learnt from the cases (分析), at the desks: the figures of `/v1/analysis` as tables of numerators.
Nothing is about a person."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from routing.analysis import figures, rising
from routing.analysis.scope import Scope, scope
from routing.api.analysis import Asked, AskedPlaces, AskedRising, period
from routing.catalogue import Catalogue, current
from routing.city import Level
from routing.pages.desks import figures_shown
from routing.pages.desks.desk import Desk, render
from routing.pages.desks.figures_shown import FIGURES, Shown
from routing.pages.desks.lists import CODES, fault
from routing.pages.desks.rows_named import matters_named
from routing.terms import terms
from services.clocks import now
from services.problems import Invalid, NotFound, invalid

MOST_LINES = 50
BESIDE = frozenset({"lang", "what", "after"})
SHARED = ("first", "last", "issue", "grid")
"""Filters that every figure has: they go along from one to the other."""
LEVELS: Mapping[str, str] = {
    Level.DISTRICT: "区",
    Level.STREET: "街镇",
    Level.AREA: "片区",
    Level.COMMITTEE: "居村",
    Level.MICRO: "微网格",
}
Shape = dict[str, Any]
Lines = Sequence[Shape]


async def shown(request: Request, desk: Desk, figure: str) -> Response:
    """One figure; where the filters cannot be, what is wrong with them above the form as it was filled in."""
    how = FIGURES.get(figure)
    if how is None:
        raise NotFound
    try:
        asked = asked_by(request, how)
        return _page(request, desk, figure, **await _counted(request, desk, figure, asked))
    except Invalid as problem:
        filled = dict(request.query_params)
        return _page(request, desk, figure, filled=filled, problem=problem, status=problem.status)


def asked_by(request: Request, how: Shown) -> Asked:
    """The filters of the address. Raises Invalid."""
    told = {
        name: text.split()[0] if name in CODES else text
        for name, text in request.query_params.items()
        if name not in BESIDE and not name.startswith("of_") and text.strip()
    }
    try:
        return how.asked.model_validate(told)
    except ValidationError as error:
        raise Invalid(faults=[fault(each) for each in error.errors()]) from None


def days(request: Request, asked: Asked) -> tuple[date, date]:
    """The period that is counted: by default up to yesterday."""
    return period(asked, now().astimezone(zone_of(request)).date() - timedelta(days=1))


def scope_of(request: Request, asked: Asked, first: date, last: date) -> Scope:
    actor, zone = request.state.actor, zone_of(request)
    return scope(actor, first=first, last=last, zone=zone, issue=asked.issue, grid=asked.grid)


def zone_of(request: Request) -> ZoneInfo:
    return terms(request.app.state.settings).calendar.zone


def address(desk: Desk, path: str, asked: Mapping[str, str]) -> str:
    return f"{desk.analysis}/{path}" + (f"?{urlencode(asked)}" if asked else "")


async def _counted(request: Request, desk: Desk, figure: str, asked: Asked) -> dict[str, Any]:
    """The lines of the figure, and the filters as they are told."""
    zone, (first, last) = zone_of(request), days(request, asked)
    scoped = scope_of(request, asked, first, last)
    async with request.app.state.database.unit() as session:
        catalogue = await current(session)
        _known(asked, catalogue)
        found = await _lines(session, figure, asked, scoped, catalogue, zone)
    filters = figures_shown.filters_told(asked)
    return {
        "lines": [_row(desk, figure, filters, line, zone) for line in found[:MOST_LINES]],
        "total": len(found),
        "filters": filters,
        "filled": _filled(asked, first, last),
        "period": (first, last),
    }


def _row(
    desk: Desk, figure: str, filters: Mapping[str, str], line: Mapping[str, Any], zone: ZoneInfo
) -> dict[str, Any]:
    """A line as the table shows it; each number that counts cases leads to them."""

    def href(column: str) -> str | None:
        of = figures_shown.line_of(figure, column, line)
        return None if of is None else address(desk, f"{figure}/cases", {**filters, **of, "what": column})

    how = FIGURES[figure]
    return {
        "called": figures_shown.named(figure, line),
        "rises": bool(line.get("rising")),
        "drawn": [line[column] for column in how.drawn],
        "cells": [(column, figures_shown.told(column, line[column], zone), href(column)) for column in how.numbers],
    }


def _filled(asked: Asked, first: date, last: date) -> dict[str, str]:
    """The form: what was asked for, and what holds where nothing was."""
    made = {**figures_shown.filters_told(asked), "first": first.isoformat(), "last": last.isoformat()}
    if isinstance(asked, AskedRising):
        made |= {"weeks": str(asked.weeks), "level": asked.level.value}
    if isinstance(asked, AskedPlaces):
        made["fewest"] = str(asked.fewest)
    return made


def _page(request: Request, desk: Desk, figure: str, **facts: Any) -> Response:
    today = now().astimezone(zone_of(request)).date().isoformat()
    filters: dict[str, str] = facts.pop("filters", {})
    shared = {name: filters[name] for name in SHARED if name in filters}
    given: Shape = {
        "how": FIGURES[figure],
        "tabs": [(name, each.name, address(desk, name, shared)) for name, each in FIGURES.items()],
        "here": address(desk, figure, {}),
        "export": f"/routing/v1/analysis/{figure}?{urlencode({**filters, 'format': ''})}",
        "until_today": None if filters.get("last") == today else address(desk, figure, {**filters, "last": today}),
        "levels": LEVELS,
        "most": MOST_LINES,
    }
    return render(request, desk, "analysis.html", **{"lines": [], "period": None, **facts}, figure=figure, **given)


async def _lines(
    session: AsyncSession, figure: str, asked: Asked, scoped: Scope, catalogue: Catalogue, zone: ZoneInfo
) -> Lines:
    city = catalogue.city
    if isinstance(asked, AskedRising):
        return await rising.rising(session, scoped, weeks=asked.weeks, level=asked.level, city=city, zone=zone.key)
    if isinstance(asked, AskedPlaces):
        return await figures.repeat_places(session, scoped, fewest=asked.fewest)
    if figure == "share-in-area":
        return await figures.share_in_area(session, scoped, city=city)
    if figure == "disputes-by-row":
        return await matters_named(session, await figures.disputes_by_row(session, scoped))
    plain = {"slow-steps": figures.slow_steps, "visits": figures.visits}
    return await plain[figure](session, scoped)


def _known(asked: Asked, catalogue: Catalogue) -> None:
    """An empty table would say that nothing happened there. Raises Invalid."""
    if asked.grid and asked.grid not in catalogue.city:
        raise invalid("grid", "is the code of a grid", "look it up by its name")
    if asked.issue and asked.issue not in catalogue.lists.issues:
        raise invalid("issue", "is a code of the issue list", "look it up by its name")
