"""The JSON that goes out: an order as it stands, in lists and after a move, in the city's time.

What a move answers is kept for repeats, so this face has no words of anybody.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from routing.listed import Listed
from routing.lists.rows import Grade
from routing.models import Order, TeamRole
from routing.states import Move, State


class Named(BaseModel):
    code: str
    name: str | None = None


class Deadlines(BaseModel):
    """`next` is the first of them that somebody has to keep now."""

    case_due: datetime | None
    contact_due: datetime | None
    state_due: datetime | None
    next: datetime | None


FACE_EXAMPLE: dict[str, Any] = {
    "case_no": "2025030100000425",
    "version": 4,
    "state": "handle.working",
    "stage": "handle",
    "outcome": None,
    "round": 1,
    "channel": "hotline",
    "item_type": "complaint",
    "issue": {"code": "05-04", "name": "垃圾满溢"},
    "grade": "simple",
    "tags": ["safety"],
    "grid": {"code": "310101023006", "name": "永嘉居民区"},
    "lead": {"code": "310101023006", "name": "永嘉居民区"},
    "co_units": [],
    "desk": "310101023",
    "officer": "01956a2e-7c00-7000-8000-000000000001",
    "deadlines": {
        "case_due": "2025-03-07T18:00:00+08:00",
        "contact_due": "2025-03-03T18:00:00+08:00",
        "state_due": "2025-03-10T18:00:00+08:00",
        "next": "2025-03-07T18:00:00+08:00",
    },
    "received_at": "2025-03-01T09:12:44+08:00",
    "state_since": "2025-03-01T10:02:10+08:00",
    "accepted_at": "2025-03-01T10:02:10+08:00",
    "contacted_at": None,
    "handled_at": None,
    "closed_at": None,
    "supervised": False,
    "levels_raised": 0,
    "disputes": 0,
    "chases": 0,
    "appealed": False,
    "confidential": False,
    "merged_into": None,
    "rings": False,
    "moves": ["contact", "report-done", "dispute", "note"],
}


class OrderFace(BaseModel):
    """How an order stands. `moves` are those the asker can make now, provided their needs are told. `rings` is true
    while it is urgent and nobody has taken it up: whatever shows it shows that first and aloud."""

    model_config = ConfigDict(json_schema_extra={"examples": [FACE_EXAMPLE]})
    case_no: str
    version: int
    state: str
    stage: str | None
    outcome: str | None
    round: int
    channel: str
    item_type: str
    issue: Named | None
    grade: str | None
    tags: list[str]
    grid: Named | None
    lead: Named | None
    co_units: list[Named]
    desk: str
    officer: UUID | None
    deadlines: Deadlines
    received_at: datetime
    state_since: datetime
    accepted_at: datetime | None
    contacted_at: datetime | None
    handled_at: datetime | None
    closed_at: datetime | None
    supervised: bool
    levels_raised: int
    disputes: int
    chases: int
    appealed: bool
    confidential: bool
    merged_into: str | None
    rings: bool
    moves: list[str] | None = None

    @classmethod
    def of(cls, order: Order, zone: ZoneInfo, moves: Iterable[Move] | None = None) -> Self:
        return cls(**standing(order, zone), moves=None if moves is None else [dashed(move) for move in moves])


class OrderLine(OrderFace):
    """An order in a list, with the beginning of its text."""

    summary: str

    @classmethod
    def line(cls, order: Listed, zone: ZoneInfo) -> Self:
        return cls(**plain_line(order, zone))


class OrderPage(BaseModel):
    """A page of a list; `next` is the cursor of the next page, `count` all there are, where that was asked.

    A list of more than 10,000 is counted no further, one that is searched by words no further than 100: then `count`
    is that number and `count_more` is true.
    """

    items: list[OrderLine]
    next: str | None
    count: int | None = None
    count_more: bool = False


class Proposed(BaseModel):
    """The move is kept until a second person agrees; its fields are with the order."""

    proposal: UUID
    move: str
    second_role: str
    why: str | None = None
    order: OrderFace


def dashed(move: str) -> str:
    """A move as it is written in an address."""
    return str(move).replace("_", "-")


SAME = (
    "case_no", "version", "state", "outcome", "round", "channel", "item_type", "grade", "tags", "officer", "supervised",
    "levels_raised", "disputes", "chases", "appealed", "confidential", "merged_into",
)  # fmt: skip
RINGING = frozenset({State.REGISTERED, State.TRIAGE, State.DISPATCHED})
"""Where somebody has to take it up."""
TIMES = ("received_at", "state_since", "accepted_at", "contacted_at", "handled_at", "closed_at")


def standing(order: Order, zone: ZoneInfo) -> dict[str, Any]:
    """The fields that every face has."""
    joined = [(unit.unit, unit.name) for unit in order.team if unit.role == TeamRole.CO]
    return _standing(order, joined, zone)


def plain_line(order: Listed, zone: ZoneInfo) -> dict[str, Any]:
    """An `OrderLine` that is JSON all but the letters: a list of fifty has nothing in it that needs to be validated."""
    return {**_standing(order, order.joined or (), zone), "moves": None, "summary": order.summary}


def _standing(order: Order | Listed, joined: Iterable[Sequence[str]], zone: ZoneInfo) -> dict[str, Any]:
    stage, _, leaf = order.state.partition(".")
    facts = dict(zip(SAME, _SAME(order), strict=True))
    for name, at in zip(TIMES, _TIMES(order), strict=True):
        facts[name] = at.astimezone(zone) if at else None
    facts["stage"] = stage if leaf else None
    facts["rings"] = rings(order)
    facts["issue"] = _named(order.issue, order.issue_name)
    facts["grid"] = _named(order.grid, order.grid_name)
    facts["lead"] = _named(order.lead_unit, order.lead_name)
    facts["co_units"] = [{"code": code, "name": name} for code, name in joined]
    facts["desk"] = order.desk_unit
    facts["deadlines"] = {
        "case_due": local(order.case_due, zone),
        "contact_due": local(order.contact_due, zone),
        "state_due": local(order.state_due, zone),
        "next": local(order.due_at, zone),
    }
    return facts


_SAME, _TIMES = attrgetter(*SAME), attrgetter(*TIMES)


def rings(order: Order | Listed) -> bool:
    """Urgent, and at nobody's hands yet: the same in every list, on every page and in what follows an order."""
    return order.grade == Grade.URGENT and order.state in RINGING


def _named(code: str | None, name: str | None) -> dict[str, str | None] | None:
    return {"code": code, "name": name} if code else None


def local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return at.astimezone(zone) if at else None
