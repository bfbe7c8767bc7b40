"""The clocks of one order: what its limits follow from, which clocks a move winds, and what the clock does next."""

from datetime import datetime
from math import ceil

from routing import deadlines
from routing.agenda import Call, Hand, Standing, Step, next_call
from routing.deadlines import BY_CASE_CLOCK, Matter, limit_of
from routing.lifecycle import Decision
from routing.models import Order, TeamRole
from routing.states import Effect, Move, State
from routing.terms import Terms
from services.limits import Limit, LimitUnit

ANOTHER_LIMIT = frozenset({Move.ROUTE, Move.RECLASSIFY, Move.EXTEND, Move.DEFER})
"""Moves after which the case can have another limit; it is counted from the report all the same."""
AT_A_DESK = frozenset({State.TRIAGE, State.CHECKING})
"""Where a level up is another desk, and the order stays where it is."""
LOOKED_AT = frozenset({*BY_CASE_CLOCK, State.DEFERRED, State.CHECKING})
"""States that a limit of ours ends, or speaks up in."""
HOUR = 3600


def matter_of(order: Order, terms: Terms) -> Matter:
    return Matter(
        item_type=order.item_type,
        grade=order.grade,
        issue_limit=limit_of(order.issue_limit),
        duty_limit=limit_of(order.duty_limit),
        granted=limit_of(order.granted_limit),
        round=order.round,
        supervised=order.supervised,
        utility=deadlines.is_utility(order.issue, terms.agreed),
        late=order.case_due is not None and order.case_due <= order.state_since,
    )


def wind(order: Order, decision: Decision, terms: Terms, at: datetime) -> None:
    """Set what is due when, after the move has been written on the order."""
    before = order.case_due, order.state_due
    _wind_case(order, decision, terms)
    if begins_anew(decision):
        order.state_since, order.asked_until, order.raised_to = at, None, None
    _wind_state(order, decision, terms, at)
    if order.case_due != before[0]:
        order.case_step = Step.RUNS
    if begins_anew(decision) or order.state_due != before[1]:
        order.state_step = Step.RUNS
    set_next(order, terms)


def _wind_case(order: Order, decision: Decision, terms: Terms) -> None:
    if decision.move is Move.DEFER:
        _grant_deferral(order, terms)
    if decision.move in ANOTHER_LIMIT:
        order.case_due = deadlines.case_due(order.received_at, matter_of(order, terms), terms)


def _grant_deferral(order: Order, terms: Terms) -> None:
    """A deferral that was granted gives the case the time until the review, and after it what is supervised has."""
    assert order.review_date is not None
    review = terms.hours.closing(order.review_date, terms.calendar.zone)
    until = terms.due(review, terms.agreed.supervised)
    if order.case_due is None or until > order.case_due:
        whole = ceil((until - order.received_at).total_seconds() / HOUR)
        order.granted_limit = str(Limit(whole, LimitUnit.HOURS))


def _wind_state(order: Order, decision: Decision, terms: Terms, at: datetime) -> None:
    if decision.move is Move.ASK:
        order.asked_until = order.state_due = terms.due(at, terms.agreed.asking)
    elif begins_anew(decision) or decision.move is Move.EXTEND:
        order.state_due = _state_due(order, decision, terms, at)
    elif Effect.RAISED in decision.effects and order.state in AT_A_DESK:
        attend_anew(order, terms, at)
    elif Effect.SUPERVISED in decision.effects and order.state == State.WORKING:
        order.state_due = _sooner(order.state_due, terms.due(at, terms.agreed.supervised))


def attend_anew(order: Order, terms: Terms, at: datetime) -> None:
    """A desk has the desk's time from now on; since when the order stands there does not change."""
    order.asked_until = None
    order.state_due = deadlines.state_due(order.state, at, matter_of(order, terms), terms)


def set_next(order: Order, terms: Terms) -> None:
    """What somebody has to keep first, and when the clock looks at it next."""
    round_ = order.round if first_is_owed(order) else order.round + 1
    order.due_at = deadlines.first_due(order.state, round_, order.state_due, order.case_due)
    call = following(order, terms)
    order.clock_at = call.at if call else None


def first_is_owed(order: Order) -> bool:
    """An appeal opens a case again whose own clock has been answered for."""
    return order.round == 1 and not order.appealed


def following(order: Order, terms: Terms) -> Call | None:
    """What the clock does next to this order."""
    if order.state not in LOOKED_AT:
        return None
    first = first_is_owed(order)
    return next_call(
        Standing(
            state=order.state,
            first=first,
            case=_hand(_counted_from(order, terms), order.case_due, order.case_step, order, terms) if first else None,
            own=_hand(order.state_since, order.state_due, order.state_step, order, terms),
            asked_until=order.asked_until,
            contact_due=None if order.contacted_at or order.contact_missed_at else order.contact_due,
            arrivals=tuple(_arrivals(order)),
        )
    )


def _counted_from(order: Order, terms: Terms) -> datetime:
    """From when a share of the case's limit is counted: from the report, after a deferral from its review."""
    if order.granted_limit and order.review_date:
        review = terms.hours.closing(order.review_date, terms.calendar.zone)
        return review if order.case_due and order.received_at < review < order.case_due else order.received_at
    return order.received_at


def _hand(since: datetime, due: datetime | None, step: int, order: Order, terms: Terms) -> Hand | None:
    if due is None:
        return None
    later = deadlines.further(matter_of(order, terms), terms.agreed)
    return Hand(remind=terms.reminder(since, due), due=due, raise_=terms.due(due, later), step=Step(step))


def _arrivals(order: Order) -> list[tuple[str, datetime]]:
    summoned = (stint for stint in order.team if stint.role == TeamRole.CO and stint.arrived_at is None)
    return [(stint.unit, stint.arrive_by) for stint in summoned if stint.arrive_by and stint.missed_at is None]


def begins_anew(decision: Decision) -> bool:
    """Another state, or another unit in the same state: a level is one, a comment is not."""
    return decision.from_state != decision.to_state or decision.new_lead is not None


def _state_due(order: Order, decision: Decision, terms: Terms, at: datetime) -> datetime | None:
    if decision.move is Move.EXTEND:
        return order.case_due
    return deadlines.state_due(
        order.state,
        at,
        matter_of(order, terms),
        terms,
        round_since=order.round_since,
        limit=terms.agreed.supervised if decision.move is Move.SEND_BACK else None,
        review_date=order.review_date,
    )


def _sooner(one: datetime | None, other: datetime) -> datetime:
    return min(one, other) if one else other
