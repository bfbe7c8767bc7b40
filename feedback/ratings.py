"""Ratings: which one of a survey is valid. A correction is a further row (`corrections`); no row is ever changed."""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from feedback.models import Answer


def is_valid() -> ColumnElement[bool]:
    """The one filter of ratings that count: not late, and corrected by no other row."""
    newer = aliased(Answer)
    return ~Answer.late & ~exists(select(newer.id).where(newer.corrects == Answer.id))


async def valid(session: AsyncSession, survey: UUID) -> Answer | None:
    """The valid rating of a survey."""
    newest = select(Answer).where(Answer.survey == survey, is_valid()).order_by(Answer.recorded_at.desc()).limit(1)
    return await session.scalar(newest)
