"""What a service received: each message has its effect once, whatever was sent how often and in whatever order.

The inbox row is written first and in the handler's own transaction, so a repeat finds it or waits for it. A message
that comes before what it stands on waits in its row and is tried again after the next message of its subject.
"""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import BigInteger, CheckConstraint, Index, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services import tracing
from services.attempts import place
from services.database import Database, Floor
from services.events import Envelope, Line, NotAnEvent, Status, id_of, read
from services.messages import KINDS, ROUTES, parse
from services.metrics import WORK
from services.problems import Problem
from services.settings import ServiceName

log = structlog.get_logger()
Handler = Callable[[AsyncSession, Any, Envelope], Awaitable[None]]
"""What a service does on one kind of message, in the transaction of its inbox row."""
Handlers = Mapping[str, Handler]
"""By the kind's name on the wire (`report.received`)."""


class Inbox(Floor):
    """A message that was received. The body is kept only while it waits."""

    __tablename__ = "inbox"
    source: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    sequence: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    done_at: Mapped[datetime | None]
    traceparent: Mapped[str | None]
    """Where it was said, for as long as it waits."""
    __table_args__ = (
        CheckConstraint("status IN ('done', 'waiting', 'ignored')", name="status"),
        Index("ix_inbox_waiting", "subject", "sequence", postgresql_where=text("status = 'waiting'")),
    )


class NotYet(Exception):
    """This message stands on one that has not come: it waits."""


class MayNotSay(Exception):
    """This service does not send this kind of message."""


class DatabaseSilent(Problem):
    """The messages could not be taken: the database does not answer."""

    status = 503
    title = "Not ready"
    remedy = "Send them again later; what was taken is not taken twice."


async def receive(database: Database, handlers: Handlers, envelope: Envelope, data: Any) -> Line:
    """Take one message in a transaction of its own, then what waited for it."""
    line = await _take(database, handlers, envelope, data)
    if line.status in ("done", "waiting"):
        await retry_waiting(database, handlers, [envelope.subject])
    return line


async def receive_batch(
    database: Database, handlers: Handlers, source: ServiceName, events: Sequence[Any]
) -> list[Line]:
    """Take the events of one sender one by one, each in its own transaction, and answer each by its line."""
    lines, touched = [], set()
    for raw in events:
        try:
            envelope, data = read(raw)
        except NotAnEvent as error:
            lines.append(_failure(id_of(raw), source, error))
            continue
        if envelope.source == source:
            lines.append(await _take(database, handlers, envelope, data))
        else:
            lines.append(_failure(envelope.id, source, MayNotSay()))
        if lines[-1].status in ("done", "waiting"):
            touched.add(envelope.subject)
    if touched:
        await retry_waiting(database, handlers, touched)
    return lines


async def retry_waiting(database: Database, handlers: Handlers, subjects: Collection[str] | None = None) -> int:
    """Try waiting messages again, in the order of their sequence, until none succeeds; the number that did.

    After a message is stored as waiting this must run once more: what it waits for may have been committed between.
    """
    succeeded = 0
    while found := [key for key in await _waiting(database, subjects) if await _retry(database, handlers, *key)]:
        succeeded += len(found)
    return succeeded


async def _take(database: Database, handlers: Handlers, envelope: Envelope, data: Any) -> Line:
    with _heard(database.service, envelope) as kind:
        line = await _taken(database, handlers, envelope, data)
    WORK[database.service].messages.labels(kind, line.status).inc()
    return line


@contextmanager
def _heard(service: str, envelope: Envelope) -> Iterator[str]:
    """The trace goes on from where the message was said; log lines name its case. Gives the kind, if it is one."""
    kind = envelope.kind if envelope.kind in KINDS else "other"
    about = {"gridloop.kind": kind, "messaging.message.id": envelope.id, "peer.service": envelope.source}
    carried_by = [tracing.traceparent()] if envelope.traceparent else []
    with (
        tracing.span(
            service, f"receive {kind}", kind=SpanKind.CONSUMER, parent=envelope.traceparent, links=carried_by,
            attributes=about,
        ),
        tracing.naming(envelope.subject),
    ):  # fmt: skip
        yield kind


async def _taken(database: Database, handlers: Handlers, envelope: Envelope, data: Any) -> Line:
    try:
        async with database.unit() as session:
            status = await _handle(session, handlers, envelope, data)
    except NotYet:
        status = await _keep(database, envelope, data)
    except Exception as error:
        return _failure(envelope.id, envelope.source, error, kind=envelope.kind)
    return Line(id=envelope.id, status=status)


async def _handle(session: AsyncSession, handlers: Handlers, envelope: Envelope, data: Any) -> Status:
    known = KINDS.get(envelope.kind)
    if known and ROUTES[known][0] != envelope.source:
        raise MayNotSay
    handler = handlers.get(envelope.kind) if known else None
    status: Status = "done" if handler else "ignored"
    if not await _note(session, envelope, status):
        return "duplicate"
    if handler:
        await handler(session, parse(envelope.kind, data), envelope)
    return status


async def _note(session: AsyncSession, envelope: Envelope, status: Status, body: Any = None) -> bool:
    """False if it is there already; while another transaction is writing the same row, this waits for it."""
    row = insert(Inbox).values(
        source=envelope.source,
        message_id=envelope.id,
        kind=envelope.kind,
        subject=envelope.subject,
        sequence=envelope.sequence,
        status=status,
        body=body,
        sent_at=envelope.time,
        done_at=None if status == "waiting" else func.now(),
        traceparent=envelope.traceparent if status == "waiting" else None,
    )
    inserted = await session.execute(row.on_conflict_do_nothing().returning(Inbox.message_id))
    return inserted.one_or_none() is not None


async def _keep(database: Database, envelope: Envelope, data: Any) -> Status:
    async with database.unit() as session:
        return "waiting" if await _note(session, envelope, "waiting", data) else "duplicate"


async def _waiting(database: Database, subjects: Collection[str] | None) -> list[tuple[str, str]]:
    query = select(Inbox.source, Inbox.message_id).where(Inbox.status == "waiting")
    if subjects is not None:
        query = query.where(Inbox.subject.in_(subjects))
    async with database.unit() as session:
        rows = await session.execute(query.order_by(Inbox.subject, Inbox.sequence, Inbox.received_at))
        return [(row.source, row.message_id) for row in rows]


async def _retry(database: Database, handlers: Handlers, source: str, message_id: str) -> bool:
    """Whether it is done now. One that another worker has in hand is left to it."""
    try:
        async with database.unit() as session:
            mine = select(Inbox).where(Inbox.source == source, Inbox.message_id == message_id)
            row = await session.scalar(mine.where(Inbox.status == "waiting").with_for_update(skip_locked=True))
            if row is None or row.kind not in handlers:
                return False
            envelope = _envelope(row)
            with _heard(database.service, envelope) as kind:
                await handlers[row.kind](session, parse(row.kind, row.body), envelope)
            row.status, row.body, row.traceparent, row.done_at = "done", None, None, func.now()
    except NotYet:
        return False
    except Exception as error:
        _failure(message_id, source, error)
        return False
    WORK[database.service].messages.labels(kind, "done").inc()
    return True


def _envelope(row: Inbox) -> Envelope:
    source: Any = row.source
    return Envelope(row.message_id, source, row.kind, row.subject, row.sequence, row.sent_at, row.traceparent)


def _failure(message_id: str, source: str, error: Exception, *, kind: str = "-") -> Line:
    """The line of a message that could not be taken. Without a database no message is to blame: DatabaseSilent."""
    if _database_silent(error):
        raise DatabaseSilent from error
    name = type(error).__name__
    log.error("message failed", source=source, kind=kind, id=message_id, error=name, place=place(error))
    return Line(id=message_id, status="failed", detail=name)


def _database_silent(error: Exception) -> bool:
    """No connection, or one that is being closed: SQLSTATE classes 08, 53 and 57P, or none at all."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        return state is None or state.startswith(("08", "53", "57P"))
    return isinstance(error, PoolExhausted)
