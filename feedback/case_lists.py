"""The cases behind a figure, page by page: kept lines say where to look, the raw rows say what is there.

A page reads the raw rows of the cases that the lines name and of those whose lines are stale, and no others; so the
first page of a rare part of a large city's month does not count the month again. The filter is that of the count.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.breakdowns import Behind, cases_behind, fates_of
from feedback.fates import BAR, NOT_YET_DUE, RATES, Choice, chosen
from feedback.figure_models import Line
from feedback.figures import by_month
from feedback.formulas import Formulas
from feedback.models import CaseCopy
from feedback.tallies import stale
from services.problems import invalid
from services.requests import cursor, position

Spot = tuple[datetime, str]
"""Where a case stands in the order of a list: when it was received, and its number."""
Place = tuple[datetime, datetime, str]
"""As of when a list is read, and the case it goes on after: when it was received, and its number."""
DUE = {"contact": CaseCopy.contact_due, "on_time": CaseCopy.case_due}
"""The limit whose passing alone turns a case from one part of the rate to another."""


async def case_page(
    session: AsyncSession,
    choice: Choice,
    behind: Behind,
    formulas: Formulas,
    *,
    start: Place | None,
    as_of: datetime,
    limit: int,
) -> tuple[Sequence[Any], str | None]:
    """Some of those cases, and the cursor of the next page where there is one; all pages are of one moment."""
    rows: list[Any] = []
    spot = start[1:] if start else None
    while len(rows) <= limit:
        named = await _candidates(session, choice, behind, formulas, after=spot, as_of=as_of, most=limit + 1)
        these = [case_no for _, case_no in named]
        rows += (await session.execute(cases_behind(choice, behind, formulas, as_of=as_of, only=these))).all()
        if len(named) <= limit:
            break
        spot = named[-1]
    more, rows = len(rows) > limit, rows[:limit]
    return rows, cursor(as_of=as_of, at=rows[-1].received_at, no=rows[-1].case_no) if more else None


def place(sent: str | None) -> Place | None:
    """What such a cursor says. Raises Invalid."""
    if sent is None:
        return None
    found = position(sent)
    try:
        return datetime.fromisoformat(found["as_of"]), datetime.fromisoformat(found["at"]), str(found["no"])
    except (KeyError, TypeError, ValueError):
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None


async def _candidates(
    session: AsyncSession,
    choice: Choice,
    behind: Behind,
    formulas: Formulas,
    *,
    after: Spot | None,
    as_of: datetime,
    most: int,
) -> list[Spot]:
    """The next cases that may belong to the part, in the order of the list: none that does is left out."""
    stale_ones = select(stale(as_of).subquery().c.case_no)
    kept = select(Line.received_at, Line.case_no).where(*chosen(choice, Line), *by_month(choice))
    kept = kept.where(_may_be(behind, formulas, as_of), Line.case_no.not_in(stale_ones))
    period = (CaseCopy.received_at >= choice.start, CaseCopy.received_at < choice.end)
    changed = select(CaseCopy.received_at, CaseCopy.case_no).where(CaseCopy.case_no.in_(stale_ones), *period)
    both = union_all(*(_next(each, after, most).subquery().select() for each in (kept, changed))).subquery()
    found = select(both.c.received_at, both.c.case_no).order_by(both.c.received_at, both.c.case_no).limit(most)
    return [(row.received_at, row.case_no) for row in await session.execute(found)]


def _next(found: Any, after: Spot | None, most: int) -> Select[Any]:
    received_at, case_no = found.selected_columns
    found = found.where(tuple_(received_at, case_no) > tuple_(*after)) if after else found
    wanted: Select[Any] = found.order_by(received_at, case_no).limit(most)
    return wanted


def _may_be(behind: Behind, formulas: Formulas, as_of: datetime) -> ColumnElement[bool]:
    """The line is of this part; or is late by now, by a limit that had not passed at the moment of the list."""
    fates = fates_of(behind, formulas)
    fate = func.split_part(Line.fates, BAR, RATES.index(behind.rate) + 1)
    this = fate.in_(fates) if fates is not None else fate.not_in(list(formulas.parts(behind.rate)))
    if behind.rate not in DUE or not (fates is None or NOT_YET_DUE in fates):
        return this
    then = exists().where(CaseCopy.case_no == Line.case_no, DUE[behind.rate] > as_of)
    return or_(this, and_(fate == "late", then))
