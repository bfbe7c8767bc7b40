"""What routing tells of an order after each move, and of the codes of a vote on it."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.messages.envelope import GridName, Kind, Message, UnitName


class OrderMoved(Message):
    """The order after a move: its whole public face, so that a copy needs only the newest one."""

    type: ClassVar[str] = "order.moved"
    case_no: str
    entry: int
    """The timeline entry's number in routing; entries are kept even where the state is stale."""
    move: str
    at: AwareDatetime
    note: str | None = None
    """What the citizen may read about this move."""
    state: str
    outcome: str | None = None
    round: int
    channel: str
    item_type: str
    issue: str | None
    issue_name: str | None = None
    grade: str | None = None
    grid: GridName | None = None
    lead: UnitName | None = None
    co_units: tuple[UnitName, ...] = ()
    accused: str | None = None
    """The path of the highest unit that the words accuse: nobody there or below sees the case."""
    officer: UUID | None = None
    """Who works it: what intake checks a reveal against; no page and no answer there shows it."""
    merged_into: str | None = None
    received_at: AwareDatetime
    case_due: datetime | None = None
    state_due: datetime | None = None
    contact_due: datetime | None = None
    contacted_at: datetime | None = None
    accepted_at: datetime | None = None
    handled_at: datetime | None = None
    closed_at: datetime | None = None
    disputes: int = 0
    public_answer: str | None = None


class OrderHandled(Message):
    """A round is over and somebody may be asked: a survey is due for it."""

    type: ClassVar[str] = "order.handled"
    case_no: str
    round: int
    kind: Kind
    item_type: str
    lead: UnitName | None = None
    public_answer: str
    handled_at: AwareDatetime


class CodesFor(BaseModel):
    """A grid whose households may vote, and how their codes reach them: a sheet of paper, or a message."""

    model_config = ConfigDict(frozen=True)
    grid: GridName
    households: int
    hand_out: Literal["sheet", "message"]


class CodesDue(Message):
    """A deliberation is open and its entitled households wait for their one-time codes."""

    type: ClassVar[str] = "codes.due"
    case_no: str
    deliberation: UUID
    question: str
    closes_at: AwareDatetime
    grids: tuple[CodesFor, ...]


class CodesMade(Message):
    """Codes exist and are on their way; only their digests are told, so that no order's desk can vote with them."""

    type: ClassVar[str] = "codes.made"
    case_no: str
    deliberation: UUID
    digests: tuple[str, ...]
