"""The clocks of one order: what its limits follow from, and which clocks a move winds."""

from datetime import datetime

from routing import deadlines
from routing.deadlines import Matter, limit_of
from routing.lifecycle import Decision
from routing.models import Order
from routing.states import Effect, Move, State
from routing.terms import Terms

ANOTHER_LIMIT = frozenset({Move.ROUTE, Move.RECLASSIFY, Move.EXTEND})
"""Moves after which the case has another limit; it is counted from the report all the same."""


def matter_of(order: Order) -> Matter:
    return Matter(
        item_type=order.item_type,
        grade=order.grade,
        issue_limit=limit_of(order.issue_limit),
        duty_limit=limit_of(order.duty_limit),
        granted=limit_of(order.granted_limit),
        round=order.round,
        supervised=order.supervised,
    )


def wind(order: Order, decision: Decision, terms: Terms, at: datetime) -> None:
    """Set what is due when, after the move has been written on the order."""
    if decision.move in ANOTHER_LIMIT:
        order.case_due = deadlines.case_due(order.received_at, matter_of(order), terms)
    if begins_anew(decision):
        order.state_since = at
    if begins_anew(decision) or decision.move in (Move.ASK, Move.EXTEND):
        order.state_due = _state_due(order, decision, terms, at)
    elif Effect.SUPERVISED in decision.effects and order.state == State.WORKING:
        order.state_due = _sooner(order.state_due, terms.due(at, terms.agreed.supervised))
    order.due_at = deadlines.first_due(order.state, order.round, order.state_due, order.case_due)


def begins_anew(decision: Decision) -> bool:
    """Another state, or another unit in the same state: a level is one, a comment is not."""
    return decision.from_state != decision.to_state or decision.new_lead is not None


def _state_due(order: Order, decision: Decision, terms: Terms, at: datetime) -> datetime | None:
    if decision.move is Move.EXTEND:
        return order.case_due
    return deadlines.state_due(
        order.state,
        at,
        matter_of(order),
        terms,
        round_since=order.round_since,
        limit=terms.agreed.supervised if decision.move is Move.SEND_BACK else None,
        review_date=order.review_date,
    )


def _sooner(one: datetime | None, other: datetime) -> datetime:
    return min(one, other) if one else other
