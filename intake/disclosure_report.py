"""Who has seen the person of this case, when and why: every disclosure and every request for one, refused ones too.

The auditor sees which person; the reporter, told through the desk that took the case down, the role and the purpose.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake.models import Disclosure, RevealRequest
from services.audit import AuditEntry

EXAMPLE: dict[str, Any] = {
    "at": "2025-03-03T10:02:10+08:00",
    "until": "2025-03-03T10:17:10+08:00",
    "role": "officer",
    "way": "shown",
    "fields": ["phone"],
    "purpose": "first_contact",
}


class Told(BaseModel):
    """What left the vault once: `shown` to somebody, `relay` (only the telephone relay had it) or `notice` (sent to
    the reporter)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    at: datetime
    until: datetime
    role: str
    way: str
    fields: list[str]
    purpose: str


class ToldTo(Told):
    """The same for an auditor: also who it was, of which unit, in which words, and by whose grant."""

    id: UUID
    person: UUID | None
    unit: str | None
    reason: str | None
    survey: UUID | None
    granted_by: UUID | None
    looks: list[datetime]
    """When the person opened it; none where it was never looked at."""


class Asked(BaseModel):
    """A request to be shown a confidential case, and what became of it."""

    at: datetime
    person: UUID
    unit: str
    fields: list[str]
    purpose: str
    reason: str
    state: str
    decided_by: UUID | None
    decided_at: datetime | None
    refusal: str | None

    @classmethod
    def of(cls, row: RevealRequest, zone: ZoneInfo) -> Self:
        same = {name: getattr(row, name) for name in cls.model_fields if name not in ("at", "decided_at")}
        return cls(
            **same, at=row.asked_at.astimezone(zone), decided_at=row.decided_at and row.decided_at.astimezone(zone)
        )


class Refused(BaseModel):
    """Somebody asked and was told no."""

    at: datetime
    person: UUID | None
    rule: str


class DisclosuresOfCase(BaseModel):
    """In the order of time. What only an auditor reads is left out for the others."""

    case_no: str
    disclosures: list[ToldTo] | list[Told]
    requests: list[Asked] | None = None
    refusals: list[Refused] | None = None


async def for_reporter(session: AsyncSession, case_no: str, zone: ZoneInfo) -> DisclosuresOfCase:
    rows = await _disclosures(session, case_no)
    return DisclosuresOfCase(case_no=case_no, disclosures=[Told(**_told(row, zone)) for row in rows])


async def for_auditor(session: AsyncSession, case_no: str, zone: ZoneInfo) -> DisclosuresOfCase:
    rows, entries = await _disclosures(session, case_no), await _audited(session, case_no)
    asked = select(RevealRequest).where(RevealRequest.case_no == case_no).order_by(RevealRequest.asked_at)
    requests = (await session.scalars(asked)).all()
    granted = {row.id: row.decided_by for row in requests}
    return DisclosuresOfCase(
        case_no=case_no,
        disclosures=[
            ToldTo(
                **_told(row, zone),
                **{name: getattr(row, name) for name in ("id", "person", "unit", "reason", "survey")},
                granted_by=granted.get(row.request) if row.request else None,
                looks=[each.at.astimezone(zone) for each in entries if each.facts.get("disclosure") == str(row.id)],
            )
            for row in rows
        ],
        requests=[Asked.of(row, zone) for row in requests],
        refusals=[
            Refused(at=each.at.astimezone(zone), person=each.person, rule=str(each.facts.get("rule")))
            for each in entries
            if each.action == "disclosure.refused"
        ],
    )


def _told(row: Disclosure, zone: ZoneInfo) -> dict[str, Any]:
    times = {"at": row.at.astimezone(zone), "until": row.until.astimezone(zone)}
    return {name: getattr(row, name) for name in ("role", "way", "fields", "purpose")} | times


async def _disclosures(session: AsyncSession, case_no: str) -> Sequence[Disclosure]:
    of_case = select(Disclosure).where(Disclosure.case_no == case_no).order_by(Disclosure.at, Disclosure.id)
    return (await session.scalars(of_case)).all()


async def _audited(session: AsyncSession, case_no: str) -> Sequence[AuditEntry]:
    actions = ("disclosure.look", "disclosure.refused")
    of_case = select(AuditEntry).where(AuditEntry.subject == case_no, AuditEntry.action.in_(actions))
    return (await session.scalars(of_case.order_by(AuditEntry.id))).all()
