"""What came back: an attempt that reached nobody, or an answer. Each is kept once; the first answer in time decides."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.digests import digest
from feedback.models import Answer, Attempt, Dossier, State, Survey, Via
from feedback.questions import QUESTIONS, Satisfied, Solved
from feedback.surveys import judge
from feedback.verdict import Given, Rule, decide
from services.audit import record
from services.clocks import now
from services.ids import new_id
from services.redaction import redact
from services.timeline import append


class Taken(StrEnum):
    """What became of an answer or an attempt."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    LATE = "late"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Source:
    """Which way it came, and the sender's own name of it, by which a repeat is known."""

    via: Via
    message: str | None = None


@dataclass(frozen=True)
class Missed:
    """Nobody was reached: no_answer, wrong_number, refused, …"""

    result: str
    at: datetime


@dataclass(frozen=True)
class Said:
    """An answer as it was given; the words are redacted before they are kept."""

    solved: Solved
    satisfied: Satisfied
    at: datetime
    reasons: Sequence[str] = ()
    words: str = field(default="", repr=False)


@dataclass(frozen=True)
class Desk:
    """What every taking needs: the rule that decides, and the key of the digests."""

    rule: Rule
    key: bytes = field(repr=False)


async def miss(
    session: AsyncSession, dossier: Dossier, survey: Survey, missed: Missed, source: Source, desk: Desk
) -> Taken:
    """Keep an attempt; the last one allowed ends the survey as unreachable."""
    content = digest(desk.key, "attempt", missed.at.timestamp(), missed.result)
    if await _known(session, Attempt, survey.id, content, source):
        return Taken.DUPLICATE
    late = survey.state != State.OPEN
    facts = {"survey": str(survey.id), "via": source.via, "result": missed.result, "late": late}
    entry = await _note(session, dossier, survey, "attempt", source, facts)
    row = {"result": missed.result, "called_at": missed.at}
    await session.execute(insert(Attempt), row | _common(survey, source, content, entry, late=late))
    if late:
        return _too_late(survey)
    survey.attempts += 1
    if decision := decide(None, attempts=survey.attempts, expired=False, by=desk.rule):
        await judge(session, dossier, survey, decision, ending=State.UNREACHABLE)
    return Taken.RECORDED


async def answer(
    session: AsyncSession, dossier: Dossier, survey: Survey, said: Said, source: Source, desk: Desk
) -> Taken:
    """Keep an answer with its verdict; one that comes after the survey's end is kept and decides nothing."""
    content = digest(desk.key, "answer", said.solved, said.satisfied, list(said.reasons), said.words)
    if await _known(session, Answer, survey.id, content, source):
        return Taken.DUPLICATE
    late = survey.state != State.OPEN
    facts = {"survey": str(survey.id), "via": source.via, "late": late}
    facts |= {"solved": said.solved, "satisfied": said.satisfied}
    entry = await _note(session, dossier, survey, "answer", source, facts, words=redact(said.words).text)
    common = _common(survey, source, content, entry, late=late)
    await session.execute(insert(Answer), _row(said) | common)
    if late:
        return _too_late(survey)
    decision = decide(Given(said.solved, said.satisfied), attempts=survey.attempts, expired=False, by=desk.rule)
    assert decision
    await judge(session, dossier, survey, decision, ending=State.ANSWERED, answer=common["id"])
    return Taken.RECORDED


def _too_late(survey: Survey) -> Taken:
    return Taken.CANCELLED if survey.state == State.CANCELLED else Taken.LATE


async def _known(
    session: AsyncSession, rows: type[Answer] | type[Attempt], survey: UUID, content: bytes, source: Source
) -> bool:
    """Whether the same content, or the same message of the sender, is there already; the dossier is locked."""
    same = [rows.content == content]
    if source.message is not None:
        same.append(rows.message == source.message)
    return bool(await session.scalar(select(exists().where(rows.survey == survey, or_(*same)))))


def _row(said: Said) -> dict[str, Any]:
    return {
        "questions": QUESTIONS,
        "solved": said.solved.value,
        "satisfied": said.satisfied.value,
        "reasons": [redact(reason).text for reason in said.reasons],
        "called_at": said.at,
    }


def _common(survey: Survey, source: Source, content: bytes, entry: int, *, late: bool) -> dict[str, Any]:
    return {
        "id": new_id(),
        "survey": survey.id,
        "via": source.via.value,
        "message": source.message,
        "content": content,
        "entry": entry,
        "late": late,
        "recorded_at": now(),
    }


async def _note(
    session: AsyncSession,
    dossier: Dossier,
    survey: Survey,
    move: str,
    source: Source,
    facts: dict[str, Any],
    *,
    words: str = "",
) -> int:
    """One timeline entry and one audit entry; the words go to the timeline alone."""
    role = "reporter" if source.via is Via.PAGE else "caller"
    await record(session, f"survey.{move}", survey.case_no, voice=role, **facts)
    kept = {"words": words} if words else {}
    return await append(session, dossier, move, by_role=role, facts=facts, words=kept)
