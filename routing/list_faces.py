"""The JSON of the lists' versions: how one stands, what its check found, and a row as an editor sends it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from routing.drafts import Changes
from routing.lists import Issue, Power, Responsibility, ScopeKind
from routing.lists.rows import Grade
from services.limits import Limit, LimitUnit

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Part = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^|]*$")]
Parts = Annotated[tuple[Part, ...], Field(max_length=200)]


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CoverageSeen(BaseModel):
    """What the check found; `findings` are the widest, each as a line with an example."""

    ok: bool
    day: date
    pairs: int
    intervals: int
    gaps: int
    gap_pairs: int
    overlaps: int
    findings: list[str]
    astray: list[str]


class VersionSeen(BaseModel):
    """One version of both lists. `author` is empty for what came with the software or was imported at the machine."""

    model_config = ConfigDict(from_attributes=True)
    number: int
    state: str
    author: UUID | None
    editors: list[UUID]
    publisher: UUID | None
    made_at: datetime
    changed_at: datetime
    checked_at: datetime | None
    published_at: datetime | None
    superseded_at: datetime | None
    override: str | None
    model: str | None
    revision: int
    coverage: CoverageSeen | None


class VersionPage(BaseModel):
    items: list[VersionSeen]
    next: str | None


class VersionWhole(VersionSeen):
    """With its size, and what it changes against the published version, by code or row name."""

    issues: int
    responsibilities: int
    changes: Changes


class Tried(BaseModel):
    """A dry run: the file makes a list, and this is what it would change. Nothing is kept."""

    issues: int
    responsibilities: int
    changes: Changes


class NewDraft(Told):
    """A copy of a version, or one or both lists as CSV text; the one that is not sent is the published one."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"from": 1}]})
    source: int | None = Field(None, alias="from", ge=1, le=2**31 - 1)
    issues_csv: str | None = None
    responsibilities_csv: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        texts = self.issues_csv is not None or self.responsibilities_csv is not None
        if texts == (self.source is not None):
            raise ValueError("send either `from` or CSV text")
        return self


class Override(Told):
    """Why these gaps may stay."""

    reason: Words


class Publication(Told):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"override": {"reason": "新设片区下月挂牌，暂由街道受理"}}]}
    )
    override: Override | None = None


class LimitTold(Told):
    amount: int = Field(ge=1, le=9999)
    unit: LimitUnit

    def limit(self) -> Limit:
        return Limit(self.amount, self.unit)


class IssueTold(Told):
    """A row of the issue list; its code stands in the path."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "parent": "04", "name": "邻里噪音", "grade": "simple",
                    "limit": {"amount": 5, "unit": "working_days"},
                    "filing_condition": "反映属实", "closing_condition": "噪音停止或已调解", "public": False,
                    "phrases": ["楼上半夜拖椅子"],
                }
            ]
        },
    )  # fmt: skip
    parent: str | None = None
    name: Words
    grade: Grade
    limit: LimitTold
    filing_condition: Words
    closing_condition: Words
    evidence: bool = False
    reserved_to: Part | None = None
    reserved_basis: Words | None = None
    public: bool
    phrases: Parts
    questions: Parts = ()
    keywords: Parts = ()

    def issue(self, code: str) -> Issue:
        return Issue(code=code, **{**_fields(self), "limit": self.limit.limit()})


class DutyTold(Told):
    """A row of the responsibility list; its name stands in the path."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "issue": "04-04", "scope_kind": "subtree", "scope": "310101023", "lead": "@committee",
                    "co": ["@street.safety"], "power": "coordinate", "valid_from": "2026-01-01",
                }
            ]
        },
    )  # fmt: skip
    issue: Words
    scope_kind: ScopeKind
    scope: Words | None = None
    lead: Part
    co: Parts = ()
    power: Power
    limit: LimitTold | None = None
    legal_basis: Words | None = None
    handed_down: bool = False
    valid_from: date
    valid_to: date | None = None

    def row(self, name: str) -> Responsibility:
        return Responsibility(row=name, **{**_fields(self), "limit": self.limit.limit() if self.limit else None})


def _fields(told: BaseModel) -> Mapping[str, Any]:
    return {name: getattr(told, name) for name in type(told).model_fields}


class Suggested(BaseModel):
    """A row that a ruling suggests; `unit` is empty where it was ruled that nobody of the city is responsible."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    case_no: str
    issue: str | None
    grid: str | None
    unit: str | None
    reason: str
    proposed_at: datetime


class SuggestedPage(BaseModel):
    items: list[Suggested]
    next: str | None
