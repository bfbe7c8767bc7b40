"""A citizen's picture, one per answer, made anew (`services.pictures`); it goes with its case (`forgetting`)."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Answer, Photo, Survey
from services.audit import record
from services.identity import Actor
from services.pictures import FORMATS, LONGEST_SIDE, NotAPicture, Picture, renewed
from services.problems import NotFound

__all__ = ["FORMATS", "LONGEST_SIDE", "NotAPicture", "Picture", "look_at", "of_case", "renewed"]
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""What a photo is sent with."""


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
