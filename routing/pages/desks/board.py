"""The board: what stands how in the parts of a place, on a map and in a table that leads down to the cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from routing import tallies, worklists
from routing.analysis import rising
from routing.analysis.scope import Scope, scope
from routing.catalogue import Catalogue, current
from routing.city import City, Grid
from routing.list_filters import Narrowing
from routing.pages.desks.desk import Desk, render
from routing.pages.desks.lists import badges_of, told
from routing.tallies import COLUMNS, Tally
from routing.terms import terms
from services.clocks import now
from services.identity import Actor
from services.problems import NotFound

HEADINGS: Mapping[str, str] = {
    "discover": "发现",
    "handle": "处置",
    "supervise": "监督",
    "feedback": "反馈",
    "due_today": "今日到期",
    "overdue": "已超期",
    "disputed": "退单",
}
WEEKS = 8
MOST_SHOWN = 12
"""Of what rises the most surprising is shown; all of it stands in the analysis."""
NOTHING: Tally = dict.fromkeys(COLUMNS, 0)


@dataclass(frozen=True)
class Part:
    """A grid below the place, or what lies in none of them (then without a code)."""

    code: str | None
    name: str
    tally: Tally
    href: str | None
    """To its own parts, or where it has none to its cases."""
    lists: Mapping[str, str]
    """To the cases that a number counts."""

    @property
    def open(self) -> int:
        return sum(self.tally[name] for name in ("discover", "handle", "supervise", "feedback"))


async def shown(request: Request, desk: Desk) -> Response:
    """The place that the address names, else the asker's own with all that they see."""
    actor, known, at = request.state.actor, terms(request.app.state.settings), now()
    zone = known.calendar.zone
    asked = request.query_params.get("grid", "").split(" ")[0]
    async with request.app.state.database.unit() as session:
        await worklists.reading(session)
        catalogue = await current(session)
        place = _place(catalogue.city, asked, actor)
        found = await tallies.by_part(
            session,
            place.code,
            parts=_paths(catalogue.city, place),
            everywhere=not asked,
            actor=actor,
            at=at,
            zone=zone,
        )
        badges = await badges_of(session, desk, request)
        rises = await _rising(request, session, catalogue, place)
    here = {"grid": place.code} if asked else {}
    parts = list(_parts(catalogue.city, place, found, desk, here))
    return render(
        request,
        desk,
        "board.html",
        place=place,
        chain=list(reversed(catalogue.city.chain(place.code))),
        parts=parts,
        total=Part(None, "", _total(found), None, _lists(desk, here)),
        headings=HEADINGS,
        badges=badges,
        rises=rises[:MOST_SHOWN],
        more_rises=len(rises) - MOST_SHOWN,
        mapped=any(grid.geometry is not None for grid in catalogue.city.children(place.code)),
        board=desk.parts,
    )


def _paths(city: City, place: Grid) -> dict[str, str]:
    """The grids right below a place, by the paths that orders in them have today."""
    above = "".join(f"/{grid.code}" for grid in reversed(city.chain(place.code)))
    return {f"{above}/{grid.code}/": grid.code for grid in city.children(place.code)}


def _place(city: City, asked: str, actor: Actor) -> Grid:
    """Raises NotFound for a grid that does not exist. Without one: the deepest grid over all of the asker's units."""
    try:
        if asked:
            return city.grid(asked)
    except LookupError:
        raise NotFound("There is no such grid.") from None
    paths = [[code for code in grant.path.strip("/").split("/") if code in city] for grant in actor.grants]
    shared = [codes[0] for codes in zip(*paths, strict=False) if len(set(codes)) == 1]
    return city.grid(shared[-1] if shared else city.grids[0].code)


def _parts(city: City, place: Grid, found: Mapping[str, Tally], desk: Desk, where: Mapping[str, str]) -> Sequence[Part]:
    """All grids below, also those where nothing is; then grids that are no more, then what lies in none."""
    here = {grid.code: grid.name for grid in city.children(place.code)}
    names = here | {code: code for code in found if code and code not in here}
    parts = [
        Part(code, name, found.get(code, NOTHING), _down(city, code, desk), _lists(desk, {"grid": code}))
        for code, name in names.items()
    ]
    return [
        *parts,
        *(
            [Part(None, "", found[""], None, _lists(desk, {**where, "in_no_part_of": place.code}))]
            if "" in found
            else []
        ),
    ]


def _down(city: City, code: str, desk: Desk) -> str:
    if code in city and city.children(code):
        return f"{desk.parts}?grid={code}"
    return desk.list(grid=code, sort="due")


def _lists(desk: Desk, where: Mapping[str, str]) -> dict[str, str]:
    counted = {"open": Narrowing(open=True, sort="due"), **COLUMNS}
    return {name: desk.list(**told(asked), **where) for name, asked in counted.items()}


def _total(found: Mapping[str, Tally]) -> dict[str, int]:
    return {name: sum(tally[name] for tally in found.values()) for name in COLUMNS}


BELIEVED, KEPT = timedelta(hours=1), 200
"""Whole weeks hardly change any more: what was found for a scope is kept in the app and believed for an hour."""


async def _rising(request: Request, session: AsyncSession, catalogue: Catalogue, place: Grid) -> list[dict[str, Any]]:
    """Matters that rise in the parts of the place: the last whole week against the eight before it."""
    children = catalogue.city.children(place.code)
    if not children:
        return []
    actor, zone = request.state.actor, terms(request.app.state.settings).calendar.zone
    yesterday = now().astimezone(zone).date() - timedelta(days=1)
    last = yesterday - timedelta(days=(yesterday.weekday() + 1) % 7)
    first = last - timedelta(days=7 * (WEEKS + 1) - 1)
    wanted = scope(actor, first=first, last=last, zone=zone, grid=place.code)
    kept: dict[Scope, tuple[datetime, list[dict[str, Any]]]] = request.app.state.rises
    if wanted in kept and now() - kept[wanted][0] < BELIEVED:
        return kept[wanted][1]
    found = await rising.rising(
        session, wanted, weeks=WEEKS, level=children[0].level, city=catalogue.city, zone=zone.key
    )
    if len(kept) >= KEPT:
        kept.clear()
    kept[wanted] = now(), [line for line in found if line["rising"]]
    return kept[wanted][1]
