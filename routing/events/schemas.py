"""The events as others read them: CloudEvents 1.0 around facts that name a unit and a place, never a person."""

from typing import Literal
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.messages import OrderMoved

TYPE: Literal["org.gridloop.case.moved.v1"] = "org.gridloop.case.moved.v1"
SOURCE = "/routing"
DIGITS = 19
MOST_OF_A_PAGE, LONGEST_STREAM = 1000, 600
"""Events, and seconds after which a stream ends."""
NEIGHBOURHOOD = 12
"""Digits of a committee's code (国家统计局 9 + 3): a smaller grid could be one's own doorstep, and is not told."""


class UnitOfEvent(BaseModel):
    """A unit as the catalogue has it: `GET /routing/v1/units/{code}`."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str


class CaseMoved(BaseModel):
    """How a case stands after a move. No words of anybody, no officer, no point, no grid below a neighbourhood."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "case_no": "2025030100000426", "entry": 3, "move": "accept", "state": "handle.working",
                    "outcome": None, "round": 1, "channel": "hotline", "item_type": "complaint", "issue": "05-01",
                    "issue_name": "垃圾满溢", "grade": "simple", "district": "310101", "grid": "310101023006",
                    "lead": {"code": "310101023006", "name": "永嘉路居民区"}, "co_units": [], "merged_into": None,
                    "received_at": "2025-03-01T01:00:00Z", "case_due": "2025-03-07T09:00:00Z",
                    "state_due": "2025-03-07T09:00:00Z", "contacted_at": None, "accepted_at": "2025-03-01T01:20:00Z",
                    "handled_at": None, "closed_at": None, "disputes": 0,
                }
            ]
        },
    )  # fmt: skip
    case_no: str
    entry: int = Field(description="The number of the move in the case's timeline: it orders the events of one case.")
    move: str = Field(description="What was done, by the lifecycle's words (docs/lifecycle.md).")
    state: str
    outcome: str | None
    round: int
    channel: str
    item_type: str
    issue: str | None
    issue_name: str | None
    grade: str | None
    district: str
    grid: str | None = Field(
        description="The place, no finer than a neighbourhood; null where the case is confidential."
    )
    lead: UnitOfEvent | None
    co_units: list[UnitOfEvent]
    merged_into: str | None
    received_at: AwareDatetime
    case_due: AwareDatetime | None
    state_due: AwareDatetime | None
    contacted_at: AwareDatetime | None
    accepted_at: AwareDatetime | None
    handled_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    disputes: int


class CaseEventSeen(BaseModel):
    """One CloudEvent 1.0 in structured JSON. `id` is unique: whoever gets an event twice knows it by that."""

    model_config = ConfigDict(populate_by_name=True)
    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = SOURCE
    type: Literal["org.gridloop.case.moved.v1"] = TYPE
    subject: str = Field(description="The case number.")
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: str = Field(
        pattern=rf"^[0-9]{{{DIGITS}}}$", description="The place in the feed, which sorts as text; also the cursor."
    )
    data: CaseMoved


class EventsPage(BaseModel):
    """CloudEvents in the order of the feed, and where to go on, also where there was nothing new."""

    items: list[CaseEventSeen]
    next: str = Field(description="Send it as `after`: it never passes an event that is still to come.")
    more: bool = Field(description="Whether to ask again at once.")


def id_of(case_no: str, entry: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"case event {case_no} {entry}")


def face(moved: OrderMoved, *, district: str, confidential: bool) -> CaseMoved:
    """What of a move others may read."""
    told = {name: getattr(moved, name) for name in CaseMoved.model_fields if hasattr(moved, name)}
    lead = UnitOfEvent(code=moved.lead.code, name=moved.lead.name) if moved.lead else None
    co_units = [UnitOfEvent(code=unit.code, name=unit.name) for unit in moved.co_units]
    path = moved.grid.path if moved.grid and not confidential else ""
    return CaseMoved(**{**told, "district": district, "grid": coarse(path), "lead": lead, "co_units": co_units})


def coarse(path: str) -> str | None:
    """The smallest grid of a path that is a neighbourhood or above; a dedicated grid (楼宇, 商圈) is what holds it."""
    codes = [code for code in path.split("/") if code.isdigit() and len(code) <= NEIGHBOURHOOD]
    return codes[-1] if codes else None
