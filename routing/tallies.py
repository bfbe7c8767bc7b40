"""How many cases stand how in each part of a place, by the same filter as the lists that lead to them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, CompoundSelect, Select, Text, bindparam, func, select, true, union_all
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
    session: AsyncSession,
    place: str,
    *,
    parts: Mapping[str, str],
    everywhere: bool,
    actor: Actor,
    at: datetime,
    zone: ZoneInfo,
) -> dict[str, Tally]:
    """By the grids right below a place; under "" what lies in none of them. `everywhere` adds what the actor sees
    outside the place or without one. `parts` are the codes of grids right below it by their paths of today, none
    of which begins another."""
    asked = Narrowing() if everywhere else Narrowing(grid=place)
    found = await worklists.wanted(session, asked, actor=actor, at=at, zone=zone, only_open=True)
    asking, alone = worklists.asking(actor, at, zone), len(found.parts) == 1
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for way in found.parts:
        holds = [way, *found.holds]
        counted = _by_range(place, parts, asking, holds) if alone and parts else _by_state(place, asking, holds)
        for row in await session.execute(counted):
            tallies[row.part].update(_columns(State(row.state), row))
    return {code: {name: tally[name] for name in COLUMNS} for code, tally in tallies.items()}


def _by_state(place: str, asking: Asking, holds: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """One look at each open order, by an index alone: what is counted in several columns is counted once."""
    part = part_of(place).label("part")
    query: Any = select(part, Order.state, *_numbers(asking)).where(*holds)
    by_state: Select[Any] = query.group_by(part, Order.state)
    return by_state


def _by_range(
    place: str, parts: Mapping[str, str], asking: Asking, holds: Sequence[ColumnElement[bool]]
) -> CompoundSelect[Any]:
    """The same, but each part by the stretch of the index that it is. In which part an order lies has to be asked of
    those alone that lie between the stretches (of old chains, of grids that are no more) or have no place."""
    paths = sorted(parts)
    within = _stretches([(parts[path], path, _beyond(path)) for path in paths])
    inside: Any = select(Order.state, *_numbers(asking)).where(_lies_in(within), *holds).group_by(Order.state)
    lows, highs = ["", *map(_beyond, paths)], [*paths, LAST]
    between = _stretches([("", low, high) for low, high in zip(lows, highs, strict=True)])
    counted, others = inside.lateral(), _by_state(place, asking, [_lies_in(between), *holds]).lateral()
    return union_all(
        select(within.c.part, *counted.c).select_from(within.join(counted, true())),
        select(*others.c).select_from(between.join(others, true())),
        _by_state(place, asking, [Order.grid_path.is_(None), *holds]),
    )


LAST = "\U0010ffff"
"""Behind every path."""


def _beyond(path: str) -> str:
    """What follows all that begins with a path, byte by byte."""
    return path[:-1] + chr(ord(path[-1]) + 1)


def _stretches(told: Sequence[tuple[str, str, str]]) -> Any:
    """Code, beginning and end of stretches of paths, as a table."""
    columns = [bindparam(None, list(column), type_=ARRAY(Text)) for column in zip(*told, strict=True)]
    return func.unnest(*columns).table_valued("part", "low", "high").render_derived()


def _lies_in(stretch: Any) -> ColumnElement[bool]:
    low: ColumnElement[bool] = Order.grid_path.op("~>=~", is_comparison=True)(stretch.c.low)
    return low & Order.grid_path.op("~<~", is_comparison=True)(stretch.c.high)


def _numbers(asking: Asking) -> list[ColumnElement[int]]:
    late = [func.count().filter(holds(asking)).label(name) for name, holds in LATE.items()]
    return [func.count().label("all"), *late]


def _columns(state: State, row: Any) -> dict[str, int]:
    """In which columns orders in this state are counted: all of them, or those that are late."""
    found = row._mapping
    fits = {name: asked.state is state or asked.stage is state.stage for name, asked in COLUMNS.items()}
    return {name: int(found[name] if name in LATE else fits[name] and found["all"]) for name in COLUMNS}
