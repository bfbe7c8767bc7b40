"""JSON in: the provider's callback, a link or figures wanted, and the evaluation body's people and keys."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    model_validator,
)

from feedback import questions
from feedback.faces import Fault
from feedback.figures import Choice
from feedback.questions import Satisfied, Solved
from services.clocks import now
from services.messages import Kind
from services.moments import FIRST, LAST
from services.moments import Moment as Bounded
from services.problems import invalid
from services.roles import Role

ANSWERED = "survey.answered"
SKEW, MOMENT = timedelta(minutes=5), timedelta(microseconds=1)
FIRST_DAY = datetime(2000, 1, 1, tzinfo=UTC)
UNSEEN = {code: None for code in range(32) if chr(code) not in "\n\t"}


def _past(moment: datetime) -> datetime:
    if not FIRST_DAY <= moment <= now() + SKEW:
        raise ValueError("lies in the past, after 1999")
    return moment


def clean(text: str) -> str:
    """Without control characters: no database and no page wants them."""
    return text.translate(UNSEEN).strip()


def spelled(words: type[Solved | Satisfied]) -> WithJsonSchema:
    """Both languages, for those who read the API's description."""
    return WithJsonSchema({"type": "string", "enum": [*(word.chinese for word in words), *words]})


Moment = Annotated[AwareDatetime, AfterValidator(_past)]
Name = Annotated[str, AfterValidator(clean), Field(min_length=1, max_length=64)]
Reason = Annotated[str, AfterValidator(clean), Field(max_length=40)]
Code = Annotated[str, Field(max_length=64, pattern=r"^[\w./-]+$")]
Words = Annotated[str, AfterValidator(clean), Field(max_length=2000)]


class Called(BaseModel):
    """One call: nobody was reached, or what the citizen said. Anything else a provider adds is left out unread."""

    model_config = ConfigDict(extra="ignore")
    case_no: Name
    round: Annotated[int, Field(ge=1, le=1000)]
    kind: Kind = "handled"
    contacted: bool
    unit_contacted: bool | None = None
    result: Annotated[str, Field(max_length=20, pattern=r"^[^\d\W]+$")] = "no_answer"
    solved: Annotated[Solved | None, BeforeValidator(questions.solved), spelled(Solved)] = None
    satisfied: Annotated[Satisfied, BeforeValidator(questions.satisfied), spelled(Satisfied)] = Satisfied.UNRATED
    reasons: Annotated[list[Reason], Field(max_length=10)] = []
    words: Words = ""
    called_at: Moment | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, told: Any) -> Any:
        """Providers send null or nothing between quotes for what was not asked."""
        return {name: said for name, said in told.items() if said not in (None, "")} if isinstance(told, dict) else told

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.contacted and self.solved is None:
            raise ValueError("who was reached has answered `solved`; without an answer it is `contacted: false`")
        if not self.contacted and self.solved is not None:
            raise ValueError("who was not reached cannot have answered `solved`")
        return self


class Event(BaseModel):
    """One event of a callback, as Standard Webhooks shapes it."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["survey.answered"]
    timestamp: Moment
    data: Called


REMEDIES = {
    "missing": "send this field",
    "timezone_aware": "add the offset, for example +08:00",
    "string_too_long": "shorten it",
    "too_long": "send fewer of them",
    "value_error": "send what the rule says",
}


def fault(error: Mapping[str, Any]) -> Fault:
    """A broken field of a line; the value itself is never repeated."""
    where = ".".join(str(part) for part in error["loc"]) or "(line)"
    rule = str(error["msg"]).removeprefix("Value error, ")
    return Fault(
        field=where, rule=rule, remedy=REMEDIES.get(error["type"], "see the callback in the API's description")
    )


class LinkWanted(BaseModel):
    survey: UUID


class NewPerson(BaseModel):
    """Somebody of the evaluation body, or a machine of it."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    machine: bool = False
    roles: Annotated[list[Literal[Role.CALLER, Role.EVALUATOR]], Field(min_length=1, max_length=2)]


class NewKey(BaseModel):
    model_config = ConfigDict(extra="forbid")
    person: UUID
    expires_at: Bounded | None = None

    @model_validator(mode="after")
    def _in_future(self) -> Self:
        if self.expires_at and self.expires_at <= now():
            raise ValueError("expires_at lies in the future")
        return self


class FiguresWanted(BaseModel):
    """Which cases: all that is given must hold."""

    model_config = ConfigDict(extra="forbid")
    grid: Code | None = Field(None, description="A grid and all below it.", examples=["310101023"])
    unit: Code | None = Field(None, description="A lead unit and all below it.", examples=["310101023"])
    channel: Code | None = Field(None, examples=["hotline"])
    start: AwareDatetime | date | None = Field(
        None,
        alias="from",
        description="Received from; a day begins in the city's zone. Without it: the month's first.",
    )
    end: AwareDatetime | date | None = Field(
        None,
        alias="to",
        description="Received before this, so a month ends with the next one's first. Without it: now.",
    )

    def choice(self, zone: ZoneInfo, at: datetime) -> Choice:
        """The choice it makes. Raises Invalid for a period that ends before it begins."""
        end = _instant(self.end or at, zone)
        start = _instant(self.start or _month_of(end, zone), zone)
        for field, moment in (("from", start), ("to", end)):
            if not FIRST <= moment < LAST:
                raise invalid(field, "lies between the years 2000 and 2100", "name a day of a case's life")
        if end < start:
            raise invalid("to", "is not before `from`", "exchange the two")
        return Choice(start, end, self.grid, self.unit, self.channel)


def _month_of(end: datetime, zone: ZoneInfo) -> date:
    """The first day of the month that a period ends in; a period that nobody could mean is refused later."""
    return (end.astimezone(zone) - MOMENT).date().replace(day=1) if FIRST <= end < LAST else FIRST.date()


def _instant(moment: datetime | date, zone: ZoneInfo) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), zone)
