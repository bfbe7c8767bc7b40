"""What the services say to each other: past tense, the facts a receiver keeps as its copy, never a person.

Each class is the data of one CloudEvent; `type` is its name on the wire and `ROUTES` says who tells whom.
"""

from typing import Any

from services.messages.envelope import GridName, Kind, Message, UnitName
from services.messages.lists import ListsPublished, PublicIssue
from services.messages.orders import CodesDue, CodesFor, CodesMade, OrderHandled, OrderMoved
from services.messages.reports import (
    Location,
    Place,
    ReportAmended,
    ReportAppealed,
    ReportChased,
    ReportErased,
    ReportReceived,
    ReportWithdrawn,
    Settled,
)
from services.messages.rights import (
    AccessChanged,
    GrantFact,
    KeyFact,
    PersonFact,
    SessionsEnded,
    SignerFact,
    StaffChanged,
    UnitFact,
)
from services.messages.surveys import SurveyDue, SurveyEnded, VerdictGiven

__all__ = [
    "KINDS",
    "ROUTES",
    "AccessChanged",
    "CodesDue",
    "CodesFor",
    "CodesMade",
    "GrantFact",
    "GridName",
    "KeyFact",
    "Kind",
    "ListsPublished",
    "Location",
    "Message",
    "OrderHandled",
    "OrderMoved",
    "PersonFact",
    "Place",
    "PublicIssue",
    "ReportAmended",
    "ReportAppealed",
    "ReportChased",
    "ReportErased",
    "ReportReceived",
    "ReportWithdrawn",
    "SessionsEnded",
    "Settled",
    "SignerFact",
    "StaffChanged",
    "SurveyDue",
    "SurveyEnded",
    "UnitFact",
    "UnitName",
    "VerdictGiven",
    "parse",
]

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
