"""Messages as the tests tell them, and what is found in inboxes and outboxes afterwards."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.database import Database
from services.messages import OrderMoved, ReportReceived, ReportWithdrawn, VerdictGiven
from services.messaging import (
    Envelope,
    Handler,
    NotYet,
    tell,
)
from services.queue import Retry
from services.settings import ServiceName

SOON = Retry(max_attempts=3, first=timedelta(milliseconds=10), longest=timedelta(milliseconds=100))
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def received(case_no: str = "1") -> ReportReceived:
    return ReportReceived(
        case_no=case_no, channel="hotline", item_type="complaint", text="路灯不亮", received_at=MOMENT
    )


def withdrawn(case_no: str = "1") -> ReportWithdrawn:
    return ReportWithdrawn(case_no=case_no, reason="已经修好了", at=MOMENT)


def verdict(case_no: str = "1") -> VerdictGiven:
    return VerdictGiven(
        case_no=case_no, round=1, kind="handled", verdict="resolved", reason="answered", rule="answer", at=MOMENT
    )


def moved(case_no: str = "1") -> OrderMoved:
    return OrderMoved(
        case_no=case_no, entry=1, move="accept", at=MOMENT, state="handle.working", round=1, channel="hotline",
        item_type="complaint", issue=None, received_at=MOMENT,
    )  # fmt: skip


def envelope(id: str, kind: str, sequence: int = 1, *, source: ServiceName = "intake", case_no: str = "1") -> Envelope:
    return Envelope(id, source, kind, case_no, sequence, MOMENT)


async def note(session: AsyncSession, message: Any, about: Envelope) -> None:
    """What these handlers do: an effect that can be counted."""
    row = {"case": message.case_no, "kind": message.type, "sequence": about.sequence}
    await session.execute(text("INSERT INTO effects VALUES (:case, :kind, :sequence)"), row)


async def withdraw(session: AsyncSession, message: ReportWithdrawn, about: Envelope) -> None:
    known = text("SELECT count(*) FROM effects WHERE case_no = :case AND kind = 'report.received'")
    if not await session.scalar(known, {"case": message.case_no}):
        raise NotYet
    await note(session, message, about)


HANDLERS: dict[str, Handler] = {"report.received": note, "report.withdrawn": withdraw, "verdict.given": note}


async def effects(database: Database) -> list[tuple[str, str, int]]:
    async with database.unit() as session:
        rows = await session.execute(text("SELECT case_no, kind, sequence FROM effects ORDER BY 1, 3"))
        return [(row.case_no, row.kind, row.sequence) for row in rows]


async def inbox(database: Database) -> list[tuple[str, str, bool]]:
    async with database.unit() as session:
        rows = await session.execute(text("SELECT message_id, status, body IS NULL AS bare FROM inbox ORDER BY 1"))
        return [(row.message_id, row.status, row.bare) for row in rows]


async def outbox(database: Database) -> list[tuple[str, bytes]]:
    async with database.unit() as session:
        rows = await session.execute(text("SELECT entrypoint, payload FROM pgqueuer ORDER BY entrypoint, id"))
        return [(row.entrypoint, row.payload) for row in rows]


def settled(database: Database) -> Callable[[], Awaitable[bool]]:
    async def empty() -> bool:
        return await outbox(database) == []

    return empty


async def tell_all(database: Database, *messages: Any) -> None:
    async with database.unit() as session:
        for sequence, message in enumerate(messages, 1):
            await tell(session, message, sequence=sequence)
