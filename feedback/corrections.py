"""How a rating is corrected: one evaluator proposes, another agrees, and a new row supersedes the old, which stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback import appeals
from feedback.digests import digest
from feedback.dossiers import find
from feedback.models import Answer, Correction, Dossier, Survey, Via
from feedback.questions import Satisfied, Solved
from feedback.ratings import valid
from feedback.reach import led_within
from feedback.verdict import Given, Rule
from services.audit import record
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.problems import Conflict, NotFound, Problem
from services.redaction import redact
from services.timeline import append

MOST = 200
"""Proposals shown at once."""


class NotTheValidRating(Conflict):
    """This rating is late or was corrected already; only the valid one of a survey can be corrected."""

    remedy = "Read the survey again and correct the rating that is valid now."


class NothingToCorrect(Problem):
    """The correction says what the rating says already."""

    status = 422
    title = "Nothing to correct"


class SecondPersonNeeded(Conflict):
    """You proposed this correction yourself: another evaluator makes it or refuses it."""

    remedy = "Ask another evaluator of the evaluation body."


class OtherProposal(Conflict):
    """Another correction of this rating waits for its second person."""

    remedy = "Read the proposal that waits, and agree to it or refuse it."


async def correct(
    session: AsyncSession,
    answer_id: UUID,
    *,
    solved: Solved,
    satisfied: Satisfied,
    reason: str,
    by: Actor,
    key: bytes,
    rule: Rule,
) -> Correction:
    """Propose a correction, or agree to the same one that somebody else proposed: then the new rating is made."""
    dossier, survey, answer = await _held(session, answer_id)
    if (answer.solved, answer.satisfied) == (solved, satisfied):
        raise NothingToCorrect
    waiting = await _waiting(session, answer.id)
    if waiting is None:
        return await _propose(session, dossier, answer, solved=solved, satisfied=satisfied, reason=reason, by=by)
    _must_be_second(waiting, by)
    if (waiting.solved, waiting.satisfied) != (solved, satisfied):
        raise OtherProposal(correction=str(waiting.id))
    await _decide(session, dossier, waiting, "made", by)
    corrected = await _make(session, dossier, survey, answer, waiting, key=key)
    given = Given(solved, satisfied, on_site=survey.on_site)
    facts: dict[str, Any] = {"answer": corrected, "said_at": now(), "by": rule}
    await appeals.appeal(session, dossier, survey, given, **facts)
    return waiting


@dataclass(frozen=True)
class Pending:
    """A correction that waits for its second person, beside the rating it would supersede."""

    proposed: Correction
    rated: Answer
    case_no: str


async def pending(session: AsyncSession, *, by: Actor) -> list[Pending]:
    """Those that wait, oldest first."""
    wanted = select(Correction, Answer, Survey.case_no).join(Answer, Answer.id == Correction.answer)
    wanted = wanted.join(Survey, Survey.id == Answer.survey)
    wanted = wanted.where(Correction.state == "pending", led_within(by, Survey.lead_path))
    return [Pending(*row) for row in (await session.execute(wanted.order_by(Correction.id).limit(MOST))).all()]


async def agree(session: AsyncSession, correction_id: UUID, *, by: Actor, key: bytes, rule: Rule) -> Correction:
    """The second person makes what was proposed. Raises NotFound, SecondPersonNeeded, OtherProposal."""
    proposed = await session.get(Correction, correction_id)
    if proposed is None:
        raise NotFound("There is no such correction.")
    _must_be_second(proposed, by)
    if proposed.state != "pending":
        raise OtherProposal("This correction is decided already.", state=proposed.state)
    told = {"solved": Solved(proposed.solved), "satisfied": Satisfied(proposed.satisfied)}
    facts: dict[str, Any] = {**told, "reason": proposed.reason, "by": by, "key": key, "rule": rule}
    return await correct(session, proposed.answer, **facts)


async def refuse(session: AsyncSession, correction_id: UUID, *, reason: str, by: Actor) -> Correction:
    """A second person does not agree; the proposal stays as refused. Raises NotFound, SecondPersonNeeded."""
    proposed = await session.get(Correction, correction_id)
    if proposed is None:
        raise NotFound("There is no such correction.")
    dossier, _, _ = await _held(session, proposed.answer)
    await session.refresh(proposed)
    if proposed.state != "pending":
        raise OtherProposal("This correction is decided already.", state=proposed.state)
    _must_be_second(proposed, by)
    proposed.refusal = redact(reason).text
    await _decide(session, dossier, proposed, "refused", by)
    return proposed


async def _held(session: AsyncSession, answer_id: UUID) -> tuple[Dossier, Survey, Answer]:
    """The case locked, and its rating as it is then. Raises NotFound or NotTheValidRating."""
    answer = await session.get(Answer, answer_id)
    survey = await session.get(Survey, answer.survey) if answer else None
    dossier = await find(session, survey.case_no) if survey else None
    if answer is None or survey is None or dossier is None:
        raise NotFound("There is no such rating.")
    counting = await valid(session, survey.id)
    if counting is None or counting.id != answer.id:
        raise NotTheValidRating
    return dossier, survey, answer


async def _waiting(session: AsyncSession, answer: UUID) -> Correction | None:
    pending = select(Correction).where(Correction.answer == answer, Correction.state == "pending")
    return await session.scalar(pending)


def _must_be_second(proposed: Correction, by: Actor) -> None:
    if proposed.proposed_by == by.person:
        raise SecondPersonNeeded(correction=str(proposed.id))


async def _propose(
    session: AsyncSession,
    dossier: Dossier,
    answer: Answer,
    *,
    solved: Solved,
    satisfied: Satisfied,
    reason: str,
    by: Actor,
) -> Correction:
    proposed = Correction(
        id=new_id(), answer=answer.id, solved=solved.value, satisfied=satisfied.value, reason=redact(reason).text,
        state="pending", proposed_by=by.person, proposed_at=now(),
    )  # fmt: skip
    session.add(proposed)
    await session.flush()
    await _note(session, dossier, proposed, "propose_correction", by)
    return proposed


async def _decide(session: AsyncSession, dossier: Dossier, proposed: Correction, state: str, by: Actor) -> None:
    proposed.state, proposed.decided_by, proposed.decided_at = state, by.person, now()
    await session.flush()
    await _note(session, dossier, proposed, "correct" if state == "made" else "refuse_correction", by)


async def _make(
    session: AsyncSession, dossier: Dossier, survey: Survey, old: Answer, agreed: Correction, *, key: bytes
) -> UUID:
    """The new rating row; the old one stays as it was said."""
    new: Mapping[str, Any] = {
        "id": new_id(), "survey": survey.id, "via": Via.CORRECTION.value, "questions": old.questions,
        "solved": agreed.solved, "satisfied": agreed.satisfied, "reasons": old.reasons, "called_at": old.called_at,
        "recorded_at": now(), "late": False, "entry": dossier.entries, "message": None, "by_person": agreed.decided_by,
        "content": digest(key, "correction", str(agreed.id)), "unit_contacted": old.unit_contacted,
        "corrects": old.id,
    }  # fmt: skip
    await session.execute(insert(Answer), new)
    return UUID(str(new["id"]))


async def _note(session: AsyncSession, dossier: Dossier, proposed: Correction, move: str, by: Actor) -> None:
    facts = {"correction": str(proposed.id), "answer": str(proposed.answer)}
    facts |= {"solved": proposed.solved, "satisfied": proposed.satisfied}
    words = {"reason": proposed.refusal or proposed.reason}
    await append(session, dossier, move, by_role="evaluator", by_person=by.person, facts=facts, words=words)
    await record(session, f"survey.{move}", dossier.case_no, actor=by, **facts)
