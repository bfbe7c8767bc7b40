"""Lists of orders: what the actor may see, narrowed by one filter that lists, counts and exports share.

A list is taken from parts that share no order (`standing.ways`), so that each part has an index of its own and the
count is the sum of the parts' counts.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from routing import named_lists
from routing.list_filters import Narrowing, Sort, understood
from routing.listed import Listed, listed
from routing.models import Order
from routing.named_lists import Asking, Worklist, is_open
from routing.standing import ways
from services.identity import Actor
from services.problems import invalid
from services.requests import cursor, position

Condition = ColumnElement[bool]
MOST_COUNTED = 10_000
"""A list longer than this is counted no further: nobody works through it, and counting it would cost all others."""
MOST_SEARCHED = 100
"""The same where words are searched for: each text has to be read."""


DATED = frozenset({Worklist.DUE_TODAY, Worklist.OVERDUE})


@dataclass(frozen=True)
class Wanted:
    """A list as it is understood: an order is on it if it is in one of the parts and every condition holds."""

    parts: Sequence[Condition]
    holds: Sequence[Condition]
    sort: Sort
    mark: str
    most: int
    """How many of it are counted."""
    dated: bool = False
    """Whether all that is on it is open and due at some time."""


@dataclass(frozen=True)
class Stretch:
    """A piece of a list: what it is sorted by, how, and what holds in it."""

    by: Any
    order: Callable[[Any, Any], tuple[ColumnElement[Any], ...]]
    holds: Sequence[Condition]


async def reading(session: AsyncSession) -> None:
    """What follows sees one moment, list and count alike; plans are made for the values they are asked with, and
    none takes a second processor from the others."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    await session.execute(_FOR_LISTS)


_FOR_LISTS = text("""
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true),
        set_config('max_parallel_workers_per_gather', '0', true)
""")


async def wanted(
    session: AsyncSession, asked: Narrowing, *, actor: Actor, at: datetime, zone: ZoneInfo, only_open: bool = False
) -> Wanted:
    """The one filter. Raises Invalid for unknown codes, WrongRole for a worklist of other roles."""
    holds = [is_open()] if only_open else []
    parts = ways(actor, only=[is_open()] if only_open or asked.only_open else ())
    if asked.worklist:
        parts, holds = named_lists.opened(asked.worklist, asking(actor, at, zone))
    narrowed = await understood(session, asked, actor=actor, at=at)
    most = MOST_SEARCHED if asked.q else MOST_COUNTED
    return Wanted(parts, [*holds, *narrowed], asked.sorted_by, asked.mark, most, asked.worklist in DATED)


def asking(actor: Actor, at: datetime, zone: ZoneInfo) -> Asking:
    today = at.astimezone(zone).date()
    return Asking(actor, at, datetime.combine(today + timedelta(days=1), time(), zone))


async def page(
    session: AsyncSession, found: Wanted, *, after: str | None = None, limit: int = 50
) -> tuple[Sequence[Listed], str | None]:
    """One page, and the cursor of the next where there is one: first the numbers by an index, then their rows."""
    keys: list[Row[Any]] = []
    for stretch in stretches(found, after):
        if len(keys) <= limit:
            keys += await session.execute(numbers(found, stretch, limit=limit + 1 - len(keys)))
    rows = await listed(session, [key.case_no for key in keys[:limit]])
    last = keys[limit - 1] if len(keys) > limit else None
    following = cursor(list=found.mark, at=last.at, case=last.case_no) if last else None
    return [rows[key.case_no] for key in keys[:limit] if key.case_no in rows], following


async def rows(session: AsyncSession, found: Wanted, *, at_once: int = 500) -> AsyncIterator[Sequence[Listed]]:
    """The whole list, page by page."""
    after: str | None = None
    while True:
        some, after = await page(session, found, after=after, limit=at_once)
        yield some
        if after is None:
            return


async def count(session: AsyncSession, found: Wanted, *, most: int | None = None) -> int:
    """How many are on the list; one more than `most` (of the list, where none is given) where there are more."""
    some: list[Select[Any]] = [
        select(literal_column("1").label("one")).where(part, *found.holds) for part in found.parts
    ]
    if not some:
        return 0
    counted_up_to = union_all(*some).limit((most or found.most) + 1).subquery()
    return int(await session.scalar(select(func.count()).select_from(counted_up_to)) or 0)


async def counts(session: AsyncSession, found: Mapping[Worklist, Wanted]) -> dict[Worklist, int]:
    """Several lists by one statement."""
    if not found:
        return {}
    row = (await session.execute(select(*map(counted, found.values())))).one()
    return dict(zip(found, map(int, row), strict=True))


def counted(found: Wanted) -> ColumnElement[int]:
    total: ColumnElement[int] = literal(0)
    for part in found.parts:
        counted = select(func.count()).select_from(Order).where(part, *found.holds)
        total = total + counted.scalar_subquery()
    return total


def numbers(found: Wanted, stretch: Stretch, *, limit: int) -> Select[Any]:
    """The numbers of a page in the order of its stretch, with what they are sorted by."""
    some: list[Select[Any]] = [
        select(Order.case_no, stretch.by.label("at"))
        .where(part, *found.holds, *stretch.holds)
        .order_by(*stretch.order(stretch.by, Order.case_no))
        .limit(limit)
        for part in found.parts
    ]
    if len(some) < 2:
        return some[0] if some else select(Order.case_no, stretch.by.label("at")).where(false())
    joined = union_all(*some).subquery()
    return select(joined).order_by(*stretch.order(joined.c.at, joined.c.case_no)).limit(limit)


def stretches(found: Wanted, after: str | None = None) -> list[Stretch]:
    """A list in stretches that follow each other, from a cursor on: what is never due comes last, by its number.

    Only an open order is ever due: saying so lets the indexes of open orders find it. Should one that is closed carry
    a date all the same, it stands among those that are never due: every order of a list is in one stretch.
    """
    at, case = _told(found, after) if after else (None, None)
    if found.sort == "received":
        return [
            Stretch(Order.received_at, _newest, [tuple_(Order.received_at, Order.case_no) < (at, case)] if at else [])
        ]
    due = [is_open(), Order.due_at.is_not(None)]
    never = [or_(Order.due_at.is_(None), not_(is_open()))]
    if case and at is None:
        return [Stretch(NEVER, _numbered, [*never, Order.case_no > case])]
    beyond = [tuple_(Order.due_at, Order.case_no) > tuple_(at, case)] if at else []
    by_date = Stretch(Order.due_at, _soonest, [*due, *beyond])
    return [by_date] if found.dated else [by_date, Stretch(NEVER, _numbered, never)]


NEVER: ColumnElement[Any] = literal_column("CAST(NULL AS timestamptz)")


def _newest(at: Any, case_no: Any) -> tuple[ColumnElement[Any], ...]:
    return at.desc(), case_no.desc()


def _soonest(at: Any, case_no: Any) -> tuple[ColumnElement[Any], ...]:
    return at.asc(), case_no.asc()


def _numbered(_: Any, case_no: Any) -> tuple[ColumnElement[Any], ...]:
    return (case_no.asc(),)


def _told(found: Wanted, sent: str) -> tuple[datetime | None, str]:
    """Where the page before ended. Raises Invalid for a cursor of another list."""
    told = position(sent)
    try:
        at, case = told["at"] and datetime.fromisoformat(told["at"]), str(told["case"])
        if told["list"] != found.mark or (found.sort == "received" and not at):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
    return at, case
