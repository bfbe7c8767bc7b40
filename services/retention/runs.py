"""A run of the retention rules in one service: what was due, erased, held and failed, class by class, kept for good."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.audit_chain import Kept, over
from services.clocks import now
from services.database import Database, Floor
from services.ids import new_id
from services.retention.rules import Rules

log = structlog.get_logger()


class Run(Floor):
    """One run, with its tallies; it names no case."""

    __tablename__ = "retention_runs"
    __table_args__ = ({"info": {"append_only": True}},)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    tallies: Mapped[list[Any]]


@dataclass
class Tally:
    """One class in one run. What is due is erased, held, or failed; what only the owner
    or an archive deletes is due and nothing else."""

    name: str
    due: int = 0
    erased: int = 0
    held: int = 0
    failed: int = 0


Retain = Callable[[Rules, datetime], Awaitable[Sequence[Tally]]]
"""What a room erases by these rules at this moment."""


async def run(database: Database, rules: Rules, retain: Retain) -> Run:
    """Erase what is due in this service and keep what came of it."""
    began = now()
    tallies = [*await retain(rules, began), *await _audit_past(database, rules, began)]
    row = {"id": new_id(), "began_at": began, "ended_at": now(), "tallies": [asdict(each) for each in tallies]}
    async with database.unit() as session:
        await session.execute(insert(Run), row)
    counts = {each.name: f"{each.due} due, {each.erased} erased, {each.held} held, {each.failed} failed"
              for each in tallies}  # fmt: skip
    log.info("retention", service=database.service, **counts)
    return Run(**row)


async def _audit_past(database: Database, rules: Rules, at: datetime) -> list[Tally]:
    """What `gridloop audit forget` would delete: no service's own role may."""
    async with database.unit() as session:
        return [Tally(name, due=due) for name, due in (await over(session, Kept.by(rules), at)).items()]


async def last(session: AsyncSession, number: int = 1) -> Sequence[Run]:
    """The newest runs of this service first."""
    return (await session.scalars(select(Run).order_by(Run.id.desc()).limit(number))).all()
