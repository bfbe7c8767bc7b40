"""How whoever asks stands to an order: which orders they see, and under which of their grants they can act on one."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, not_, or_, select

from routing.facts import By
from routing.models import Dispute, Order, OrderUnit
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
    by_desk, by_lead, joined = _paths(actor)
    here = [below(OrderUnit.path, path) for path in joined]
    return or_(
        false(),
        *(below(Order.desk_path, path) for path in by_desk),
        *(below(Order.lead_path, path) for path in by_lead),
        *([Order.case_no.in_(joined_by(or_(*here)))] if here else []),
    )


def ways(actor: Actor, *, only: Sequence[ColumnElement[bool]] = ()) -> list[ColumnElement[bool]]:
    """The same in parts, by the order's desk, its lead and its co-units: no order is in two, and each has its index.

    `only` is what holds for the whole list: numbers that are looked up first are looked up among those alone.
    """
    return apart(*_paths(actor), only=only)


def _paths(actor: Actor) -> tuple[list[str], list[str], list[str]]:
    """Below which units the actor sees orders by their desk, by their lead, and by their co-units."""
    seeing = actor.of(*OF_UNITS, *OVER_PLACES)
    return _tops(actor.of(*OVER_PLACES)), _tops(seeing), _tops(actor.of(*OF_UNITS))


def _tops(grants: Iterable[Grant]) -> list[str]:
    return outermost({grant.path for grant in grants})


def apart(
    desks: Sequence[str],
    leads: Sequence[str],
    joined: Sequence[str] = (),
    *,
    only: Sequence[ColumnElement[bool]] = (),
) -> list[ColumnElement[bool]]:
    """Orders of a desk below one of these paths, then of other desks those led there, then those joined there.

    The first of these parts is walked in the order of a list; of the others there are few, and their numbers are
    looked up first. All units of a city stand below its top: whoever stands over that needs no second part.
    """
    by_desk = or_(false(), *(below(Order.desk_path, path) for path in desks))
    by_lead = func.coalesce(or_(false(), *(below(Order.lead_path, path) for path in leads)), false())
    here = or_(false(), *(below(OrderUnit.path, path) for path in joined))
    parts = [by_desk] if desks else []
    if any(path.count("/") == 2 for path in desks):
        return parts
    if leads:
        here_led = or_(*(below(Order.lead_path, path) for path in leads))
        other = select(Order.case_no).where(here_led, not_(by_desk), *only).correlate(None)
        parts.append(among(other) if desks else here_led)
    if joined:
        parts.append(and_(among(joined_by(here)), not_(by_desk), not_(by_lead)))
    return parts


def among(numbers: Select[Any]) -> ColumnElement[bool]:
    """The order is one of these, which are found once and first."""
    found: ColumnElement[bool] = Order.case_no == func.any(func.array(numbers.scalar_subquery()))
    return found


def outermost(paths: Collection[str]) -> list[str]:
    """Without those that lie below another one."""
    return sorted(path for path in paths if not any(path != other and path.startswith(other) for other in paths))


def below(path: Any, top: str) -> ColumnElement[bool]:
    """The path is this one or lies below it: a pattern that an index of `text_pattern_ops` answers."""
    pattern = re.sub(r"([\\%_])", r"\\\1", top)
    found: ColumnElement[bool] = path.like(f"{pattern}%")
    return found


def joined_by(*wanted: ColumnElement[bool]) -> Select[Any]:
    """The numbers of orders that co-units like these are on now."""
    return select(OrderUnit.case_no).where(OrderUnit.until.is_(None), OrderUnit.role == literal_column("'co'"), *wanted)


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
