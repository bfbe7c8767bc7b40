"""A storm: very many orders whose time comes within one hour, made from a few that went the real way.

The orders are synthetic. Each is a copy of one that was opened, accepted or left lying by the room's own verbs, moved
in time so that it is due at its own instant of the last hour, with a timeline of its own that verifies.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.acting import act
from routing.hands import Hand
from routing.models import Order, OrderUnit
from routing.moving import make
from routing.opening import open_order
from routing.orders import lock
from routing.states import Move, State, Voice
from routing.terms import Terms
from services import timeline
from services.clocks import now, stopped
from services.database import Database
from services.ids import new_id
from services.messages import Place, ReportReceived

HOUR = timedelta(hours=1)
AT_ONCE = 1000
EXPECTED: Mapping[str, tuple[str, ...]] = {
    State.DISPATCHED: ("accept",),
    State.WORKING: ("overdue",),
    State.TRIAGE: ("raise_level", "supervise"),
}
"""What the clock writes on each kind of order, by the state in which its time comes."""
FIRST_NUMBER = 2025010100000000
SHORT = timedelta(minutes=1)
MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
"""When the patterns are reported: an ordinary working day."""


@dataclass(frozen=True)
class Pattern:
    """An order whose time is about to come, with its units and entries as rows."""

    order: Mapping[str, Any]
    units: Sequence[Mapping[str, Any]]
    entries: Sequence[Mapping[str, Any]]
    words: Sequence[Mapping[str, Any]]


async def brew(database: Database, terms: Terms, number: int) -> datetime:
    """Write so many orders, all due in the hour before the instant that is returned."""
    end = now()
    patterns = [await _pattern(database, terms, state) for state in EXPECTED]
    for first in range(0, number, AT_ONCE):
        places = range(first, min(first + AT_ONCE, number))
        copies = [_copy(patterns[place % len(patterns)], place, _due(place, number, end)) for place in places]
        async with database.unit() as session:
            await _write(session, copies)
    return end


def _due(place: int, number: int, end: datetime) -> datetime:
    """Spread over the hour, and not in the order in which they are written."""
    shuffled = (place * 7919) % number if number % 7919 else place
    return end - HOUR + HOUR * (shuffled + 1) / number


async def _pattern(database: Database, terms: Terms, state: str) -> Pattern:
    """An order that the room's own verbs have brought to where its time comes; it is taken away again."""
    case_no = str(FIRST_NUMBER - 1)
    async with database.unit() as session, session.begin_nested() as attempt:
        with stopped(MONDAY):
            order = await open_order(session, _report(case_no, state), terms)
            await session.flush()
        if state == State.WORKING:
            await _bring_to_overdue(session, case_no, terms)
        found = await _read(session, case_no)
        assert order.state == state, order.state
        await attempt.rollback()
    return found


def _report(case_no: str, state: str) -> ReportReceived:
    placed = state != State.TRIAGE
    return ReportReceived(
        case_no=case_no,
        channel="hotline",
        item_type="complaint",
        text="有事反映",
        issue="04-04" if placed else None,
        place=Place(grid="310101023006"),
        received_at=now(),
        reporter=True,
    )


async def _bring_to_overdue(session: AsyncSession, case_no: str, terms: Terms) -> None:
    """Accepted, contacted by nobody, reminded of: the next thing is that it is overdue."""
    order = await lock(session, case_no)
    assert order is not None
    assert order.case_due is not None
    with stopped(MONDAY + SHORT):
        await make(session, order, Move.ACCEPT, Hand.voice(Voice.CLOCK), told={}, terms=terms)
    with stopped(order.case_due - SHORT):
        await act(session, order, terms)
        await session.flush()
    assert order.clock_at == order.case_due


async def _read(session: AsyncSession, case_no: str) -> Pattern:
    async def rows(table: Any) -> list[dict[str, Any]]:
        columns = [each for each in table.__table__.columns if not each.identity]
        return [
            dict(row) for row in (await session.execute(select(*columns).where(table.case_no == case_no))).mappings()
        ]

    (order,) = await rows(Order)
    entries = sorted(await rows(timeline.Entry), key=lambda row: int(row["number"]))
    return Pattern(order, await rows(OrderUnit), entries, await rows(timeline.Words))


def _copy(pattern: Pattern, place: int, due: datetime) -> Pattern:
    """Under another number, at another time, with its own chain of digests."""
    case_no, by = f"{FIRST_NUMBER + place:016d}", due - pattern.order["clock_at"]
    order = _moved(pattern.order, by) | {"case_no": case_no}
    entries, previous = list[dict[str, Any]](), timeline.START
    for entry in pattern.entries:
        row = _moved(entry, by) | {"case_no": case_no}
        row |= {"previous": previous, "digest": timeline.entry_digest(previous, row)}
        entries.append(row)
        previous = row["digest"]
    units = [_moved(unit, by) | {"case_no": case_no, "id": new_id()} for unit in pattern.units]
    words = [dict(row) | {"case_no": case_no} for row in pattern.words]
    return Pattern(order | {"chain": previous}, units, entries, words)


def _moved(row: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    return {name: value + by if isinstance(value, datetime) else value for name, value in row.items()}


async def _write(session: AsyncSession, copies: Sequence[Pattern]) -> None:
    for table, rows in (
        (Order, [each.order for each in copies]),
        (OrderUnit, [unit for each in copies for unit in each.units]),
        (timeline.Entry, [entry for each in copies for entry in each.entries]),
        (timeline.Words, [words for each in copies for words in each.words]),
    ):
        if rows:
            await session.execute(insert(cast(Table, table.__table__)), list(map(dict, rows)))


@dataclass(frozen=True)
class Count:
    """What came of a storm."""

    orders: int
    done: int
    skipped: int
    twice: int
    failed: int
    displaced: int
    """By how many others, at most, an order was overtaken that was due before them."""

    @property
    def whole(self) -> bool:
        return self.done == self.orders and not (self.skipped or self.twice or self.failed)


async def count(database: Database, end: datetime) -> Count:
    """What the timelines say was done since the storm was made, against what had to be."""
    async with database.unit() as session:
        written = await _written(session, end)
        rows = (await session.execute(_brewed(Order.case_no, Order.clock_failures))).all()
        states = {row.case_no: row.clock_failures for row in rows}
    wanted = dict(_wanted(len(states)))
    done = sum(tuple(written[case_no].moves) == wanted[case_no] for case_no in written)
    return Count(
        orders=len(states),
        done=done,
        skipped=len(states.keys() - written.keys()),
        twice=sum(any(times > 1 for times in Counter(each.moves).values()) for each in written.values()),
        failed=sum(failures > 0 for failures in states.values()),
        displaced=_displacement(
            [case_no for case_no, _ in sorted(written.items(), key=lambda one: one[1].first)], len(states)
        ),
    )


def _brewed(*columns: Any) -> Any:
    return select(*columns).where(Order.case_no >= f"{FIRST_NUMBER:016d}", Order.case_no < "2025010199999999")


def _wanted(number: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    kinds = list(EXPECTED.values())
    for place in range(number):
        yield f"{FIRST_NUMBER + place:016d}", kinds[place % len(kinds)]


@dataclass
class _Done:
    first: int
    moves: list[str]


async def _written(session: AsyncSession, end: datetime) -> dict[str, _Done]:
    """What was written on each order since, and when first."""
    entry = timeline.Entry
    found: dict[str, _Done] = {}
    for case_no, id_, move in await session.execute(
        select(entry.case_no, entry.id, entry.move).where(entry.at >= end).order_by(entry.id)
    ):
        found.setdefault(case_no, _Done(id_, [])).moves.append(move)
    return found


def _displacement(order: Sequence[str], number: int) -> int:
    """The place of each by its due time, against the place in which it was done."""
    moment = datetime(2000, 1, 1)  # noqa: DTZ001 (only the order counts)
    due = {f"{FIRST_NUMBER + place:016d}": _due(place, number, moment) for place in range(number)}
    places = {case_no: place for place, case_no in enumerate(sorted(due, key=lambda each: due[each]))}
    return max((done - places[case_no] for done, case_no in enumerate(order)), default=0)


async def remaining(database: Database) -> int:
    async with database.unit() as session:
        return int(await session.scalar(select(func.count()).select_from(Order).where(Order.clock_at <= now())) or 0)
