"""Exclusions (剔除): a case is left out of some rates for a reason, with evidence, when two evaluators agree on it.

Nothing is taken back by changing a row: an exclusion is undone by another one that names it, in the same two steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from feedback.dossiers import hold
from feedback.figure_models import Exclusion, ExclusionRuling
from feedback.models import CaseCopy, Dossier
from feedback.reach import led_within
from services.audit import record
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.problems import Conflict, NotFound
from services.redaction import redact
from services.timeline import append

MOST = 200
"""Proposals shown at once."""


class Ground(StrEnum):
    """Why a case may be left out. Proposed: no public text lists them."""

    NOT_OURS = "not_ours"
    IMPOSSIBLE = "impossible"
    MALICIOUS = "malicious"
    DUPLICATE = "duplicate"
    FORCE_MAJEURE = "force_majeure"
    WRONG_RECORD = "wrong_record"

    @property
    def chinese(self) -> str:
        return _CHINESE[self]


_CHINESE = {
    Ground.NOT_OURS: "非职责范围",
    Ground.IMPOSSIBLE: "诉求无法实现",
    Ground.MALICIOUS: "恶意重复诉求",
    Ground.DUPLICATE: "重复计入",
    Ground.FORCE_MAJEURE: "不可抗力",
    Ground.WRONG_RECORD: "记录有误",
}


class SecondPersonMissing(Conflict):
    """Who proposed this cannot decide on it."""

    remedy = "Another evaluator sends the same request, or refuses it."


class WaitsAlready(Conflict):
    """Something else about this case waits for a second evaluator."""

    remedy = "Agree to it by sending the same facts, or refuse it, before proposing another."


class DecidedAlready(Conflict):
    """This was decided already, or is undone."""

    remedy = "Read the exclusions of the case."


@dataclass(frozen=True)
class Wanted:
    """What is asked for: of one case, for which rates, on which ground."""

    case_no: str
    rates: tuple[str, ...]
    ground: str
    reason: str
    evidence: str
    undoes: UUID | None = None


@dataclass(frozen=True)
class Shown:
    """An exclusion with what became of it."""

    row: Exclusion
    ruling: ExclusionRuling | None
    undone: bool = False

    @property
    def state(self) -> str:
        if self.ruling is None:
            return "proposed"
        if not self.ruling.agreed:
            return "refused"
        return "undone" if self.undone else "agreed"


async def ask(session: AsyncSession, wanted: Wanted, by: Actor) -> Shown:
    """Propose it; or agree to it, where another evaluator has proposed the same. Repeated by the same person it is the
    same proposal. Raises NotFound, WaitsAlready, DecidedAlready."""
    dossier = await _of_case(session, wanted.case_no)
    wanted = _redacted(wanted)
    waiting = await _waiting(session, wanted.case_no)
    if waiting and (_facts(waiting) != (wanted.rates, wanted.ground, wanted.undoes)):
        raise WaitsAlready
    if waiting and waiting.by_person != by.person:
        return await _ruled(session, dossier, waiting, agreed=True, reason=wanted.reason, by=by)
    if waiting:
        return Shown(waiting, None)
    if wanted.undoes and await _state(session, wanted.undoes) != "agreed":
        raise DecidedAlready
    row = Exclusion(id=new_id(), by_person=by.person, at=now(), **{**vars(wanted), "rates": list(wanted.rates)})
    session.add(row)
    await session.flush()
    await _note(session, dossier, row, "propose_exclusion" if not row.undoes else "propose_inclusion", by)
    return Shown(row, None)


async def undo(session: AsyncSession, exclusion: UUID, *, reason: str, evidence: str, by: Actor) -> Shown:
    """Ask that an exclusion be undone, or agree to that."""
    row = await session.get(Exclusion, exclusion)
    if row is None or row.undoes:
        raise NotFound("There is no exclusion of this number.")
    return await ask(session, Wanted(row.case_no, tuple(row.rates), row.ground, reason, evidence, row.id), by)


async def agree(session: AsyncSession, exclusion: UUID, *, reason: str, by: Actor) -> Shown:
    """The second evaluator agrees to what was proposed. Raises NotFound, DecidedAlready, SecondPersonMissing."""
    row = await session.get(Exclusion, exclusion)
    if row is None:
        raise NotFound("There is no exclusion of this number.")
    dossier = await _of_case(session, row.case_no)
    if await session.get(ExclusionRuling, row.id):
        raise DecidedAlready
    if row.by_person == by.person:
        raise SecondPersonMissing
    return await _ruled(session, dossier, row, agreed=True, reason=redact(reason).text, by=by)


async def refuse(session: AsyncSession, exclusion: UUID, *, reason: str, by: Actor) -> Shown:
    """Any evaluator but the proposer may refuse, with a reason."""
    row = await session.get(Exclusion, exclusion)
    if row is None:
        raise NotFound("There is no exclusion of this number.")
    dossier = await _of_case(session, row.case_no)
    if await session.get(ExclusionRuling, row.id):
        raise DecidedAlready
    if row.by_person == by.person:
        raise SecondPersonMissing
    return await _ruled(session, dossier, row, agreed=False, reason=redact(reason).text, by=by)


async def waiting(session: AsyncSession, *, by: Actor) -> list[Shown]:
    """Those that wait for a second evaluator, oldest first."""
    wanted = _shown().where(ExclusionRuling.exclusion.is_(None), _seen(by)).order_by(Exclusion.id).limit(MOST)
    return [Shown(*row) for row in (await session.execute(wanted)).all()]


async def page(
    session: AsyncSession, *, case_no: str | None, after: UUID | None, limit: int, by: Actor
) -> tuple[Sequence[Shown], bool]:
    """Exclusions in the order they were proposed in, and whether there are more."""
    wanted = _shown().where(_seen(by)).order_by(Exclusion.id).limit(limit + 1)
    if case_no:
        wanted = wanted.where(Exclusion.case_no == case_no)
    if after:
        wanted = wanted.where(Exclusion.id > after)
    rows = [Shown(*row) for row in (await session.execute(wanted)).all()]
    return rows[:limit], len(rows) > limit


def _shown() -> Select[Any]:
    undo_, undone = aliased(Exclusion), aliased(ExclusionRuling)
    taken_back = exists().where(undo_.undoes == Exclusion.id, undone.exclusion == undo_.id, undone.agreed)
    found: Any = select(Exclusion, ExclusionRuling, taken_back)
    shown: Select[Any] = found.outerjoin(ExclusionRuling, ExclusionRuling.exclusion == Exclusion.id)
    return shown


def _seen(by: Actor) -> ColumnElement[bool]:
    """Those of cases that are within reach."""
    return exists().where(CaseCopy.case_no == Exclusion.case_no, led_within(by, CaseCopy.lead_path))


async def _state(session: AsyncSession, exclusion: UUID) -> str:
    found = (await session.execute(_shown().where(Exclusion.id == exclusion))).one()
    return Shown(*found).state


async def _of_case(session: AsyncSession, case_no: str) -> Dossier:
    if await session.get(CaseCopy, case_no) is None:
        raise NotFound("There is no case of this number in the figures.")
    return await hold(session, case_no)


async def _waiting(session: AsyncSession, case_no: str) -> Exclusion | None:
    found = select(Exclusion).outerjoin(ExclusionRuling, ExclusionRuling.exclusion == Exclusion.id)
    return await session.scalar(found.where(Exclusion.case_no == case_no, ExclusionRuling.exclusion.is_(None)))


def _facts(row: Exclusion) -> tuple[tuple[str, ...], str, UUID | None]:
    return tuple(row.rates), row.ground, row.undoes


def _redacted(wanted: Wanted) -> Wanted:
    words = {"reason": redact(wanted.reason).text, "evidence": redact(wanted.evidence).text}
    return Wanted(**{**vars(wanted), **words, "rates": tuple(sorted(set(wanted.rates)))})


async def _ruled(
    session: AsyncSession, dossier: Dossier, row: Exclusion, *, agreed: bool, reason: str, by: Actor
) -> Shown:
    facts = {"exclusion": row.id, "agreed": agreed, "reason": reason, "by_person": by.person, "at": now()}
    await session.execute(insert(ExclusionRuling), facts)
    await _note(session, dossier, row, "agree_exclusion" if agreed else "refuse_exclusion", by)
    ruling = await session.get_one(ExclusionRuling, row.id)
    return Shown(row, ruling)


async def _note(session: AsyncSession, dossier: Dossier, row: Exclusion, move: str, by: Actor) -> None:
    """One timeline entry and one audit entry, without the words."""
    facts: dict[str, Any] = {"exclusion": str(row.id), "rates": list(row.rates), "ground": row.ground}
    facts |= {"undoes": str(row.undoes)} if row.undoes else {}
    await append(session, dossier, move, by_role="evaluator", facts=facts)
    await record(session, f"figures.{move}", row.case_no, actor=by, **facts)
