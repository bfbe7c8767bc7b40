"""JSON in and out at the desks of callers and evaluators."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from feedback import questions
from feedback.faces import Seen
from feedback.models import Survey
from feedback.questionnaires import questionnaire
from feedback.questions import Satisfied, Solved
from feedback.schemas import Moment, Reason, Words, spelled

SolvedWord = Annotated[Solved, BeforeValidator(questions.solved), spelled(Solved)]
SatisfiedWord = Annotated[Satisfied, BeforeValidator(questions.satisfied), spelled(Satisfied)]


class Asked(BaseModel):
    """The words of the questions, of the version this survey is asked under."""

    model_config = ConfigDict(from_attributes=True)
    version: str
    contacted: str | None
    solved: str
    satisfied: str
    reasons: dict[str, str]


class CallSeen(Seen):
    """A survey to be asked by telephone; whom it reaches is intake's to know."""

    id: UUID
    case_no: str
    round: int
    kind: str
    item_type: str
    public_answer: str
    attempts: int
    due_at: datetime
    taken_until: datetime | None


class Call(CallSeen):
    asked: Asked
    errand: str | None = Field(
        None, description="What intake wants before it reaches the person: yours for ten minutes."
    )

    @classmethod
    def of(cls, survey: Survey, errand: str | None = None) -> Self:
        asked = Asked.model_validate(questionnaire(survey.questions))
        return cls(**CallSeen.model_validate(survey).model_dump(), asked=asked, errand=errand)


class CallPage(BaseModel):
    items: list[CallSeen]
    next: str | None


class Tried(BaseModel):
    """Nobody was reached."""

    model_config = ConfigDict(extra="forbid")
    result: Annotated[
        str, Field(max_length=20, pattern=r"^[^\d\W]+$", examples=["no_answer", "refused", "wrong_number"])
    ]
    called_at: Moment | None = None


class Heard(BaseModel):
    """What the person said."""

    model_config = ConfigDict(extra="forbid")
    unit_contacted: bool | None = Field(None, description="承办单位是否先行联系。")
    solved: SolvedWord
    satisfied: SatisfiedWord = Satisfied.UNRATED
    reasons: Annotated[list[Reason], Field(max_length=10)] = []
    words: Words = ""
    called_at: Moment | None = None


class CallTaken(BaseModel):
    """What became of it, and where the survey stands now."""

    result: str
    state: str
    attempts: int


class NewCorrection(BaseModel):
    """What the rating should say, and why."""

    model_config = ConfigDict(extra="forbid")
    solved: SolvedWord
    satisfied: SatisfiedWord
    reason: Annotated[str, Field(min_length=2, max_length=500)]


class Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=2, max_length=500)]


class CorrectionSeen(Seen):
    id: UUID
    answer: UUID
    solved: Solved
    satisfied: Satisfied
    reason: str
    state: str
    proposed_at: datetime
    decided_at: datetime | None
    refusal: str | None


class NewReview(BaseModel):
    """What a reviewer finds after looking at the cases: nothing follows from it by itself."""

    model_config = ConfigDict(extra="forbid")
    decision: Annotated[str, Field(pattern="^(gamed|explained|unclear)$", examples=["explained"])]
    reason: Annotated[str, Field(min_length=2, max_length=1000)]


class FindingSeen(Seen):
    """A finding with its statistic and the cases behind it."""

    id: UUID
    test: str
    method: str
    subject: str
    period_start: datetime
    period_end: datetime
    statistic: dict[str, float | int | str]
    p_value: float
    cases: list[str]
    found_at: datetime
    decision: str | None
    reason: str | None
    reviewed_at: datetime | None


class FindingPage(BaseModel):
    items: list[FindingSeen]
    next: str | None
