"""What the clock does next to an order, and when: a reminder, overdue, one level up, what a limit brings. Pure.

Each of the two clocks goes its steps one after the other, once for a due date: a comment or a chase changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from routing.deadlines import BY_CASE_CLOCK
from routing.states import State

WITH_A_UNIT = frozenset({State.DISPATCHED, State.WORKING, State.DISPUTED, State.DEFERRED})
"""Where somebody is there to make contact."""


class Step(IntEnum):
    """How far a clock has come with its due date."""

    RUNS = 0
    REMINDED = 1
    OVERDUE = 2
    RAISED = 3


class Act(StrEnum):
    """What the clock can do."""

    REMIND = "remind"
    OVERDUE = "overdue"
    RAISE = "raise"
    ACCEPT = "accept"
    RESUME = "resume"
    END_ASKING = "end_asking"
    MISS_CONTACT = "miss_contact"
    MISS_ARRIVAL = "miss_arrival"


class Which(StrEnum):
    """Whose limit it is."""

    CASE = "case"
    STATE = "state"
    CONTACT = "contact"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class Hand:
    """One of an order's clocks: when it reminds, when it is due, when it raises, and how far it has come."""

    remind: datetime
    due: datetime
    raise_: datetime
    step: Step


@dataclass(frozen=True, slots=True)
class Standing:
    """What the clock looks at."""

    state: str
    first: bool
    """The first handling is still owed: the case clock and the first contact count."""
    case: Hand | None
    own: Hand | None
    """The clock of the state."""
    asked_until: datetime | None = None
    contact_due: datetime | None = None
    """Only while nobody has made contact and nothing was said of it."""
    arrivals: tuple[tuple[str, datetime], ...] = ()
    """The units that were summoned and have neither come nor been missed, and by when."""


@dataclass(frozen=True, slots=True)
class Call:
    """One thing to do: `due` is the limit it follows from, `unit` the one that does not come."""

    at: datetime
    act: Act
    which: Which
    due: datetime
    unit: str | None = None


def next_call(order: Standing) -> Call | None:
    """The first of all; where several come together, the case clock's."""
    return min(_calls(order), key=lambda call: call.at, default=None)


def _calls(order: Standing) -> Iterator[Call]:
    case = order.case if order.first and order.state in BY_CASE_CLOCK else None
    if case:
        yield from _stepwise(case, Which.CASE)
    if order.own:
        yield from _of_state(order, order.own, case)
    if order.contact_due and order.first and order.state in WITH_A_UNIT:
        yield Call(order.contact_due, Act.MISS_CONTACT, Which.CONTACT, order.contact_due)
    if order.state == State.WORKING:
        for unit, due in order.arrivals:
            yield Call(due, Act.MISS_ARRIVAL, Which.ARRIVAL, due, unit)


def _stepwise(hand: Hand, which: Which, *, remind: bool = True) -> Iterator[Call]:
    if hand.step < Step.REMINDED and remind:
        yield Call(hand.remind, Act.REMIND, which, hand.due)
    elif hand.step < Step.OVERDUE:
        yield Call(hand.due, Act.OVERDUE, which, hand.due)
    elif hand.step < Step.RAISED:
        yield Call(hand.raise_, Act.RAISE, which, hand.due)


def _of_state(order: Standing, own: Hand, case: Hand | None) -> Iterator[Call]:
    """A desk that does not attend is raised at once; where the case clock speaks first, it speaks for both."""
    if order.state == State.DISPATCHED:
        yield Call(own.due, Act.ACCEPT, Which.STATE, own.due)
    elif order.state == State.DEFERRED:
        yield Call(own.due, Act.RESUME, Which.STATE, own.due)
    elif order.state == State.TRIAGE and order.asked_until:
        yield Call(order.asked_until, Act.END_ASKING, Which.STATE, order.asked_until)
    elif order.state in (State.TRIAGE, State.CHECKING):
        if own.step < Step.RAISED:
            yield Call(own.due, Act.RAISE, Which.STATE, own.due)
    elif order.state == State.DISPUTED:
        yield from _stepwise(own, Which.STATE, remind=False)
    elif order.state == State.WORKING and not (case and case.step < Step.RAISED and case.due <= own.due):
        yield from _stepwise(own, Which.STATE)
