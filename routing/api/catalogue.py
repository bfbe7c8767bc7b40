"""What every question to the city and its lists shares: the catalogue of today, names, searching, pages."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Annotated, TypeVar

from fastapi import Query, Request
from pydantic import BaseModel

from routing.catalogue import Catalogue, NoCatalogue, current
from routing.city import Grid, Unit
from routing.initials import PLAIN, by_letters, fitting
from routing.lists import Issue
from routing.terms import terms
from services.clocks import now
from services.floor_routes import NotReady
from services.requests import cursor, position, whole

Row = TypeVar("Row")
Limited = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(alias="cursor", description="`next` of the page before.")]
Search = Annotated[
    str | None,
    Query(
        max_length=60,
        description="Part of a name or of a code, or the initials of the pinyin (`rj` for 瑞金); "
        "what begins with it comes first.",
    ),
]


class Named(BaseModel):
    code: str
    name: str


def named(row: Grid | Unit | Issue | None) -> Named | None:
    return Named(code=row.code, name=row.name) if row else None


async def catalogue_of(request: Request) -> Catalogue:
    try:
        async with request.app.state.database.unit() as session:
            return await current(session)
    except NoCatalogue:
        raise NotReady(NoCatalogue.__doc__ or "") from None


def grid_at(code: str, catalogue: Catalogue) -> Grid | None:
    try:
        return catalogue.city.grid(code)
    except LookupError:
        return None


def today(request: Request) -> date:
    return now().astimezone(terms(request.app.state.settings).calendar.zone).date()


async def sought(
    catalogue: Catalogue,
    q: str | None,
    rows: Iterable[Row],
    names: Callable[[Row], Iterable[str]],
    words: Callable[[Row], Iterable[str]] = lambda _: (),
) -> Iterable[Row]:
    """The rows that fit a search; the table of initials is made aside at its first use."""
    wanted = (q or "").strip()
    if not wanted:
        return rows
    initials = await asyncio.to_thread(lambda: catalogue.initials) if by_letters(wanted) else PLAIN
    return fitting(rows, initials.pattern(wanted), names, words, wanted.lower())


def paged(rows: Iterable[Row], sent: str | None, limit: int) -> tuple[Sequence[Row], str | None]:
    """A page of what lies in memory: the cursor is the number of the next row."""
    found = list(rows)
    start = whole(position(sent), "row") if sent else 0
    end = start + limit
    return found[start:end], cursor(row=end) if end < len(found) else None
