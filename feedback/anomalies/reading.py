"""The history of a period from feedback's own rows: valid ratings about handlings, and how cases ended."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.anomalies.history import Ending, History, Rated
from feedback.models import Answer, CaseCopy, Kind, Link, Network, Survey, Via
from feedback.questions import Satisfied
from feedback.ratings import is_valid

UNKNOWN = "-"
"""An issue that nobody named."""


async def read(session: AsyncSession, start: datetime, end: datetime) -> History:
    """Answers recorded, and cases closed, from `start` (included) to `end`; without a lead unit nobody is compared."""
    return History(await _ratings(session, start, end), await _endings(session, start, end))


async def _ratings(session: AsyncSession, start: datetime, end: datetime) -> list[Rated]:
    link = select(func.max(Link.issued_at)).where(Link.survey == Survey.id, Link.issued_at <= Answer.recorded_at)
    sent = link.correlate(Survey, Answer).scalar_subquery()
    wanted = (
        select(
            Survey.case_no, Survey.lead_code, CaseCopy.issue, Answer.satisfied, Answer.recorded_at, Answer.via,
            sent.label("linked_at"), Network.digest,
        )
        .join(Survey, Survey.id == Answer.survey)
        .outerjoin(CaseCopy, CaseCopy.case_no == Survey.case_no)
        .outerjoin(Network, Network.answer == Answer.id)
        .where(is_valid(), Survey.kind == Kind.HANDLED, Survey.lead_code.is_not(None))
        .where(Answer.recorded_at >= start, Answer.recorded_at < end)
        .order_by(Answer.recorded_at)
    )  # fmt: skip
    return [
        Rated(
            case_no=row.case_no, unit=row.lead_code, issue=row.issue or UNKNOWN,
            satisfied=row.satisfied == Satisfied.SATISFIED, at=row.recorded_at,
            linked_at=row.linked_at if row.via == Via.PAGE else None,
            network=bytes(row.digest).hex() if row.digest else None,
        )
        for row in await session.execute(wanted)
    ]  # fmt: skip


async def _endings(session: AsyncSession, start: datetime, end: datetime) -> list[Ending]:
    wanted = select(CaseCopy.case_no, CaseCopy.lead_code, CaseCopy.issue, CaseCopy.outcome)
    wanted = wanted.where(CaseCopy.closed_at >= start, CaseCopy.closed_at < end, CaseCopy.lead_code.is_not(None))
    rows = await session.execute(wanted.order_by(CaseCopy.case_no))
    return [Ending(row.case_no, row.lead_code, row.issue or UNKNOWN, row.outcome == "withdrawn") for row in rows]
