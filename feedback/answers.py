"""What came back: an attempt that reached nobody, or an answer. Each is kept once; the first answer in time decides.

An "unsolved" that comes too late to decide is told on as an appeal (`appeals`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.appeals import appeal
from feedback.digests import digest
from feedback.models import Answer, Attempt, Dossier, Kind, Network, Photo, State, Survey, Via
from feedback.photos import Picture
from feedback.questions import Satisfied, Solved
from feedback.surveys import ask_again, judge
from feedback.verdict import Given, Rule, decide
from services.audit import record
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.redaction import redact
from services.timeline import append

ROLES: Mapping[Via, str] = MappingProxyType({Via.PAGE: "reporter", Via.ON_SITE: "evaluator"})
"""Who speaks in the timeline, where it is not a caller."""


class Taken(StrEnum):
    """What became of an answer or an attempt."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    LATE = "late"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Source:
    """Which way it came, the sender's own name of it, by which a repeat is known, and the caller who took it down."""

    via: Via
    message: str | None = None
    actor: Actor | None = None


@dataclass(frozen=True)
class Missed:
    """Nobody was reached: no_answer, wrong_number, refused, …"""

    result: str
    at: datetime


@dataclass(frozen=True)
class Said:
    """An answer as it was given; the words are redacted before they are kept.

    `network` is a digest (`networks`); only a page has one, or a photo.
    """

    solved: Solved
    satisfied: Satisfied
    at: datetime
    reasons: Sequence[str] = ()
    words: str = field(default="", repr=False)
    unit_contacted: bool | None = None
    photo: Picture | None = field(default=None, repr=False)
    network: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Desk:
    """What every taking needs: the rule that decides, the key of the digests, how many of a hundred are asked again."""

    rule: Rule
    key: bytes = field(repr=False)
    recheck_percent: int = 0
    recheck_for: timedelta = timedelta(days=7)


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
    """Keep an answer with its verdict; one that comes after the survey's end is kept, and decides nothing by itself."""
    content = digest(desk.key, "answer", *_spelled(said))
    if await _known(session, Answer, survey.id, content, source):
        return Taken.DUPLICATE
    late = survey.state != State.OPEN
    facts = {"survey": str(survey.id), "via": source.via, "late": late}
    facts |= {"solved": said.solved, "satisfied": said.satisfied}
    entry = await _note(session, dossier, survey, "answer", source, facts, words=redact(said.words).text)
    common = _common(survey, source, content, entry, late=late)
    await session.execute(insert(Answer), _row(survey, said) | common)
    given = Given(said.solved, said.satisfied, on_site=source.via is Via.ON_SITE)
    if late:
        await appeal(session, dossier, survey, given, answer=common["id"], said_at=said.at, by=desk.rule)
        return _too_late(survey)
    await _keep_beside(session, common["id"], said)
    decision = decide(given, attempts=survey.attempts, expired=False, by=desk.rule)
    assert decision
    await judge(session, dossier, survey, decision, ending=State.ANSWERED, answer=common["id"])
    if survey.kind == Kind.HANDLED and drawn(desk.key, survey, desk.recheck_percent):
        await ask_again(session, dossier, survey, open_for=desk.recheck_for)
    return Taken.RECORDED


def drawn(key: bytes, survey: Survey, percent: int) -> bool:
    """Whether a survey is in the sample that is asked again: by a keyed lot that nobody can choose or foresee."""
    lot = digest(key, "recheck", survey.case_no, survey.round)
    return int.from_bytes(lot[:8], "big") % 100 < percent


async def _keep_beside(session: AsyncSession, answer_id: UUID, said: Said) -> None:
    """The photo and the network's digest, each in a row that can be forgotten while the answer stays."""
    if said.photo:
        picture = said.photo
        facts = {"jpeg": picture.jpeg, "width": picture.width, "height": picture.height}
        await session.execute(insert(Photo), {"answer": answer_id, "at": now(), **facts})
    if said.network:
        await session.execute(insert(Network), {"answer": answer_id, "digest": said.network, "at": now()})


def _spelled(said: Said) -> list[Any]:
    """What makes two answers the same; what was not asked adds nothing."""
    added = [] if said.unit_contacted is None else [said.unit_contacted]
    return [said.solved, said.satisfied, list(said.reasons), said.words, *added]


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


def _row(survey: Survey, said: Said) -> dict[str, Any]:
    return {
        "questions": survey.questions,
        "unit_contacted": said.unit_contacted,
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
        "by_person": source.actor.person if source.actor else None,
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
    role = ROLES.get(source.via, "caller")
    actor = source.actor
    await record(session, f"survey.{move}", survey.case_no, actor=actor, voice=None if actor else role, **facts)
    kept = {"words": words} if words else {}
    person = actor.person if actor else None
    return await append(session, dossier, move, by_role=role, by_person=person, facts=facts, words=kept)
