"""The line of events: written with a move, numbered after its commit, read by a cursor, forgotten after a while.

A number is given under a lock that is held until the commit, and only to what is committed already: what commits late
gets a later number. So a cursor never passes an event that is still to come, whatever the transactions did.
"""

from collections.abc import Sequence
from datetime import timedelta

from psycopg.types.json import Jsonb
from sqlalchemy import ColumnElement, and_, delete, false, func, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from routing.events.schemas import face, id_of
from routing.models import CaseEvent, EventWaiting, Order
from services.clocks import now
from services.database import Database, rows_changed
from services.identity import Actor
from services.messages import OrderMoved
from services.outbox import Beside
from services.problems import Problem
from services.roles import Role

ONE_AT_A_TIME = 7_264_013
"""The advisory lock of whoever gives numbers."""
MOST = 1000
READERS = (Role.SUBSCRIBER, Role.AUDITOR)
NUMBER = text("""
    WITH taken AS (
        DELETE FROM case_events_waiting
        WHERE number IN (SELECT number FROM case_events_waiting ORDER BY number LIMIT :most) RETURNING *
    )
    INSERT INTO case_events (position, id, district, case_no, lead_path, accused_path, at, data, noted_at)
    SELECT (SELECT coalesce(max(position), 0) FROM case_events) + row_number() OVER (ORDER BY number),
        id, district, case_no, lead_path, accused_path, at, data, :noted_at
    FROM taken
""")


class EventsForgotten(Problem):
    """Events after this cursor are no longer kept, or the cursor is of another line: some would be missed."""

    status = 410
    title = "Events forgotten"
    remedy = "Read the cases anew (`GET /routing/v1/orders`), then go on from the `next` of a request without `after`."


def waiting(order: Order, moved: OrderMoved) -> Beside:
    """The row of a move: written with the message to the other services, by the same statement."""
    told = face(moved, district=order.district, confidential=order.confidential)
    row = {
        "id": id_of(order.case_no, moved.entry), "district": order.district, "case_no": order.case_no,
        "lead_path": order.lead_path, "accused_path": order.accused_path, "at": moved.at,
        "data": Jsonb(told.model_dump(mode="json")),
    }  # fmt: skip
    return Beside(EventWaiting.__tablename__, row)


async def number(session: AsyncSession, *, most: int = MOST) -> int:
    """Give what is committed its place, oldest first; how many got one. Nothing where somebody else is at it."""
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(ONE_AT_A_TIME))):
        return 0
    return rows_changed(await session.execute(NUMBER, {"most": most, "noted_at": now()}))


async def number_all(database: Database) -> None:
    """By the clock, so that a reader who comes seldom finds the line ready."""
    while True:
        async with database.unit() as session:
            if await number(session) < MOST:
                return


async def after(session: AsyncSession, position: int, *, actor: Actor, limit: int) -> Sequence[CaseEvent]:
    """The actor's events behind a cursor, in their order."""
    wanted = select(CaseEvent).where(CaseEvent.position > position, visible(actor))
    return (await session.scalars(wanted.order_by(CaseEvent.position).limit(limit))).all()


async def ends(session: AsyncSession, position: int | None) -> tuple[int, int]:
    """Where to begin, and the newest event's place. Without a position, before the oldest event that is kept.

    Raises EventsForgotten where events behind the position are gone, or the line is shorter than it once was.
    """
    found = select(func.min(CaseEvent.position), func.max(CaseEvent.position))
    first, last = (await session.execute(found)).one()
    oldest, newest = (first or 1) - 1, last or 0
    if position is not None and not oldest <= position <= newest:
        raise EventsForgotten
    return oldest if position is None else position, newest


def visible(actor: Actor) -> ColumnElement[bool]:
    """What units of the own subtree led at the time; at the top of the tree everything; never what accuses the own."""
    return or_(false(), *(and_(_led(grant.path), _free(grant.path)) for grant in actor.of(*READERS)))


def _led(path: str) -> ColumnElement[bool]:
    if path.count("/") == 2:
        return CaseEvent.position > 0
    return CaseEvent.lead_path.startswith(path, autoescape=True)


def _free(path: str) -> ColumnElement[bool]:
    return or_(CaseEvent.accused_path.is_(None), not_(func.starts_with(path, CaseEvent.accused_path)))


async def forget(session: AsyncSession, *, days: int) -> int:
    """Delete from the beginning of the line what is older; the newest event always stays, so that numbers go on."""
    kept = select(func.min(CaseEvent.position)).where(CaseEvent.noted_at >= now() - timedelta(days=days))
    last = select(func.max(CaseEvent.position))
    end = func.coalesce(kept.scalar_subquery(), last.scalar_subquery(), 0)
    return rows_changed(await session.execute(delete(CaseEvent).where(CaseEvent.position < end)))
