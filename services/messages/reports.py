"""What intake tells of a report: everything an officer needs, never the person."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.messages.envelope import Message


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
