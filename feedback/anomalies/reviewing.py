"""Findings are kept once and put before a reviewer of the evaluation body; a review changes nothing but itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.anomalies.reading import read
from feedback.anomalies.search import METHOD, search
from feedback.models import Finding
from feedback.reach import led_within, sees_all
from services.audit import record
from services.clocks import now
from services.identity import Actor, Unit
from services.ids import new_id
from services.problems import Conflict, NotFound, invalid
from services.redaction import redact
from services.requests import cursor, position

MOST_CASES = 500
"""Cases named with a finding; the statistic says how many there are."""


class ReviewedAlready(Conflict):
    """Somebody has reviewed this finding."""

    remedy = "Read it again; a review is not overwritten."


class Wanted(BaseModel):
    """What the list is narrowed by."""

    model_config = ConfigDict(extra="forbid")
    reviewed: bool | None = Field(None, description="Only those that were reviewed, or that wait.")
    subject: str | None = Field(None, max_length=64, description="A unit's code.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


def last_month(at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The month before this one, on the city's calendar."""
    this = at.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (this - timedelta(days=1)).replace(day=1), this


async def look(session: AsyncSession, start: datetime, end: datetime) -> int:
    """Search a period and keep what is new; the number of new findings."""
    found = search(await read(session, start, end))
    fresh = 0
    for each in found:
        row = {
            "id": new_id(), "test": each.test, "method": METHOD, "subject": each.subject, "period_start": start,
            "period_end": end, "statistic": dict(each.statistic), "p_value": each.p_value,
            "cases": list(each.cases)[:MOST_CASES], "found_at": now(), "version": 1,
        }  # fmt: skip
        made = await session.scalar(insert(Finding).values(row).on_conflict_do_nothing().returning(Finding.id))
        if made:
            fresh += 1
            await record(session, "anomaly.found", str(made), voice="feedback", test=each.test, unit=each.subject)
    return fresh


async def review(session: AsyncSession, finding_id: UUID, *, decision: str, reason: str, by: Actor) -> Finding:
    """Say what it is, once. Raises NotFound or ReviewedAlready."""
    found = await session.get(Finding, finding_id, with_for_update=True)
    if found is None:
        raise NotFound("There is no such finding.")
    if found.decision:
        raise ReviewedAlready(decision=found.decision)
    found.decision, found.reason = decision, redact(reason).text
    found.reviewed_by, found.reviewed_at = by.person, now()
    await record(session, "anomaly.reviewed", str(finding_id), actor=by, decision=decision, unit=found.subject)
    return found


async def page(session: AsyncSession, wanted: Wanted, *, by: Actor) -> tuple[Sequence[Finding], str | None]:
    """Findings in the order they were made, and the cursor of the next page."""
    rows = select(Finding).where(_seen(by)).order_by(Finding.id).limit(wanted.limit + 1)
    if wanted.reviewed is not None:
        rows = rows.where(Finding.decision.is_not(None) if wanted.reviewed else Finding.decision.is_(None))
    if wanted.subject:
        rows = rows.where(Finding.subject == wanted.subject)
    if wanted.cursor:
        rows = rows.where(Finding.id > _after(wanted.cursor))
    found = (await session.scalars(rows)).all()
    shown = found[: wanted.limit]
    return shown, cursor(id=shown[-1].id) if len(found) > wanted.limit else None


async def one(session: AsyncSession, finding_id: UUID, *, by: Actor) -> Finding:
    """Raises NotFound, also where its unit is not the actor's to see."""
    found = await session.scalar(select(Finding).where(Finding.id == finding_id, _seen(by)))
    if found is None:
        raise NotFound("There is no such finding.")
    return found


def _seen(by: Actor) -> ColumnElement[bool]:
    """Findings about units within reach; whoever sees all sees those of units that are gone, too."""
    return true() if sees_all(by) else exists().where(Unit.code == Finding.subject, led_within(by, Unit.path))


def _after(sent: str) -> UUID:
    try:
        return UUID(str(position(sent).get("id")))
    except ValueError:
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
