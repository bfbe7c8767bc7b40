"""A citizen's picture, one per answer, made anew (`services.pictures`) and kept for a while (`KEPT_FOR`)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Answer, Photo, Survey
from services.audit import record
from services.clocks import now
from services.database import rows_changed
from services.identity import Actor
from services.pictures import FORMATS, LONGEST_SIDE, NotAPicture, Picture, renewed
from services.problems import NotFound

__all__ = [
    "FORMATS",
    "KEPT_FOR",
    "LONGEST_SIDE",
    "NotAPicture",
    "Picture",
    "forget_old",
    "look_at",
    "of_case",
    "renewed",
]
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""What a photo is sent with."""
KEPT_FOR = timedelta(days=180)


async def look_at(session: AsyncSession, rating: UUID, *, by: Actor) -> bytes:
    """The photo of a rating; that it was looked at is recorded. Raises NotFound."""
    found = await session.get(Photo, rating)
    if found is None:
        raise NotFound("There is no photo with this rating, or it was forgotten in time.")
    survey = await session.get_one(Survey, (await session.get_one(Answer, rating)).survey)
    await record(session, "photo.seen", survey.case_no, actor=by, answer=str(rating))
    return found.jpeg


async def of_case(session: AsyncSession, case_no: str) -> set[UUID]:
    """The ratings of a case that have a photo."""
    wanted = select(Photo.answer).join(Answer, Answer.id == Photo.answer).join(Survey, Survey.id == Answer.survey)
    return set(await session.scalars(wanted.where(Survey.case_no == case_no)))


async def forget_old(session: AsyncSession) -> int:
    """Delete the pictures that were kept long enough; the number deleted."""
    result = await session.execute(delete(Photo).where(Photo.at < now() - KEPT_FOR))
    return rows_changed(result)
