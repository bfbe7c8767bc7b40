"""JSON in: the provider's callback, a link wanted, and the evaluation body's people and keys."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self
from uuid import UUID

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
from feedback.questions import Satisfied, Solved
from services.clocks import now
from services.messages import Kind
from services.moments import Moment as Bounded
from services.roles import Role

ANSWERED = "survey.answered"
SKEW = timedelta(minutes=5)
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
