"""JSON out: how surveys and the evaluation body's people show themselves. No person of a report, no words."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from feedback.questions import Satisfied, Solved
from services.roles import Role


class Fault(BaseModel):
    """A field that breaks a rule, and what would mend it."""

    field: str
    rule: str
    remedy: str


class LineResult(BaseModel):
    """What became of one line, counted from 1."""

    line: int
    case_no: str | None = None
    result: Literal["recorded", "duplicate", "late", "cancelled", "unknown", "ignored", "invalid"]
    errors: list[Fault] | None = None


class CallbackAnswer(BaseModel):
    """The results in the order of the lines."""

    results: list[LineResult]


class LinkMade(BaseModel):
    """A fresh one-time link; the one before it no longer opens."""

    url: str
    expires_at: datetime


class Seen(BaseModel):
    """What is read from a row."""

    model_config = ConfigDict(from_attributes=True)


class VerdictSeen(Seen):
    verdict: str
    reason: str
    rule: str
    at: datetime


class AttemptSeen(Seen):
    via: str
    result: str
    called_at: datetime
    late: bool


class AnswerSeen(Seen):
    """What was chosen; the citizen's own words are not part of it. `corrects` names the rating it supersedes."""

    id: UUID
    corrects: UUID | None
    questions: str
    unit_contacted: bool | None
    via: str
    solved: Solved
    satisfied: Satisfied
    reasons: list[str]
    called_at: datetime
    late: bool


class SurveySeen(Seen):
    """A survey without anybody's person."""

    id: UUID
    case_no: str
    round: int
    kind: str
    on_site: bool
    item_type: str
    lead_code: str | None
    state: str
    issued_at: datetime
    due_at: datetime
    ended_at: datetime | None
    attempts: int


class SurveyTold(SurveySeen):
    """A survey with what came back."""

    tries: list[AttemptSeen]
    answers: list[AnswerSeen]
    verdict: VerdictSeen | None


class SurveyPage(BaseModel):
    items: list[SurveySeen]
    next: str | None


class CaseSurveys(BaseModel):
    case_no: str
    surveys: list[SurveyTold]


class GrantMade(BaseModel):
    id: UUID
    role: Role
    unit: str


class PersonMade(BaseModel):
    id: UUID
    name: str
    machine: bool
    grants: list[GrantMade]


class KeyMade(BaseModel):
    """The key is shown in the first answer alone."""

    id: str
    person: UUID
    expires_at: datetime | None
    key: str | None = None
