"""The JSON of deliberations: how one stands, what was said, what came of it; before its end not how the votes stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.deliberation.finding import Talk
from routing.deliberation.thresholds import Threshold, thresholds
from routing.deliberation.voting import Paper, options_of, turnout
from routing.faces import local
from routing.models import Deliberation, DeliberationGrid, DeliberationOption, Order, Statement
from routing.models.deliberation import Method, Standing
from routing.standing import visible
from services.identity import Actor

MOST = 200


class ThresholdSeen(BaseModel):
    """A rule by which a vote decides; shares as fractions, with the text they come from."""

    name: str
    title: str
    participation: str
    agreement: str
    over: bool
    by_area: bool
    source: str

    @classmethod
    def of(cls, threshold: Threshold) -> Self:
        same = {name: getattr(threshold, name) for name in ("name", "title", "over", "by_area", "source")}
        return cls(**same, participation=str(threshold.participation), agreement=str(threshold.agreement))


class Granted(BaseModel):
    """The part of the case clock that was granted for it: the clock ended at `since` before, at `until` now."""

    limit: str
    since: datetime | None
    until: datetime | None


class DeliberationFace(BaseModel):
    """How a deliberation stands. `voted` and `because` are told when it is over."""

    id: UUID
    case_no: str
    version: int
    state: str
    question: str
    method: str
    threshold: str
    entitled: int
    asked_at: datetime
    opened_at: datetime | None
    closes_at: datetime
    closed_at: datetime | None
    granted: Granted | None
    waits_for: UUID | None
    """The proposal of its extension, while that is not granted."""
    option: str | None
    because: str | None
    voted: int | None

    @classmethod
    def of(cls, row: Deliberation, zone: ZoneInfo) -> Self:
        return cls(**standing(row, zone))


class OptionSeen(BaseModel):
    key: str
    text: str
    votes: int | None


class EntitledSeen(BaseModel):
    grid: str
    name: str
    households: int
    hand_out: str


class StatementSeen(BaseModel):
    id: UUID
    at: datetime
    stance: str
    speaker: str
    text: str
    answer: str | None


class DeliberationView(DeliberationFace):
    """Everything about it. `codes` and `codes_spent` tell the turnout of a running vote, never what was chosen."""

    options: list[OptionSeen]
    grids: list[EntitledSeen]
    statements: list[StatementSeen]
    minutes: str | None
    area_participated: float | None
    area_agreed: float | None
    codes: int | None
    codes_spent: int | None


class DeliberationPage(BaseModel):
    items: list[DeliberationFace]


class Thresholds(BaseModel):
    items: list[ThresholdSeen]


class PaperSeen(BaseModel):
    """选票: what a code is asked; `spent` where it has voted."""

    question: str
    options: list[OptionSeen]
    statements: list[StatementSeen]
    closes_at: datetime
    spent: bool


def standing(row: Deliberation, zone: ZoneInfo) -> dict[str, Any]:
    same = ("id", "case_no", "version", "state", "question", "method", "threshold", "entitled")
    times = ("asked_at", "opened_at", "closes_at", "closed_at")
    return {
        **{name: getattr(row, name) for name in (*same, "option", "because", "voted")},
        **{name: local(getattr(row, name), zone) for name in times},
        "granted": _granted(row, zone),
        "waits_for": row.proposal if row.state == Standing.PROPOSED else None,
    }


def _granted(row: Deliberation, zone: ZoneInfo) -> Granted | None:
    if row.granted_limit is None:
        return None
    since, until = local(row.granted_from, zone), local(row.granted_until, zone)
    return Granted(limit=row.granted_limit, since=since, until=until)


async def whole(session: AsyncSession, row: Deliberation, zone: ZoneInfo) -> DeliberationView:
    grids = select(DeliberationGrid).where(DeliberationGrid.deliberation == row.id).order_by(DeliberationGrid.grid)
    votes = row.method == Method.VOTE and row.state == Standing.OPEN
    codes, spent = await turnout(session, row.id) if votes else (None, None)
    return DeliberationView(
        **standing(row, zone),
        options=[_option(each) for each in await options_of(session, row.id)],
        grids=[
            EntitledSeen(grid=each.grid, name=each.name, households=each.households, hand_out=each.hand_out)
            for each in await session.scalars(grids)
        ],
        statements=await _statements(session, row, zone),
        **{name: getattr(row, name) for name in ("minutes", "area_participated", "area_agreed")},
        codes=codes,
        codes_spent=spent,
    )


def _option(row: DeliberationOption) -> OptionSeen:
    return OptionSeen(key=row.key, text=row.text, votes=row.votes)


async def _statements(session: AsyncSession, row: Deliberation, zone: ZoneInfo) -> list[StatementSeen]:
    wanted = select(Statement).where(Statement.deliberation == row.id).order_by(Statement.id)
    same = ("id", "stance", "speaker", "text", "answer")
    return [
        StatementSeen(**{name: getattr(each, name) for name in same}, at=each.at.astimezone(zone))
        for each in await session.scalars(wanted)
    ]


async def paper_seen(session: AsyncSession, paper: Paper, zone: ZoneInfo) -> PaperSeen:
    return PaperSeen(
        question=paper.row.question,
        options=[_option(each) for each in paper.options],
        statements=await _statements(session, paper.row, zone),
        closes_at=paper.row.closes_at.astimezone(zone),
        spent=paper.spent,
    )


async def listed(session: AsyncSession, *, actor: Actor, state: Standing | None) -> Sequence[Deliberation]:
    """The newest ones about orders that the actor sees."""
    wanted = select(Deliberation).join(Order, Order.case_no == Deliberation.case_no).where(visible(actor))
    if state:
        wanted = wanted.where(Deliberation.state == state)
    return (await session.scalars(wanted.order_by(Deliberation.id.desc()).limit(MOST))).all()


async def on_order(session: AsyncSession, case_no: str, zone: ZoneInfo) -> list[DeliberationFace]:
    wanted = select(Deliberation).where(Deliberation.case_no == case_no).order_by(Deliberation.id)
    return [DeliberationFace.of(row, zone) for row in await session.scalars(wanted)]


def all_thresholds() -> Thresholds:
    return Thresholds(items=[ThresholdSeen.of(each) for each in thresholds().values()])


def face(talk: Talk, zone: ZoneInfo) -> DeliberationFace:
    return DeliberationFace.of(talk.row, zone)
