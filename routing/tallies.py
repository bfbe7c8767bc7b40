"""How many cases stand how in each part of a place, by the same filter as the lists that lead to them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import worklists
from routing.list_filters import Narrowing, part_of
from routing.models import Order
from routing.named_lists import Asking, Worklist, due_today, overdue
from routing.states import Stage, State
from services.identity import Actor

COLUMNS: Mapping[str, Narrowing] = {
    "discover": Narrowing(stage=Stage.DISCOVER),
    "handle": Narrowing(stage=Stage.HANDLE),
    "supervise": Narrowing(stage=Stage.SUPERVISE),
    "feedback": Narrowing(stage=Stage.FEEDBACK),
    "due_today": Narrowing(worklist=Worklist.DUE_TODAY),
    "overdue": Narrowing(worklist=Worklist.OVERDUE),
    "disputed": Narrowing(state=State.DISPUTED),
}
"""The four stages share out all that is open; the others are counted among them."""
LATE: Mapping[str, Callable[[Asking], ColumnElement[bool]]] = {"due_today": due_today, "overdue": overdue}
Tally = Mapping[str, int]


async def by_part(
    session: AsyncSession, place: str, *, everywhere: bool, actor: Actor, at: datetime, zone: ZoneInfo
) -> dict[str, Tally]:
    """By the grids right below a place; under "" what lies in none of them. `everywhere` adds what the actor sees
    outside the place or without one."""
    asked = Narrowing() if everywhere else Narrowing(grid=place)
    found = await worklists.wanted(session, asked, actor=actor, at=at, zone=zone, only_open=True)
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for way in found.parts:
        for row in await session.execute(_by_state(place, worklists.asking(actor, at, zone)).where(way, *found.holds)):
            tallies[row.part].update(_columns(State(row.state), row))
    return {code: {name: tally[name] for name in COLUMNS} for code, tally in tallies.items()}


def _by_state(place: str, asking: Asking) -> Select[Any]:
    """One look at each open order, by an index alone: what is counted in several columns is counted once."""
    part = part_of(place).label("part")
    late = [func.count().filter(holds(asking)).label(name) for name, holds in LATE.items()]
    query: Any = select(part, Order.state, func.count().label("all"), *late)
    by_state: Select[Any] = query.group_by(part, Order.state)
    return by_state


def _columns(state: State, row: Any) -> dict[str, int]:
    """In which columns orders in this state are counted: all of them, or those that are late."""
    found = row._mapping
    fits = {name: asked.state is state or asked.stage is state.stage for name, asked in COLUMNS.items()}
    return {name: int(found[name] if name in LATE else fits[name] and found["all"]) for name in COLUMNS}
