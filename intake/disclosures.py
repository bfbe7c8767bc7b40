"""What left the vault: one row per disclosure, in a transaction that commits before anybody has the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake.models import Disclosure
from services import audit
from services.clocks import now
from services.identity import Actor
from services.ids import new_id


@dataclass(frozen=True)
class Receiver:
    """Who gets it: a person in a role, or a machine of ours."""

    role: str
    actor: Actor | None = None
    unit: str | None = None


SYSTEM = Receiver("system")


async def log(
    session: AsyncSession,
    case_no: str,
    *,
    fields: Sequence[str],
    way: str,
    purpose: str,
    to: Receiver,
    until: datetime,
    reason: str | None = None,
    survey: UUID | None = None,
    request: UUID | None = None,
) -> UUID:
    """The row alone; `reason` are words, redacted by whoever took them down."""
    made = new_id()
    row = {
        "id": made, "case_no": case_no, "fields": list(fields), "way": way, "purpose": purpose, "reason": reason,
        "person": to.actor.person if to.actor else None, "role": to.role, "unit": to.unit,
        "survey": survey, "request": request, "at": now(), "until": until,
    }  # fmt: skip
    await session.execute(insert(Disclosure), row)
    return made


async def write(
    session: AsyncSession,
    case_no: str,
    *,
    fields: Sequence[str],
    way: str,
    purpose: str,
    to: Receiver,
    until: datetime,
    reason: str | None = None,
    survey: UUID | None = None,
    request: UUID | None = None,
    **facts: Any,
) -> UUID:
    """The row with its audit entry."""
    made = await log(
        session, case_no, fields=fields, way=way, purpose=purpose, to=to, until=until, reason=reason, survey=survey,
        request=request,
    )  # fmt: skip
    told = {"purpose": purpose, "way": way, "fields": list(fields), "survey": str(survey) if survey else None, **facts}
    voice = None if to.actor else to.role
    await audit.record(session, "disclosure", case_no, actor=to.actor, voice=voice, **told)
    return made
