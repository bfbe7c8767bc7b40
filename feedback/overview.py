"""Surveys as caller, evaluator and auditor see them: who was asked when, and what was chosen. No person, no words."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.faces import AnswerSeen, AttemptSeen, SurveySeen, SurveyTold, VerdictSeen
from feedback.models import Answer, Attempt, CaseCopy, State, Survey, Verdict
from feedback.reach import led_within
from services.identity import Actor
from services.messages import Kind
from services.problems import NotFound, invalid
from services.requests import cursor, position


class Filters(BaseModel):
    """What the list is narrowed by; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")
    state: State | None = Field(None, examples=["open"])
    kind: Kind | None = None
    on_site: bool | None = Field(None, description="Looks at the spot, where there is nobody to ask; or all others.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


async def page(session: AsyncSession, filters: Filters, *, by: Actor) -> tuple[Sequence[Survey], str | None]:
    """Surveys in the order of their issue, and the cursor of the next page where there is one."""
    wanted = select(Survey).where(led_within(by, Survey.lead_path)).order_by(Survey.id).limit(filters.limit + 1)
    if filters.state:
        wanted = wanted.where(Survey.state == filters.state)
    if filters.kind:
        wanted = wanted.where(Survey.kind == filters.kind)
    if filters.on_site is not None:
        wanted = wanted.where(Survey.on_site if filters.on_site else ~Survey.on_site)
    if filters.cursor:
        wanted = wanted.where(Survey.id > _after(filters.cursor))
    rows = (await session.scalars(wanted)).all()
    more = len(rows) > filters.limit
    rows = rows[: filters.limit]
    return rows, cursor(id=rows[-1].id) if more else None


async def case(session: AsyncSession, case_no: str, *, by: Actor) -> CaseCopy | None:
    """The copy of a case that is within the actor's reach."""
    wanted = select(CaseCopy).where(CaseCopy.case_no == case_no, led_within(by, CaseCopy.lead_path))
    return await session.scalar(wanted) if case_no.isalnum() else None


async def of_case(session: AsyncSession, case_no: str, *, by: Actor) -> list[SurveyTold]:
    """Every survey of a case with what came back, in the order of their issue. Raises NotFound where there is none to
    see."""
    wanted = select(Survey).where(Survey.case_no == case_no, led_within(by, Survey.lead_path)).order_by(Survey.id)
    surveys = (await session.scalars(wanted)).all() if case_no.isalnum() else []
    if not surveys:
        raise NotFound("No survey was made about a case of this number.")
    ids = [survey.id for survey in surveys]
    tries = await _rows(session, Attempt, ids)
    answers = await _rows(session, Answer, ids)
    verdicts = {row.survey: row for row in await _rows(session, Verdict, ids)}
    return [
        SurveyTold(
            **SurveySeen.model_validate(survey).model_dump(),
            tries=[AttemptSeen.model_validate(row) for row in tries if row.survey == survey.id],
            answers=[AnswerSeen.model_validate(row) for row in answers if row.survey == survey.id],
            verdict=VerdictSeen.model_validate(verdicts[survey.id]) if survey.id in verdicts else None,
        )
        for survey in surveys
    ]


async def _rows(session: AsyncSession, rows: type[Any], surveys: Sequence[UUID]) -> Sequence[Any]:
    order = rows.at if rows is Verdict else rows.id
    return (await session.scalars(select(rows).where(rows.survey.in_(surveys)).order_by(order))).all()


def _after(sent: str) -> UUID:
    try:
        return UUID(str(position(sent).get("id")))
    except ValueError:
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
