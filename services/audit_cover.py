"""What of the audit nothing protects yet: entries in no link of the chain, and links that no seal covers.

Some are always on their way: a worker links once a minute and seals once a day of the city. What is older than that
says that the worker stands still, or that an entry was left out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.audit import AuditEntry
from services.audit_chain import AuditLink
from services.sealing import AUDIT, SealedHead

SEALED_WITHIN = timedelta(hours=26)
"""The daily seal is looked for each hour, so two of them lie at most a day and an hour apart; and one to spare."""


@dataclass(frozen=True)
class Uncovered:
    """How many entries, and when the oldest of them was written."""

    number: int = 0
    since: datetime | None = None

    def late(self, at: datetime) -> bool:
        """Whether one of them should have been covered by now."""
        return self.since is not None and self.since <= at - SEALED_WITHIN


async def unlinked(session: AsyncSession) -> Uncovered:
    """Entries that the chain misses, wherever they stand."""
    linked = exists().where(AuditLink.entry == AuditEntry.id)
    found = await session.execute(select(func.count(), func.min(AuditEntry.at)).where(~linked))
    return Uncovered(*found.one())


async def unsealed(session: AsyncSession) -> Uncovered:
    """Links after the last one that a seal took along."""
    sealed = select(func.coalesce(func.max(SealedHead.number), 0)).where(SealedHead.case_no == AUDIT)
    newer = select(func.count(), func.min(AuditLink.at)).where(AuditLink.number > sealed.scalar_subquery())
    return Uncovered(*(await session.execute(newer)).one())
