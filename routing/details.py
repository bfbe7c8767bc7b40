"""The JSON of one order with everything that belongs to it, as whoever works on it needs it; never the person."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from routing.deliberation.reading import DeliberationFace
from routing.faces import OrderFace, dashed, local
from routing.models import Dispute, OrderUnit, Proposal
from routing.moves import MOVES
from routing.projects.reading import ProjectOnOrder
from routing.states import Move
from services.timeline import Entry


class PlaceSeen(BaseModel):
    """The place as it was told."""

    address: str | None
    grid: str | None
    district: str | None
    lon: float | None
    lat: float | None
    crs: str | None


class TeamUnit(BaseModel):
    """A unit that is or was on the order."""

    code: str
    name: str
    role: str
    since: datetime
    until: datetime | None
    arrive_by: datetime | None
    arrived_at: datetime | None
    disputed_at: datetime | None


class DisputeSeen(BaseModel):
    id: UUID
    unit: str
    reason: str
    legal_basis: str
    proposed_unit: str
    raised_at: datetime
    decision: str | None
    ruled_unit: str | None
    ruling: str | None
    ruled_at: datetime | None


class ProposalSeen(BaseModel):
    """A move that waits, or waited, for a second person. To agree, send the same move with these `fields`."""

    id: UUID
    move: str
    fields: dict[str, Any]
    by_role: str
    by_unit: str
    second_role: str
    why: str | None = None
    proposed_at: datetime
    state: str
    decided_at: datetime | None
    refusal: str | None
    yours_to_decide: bool = False


class EntrySeen(BaseModel):
    """One thing that happened, with the words that were said, as far as they are kept."""

    number: int
    at: datetime
    move: str
    by_role: str
    by_person: UUID | None
    by_unit: str | None
    from_state: str | None
    to_state: str | None
    facts: dict[str, Any]
    words: dict[str, str]


class ResultSeen(BaseModel):
    """What residents decided, and the handling has to keep: `report-done` names it as `result`."""

    deliberation: UUID
    option: str


class OrderView(OrderFace):
    """Everything about an order, without the person who reported it."""

    text: str
    place: PlaceSeen
    has_reporter: bool
    settled: dict[str, Any] | None
    split_from: str | None
    evidence_needed: bool
    closing_condition: str | None
    explanation: dict[str, Any]
    because: str
    done: str | None
    public_answer: str | None
    evidence: list[Any]
    review_date: date | None
    units: list[TeamUnit]
    dispute_list: list[DisputeSeen]
    proposals: list[ProposalSeen]
    deliberations: list[DeliberationFace]
    bound_by: ResultSeen | None
    projects: list[ProjectOnOrder]
    timeline: list[EntrySeen]


def units_seen(units: Sequence[OrderUnit], zone: ZoneInfo) -> list[TeamUnit]:
    names = ("since", "until", "arrive_by", "arrived_at", "disputed_at")
    return [
        TeamUnit(
            code=unit.unit,
            name=unit.name,
            role=unit.role,
            **{name: local(getattr(unit, name), zone) for name in names},
        )
        for unit in units
    ]


def disputes_seen(rows: Sequence[Dispute], zone: ZoneInfo) -> list[DisputeSeen]:
    names = ("id", "unit", "reason", "legal_basis", "proposed_unit", "decision", "ruled_unit", "ruling")
    return [
        DisputeSeen(
            **{name: getattr(row, name) for name in names},
            raised_at=row.raised_at.astimezone(zone),
            ruled_at=local(row.ruled_at, zone),
        )
        for row in rows
    ]


def proposal_seen(row: Proposal, zone: ZoneInfo, *, yours: bool = False) -> ProposalSeen:
    return ProposalSeen(
        id=row.id,
        move=dashed(row.move),
        fields=row.needs,
        by_role=row.by_role,
        by_unit=row.by_unit,
        second_role=row.second_role,
        why=second.why if (second := MOVES[Move(row.move)].second) else None,
        proposed_at=row.proposed_at.astimezone(zone),
        state=row.state,
        decided_at=local(row.decided_at, zone),
        refusal=row.refusal,
        yours_to_decide=yours,
    )


def entry_seen(entry: Entry, words: Mapping[str, str], zone: ZoneInfo) -> EntrySeen:
    names = ("number", "move", "by_role", "by_person", "by_unit", "from_state", "to_state", "facts")
    told = {name: getattr(entry, name) for name in names}
    return EntrySeen(**told, at=entry.at.astimezone(zone), words=dict(words))
