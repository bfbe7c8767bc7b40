"""An "unsolved" that comes after its survey ended otherwise: told to routing once, which takes it as an appeal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.dossiers import say
from feedback.models import Dossier, LateAppeal, State, Survey, Verdict
from feedback.ratings import valid
from feedback.verdict import Given, Resolution, Rule, is_appeal
from services.audit import record
from services.clocks import now
from services.messages import VerdictGiven
from services.timeline import append


async def appeal(
    session: AsyncSession, dossier: Dossier, survey: Survey, given: Given, *, answer: UUID, said_at: datetime, by: Rule
) -> bool:
    """Whether it was one. Each survey makes one appeal at most; a recalled one none."""
    if await session.get(LateAppeal, survey.id):
        return False
    counted = await valid(session, survey.id)
    newer = counted is None or counted.id == answer or said_at > counted.called_at
    reason = is_appeal(given, ended_as=await _ending(session, survey), newer=newer, by=by)
    if reason is None:
        return False
    about: dict[str, Any] = {"survey": str(survey.id), "round": survey.round, "kind": survey.kind, "rule": by.version}
    row = {"survey": survey.id, "answer": answer, "rule": by.version, "reason": reason, "at": now()}
    await session.execute(insert(LateAppeal), row)
    await append(session, dossier, "appeal", by_role="feedback", facts=about)
    await record(session, "survey.appeal", survey.case_no, voice="feedback", **about)
    named = {"case_no": survey.case_no, "round": survey.round, "kind": survey.kind}
    told = {"verdict": Resolution.UNRESOLVED.value, "reason": reason, "rule": by.version, "at": now()}
    await say(session, dossier, VerdictGiven.model_validate(named | told))
    return True


async def _ending(session: AsyncSession, survey: Survey) -> Resolution | None:
    if survey.state == State.CANCELLED:
        return None
    verdict = await session.get(Verdict, survey.id)
    return Resolution(verdict.verdict) if verdict else None
