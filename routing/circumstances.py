"""What a move needs to know beside what was told: the units named in it, the law on the matter, how others stand."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.catalogue import Catalogue, current
from routing.city import EVALUATION, Level
from routing.conflicts import highest
from routing.deadlines import limit_of
from routing.facts import By
from routing.matched import Matched, answer
from routing.matching import reserved
from routing.models import Order
from routing.moves import MOVES
from routing.states import Move
from routing.terms import Terms
from services.identity import Unit
from services.problems import invalid
from services.timeline import Entry

Told = Mapping[str, Any]
NAMING = ("unit", "proposed_unit")
"""Fields that name a unit; `co_units` names several."""
GIVES_WORK = frozenset({Move.ROUTE, Move.DISPATCH, Move.REDIRECT, Move.RULE, Move.TRANSFER})
"""Moves that give an order to a unit, so that the hard rule is asked about it."""
CLOCKS_APART = timedelta(minutes=5)
"""How far the clock of a desk may be ahead of ours."""


@dataclass(frozen=True)
class Circumstances:
    """The units that a move names or brings in, by code, and the facts that its rules ask for."""

    units: Mapping[str, Unit] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    rematch: Matched | None = None
    """What the lists say of the issue that the order is given now."""


@dataclass(frozen=True)
class Asked:
    """One move as it is asked for, and the units it names."""

    session: AsyncSession
    order: Order
    move: Move
    by: By
    told: Told
    terms: Terms
    at: datetime
    units: Mapping[str, Unit]


async def look_up(
    session: AsyncSession, order: Order, move: Move, by: By, told: Told, *, terms: Terms, at: datetime
) -> Circumstances:
    """Everything that the table of moves says the service has to look up. Raises Invalid for what does not exist."""
    wants_above = "unit_above" in MOVES[move].facts
    above = codes_above(order.lead_path) if wants_above else []
    units = await named(session, _names(told), *above)
    asked = Asked(session, order, move, by, told, terms, at, units)
    asked_above = {code: units[code] for code in above if code in units}
    facts: dict[str, Any] = {"unit_above": await _first_free(asked, asked_above)} if wants_above else {}
    if move in GIVES_WORK:
        facts |= await _hard_rule(asked)
    if "unit_accused" in MOVES[move].facts:
        facts["unit_accused"] = await _accused(asked)
    if own := FACTS.get(move):
        facts |= await own(asked)
    new_issue = told.get("issue") if move is Move.RECLASSIFY else None
    rematch = await answer(session, order, terms, issue=new_issue) if new_issue else None
    return Circumstances(units, facts, rematch)


def _names(told: Told) -> dict[str, str]:
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


def codes_above(path: str | None) -> list[str]:
    """The codes of the units above, the nearest first, from a path such as `/31/310101/`; none at the top."""
    return (path or "").strip("/").split("/")[-2::-1]


async def _first_free(asked: Asked, above: Mapping[str, Unit]) -> str | None:
    """One level up is the nearest unit above that still is one, past every one that the words accuse."""
    catalogue, hidden_from = await current(asked.session), asked.order.accused_path
    for code, unit in above.items():
        blind = hidden_from is not None and unit.path.startswith(hidden_from)
        if unit.closed_at is None and not blind and _accused_over(asked.order, code, catalogue) is None:
            return code
    return None


async def _hard_rule(asked: Asked) -> dict[str, bool]:
    """Whether the law reserves the matter to a department, and whether the unit stands at the grass roots."""
    unit, order = asked.units.get(str(asked.told.get("unit"))), asked.order
    low = unit is not None and Level(unit.level).grassroots
    if unit is None or order.issue is None or not low:
        return {"reserved": False, "unit_is_grassroots": low}
    catalogue = await current(asked.session)
    day = asked.at.astimezone(asked.terms.calendar.zone).date()
    is_reserved = reserved(catalogue, issue=order.issue, grid=order.grid, unit=unit.code, day=day)
    return {"reserved": is_reserved, "unit_is_grassroots": low}


async def _accused(asked: Asked) -> str | None:
    """The unit that the words accuse, where the lead or a co-unit named is that one or lies below it."""
    catalogue = await current(asked.session)
    for code in (str(asked.told.get("unit") or ""), *(asked.told.get("co_units") or ())):
        if code in asked.units and (over := _accused_over(asked.order, code, catalogue)):
            return over
    return None


def _accused_over(order: Order, code: str, catalogue: Catalogue) -> str | None:
    """The highest accused one of this unit and those over it."""
    if not catalogue.city.has_unit(code):
        return None
    issue = catalogue.lists.issues.find(order.issue) if order.issue else None
    over = highest(catalogue.city.unit(code), order.text, issue, catalogue.city, order.item_type)
    return over.code if over else None


async def _transfer(asked: Asked) -> dict[str, Any]:
    """The leader's own unit is in the path of the unit named."""
    path = asked.units[asked.told["unit"]].path
    return {"unit_in_subtree": asked.by.unit is not None and f"/{asked.by.unit}/" in path}


async def _reclassify(asked: Asked) -> dict[str, Any]:
    """As what it was told, from the first entry of its timeline: two small steps must not avoid a second person."""
    first = select(Entry.facts["item_type"].as_string()).where(Entry.case_no == asked.order.case_no, Entry.number == 1)
    return {"told_item_type": await asked.session.scalar(first)}


async def _merge(asked: Asked) -> dict[str, Any]:
    """How the order to merge into stands; it is locked with this one. Raises Invalid."""
    parent = await asked.session.get(Order, asked.told["parent"])
    if parent is None:
        raise invalid("parent", "is the number of an order", "look it up under /v1/orders")
    return {"parent_state": str(parent.state)}


async def _withdraw(asked: Asked) -> dict[str, Any]:
    return {"others_wait": asked.order.waiting_children > 0}


async def _appeal(asked: Asked) -> dict[str, Any]:
    window = timedelta(days=asked.terms.agreed.appeal_window_days)
    closed, at = asked.order.closed_at, asked.told.get("at") or asked.at
    return {"within_window": closed is not None and at <= closed + window}


async def _extend(asked: Asked) -> dict[str, Any]:
    """An extension is counted from the report, like the limit it replaces. Raises Invalid for a shorter one."""
    limit, order = limit_of(asked.told["new_limit"]), asked.order
    if limit and order.case_due and asked.terms.due(order.received_at, limit) <= order.case_due:
        raise invalid("new_limit", "ends after the limit that runs", "name a longer limit, counted from the report")
    return {}


async def _happened(asked: Asked) -> dict[str, Any]:
    """What a person did lies after the report and not in the future. Raises Invalid."""
    if asked.told["at"] < asked.order.received_at:
        raise invalid("at", "does not lie before the report", "give the time at which it happened, with its offset")
    return await _not_ahead(asked)


async def _not_ahead(asked: Asked) -> dict[str, Any]:
    if asked.told["at"] > asked.at + CLOCKS_APART:
        raise invalid("at", "does not lie in the future", "give the time at which it happened, with its offset")
    return {}


async def _review(asked: Asked) -> dict[str, Any]:
    """Raises Invalid for a review on a day that is over."""
    day = asked.told.get("review_date")
    if day and day <= asked.at.astimezone(asked.terms.calendar.zone).date():
        raise invalid("review_date", "lies in the future", "name the day on which it is looked at again")
    return {}


FACTS: Mapping[Move, Callable[[Asked], Awaitable[dict[str, Any]]]] = {
    Move.RECLASSIFY: _reclassify,
    Move.TRANSFER: _transfer,
    Move.MERGE: _merge,
    Move.WITHDRAW: _withdraw,
    Move.APPEAL: _appeal,
    Move.EXTEND: _extend,
    Move.CONTACT: _happened,
    Move.HAND_OVER: _not_ahead,
    Move.DEFER: _review,
    Move.REPORT_DONE: _review,
}
