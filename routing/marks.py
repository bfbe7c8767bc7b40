"""What each move leaves on the order's row beside its state, its team and its clocks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from routing import teams
from routing.facts import By
from routing.lifecycle import Decision
from routing.models import Order
from routing.schemas import ContactResult
from routing.states import Effect, Move, State, Voice
from services.roles import Role

Told = Mapping[str, Any]
Mark = Callable[[Order, Told, By, datetime], None]


def mark(order: Order, decision: Decision, told: Told, by: By, at: datetime) -> None:
    """Write the move's own marks, then those of its effects and of a new round or an end."""
    if own := MARKS.get(decision.move):
        own(order, told, by, at)
    _mark_effects(order, decision, at)
    if decision.round != order.round:
        order.round, order.round_since = decision.round, at
    _mark_stand(order, decision, at)


def _mark_effects(order: Order, decision: Decision, at: datetime) -> None:
    if Effect.SUPERVISED in decision.effects:
        order.supervised = True
    if Effect.RAISED in decision.effects:
        order.levels_raised += 1
    if Effect.APPEALED in decision.effects:
        order.appealed = True
    if Effect.REPORTER_LEFT in decision.effects:
        order.reporter_left = True
    if Effect.DISPUTED in decision.effects:
        order.disputes += 1
        teams.mark_disputed(order, at)


def _mark_stand(order: Order, decision: Decision, at: datetime) -> None:
    """When it was accepted, handled and closed, as far as that still holds."""
    if decision.from_state == decision.to_state and decision.new_lead is None:
        return
    order.closed_at = at if decision.to_state is State.CLOSED else None
    if decision.to_state in (State.DISPATCHED, State.TRIAGE):
        order.accepted_at = None
    if decision.to_state in (State.DISPATCHED, State.TRIAGE, State.WORKING):
        order.handled_at = None


def _reclassified(order: Order, told: Told, _: By, __: datetime) -> None:
    """The issue's own facts are written with the match of the new issue."""
    if told.get("item_type"):
        order.item_type = told["item_type"]


def _accepted(order: Order, _: Told, by: By, at: datetime) -> None:
    """Whoever accepts it works it, also where another officer was proposed; deemed acceptance leaves it as it is."""
    order.accepted_at = at
    if by.role == Role.OFFICER:
        order.officer = UUID(by.person)


def _contacted(order: Order, told: Told, _: By, __: datetime) -> None:
    """Nobody who did not answer was contacted; whoever cannot be reached at all was, as far as that is possible."""
    if told["result"] != ContactResult.NO_ANSWER and order.contacted_at is None:
        order.contacted_at = told["at"]


def _arrived(order: Order, _: Told, by: By, at: datetime) -> None:
    teams.mark_arrived(order, by.unit, at)


def _extended(order: Order, told: Told, _: By, __: datetime) -> None:
    order.granted_limit = told["new_limit"]


def _deferred(order: Order, told: Told, _: By, __: datetime) -> None:
    order.review_date = told["review_date"]


def _chased(order: Order, _: Told, __: By, ___: datetime) -> None:
    order.chases += 1


def _done(order: Order, told: Told, by: By, at: datetime) -> None:
    order.done, order.public_answer = told["done"], told["public_answer"]
    order.evidence = list(told.get("evidence") or ())
    order.review_date = told.get("review_date")
    order.handler, order.handled_at = UUID(by.person), at


def _settled(order: Order, told: Told, by: By, at: datetime) -> None:
    """Who is told on the spot what was done has the answer."""
    order.done = order.public_answer = told["done"]
    order.handled_at = order.settled_at or at


def _ruled(order: Order, told: Told, _: By, __: datetime) -> None:
    if told.get("legal_route"):
        order.public_answer = told["legal_route"]


def _declined(order: Order, told: Told, _: By, __: datetime) -> None:
    order.public_answer = f"{told['reason']}。{told['legal_route']}"


def _handed_over(order: Order, told: Told, _: By, __: datetime) -> None:
    order.public_answer = f"已移交{told['receiver']}处理，编号{told['reference']}"


def _appealed(order: Order, _: Told, by: By, __: datetime) -> None:
    """Whoever appeals is there to be asked, also where they had left."""
    if by.role == Voice.REPORTER:
        order.reporter_left = False


def _merged(order: Order, told: Told, _: By, __: datetime) -> None:
    order.merged_into = told["parent"]


def _unmerged(order: Order, _: Told, __: By, ___: datetime) -> None:
    order.merged_into = None


MARKS: Mapping[Move, Mark] = {
    Move.RECLASSIFY: _reclassified,
    Move.SETTLE_ON_SPOT: _settled,
    Move.ACCEPT: _accepted,
    Move.CONTACT: _contacted,
    Move.ARRIVE: _arrived,
    Move.EXTEND: _extended,
    Move.DEFER: _deferred,
    Move.CHASE: _chased,
    Move.REPORT_DONE: _done,
    Move.RULE: _ruled,
    Move.DECLINE: _declined,
    Move.HAND_OVER: _handed_over,
    Move.APPEAL: _appealed,
    Move.MERGE: _merged,
    Move.UNMERGE: _unmerged,
}
