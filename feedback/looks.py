"""A look at the spot (实地复核): the re-check of a case with nobody to ask, by an evaluator who goes there.

It is drawn by routing like any re-check and decides as one does. Whoever has said something about the case already (a
call, a correction, the look of an earlier round) does not look: the verdict that is looked at would be their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from feedback.answers import Desk, Said, Source, answer
from feedback.calling import SurveyOver, TakenByAnother
from feedback.dossiers import find
from feedback.models import Answer, Attempt, Correction, Dossier, State, Survey, Via
from feedback.photos import Picture
from feedback.questions import Satisfied, Solved
from services.audit import record
from services.clocks import now
from services.identity import Actor
from services.problems import Conflict, NotFound, invalid
from services.timeline import Words

TAKEN_FOR = timedelta(days=3)
"""How long a look that was taken is kept from other evaluators: long enough to go there."""
MOST = 200
"""Looks shown at once."""


class OwnVerdict(Conflict):
    """You have said something about this case already; somebody else looks whether it holds."""

    remedy = "Leave it to another evaluator."


class LookNotTaken(Conflict):
    """Only who has taken a look writes down what was found."""

    remedy = "Take it first; it stays yours for three days, or to its last day."


@dataclass(frozen=True)
class Found:
    """What was found, and when; the words are redacted before they are kept."""

    solved: Solved
    at: datetime
    words: str = field(repr=False)
    photo: Picture | None = field(default=None, repr=False)


async def waiting(session: AsyncSession, by: Actor, *, mine: bool = False, limit: int = MOST) -> Sequence[Survey]:
    """Looks that this evaluator has taken or may take, those that end soonest first."""
    held = (Survey.taken_by == by.person) & (Survey.taken_until > now())
    open_ = select(Survey).where(Survey.state == State.OPEN, Survey.on_site)
    free = or_(Survey.taken_until.is_(None), Survey.taken_until <= now())
    open_ = open_.where(held if mine else or_(held, free), ~_judged_by(by))
    return (await session.scalars(open_.order_by(Survey.due_at, Survey.id).limit(limit))).all()


async def read(session: AsyncSession, survey_id: UUID) -> Survey:
    survey = await session.get(Survey, survey_id)
    if survey is None or not survey.on_site:
        raise NotFound("There is no look of this number.")
    return survey


async def take(session: AsyncSession, survey_id: UUID, *, by: Actor) -> Survey:
    """Keep a look for this evaluator. Raises NotFound, SurveyOver, TakenByAnother or OwnVerdict."""
    _, survey = await _locked(session, survey_id)
    if survey.taken_by not in (None, by.person) and survey.taken_until and survey.taken_until > now():
        raise TakenByAnother(until=survey.taken_until.isoformat())
    await _must_be_impartial(session, survey, by)
    survey.taken_by, survey.taken_until = by.person, min(now() + TAKEN_FOR, survey.due_at)
    await record(session, "look.taken", survey.case_no, actor=by, survey=str(survey.id))
    return survey


async def write_down(session: AsyncSession, survey_id: UUID, found: Found, *, by: Actor, desk: Desk) -> Survey:
    """What was found, with its verdict: "solved" changes nothing, all else has the case handled again.

    Raises NotFound, SurveyOver, LookNotTaken, OwnVerdict; Invalid for a look before the matter was handled.
    """
    dossier, survey = await _locked(session, survey_id)
    if not is_mine(survey, by):
        raise LookNotTaken
    await _must_be_impartial(session, survey, by)
    if found.at < survey.handled_at:
        raise invalid("looked_at", "lies after the matter was handled", "say when you were there")
    said = Said(found.solved, Satisfied.UNRATED, found.at, words=found.words, photo=found.photo)
    await answer(session, dossier, survey, said, Source(Via.ON_SITE, actor=by), desk)
    return survey


def is_mine(survey: Survey, by: Actor) -> bool:
    """Whether this evaluator holds the look now."""
    held = survey.taken_by == by.person and survey.taken_until is not None and survey.taken_until > now()
    return held and survey.state == State.OPEN


async def words_of(session: AsyncSession, case_no: str) -> dict[UUID, str]:
    """What was written down at the spot, by rating; what was erased is left out."""
    wanted = (
        select(Answer.id, Words.words)
        .join(Survey, Survey.id == Answer.survey)
        .join(Words, (Words.case_no == Survey.case_no) & (Words.number == Answer.entry))
        .where(Survey.case_no == case_no, Answer.via == Via.ON_SITE)
    )
    return {row.id: row.words["words"] for row in await session.execute(wanted) if row.words.get("words")}


def _judged_by(by: Actor) -> ColumnElement[bool]:
    """Looks at cases about which this person has tried, written down or corrected anything."""
    other = aliased(Survey, name="other")
    of_case = other.case_no == Survey.case_no
    rated = select(Answer.id).join(other, other.id == Answer.survey).where(of_case, Answer.by_person == by.person)
    tried = select(Attempt.id).join(other, other.id == Attempt.survey).where(of_case, Attempt.by_person == by.person)
    corrected = select(Correction.id).join(Answer, Answer.id == Correction.answer)
    corrected = corrected.join(other, other.id == Answer.survey)
    corrected = corrected.where(of_case, or_(Correction.proposed_by == by.person, Correction.decided_by == by.person))
    return or_(*(exists(each.correlate(Survey)) for each in (rated, tried, corrected)))


async def _must_be_impartial(session: AsyncSession, survey: Survey, by: Actor) -> None:
    if await session.scalar(select(Survey.id).where(Survey.id == survey.id, _judged_by(by))):
        raise OwnVerdict


async def _locked(session: AsyncSession, survey_id: UUID) -> tuple[Dossier, Survey]:
    survey = await read(session, survey_id)
    dossier = await find(session, survey.case_no)
    assert dossier
    await session.refresh(survey)
    if survey.state != State.OPEN:
        raise SurveyOver
    return dossier, survey
