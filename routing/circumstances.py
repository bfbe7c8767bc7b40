"""What a move needs to know beside what was told: the units named in it, the law on the matter, how others stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.util import identity_key

from routing.catalogue import current
from routing.city import EVALUATION, Level
from routing.facts import By
from routing.matched import Matched, answer
from routing.matching import reserved
from routing.models import Order
from routing.moves import MOVES
from routing.states import Move
from routing.terms import Terms
from services.identity import Unit
from services.problems import invalid

Told = Mapping[str, Any]
NAMING = ("unit", "proposed_unit")
"""Fields that name a unit; `co_units` names several."""
GIVES_WORK = frozenset({Move.ROUTE, Move.DISPATCH, Move.REDIRECT, Move.RULE, Move.TRANSFER})
"""Moves that give an order to a unit, so that the hard rule is asked about it."""


@dataclass(frozen=True)
class Circumstances:
    """The units that a move names or brings in, by code, and the facts that its rules ask for."""

    units: Mapping[str, Unit] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    rematch: Matched | None = None
    """What the lists say of the issue that the order is given now."""


async def look_up(
    session: AsyncSession, order: Order, move: Move, by: By, told: Told, *, terms: Terms, at: datetime
) -> Circumstances:
    """Everything `MOVES` says that the service has to look up. Raises Invalid where a unit named is none."""
    above = above_of(order.lead_path) if "unit_above" in MOVES[move].facts else None
    units = await named(session, _names(order, move, told), *filter(None, [above]))
    facts: dict[str, Any] = {}
    if "unit_above" in MOVES[move].facts:
        facts["unit_above"] = above
    if move in GIVES_WORK:
        unit = units.get(str(told.get("unit")))
        facts |= await _hard_rule(session, order, unit, day=at.astimezone(terms.calendar.zone).date())
    if move is Move.TRANSFER:
        facts["unit_in_subtree"] = _is_below(units[told["unit"]].path, by)
    if move is Move.MERGE:
        facts["parent_state"] = await _state_of(session, told["parent"])
    if move is Move.WITHDRAW:
        facts["others_wait"] = order.waiting_children > 0
    if move is Move.APPEAL:
        facts["within_window"] = _in_window(order, terms, told.get("at") or at)
    new_issue = told.get("issue") if move is Move.RECLASSIFY else None
    rematch = await answer(session, order, terms, issue=new_issue) if new_issue else None
    return Circumstances(units, facts, rematch)


def _names(order: Order, move: Move, told: Told) -> dict[str, str]:
    """The units named, by the field that names them."""
    names = {told[name]: name for name in NAMING if told.get(name)}
    return names | dict.fromkeys(told.get("co_units") or (), "co_units")


async def named(session: AsyncSession, names: Mapping[str, str], *others: str) -> dict[str, Unit]:
    """The units of these codes. Raises Invalid for one that is unknown or closed, or is the evaluation body's."""
    codes = [*names, *others]
    if not codes:
        return {}
    found = {unit.code: unit for unit in await session.scalars(select(Unit).where(Unit.code.in_(codes)))}
    for code, field_ in names.items():
        unit = found.get(code)
        if unit is None or unit.closed_at is not None or unit.path.startswith(f"/{EVALUATION}/"):
            raise invalid(field_, "is the code of an open unit", "look the unit up under /v1/units")
    return found


async def _state_of(session: AsyncSession, case_no: str) -> str:
    """Of the order to merge into, which was locked with this one if the actor can see it. Raises Invalid."""
    order = session.identity_map.get(identity_key(Order, case_no))
    if order is None:
        raise invalid("parent", "is the number of an order that you see", "look it up under /v1/orders")
    return str(order.state)


def above_of(path: str | None) -> str | None:
    """The code of the unit above, from a path such as `/31/310101/`; None at the top."""
    codes = (path or "").strip("/").split("/")
    return codes[-2] if len(codes) > 1 else None


async def _hard_rule(session: AsyncSession, order: Order, unit: Unit | None, *, day: date) -> dict[str, bool]:
    if unit is None or order.issue is None:
        return {"reserved": False, "unit_is_grassroots": unit is not None and Level(unit.level).grassroots}
    catalogue = await current(session)
    is_reserved = reserved(catalogue, issue=order.issue, grid=order.grid, unit=unit.code, day=day)
    return {"reserved": is_reserved, "unit_is_grassroots": Level(unit.level).grassroots}


def _is_below(path: str, by: By) -> bool:
    """The leader's own unit is in the path of the unit named."""
    return by.unit is not None and f"/{by.unit}/" in path


def _in_window(order: Order, terms: Terms, at: datetime) -> bool:
    window = timedelta(days=terms.agreed.appeal_window_days)
    return order.closed_at is not None and at <= order.closed_at + window
