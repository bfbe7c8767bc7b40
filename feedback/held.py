"""What feedback holds of a case, for the export at its reporter's request: surveys, answers, and their words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Answer, Photo, Survey
from services.retention.held import entries


async def held(session: AsyncSession, case_no: str) -> Mapping[str, Any]:
    surveys = (await session.scalars(select(Survey).where(Survey.case_no == case_no).order_by(Survey.id))).all()
    if not surveys:
        return {}
    ids = [survey.id for survey in surveys]
    answers = (await session.scalars(select(Answer).where(Answer.survey.in_(ids)).order_by(Answer.id))).all()
    kept = select(func.count()).select_from(Photo).where(Photo.answer.in_([answer.id for answer in answers]))
    return {
        "surveys": [_told(survey, [answer for answer in answers if answer.survey == survey.id]) for survey in surveys],
        "photos": await session.scalar(kept) or 0,
        "timeline": await entries(session, case_no),
    }


def _told(survey: Survey, answers: list[Answer]) -> dict[str, Any]:
    return {
        "round": survey.round, "kind": survey.kind, "state": survey.state, "attempts": survey.attempts,
        "public_answer": survey.public_answer,
        "answers": [
            {"at": answer.called_at.isoformat(timespec="seconds"), "way": answer.via, "solved": answer.solved,
             "satisfied": answer.satisfied, "reasons": answer.reasons}
            for answer in answers
        ],
    }  # fmt: skip
