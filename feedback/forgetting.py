"""`report.erased`: a citizen's words and photo and what they were shown go; every rating stays as it was given."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.dossiers import find
from feedback.models import Answer, Correction, ErasedCase, Photo, Survey
from services import audit
from services.messages import ReportErased
from services.retention import leftovers
from services.retention.rules import Rules
from services.retention.runs import Retain, Tally
from services.rooms import Tools

EVERYTHING, PHOTOS, WORDS = "everything", "survey_photos", "survey_words"
NOT_OURS = "photos"


async def erased(session: AsyncSession, message: ReportErased) -> None:
    """Note it and erase what it names; a case that was never surveyed is noted too, for what may come late."""
    parts = [part for part in message.parts if part != NOT_OURS]
    if not parts:
        return
    await find(session, message.case_no)
    rows = [{"case_no": message.case_no, "part": part, "at": message.at} for part in parts]
    await session.execute(insert(ErasedCase).values(rows).on_conflict_do_nothing())
    for part in parts:
        await forget(session, message.case_no, part)
    await audit.record(session, "report.erased", message.case_no, voice="intake", parts=parts)


async def forget(session: AsyncSession, case_no: str, part: str) -> None:
    """Harmless when repeated."""
    if part in (EVERYTHING, PHOTOS):
        await session.execute(delete(Photo).where(Photo.answer.in_(_answers(case_no))))
    if part in (EVERYTHING, WORDS):
        await leftovers.clear_moves(session, case_no, "answer")
        await session.execute(text("SELECT forget_words(:case_no)"), {"case_no": case_no})
    if part == EVERYTHING:
        await leftovers.clear(session, case_no)
        await session.execute(update(Survey).where(Survey.case_no == case_no).values(public_answer=""))
        corrected = update(Correction).where(Correction.answer.in_(_answers(case_no)))
        await session.execute(corrected.values(reason="", refusal=None))


def _answers(case_no: str) -> Select[UUID]:
    return select(Answer.id).join(Survey, Survey.id == Answer.survey).where(Survey.case_no == case_no)


def retain(tools: Tools) -> Retain:
    """Each night: words and photos that came after their case was erased."""

    async def run(_: Rules, at: datetime) -> Sequence[Tally]:
        tally = Tally("late_words")
        async with tools.database.unit() as session:
            found = (await session.execute(_late())).all()
        for case_no, part in found:
            async with tools.database.unit() as session:
                await find(session, case_no)
                await forget(session, case_no, part)
            tally.due, tally.erased = tally.due + 1, tally.erased + 1
        return [tally]

    return run


def _late() -> Select[str, str]:
    """Erased parts of which something is there again."""
    part, of_case = ErasedCase.part, Survey.case_no == ErasedCase.case_no
    answered = exists().where(of_case, Survey.public_answer != "")
    pictures = exists().where(of_case, Answer.survey == Survey.id, Photo.answer == Answer.id)
    words: ColumnElement[bool] = leftovers.has_words(ErasedCase.case_no)
    again = or_(
        (part == EVERYTHING) & or_(words, answered, pictures),
        (part == PHOTOS) & pictures,
        (part == WORDS) & leftovers.has_words_of(ErasedCase.case_no, "answer"),
    )
    return select(ErasedCase.case_no, part).where(again).limit(2000)
