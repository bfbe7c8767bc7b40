"""How whoever asks stands to an order: which orders they see, and under which of their grants they can act on one."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, false, or_, select

from routing.facts import By
from routing.models import Dispute, Order, OrderUnit, TeamRole
from routing.moves import MOVES
from routing.states import Move
from services.identity import Actor, Grant
from services.roles import Role

OF_UNITS = frozenset({Role.OFFICER, Role.LEADER})
OVER_PLACES = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR})


def visible(actor: Actor) -> ColumnElement[bool]:
    """The orders this actor may see.

    Officers and leaders see what a unit of their subtree leads or has joined, the desks and the auditor also what lies
    in a place of theirs. Access ends with the responsibility: a unit that no longer has an order does not see it.
    """
    return or_(false(), *(_seen(grant) for grant in actor.grants))


def _seen(grant: Grant) -> ColumnElement[bool]:
    led = Order.lead_path.startswith(grant.path, autoescape=True)
    if grant.role in OF_UNITS:
        return or_(led, _joined(grant))
    if grant.role in OVER_PLACES:
        return or_(led, Order.desk_path.startswith(grant.path, autoescape=True))
    return false()


def _joined(grant: Grant) -> ColumnElement[bool]:
    joined = select(OrderUnit.id).where(
        OrderUnit.case_no == Order.case_no,
        OrderUnit.until.is_(None),
        OrderUnit.role == TeamRole.CO,
        OrderUnit.path.startswith(grant.path, autoescape=True),
    )
    return joined.exists()


def stances(actor: Actor, order: Order, *, move: Move | None = None, dispute: Dispute | None = None) -> Iterator[By]:
    """The actor as seen from the order, once for each grant; with a move, for the grants whose roles make it."""
    for grant in actor.grants:
        if move is None or grant.role in MOVES[move].who:
            yield stance(actor, grant, order, dispute)


def stance(actor: Actor, grant: Grant, order: Order, dispute: Dispute | None) -> By:
    units = {each.unit for each in actor.grants}
    parties = {dispute.unit, dispute.proposed_unit} if dispute else set()
    return By(
        role=grant.role,
        person=str(actor.person),
        unit=grant.unit,
        in_lead=grant.covers(order.lead_path),
        in_team=bool(units & {order.lead_unit, *order.co_units}),
        covers=grant.covers(order.lead_path or order.desk_path),
        party=bool(units & parties),
        handled=order.handler == actor.person,
    )
