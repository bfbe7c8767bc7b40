"""The survey from its issue to its end: one per case, round and kind; it ends once, and says so."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.dossiers import find, hold, say
from feedback.models import Dossier, Kind, State, Survey, Verdict
from feedback.terms import Terms
from feedback.verdict import Rule, decide
from feedback.verdict import Verdict as Decision
from services import tracing
from services.audit import record
from services.clocks import now
from services.ids import new_id
from services.messages import OrderHandled, SurveyDue, SurveyEnded, VerdictGiven
from services.outbox import enqueue
from services.timeline import append

EXPIRE = "expire_survey"
UNASKED = frozenset({"praise", "suggestion"})
"""Item types that nobody is asked about (表扬, 建议)."""


async def issue(session: AsyncSession, handled: OrderHandled, sequence: int, terms: Terms) -> Survey | None:
    """The survey that this news makes due, once; None where there is one already or nobody is to be asked.

    It is born cancelled where later news already ended the case.
    """
    if handled.item_type in UNASKED:
        await record(session, "survey.not_asked", handled.case_no, voice="feedback", item_type=handled.item_type)
        return None
    dossier = await hold(session, handled.case_no)
    if await of_round(session, handled.case_no, handled.round, handled.kind):
        return None
    survey = _made(handled, sequence, terms)
    await _open(session, dossier, survey)
    return survey


async def ask_again(session: AsyncSession, dossier: Dossier, first: Survey, *, open_for: timedelta) -> None:
    """A second asking of an answered survey, by telephone and by another caller; once."""
    if await of_round(session, first.case_no, first.round, Kind.RECHECK):
        return
    copied = ("case_no", "round", "item_type", "lead_code", "lead_path", "public_answer", "handled_at", "questions")
    at = now()
    again = Survey(
        **{name: getattr(first, name) for name in copied}, id=new_id(), kind=Kind.RECHECK, rechecks=first.id,
        sequence=first.sequence, state=State.OPEN, issued_at=at, due_at=at + open_for, link_expires_at=at, attempts=0,
    )  # fmt: skip
    await _open(session, dossier, again)


async def _open(session: AsyncSession, dossier: Dossier, survey: Survey) -> None:
    session.add(survey)
    await session.flush()
    await _note(session, dossier, survey, "issue")
    if survey.kind == Kind.HANDLED and dossier.ended_by > survey.sequence:
        await _end(session, dossier, survey, State.CANCELLED, "cancel")
        return
    if not survey.on_site:
        by_page = survey.kind != Kind.RECHECK
        await say(session, dossier, SurveyDue(**_names(survey), link=by_page, relay=survey.relay, until=survey.due_at))
    await enqueue(session, EXPIRE, str(survey.id).encode(), after=survey.due_at - now())


async def recall(session: AsyncSession, dossier: Dossier, sequence: int) -> None:
    """The case was withdrawn or merged: what was asked before that about its handling is asked no longer."""
    dossier.ended_by = max(dossier.ended_by, sequence)
    asked = select(Survey).where(Survey.case_no == dossier.case_no, Survey.kind == Kind.HANDLED)
    asked = asked.where(Survey.state == State.OPEN, Survey.sequence < sequence)
    for survey in (await session.scalars(asked)).all():
        await _end(session, dossier, survey, State.CANCELLED, "cancel")
        await say(session, dossier, SurveyEnded(**_names(survey)))


async def expire(session: AsyncSession, survey_id: UUID, rule: Rule) -> None:
    """Close a survey whose time is over. Too early, it comes back in time; too late or twice, nothing happens."""
    case_no = await session.scalar(select(Survey.case_no).where(Survey.id == survey_id))
    dossier = await find(session, case_no) if case_no else None
    survey = await session.get(Survey, survey_id) if dossier else None
    if dossier is None or survey is None or survey.state != State.OPEN:
        return
    if (left := survey.due_at - now()).total_seconds() > 0:
        await enqueue(session, EXPIRE, str(survey.id).encode(), after=left)
        return
    if survey.on_site:
        await _lapse(session, dossier, survey)
        return
    decision = decide(None, attempts=survey.attempts, expired=True, by=rule)
    assert decision
    await judge(session, dossier, survey, decision, ending=State.EXPIRED)


async def _lapse(session: AsyncSession, dossier: Dossier, survey: Survey) -> None:
    """Nobody of the evaluation body went to the spot in time: that says nothing about the case, so it is no verdict."""
    survey.taken_by = survey.taken_until = None
    await _end(session, dossier, survey, State.EXPIRED, "lapse")


async def judge(
    session: AsyncSession,
    dossier: Dossier,
    survey: Survey,
    decision: Decision,
    *,
    ending: State,
    answer: UUID | None = None,
) -> None:
    """End the survey by a decision, and tell who waits for it: in the trace that the survey was issued in."""
    said = {"gridloop.round": survey.round, "gridloop.result": decision.resolution.value}
    carried_by = [tracing.traceparent()] if survey.traceparent else []
    with (
        tracing.span("feedback", "judge", parent=survey.traceparent, links=carried_by, attributes=said),
        tracing.naming(survey.case_no),
    ):
        await _judged(session, dossier, survey, decision, ending=ending, answer=answer)


async def _judged(
    session: AsyncSession, dossier: Dossier, survey: Survey, decision: Decision, *, ending: State, answer: UUID | None
) -> None:
    verdict = {"verdict": decision.resolution.value, "reason": decision.reason, "rule": decision.rule}
    survey.taken_by = survey.taken_until = None
    await _end(session, dossier, survey, ending, "judge", verdict=verdict["verdict"], rule=decision.rule)
    at: datetime = survey.ended_at or now()
    await session.execute(insert(Verdict), {"survey": survey.id, "answer": answer, "at": at, **verdict})
    named = _names(survey)
    about = {"case_no": survey.case_no, "round": survey.round, "kind": survey.kind}
    await say(session, dossier, VerdictGiven(**about, **verdict, at=at))
    if not survey.on_site:
        await say(session, dossier, SurveyEnded(**named))


async def of_round(session: AsyncSession, case_no: str, round_: int, kind: str) -> Survey | None:
    wanted = select(Survey).where(Survey.case_no == case_no, Survey.round == round_, Survey.kind == kind)
    return await session.scalar(wanted)


def _made(handled: OrderHandled, sequence: int, terms: Terms) -> Survey:
    at, asked = now(), handled.kind != "recheck"
    return Survey(
        id=new_id(),
        case_no=handled.case_no,
        round=handled.round,
        kind=handled.kind,
        item_type=handled.item_type,
        lead_code=handled.lead.code if handled.lead else None,
        lead_path=handled.lead.path if handled.lead else None,
        public_answer=handled.public_answer,
        handled_at=handled.handled_at,
        sequence=sequence,
        state=State.OPEN,
        issued_at=at,
        due_at=at + terms.open_for,
        link_expires_at=at + terms.link_for if asked else at,
        attempts=0,
        questions=terms.questions,
        traceparent=tracing.traceparent(),
        relay=f"rl_{secrets.token_urlsafe(12)}" if terms.provider and asked else None,
    )


def _names(survey: Survey) -> dict[str, Any]:
    return {"case_no": survey.case_no, "survey": survey.id, "round": survey.round, "kind": survey.kind}


async def _end(session: AsyncSession, dossier: Dossier, survey: Survey, ending: State, move: str, **facts: str) -> None:
    survey.state, survey.ended_at = ending, now()
    await _note(session, dossier, survey, move, facts)


async def _note(
    session: AsyncSession, dossier: Dossier, survey: Survey, move: str, facts: Mapping[str, str] | None = None
) -> None:
    """One timeline entry and one audit entry about a survey, by feedback itself."""
    about: dict[str, Any] = {"survey": str(survey.id), "round": survey.round, "kind": survey.kind, **(facts or {})}
    before = None if move == "issue" else State.OPEN
    await append(session, dossier, move, by_role="feedback", from_state=before, to_state=survey.state, facts=about)
    await record(session, f"survey.{move}", survey.case_no, voice="feedback", **about)
