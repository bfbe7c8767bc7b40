"""Units follow their grids: a new grid gets its organisation, an ended one's is closed, others move or are renamed.

Who has a case keeps it: an order's paths go along with the unit that moves.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing.access_news import AT_ONCE, tell_access
from routing.city import City, Grid
from routing.grid_files import Changes
from routing.models import Order, OrderUnit, OrganisationRow
from routing.starter.units import has_organisation, organisation
from services.clocks import now
from services.identity import Unit

HELD = ((Order, "lead_unit", "lead_path"), (Order, "desk_unit", "desk_path"), (OrderUnit, "unit", "path"))
"""Where orders keep a unit, and its path."""


@dataclass(frozen=True)
class UnitNews:
    """Codes of units."""

    opened: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()


class _Tree:
    """The units as they will be: opened, renamed and hung elsewhere in memory before anything is written."""

    def __init__(self, units: Mapping[str, Unit], of_grids: Mapping[str, str], city: City, changes: Changes) -> None:
        self.units = dict(units)
        self._of_grids = of_grids
        self._ended = {grid.code for grid in changes.ended}
        self._changed = {new.code: (old, new) for old, new in changes.changed}
        self._added = changes.added
        begun = {grid.code: grid for grid in (*changes.added, *(new for _, new in changes.changed))}
        self.grids = {grid.code: grid for grid in city.grids if grid.code not in self._ended} | begun
        self.closed = self._closing()
        self._standing = {code for code, unit in units.items() if unit.closed_at is None} - self.closed

    def _closing(self) -> set[str]:
        """Of ended grids, of those a neighbour covers now, and what hangs on these without a grid of its own."""
        held = {code for code, unit in self.units.items() if unit.closed_at is None}
        closing = {code for code in held if self._of_grids.get(code) in self._ended}
        closing |= {code for code, (_, new) in self._changed.items() if not has_organisation(new) and code in held}
        waiting = list(closing)
        children: dict[str, list[str]] = {}
        for code in held:
            children.setdefault(self.units[code].parent or "", []).append(code)
        while waiting:
            for code in children.get(waiting.pop(), ()):
                if code not in closing and code not in self.grids:
                    closing.add(code)
                    waiting.append(code)
        return closing

    def wanting(self) -> list[Grid]:
        """Grids that need a unit and have none, the higher ones first."""
        begun = [*self._added, *(new for old, new in self._changed.values() if not has_organisation(old))]
        wanted = [grid for grid in begun if has_organisation(grid) and grid.code not in self._standing]
        return sorted(wanted, key=lambda grid: grid.level.rank)

    def above(self, grid: Grid) -> str | None:
        """The unit over a grid's own."""
        return self._answering(grid.parent) if grid.parent else None

    def _answering(self, code: str) -> str:
        here = self.grids[code]
        if here.covered_by:
            return self._answering(here.covered_by)
        if here.parent is None or code in self._standing:
            return code
        return self._answering(here.parent)

    def open(self, unit: Unit) -> None:
        self.units[unit.code] = unit
        self._standing.add(unit.code)

    def settle(self) -> set[str]:
        """Hang and name what stands anew; the codes of units that are not as they were."""
        moved = {code for code in sorted(self._standing) if code in self.grids and self._rehung(self.units[code])}
        paths: dict[str, str] = {}
        for code in sorted(self._standing):
            if self.units[code].path != (path := self._path(code, paths)):
                self.units[code].path = path
                moved.add(code)
        return moved

    def _rehung(self, unit: Unit) -> bool:
        changed = self._changed.get(unit.code)
        if not changed and unit.parent not in self.closed:
            return False
        before = unit.parent, unit.name
        unit.parent = self.above(self.grids[unit.code])
        if changed and unit.name.startswith(changed[0].name):
            unit.name = changed[1].name + unit.name[len(changed[0].name) :]
        return before != (unit.parent, unit.name)

    def _path(self, code: str, known: dict[str, str]) -> str:
        if code not in known:
            parent = self.units[code].parent
            known[code] = f"{self._path(parent, known) if parent else '/'}{code}/"
        return known[code]


async def follow(session: AsyncSession, city: City, changes: Changes, *, day: date) -> UnitNews:
    """Open, move, rename and close units as their grids changed, and tell the other services."""
    units = {unit.code: unit for unit in await session.scalars(select(Unit))}
    rows = {row.unit: row for row in await session.scalars(select(OrganisationRow))}
    tree = _Tree(units, {code: row.grid for code, row in rows.items()}, city, changes)
    opened = [_opened(session, tree, grid, rows, day) for grid in tree.wanting()]
    moved = sorted(tree.settle() - {unit.code for unit in opened})
    for code in sorted(tree.closed):
        _close(units[code], rows.get(code), day)
    for code in moved:
        units[code].version += 1
    await session.flush()
    await _take_orders(session, [units[code] for code in moved])
    await _tell(session, [*opened, *(units[code] for code in (*moved, *sorted(tree.closed)))])
    return UnitNews(tuple(unit.code for unit in opened), tuple(moved), tuple(sorted(tree.closed)))


def _opened(session: AsyncSession, tree: _Tree, grid: Grid, rows: Mapping[str, OrganisationRow], day: date) -> Unit:
    """A new unit, or the one the grid had when it was there before."""
    made, parent = organisation(grid), tree.above(grid)
    unit = tree.units.get(grid.code)
    if unit is None:
        unit = Unit(code=grid.code, path="", version=0)
        session.add(unit)
    unit.name, unit.level, unit.parent, unit.closed_at = made.name, made.level.value, parent, None
    unit.version += 1
    row = rows.get(grid.code) or OrganisationRow(unit=grid.code)
    row.function, row.grid, row.grassroots, row.district = None, grid.code, made.grassroots, grid.district
    row.valid_from, row.valid_to = day, None
    session.add(row)
    tree.open(unit)
    return unit


def _close(unit: Unit, row: OrganisationRow | None, day: date) -> None:
    unit.closed_at = now()
    unit.version += 1
    if row:
        row.valid_to = max(row.valid_from, day - timedelta(days=1))


async def _take_orders(session: AsyncSession, moved: Sequence[Unit]) -> None:
    """Rights go by the path on the order."""
    for model, of, path in (
        (Order, "lead_unit", "lead_path"),
        (Order, "desk_unit", "desk_path"),
        (OrderUnit, "unit", "path"),
    ):
        table = cast(Table, model.__table__)
        statement = update(table).where(table.c[of] == bindparam("moved")).values({path: bindparam("to")})
        if moved:
            await session.execute(statement, [{"moved": unit.code, "to": unit.path} for unit in moved])


async def _tell(session: AsyncSession, units: Iterable[Unit]) -> None:
    told = list(units)
    for start in range(0, len(told), AT_ONCE):
        await tell_access(session, units=told[start : start + AT_ONCE])
