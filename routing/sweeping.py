"""The clock acts (超期即办): a sweep over the orders whose time has come, oldest first, each in its own transaction.

Any number of sweeps run beside each other: each takes the first order that no other holds. One that fails is noted
on its row, comes back later, and stops nobody.
"""

import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from psycopg import InterfaceError, OperationalError
from psycopg.errors import QueryCanceled
from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from routing import notices_kept
from routing.acting import act
from routing.agenda import Act
from routing.metering import CLOCK_FAILURES
from routing.models import Order
from routing.terms import Terms
from services.clocks import now
from services.database import Database
from services.queue import enqueue

log = structlog.get_logger()
SWEEP = "sweep"
LANES = 4
"""Sweeps beside each other, in all workers together."""
LANE_LOAD = 100
"""Orders due, beyond which another lane is opened."""
SLICE = 5.0
"""Seconds a lane runs before it goes back to the queue, where another worker may take it."""
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(hours=6)


@dataclass
class Swept:
    """What came of a sweep."""

    orders: int = 0
    failed: int = 0
    acts: Counter[Act] = field(default_factory=Counter)


async def sweep(database: Database, terms: Terms, *, seconds: float | None = None) -> Swept:
    """Until nothing is due, or for so many seconds."""
    swept, end = Swept(), time.monotonic() + seconds if seconds is not None else None
    while (acts := await strike(database, terms)) is not None:
        swept.orders += 1
        swept.acts.update(acts)
        swept.failed += not acts
        if end and time.monotonic() >= end:
            break
    return swept


async def strike(database: Database, terms: Terms) -> list[Act] | None:
    """Act on the first order that is due and that nobody holds; None where there is none."""
    case_no = None
    try:
        async with database.unit() as session:
            await notices_kept.refresh(session)
            order = await session.scalar(first_due())
            if order is None:
                return None
            case_no = order.case_no
            return await act(session, order, terms)
    except Exception as error:
        if case_no is None or _is_database(error):
            raise
        await _note_failure(database, case_no, error)
        return []


def first_due() -> Select[Order]:
    """Locked, with its units; who is locked already is passed over."""
    due = select(Order).where(Order.clock_at <= now()).order_by(Order.clock_at, Order.case_no).limit(1)
    return due.with_for_update(of=Order, skip_locked=True).options(selectinload(Order.units))


def _is_database(error: Exception) -> bool:
    """A database that is gone is no order's fault."""
    original = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(original, (OperationalError, InterfaceError)) and not isinstance(original, QueryCanceled)


async def _note_failure(database: Database, case_no: str, error: Exception) -> None:
    """What went wrong stays on the row until it goes well; the rest doubles each time."""
    kind = type(error).__name__
    log.warning("the clock failed on an order", case_no=case_no, error=kind)
    CLOCK_FAILURES.inc()
    async with database.unit() as session:
        before = await session.scalar(select(Order.clock_failures).where(Order.case_no == case_no).with_for_update())
        values = {"clock_at": now() + rest(before or 0), "clock_failures": (before or 0) + 1, "clock_error": kind}
        await session.execute(update(Order).where(Order.case_no == case_no).values(values))


def rest(failures: int) -> timedelta:
    """How long an order is left alone after one more failure."""
    return min(FIRST_REST * (1 << min(failures, 16)), LONGEST_REST)


async def due_now(session: AsyncSession, at: datetime, *, most: int) -> int:
    """How many orders are due, counted as far as that matters."""
    some = select(Order.case_no).where(Order.clock_at <= at).limit(most).subquery()
    return int(await session.scalar(select(func.count()).select_from(some)) or 0)


async def tick(database: Database) -> None:
    """The schedule: where something is due, open the first lane."""
    async with database.unit() as session:
        if await due_now(session, now(), most=1):
            await _open(session, 1, 0)


async def lane(database: Database, terms: Terms, payload: bytes) -> None:
    """One lane's slice. Where there is much, it opens the next lane; where there is more, its own again."""
    number, turn = (int(part) for part in payload.split())
    async with database.unit() as session:
        if number < LANES and await due_now(session, now(), most=LANE_LOAD) == LANE_LOAD:
            await _open(session, number + 1, 0)
    await sweep(database, terms, seconds=SLICE)
    async with database.unit() as session:
        if await due_now(session, now(), most=1):
            await _open(session, number, 1 - turn)


async def _open(session: AsyncSession, number: int, turn: int) -> None:
    """A lane is in the queue at most once for each turn, however often it is opened."""
    await enqueue(session, SWEEP, b"%d %d" % (number, turn), dedupe=f"{SWEEP} {number} {turn}")
