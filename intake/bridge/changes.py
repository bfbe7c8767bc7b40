"""What happened to a client's cases, in one order that everybody sees alike: written with the change, numbered after
its commit.

A number given inside the transaction would be passed by one that commits later, and a reader would miss it. So a
change is written without one and numbered afterwards, by one numberer at a time: positions become visible in order.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from intake.bridge.records import CHANGE_FACTS, Change, ToldChange
from intake.models import CLOSED, REGISTERED, Report
from services import tracing
from services.database import rows_changed
from services.messages import OrderMoved
from services.roles import Role

NUMBERER = 8_120_045_311
"""The lock that the numberer holds to its commit."""


class ChangeKind(StrEnum):
    """What a change is, as subscribers choose it: 已登记, 有后续, 有流转, 已办结."""

    REGISTERED = "case.registered"
    FOLLOWED_UP = "case.followed_up"
    MOVED = "case.moved"
    CLOSED = "case.closed"


def registered(report: Report) -> dict[str, Any]:
    """The first change of a report, as a row."""
    return _row(report, ChangeKind.REGISTERED, "intake", "register", REGISTERED, None, report.round, report.as_of)


def concerns_a_client(report: Report) -> bool:
    """Whether a system posted it: who works at a desk looks at the desk."""
    return report.by_role == Role.HOTLINE


async def follow_up(session: AsyncSession, report: Report, move: str, at: datetime) -> None:
    """The reporter said something more, here or at the status page."""
    if concerns_a_client(report):
        row = _row(report, ChangeKind.FOLLOWED_UP, "intake", move, report.state, report.outcome, report.round, at)
        await session.execute(insert(ToldChange), row)


async def moved(session: AsyncSession, report: Report, message: OrderMoved) -> None:
    """The order moved, as routing tells it; also what comes too late to change the state."""
    if concerns_a_client(report):
        kind = ChangeKind.CLOSED if message.state == CLOSED else ChangeKind.MOVED
        facts = (message.move, message.state, message.outcome, message.round, message.at)
        await session.execute(insert(ToldChange), _row(report, kind, "routing", *facts))


def _row(report: Report, *facts: Any) -> dict[str, Any]:
    return dict(zip(CHANGE_FACTS, (report.by_person, report.case_no, *facts, tracing.traceparent()), strict=True))


async def number(session: AsyncSession) -> int:
    """Give every committed change its position; how many there were. Ends with the session's transaction."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": NUMBERER})
    columns = [getattr(ToldChange, name) for name in CHANGE_FACTS]
    taken = delete(ToldChange).returning(ToldChange.id, *columns).cte("taken")
    in_order = select(*(taken.c[name] for name in CHANGE_FACTS)).order_by(taken.c.id)
    return rows_changed(await session.execute(insert(Change).from_select(list(CHANGE_FACTS), in_order)))


async def last_position(session: AsyncSession) -> int:
    found = await session.scalar(select(func.max(Change.position)))
    return found or 0


async def after(
    session: AsyncSession, client: UUID, position: int, *, kinds: Sequence[str] = (), most: int = 1
) -> Sequence[tuple[Change, Report]]:
    """The client's next changes, each with its case as it stands now."""
    found = select(Change, Report).join(Report, Report.case_no == Change.case_no)
    found = found.where(Change.client == client, Change.position > position)
    if kinds:
        found = found.where(Change.kind.in_(kinds))
    return [(change, report) for change, report in await session.execute(found.order_by(Change.position).limit(most))]
