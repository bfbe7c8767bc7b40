"""A call-back agent at work: takes an open survey for a while, notes who was not reached, writes down what was said.

A re-check is taken by another person than the one who asked first. The person is reached through intake, by relay.
Where there is nobody to ask nobody is called: that re-check is a look at the spot (`looks`).
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.answers import Desk, Missed, Said, Source, Taken, answer, miss
from feedback.dossiers import find
from feedback.models import Answer, Attempt, Dossier, State, Survey, Via
from services import errands
from services.audit import record
from services.clocks import now
from services.identity import Actor
from services.messages import Kind
from services.problems import Conflict, NotFound, Problem, invalid
from services.requests import cursor, position
from services.settings import Settings

TAKEN_FOR = timedelta(minutes=45)
"""How long a survey that was taken is kept from other callers."""
NOBODY = "There is no survey of this number that anybody is called for."
NEXT = 10
"""How many of those that wait are tried where others take them at the same moment."""


class SurveyOver(Problem):
    """This survey is answered, expired or cancelled: there is nobody to call any longer."""

    status = 410
    title = "Survey over"


class TakenByAnother(Conflict):
    """Another caller has taken this survey."""

    remedy = "Take another one; this one is free again at the time named here, if it is still open then."


class NotTakenByYou(Conflict):
    """Only who has taken a survey calls and writes down."""

    remedy = "Take it first; it stays yours for 45 minutes."


class SameCaller(Conflict):
    """You asked this person the first time: a re-check is made by somebody else."""

    remedy = "Leave it to another caller."


class Wanted(BaseModel):
    """What the list of calls is narrowed by."""

    model_config = ConfigDict(extra="forbid")
    kind: Kind | None = None
    mine: bool = Field(False, description="Only those that you have taken.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


async def free(session: AsyncSession, by: Actor, wanted: Wanted) -> tuple[Sequence[Survey], str | None]:
    """Open surveys that this caller may take or has taken, in the order of their issue, and the next page's cursor."""
    open_ = _free(by, wanted).order_by(Survey.id).limit(wanted.limit + 1)
    if wanted.cursor:
        open_ = open_.where(Survey.id > _after(wanted.cursor))
    rows = (await session.scalars(open_)).all()
    shown = rows[: wanted.limit]
    return shown, cursor(id=shown[-1].id) if len(rows) > wanted.limit else None


def _free(by: Actor, wanted: Wanted) -> Select[Survey]:
    mine = (Survey.taken_by == by.person) & (Survey.taken_until > now())
    open_ = select(Survey).where(Survey.state == State.OPEN, ~Survey.on_site)
    if wanted.mine:
        open_ = open_.where(mine)
    else:
        nobody = or_(Survey.taken_until.is_(None), Survey.taken_until <= now())
        open_ = open_.where(or_(mine, nobody), ~_asked_by(by))
    return open_.where(Survey.kind == wanted.kind) if wanted.kind else open_


async def take(session: AsyncSession, survey_id: UUID, *, by: Actor) -> Survey:
    """Keep a survey for this caller, or keep it longer. Raises NotFound, SurveyOver, TakenByAnother or SameCaller."""
    _, survey = await _locked(session, survey_id)
    if survey.taken_by not in (None, by.person) and survey.taken_until and survey.taken_until > now():
        raise TakenByAnother(until=survey.taken_until.isoformat())
    if await session.scalar(select(Survey.id).where(Survey.id == survey.id, _asked_by(by))):
        raise SameCaller
    survey.taken_by, survey.taken_until = by.person, now() + TAKEN_FOR
    await record(session, "survey.taken", survey.case_no, actor=by, survey=str(survey.id))
    return survey


async def take_next(session: AsyncSession, *, by: Actor, wanted: Wanted) -> Survey | None:
    """The survey to call now: one's own first, then those tried longest ago. None where none is free."""
    tried = select(func.max(Attempt.recorded_at)).where(Attempt.survey == Survey.id).scalar_subquery()
    mine = func.coalesce((Survey.taken_by == by.person) & (Survey.taken_until > now()), False)
    waiting = _free(by, wanted).with_only_columns(Survey.id)
    waiting = waiting.order_by(mine.desc(), tried.asc().nulls_first(), Survey.id).limit(NEXT)
    for survey in (await session.scalars(waiting)).all():
        try:
            return await take(session, survey, by=by)
        except (TakenByAnother, SurveyOver):
            continue
    return None


def errand(settings: Settings, survey: Survey, by: Actor) -> str | None:
    """What intake wants from whoever asks to reach the person: that they hold this survey. None for all others.

    It holds as long as a pass does, and no longer than the survey is this caller's.
    """
    if not is_mine(survey, by) or survey.taken_until is None:
        return None
    until = min(survey.taken_until, now() + timedelta(minutes=settings.pass_minutes))
    facts = {"survey": str(survey.id), "case_no": survey.case_no}
    return errands.write(settings, "feedback", "intake", "contact", person=by.person, until=until, **facts)


def is_mine(survey: Survey, by: Actor) -> bool:
    """Whether this caller holds the survey now."""
    held = survey.taken_by == by.person and survey.taken_until is not None and survey.taken_until > now()
    return held and survey.state == State.OPEN


async def read(session: AsyncSession, survey_id: UUID) -> Survey:
    survey = await session.get(Survey, survey_id)
    if survey is None or survey.on_site:
        raise NotFound(NOBODY)
    return survey


async def note_missed(session: AsyncSession, survey_id: UUID, missed: Missed, *, by: Actor, desk: Desk) -> Taken:
    """Nobody was reached; the survey is free for the next attempt."""
    dossier, survey = await _mine(session, survey_id, by)
    taken = await miss(session, dossier, survey, missed, Source(Via.CALLER, actor=by), desk)
    survey.taken_by = survey.taken_until = None
    return taken


async def write_down(session: AsyncSession, survey_id: UUID, said: Said, *, by: Actor, desk: Desk) -> Taken:
    """What the person said, with its verdict."""
    dossier, survey = await _mine(session, survey_id, by)
    return await answer(session, dossier, survey, said, Source(Via.CALLER, actor=by), desk)


def _asked_by(by: Actor) -> ColumnElement[bool]:
    """A re-check of what this person answered for or tried the first time."""
    rated = exists(select(Answer.id).where(Answer.survey == Survey.rechecks, Answer.by_person == by.person))
    tried = exists(select(Attempt.id).where(Attempt.survey == Survey.rechecks, Attempt.by_person == by.person))
    return or_(rated, tried)


async def _locked(session: AsyncSession, survey_id: UUID) -> tuple[Dossier, Survey]:
    called = select(Survey.case_no).where(Survey.id == survey_id, ~Survey.on_site)
    case_no = await session.scalar(called)
    dossier = await find(session, case_no) if case_no else None
    if dossier is None:
        raise NotFound(NOBODY)
    survey = await session.get_one(Survey, survey_id)
    if survey.state != State.OPEN:
        raise SurveyOver
    return dossier, survey


async def _mine(session: AsyncSession, survey_id: UUID, by: Actor) -> tuple[Dossier, Survey]:
    dossier, survey = await _locked(session, survey_id)
    if survey.taken_by != by.person or survey.taken_until is None or survey.taken_until <= now():
        raise NotTakenByYou
    return dossier, survey


def _after(sent: str) -> UUID:
    try:
        return UUID(str(position(sent).get("id")))
    except ValueError:
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
