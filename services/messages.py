"""What the services say to each other: past tense, the facts a receiver keeps as its copy, never a person.

Each class is the data of one CloudEvent; `type` is its name on the wire and `ROUTES` says who tells whom.
"""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.roles import Role

Kind = Literal["handled", "settled", "withdrawn", "recheck"]


class Message(BaseModel):
    """Base of all messages. `sequence` counts per case and source; it travels in the envelope, not here."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: ClassVar[str]

    @property
    def subject(self) -> str:
        """The case number, or the name of the thing it is about."""
        return str(getattr(self, "case_no", "access"))


class Location(BaseModel):
    """A point as it was given: degrees, with the reference system it was measured in."""

    model_config = ConfigDict(frozen=True)
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    crs: Literal["WGS-84", "CGCS2000", "GCJ-02", "BD-09"] = "WGS-84"


class Settled(BaseModel):
    """What was done on the spot, and by whose unit."""

    model_config = ConfigDict(frozen=True)
    done: str
    at: AwareDatetime
    unit: str
    by: Literal["clerk", "officer", "hotline"]


class Place(BaseModel):
    """The place as told: any of it may be missing. `district` is the weakest: it can be the caller's own."""

    model_config = ConfigDict(frozen=True)
    address: str | None = None
    grid: str | None = None
    district: str | None = None
    location: Location | None = None


class ReportReceived(Message):
    """A report exists: everything an officer needs, without the person."""

    type: ClassVar[str] = "report.received"
    case_no: str
    channel: str
    item_type: str
    text: str
    issue: str | None = None
    place: Place = Place()
    received_at: AwareDatetime
    confidential: bool = False
    reporter: bool = True
    """Whether there is somebody to ask afterwards; false for anonymous reports and an officer's own finds."""
    open_cases: tuple[str, ...] = ()
    settled: Settled | None = None
    split_from: str | None = None
    unmapped: tuple[str, ...] = ()
    """What the sender told by codes of its own that nobody knows (`issue`, `area`, `item_type`): a person decides."""


class ReportAmended(Message):
    """The reporter added words or corrected the place; or the report was split, and these words are what stays."""

    type: ClassVar[str] = "report.amended"
    case_no: str
    text: str | None = None
    replaces: bool = False
    """Whether the words stand in the place of those first told; what was added since stays."""
    place: Place | None = None
    reachable: bool | None = None
    """Whether the reporter can be reached now, where a correction of what is held of them has changed that."""
    at: AwareDatetime


class ReportWithdrawn(Message):
    """The reporter wants no more of it."""

    type: ClassVar[str] = "report.withdrawn"
    case_no: str
    reason: str
    at: AwareDatetime


class ReportChased(Message):
    """The reporter asks where it stands (催单)."""

    type: ClassVar[str] = "report.chased"
    case_no: str
    text: str = ""
    at: AwareDatetime


class ReportAppealed(Message):
    """The reporter does not accept how it was closed."""

    type: ClassVar[str] = "report.appealed"
    case_no: str
    text: str
    at: AwareDatetime


class ReportErased(Message):
    """A time is over or the person asked: what these parts name is erased wherever it lies; the case stays counted."""

    type: ClassVar[str] = "report.erased"
    case_no: str
    parts: tuple[Literal["everything", "photos", "survey_photos", "survey_words"], ...]
    at: AwareDatetime


class UnitName(BaseModel):
    """A unit as others show it; `path` is the chain of codes from the top, `/31/310101/…/`."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str
    path: str


class GridName(BaseModel):
    """A grid as others show it; `path` is the chain of grid codes from the city down."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str
    path: str


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


class VerdictGiven(Message):
    """What the evaluation body decided from the answer, the exhausted attempts or the expiry."""

    type: ClassVar[str] = "verdict.given"
    case_no: str
    round: int
    kind: Kind
    verdict: Literal["resolved", "unresolved", "unreachable"]
    reason: str
    rule: str
    at: AwareDatetime


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


class SurveyDue(Message):
    """A survey waits for its link to be sent: intake fetches it by a signed call and notifies the person.

    Until it ends, or `until`, callers may reach the person for it. `relay` is the handle a provider was given.
    """

    type: ClassVar[str] = "survey.due"
    case_no: str
    survey: UUID
    round: int
    kind: Kind
    link: bool = True
    """False for what is asked by telephone alone."""
    relay: str | None = None
    until: AwareDatetime | None = None


class SurveyEnded(Message):
    """The survey is answered, expired or cancelled: no reveal or relay for it any longer."""

    type: ClassVar[str] = "survey.ended"
    case_no: str
    survey: UUID
    round: int
    kind: Kind


class UnitFact(BaseModel):
    """A unit of the unit tree as the access check needs it."""

    code: str
    name: str
    level: str
    parent: str | None
    path: str
    closed_at: AwareDatetime | None = None
    version: int = 1


class PersonFact(BaseModel):
    """Somebody (or a machine) who may act."""

    id: UUID
    name: str
    machine: bool = False
    active: bool = True
    version: int = 1


class GrantFact(BaseModel):
    """A role in a unit."""

    id: UUID
    person: UUID
    role: Role
    unit: str
    ended_at: AwareDatetime | None = None
    version: int = 1


class KeyFact(BaseModel):
    """A key by its digest; the key itself is shown once and kept nowhere."""

    id: str
    person: UUID
    digest: str
    scope: str | None = None
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    version: int = 1


class SignerFact(BaseModel):
    """The public half of the key that routing signs passes and tokens with."""

    id: str
    public: str
    ended_at: AwareDatetime | None = None
    version: int = 1


class PublicIssue(BaseModel):
    """A row of the issue list that may be public: what somebody outside is asked and told about it."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str
    group: str
    """The name of its first-level class."""
    description: str
    grade: str
    questions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class ListsPublished(Message):
    """A version of the lists is what the city works by now; its public issues, in as many parts as they need."""

    type: ClassVar[str] = "lists.published"
    version: int
    published_at: AwareDatetime
    part: int
    parts: int
    first: int
    """The place of this part's first issue in the list."""
    issues: tuple[PublicIssue, ...]

    @property
    def subject(self) -> str:
        return "lists"


class AccessChanged(Message):
    """People, units, roles or keys changed: the rows as they are now; each row's `version` grows with its changes."""

    type: ClassVar[str] = "access.changed"
    units: tuple[UnitFact, ...] = ()
    people: tuple[PersonFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    keys: tuple[KeyFact, ...] = ()
    signers: tuple[SignerFact, ...] = ()


class SessionsEnded(Message):
    """Somebody signed out, or was signed out: passes of these sessions open nothing any longer."""

    type: ClassVar[str] = "sessions.ended"
    voices: tuple[str, ...]
    at: AwareDatetime


class StaffChanged(Message):
    """The evaluation body's own people, roles and keys: feedback makes them, out of routing's reach."""

    type: ClassVar[str] = "staff.changed"
    units: tuple[UnitFact, ...] = ()
    people: tuple[PersonFact, ...] = ()
    grants: tuple[GrantFact, ...] = ()
    keys: tuple[KeyFact, ...] = ()


ROUTES: dict[type[Message], tuple[str, tuple[str, ...]]] = {
    ReportReceived: ("intake", ("routing",)),
    ReportAmended: ("intake", ("routing",)),
    ReportWithdrawn: ("intake", ("routing",)),
    ReportChased: ("intake", ("routing",)),
    ReportAppealed: ("intake", ("routing",)),
    ReportErased: ("intake", ("routing", "feedback")),
    OrderMoved: ("routing", ("intake", "feedback")),
    OrderHandled: ("routing", ("feedback",)),
    AccessChanged: ("routing", ("intake", "feedback")),
    SessionsEnded: ("routing", ("intake", "feedback")),
    ListsPublished: ("routing", ("intake",)),
    VerdictGiven: ("feedback", ("routing",)),
    CodesDue: ("routing", ("intake",)),
    CodesMade: ("intake", ("routing",)),
    SurveyDue: ("feedback", ("intake",)),
    SurveyEnded: ("feedback", ("intake",)),
    StaffChanged: ("feedback", ("intake", "routing")),
}
KINDS: dict[str, type[Message]] = {kind.type: kind for kind in ROUTES}


def parse(kind: str, data: Any) -> Message | None:
    """The message of this kind, or None for a kind that this version does not know."""
    known = KINDS.get(kind)
    return known.model_validate(data) if known else None
