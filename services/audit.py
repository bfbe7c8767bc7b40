"""Who did what, written in the transaction of the doing. Append-only: the runtime roles may only insert and read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, Text, insert, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.clocks import now
from services.database import Floor
from services.identity import Actor


class AuditEntry(Floor):
    """One action: by whom (ids, never names), on what, with facts that identify no citizen."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject", "subject"),
        Index("ix_audit_cases", "cases", postgresql_using="gin"),
        Index("ix_audit_person_at_id", "person", "at", "id", postgresql_where=text("person IS NOT NULL")),
        Index("ix_audit_at_id", "at", "id"),
        {"info": {"append_only": True}},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    person: Mapped[UUID | None]
    key: Mapped[str | None]
    voice: Mapped[str | None]
    action: Mapped[str]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]
    cases: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """The cases that a list showed; of one that was read by itself the number is the subject."""


async def record(
    session: AsyncSession,
    action: str,
    subject: str,
    *,
    actor: Actor | None = None,
    voice: str | None = None,
    shown: Sequence[str] | None = None,
    tried: str | None = None,
    **facts: Any,
) -> None:
    """One audit entry; `voice` names who acts without a key (matcher, clock, feedback, reporter, system).

    `shown` are the cases that a list showed; `tried` is the public half of a key that was refused.
    """
    row = entry(action, subject, actor=actor, voice=voice, shown=shown, tried=tried, **facts)
    await session.execute(insert(AuditEntry), row)


def entry(
    action: str,
    subject: str,
    *,
    actor: Actor | None = None,
    voice: str | None = None,
    shown: Sequence[str] | None = None,
    tried: str | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """The row of an audit entry, for whoever writes many at once."""
    return {
        "at": now(),
        "person": actor.person if actor else None,
        "key": actor.key if actor else tried,
        "voice": voice,
        "action": action,
        "subject": subject,
        "facts": facts,
        "cases": list(shown) if shown else None,
    }
