"""When an order is due: the case clock, which nothing stops, and the clock of its state. Pure.

The case clock runs from the report; a return, a transfer or a level never moves it, another matter or a granted
extension changes its limit and not its start. The clock of the state starts anew with each state and each lead unit.
"""

from dataclasses import dataclass
from datetime import date, datetime

from routing.lists.rows import Grade
from routing.states import ItemType, State
from routing.terms import Terms
from services.limits import Limit, LimitUnit
from services.presets import Routing

ANSWERED = frozenset({ItemType.INQUIRY, ItemType.SUGGESTION, ItemType.PRAISE})
"""What is answered rather than worked on: the limit is that of the answer, whatever the matter."""
AT_A_DESK = frozenset({State.TRIAGE, State.DISPUTED, State.CHECKING})
"""States in which a dispatcher or a supervisor decides."""
BY_CASE_CLOCK = frozenset({State.TRIAGE, State.DISPATCHED, State.WORKING, State.DISPUTED})
"""States in which the first handling is still owed."""


@dataclass(frozen=True, slots=True)
class Matter:
    """What the limits of an order follow from."""

    item_type: str
    grade: str | None = None
    issue_limit: Limit | None = None
    duty_limit: Limit | None = None
    granted: Limit | None = None
    round: int = 1
    supervised: bool = False
    utility: bool = False
    """Water, power, gas or heat, which wait for a dispatcher less long than others."""
    late: bool = False
    """The case clock had run out when this state began."""


def limit_of(text: str | None) -> Limit | None:
    """A limit as it is stored, `4 work_hours`."""
    if text is None:
        return None
    amount, _, unit = text.partition(" ")
    return Limit(int(amount), LimitUnit(unit))


def case_limit(matter: Matter, agreed: Routing) -> Limit:
    """What was granted; else that of an answer; else that of the list rows, of the grade, of the item type."""
    by_type = agreed.limits.of_item(matter.item_type)
    if matter.granted:
        return matter.granted
    if matter.item_type in ANSWERED:
        return by_type
    return matter.duty_limit or matter.issue_limit or _by_matter(matter, agreed) or by_type


def _by_matter(matter: Matter, agreed: Routing) -> Limit | None:
    if matter.grade == Grade.URGENT:
        return agreed.limits.emergency
    if matter.utility and agreed.limits.utilities:
        return agreed.limits.utilities
    return agreed.limits.complex if matter.grade == Grade.COMPLEX else None


def is_utility(issue: str | None, agreed: Routing) -> bool:
    """Whether an issue, `10-03`, lies in one of the classes that the city names."""
    return issue is not None and issue.partition("-")[0] in agreed.utility_issues


def desk_limit(matter: Matter, agreed: Routing, *, waits_for_unit: bool = True) -> Limit:
    """How long a decision may wait for a dispatcher or a supervisor; nobody works on it where the unit is open."""
    if matter.grade == Grade.URGENT:
        return agreed.dispatch.emergency
    return agreed.dispatch.utilities if matter.utility and waits_for_unit else agreed.dispatch.other


def further(matter: Matter, agreed: Routing) -> Limit:
    """From overdue to one level up."""
    return agreed.dispatch.emergency if matter.grade == Grade.URGENT else agreed.raise_after


def handling_limit(matter: Matter, agreed: Routing) -> Limit:
    """From acceptance to done: the case's own limit; supervised, late or handled again, the preset's for that."""
    again = matter.round > 1 or matter.supervised or matter.late
    return agreed.supervised if again else case_limit(matter, agreed)


def case_due(received_at: datetime, matter: Matter, terms: Terms) -> datetime:
    return terms.due(received_at, case_limit(matter, terms.agreed))


def contact_due(received_at: datetime, terms: Terms) -> datetime:
    """When the reporter must have heard from a person (先行联系)."""
    return terms.due(received_at, terms.agreed.contact)


def state_due(
    state: str,
    since: datetime,
    matter: Matter,
    terms: Terms,
    *,
    round_since: datetime | None = None,
    limit: Limit | None = None,
    review_date: date | None = None,
) -> datetime | None:
    """When the state must have ended, or None where nobody here has to end it.

    A later handling has its time from its own beginning, whoever accepts it when. `limit` replaces the state's own.
    """
    if state == State.DEFERRED:
        return terms.hours.closing(review_date, terms.calendar.zone) if review_date else None
    own = limit or state_limit(state, matter, terms.agreed)
    if own is None:
        return None
    whole_round = state == State.WORKING and matter.round > 1 and limit is None and round_since
    return terms.due(round_since if whole_round and round_since else since, own)


def state_limit(state: str, matter: Matter, agreed: Routing) -> Limit | None:
    if state in AT_A_DESK:
        return desk_limit(matter, agreed, waits_for_unit=state != State.CHECKING)
    if state == State.DISPATCHED:
        return agreed.deemed_acceptance
    return handling_limit(matter, agreed) if state == State.WORKING else None


def first_due(state: str, round_: int, state_end: datetime | None, case_end: datetime | None) -> datetime | None:
    """The first clock somebody has to keep now: the case clock counts until the first handling is done."""
    counted = [state_end]
    if round_ == 1 and state in BY_CASE_CLOCK:
        counted.append(case_end)
    return min((each for each in counted if each), default=None)
