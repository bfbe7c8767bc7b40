"""What feedback tells: a survey waits, a survey is over, a verdict stands."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from services.messages.envelope import Kind, Message


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
