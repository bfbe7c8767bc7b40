"""Grids that a list cannot tell apart, so that one of each group speaks for all.

`who_leads` sees a grid only through: the rows whose subtree holds it, in the order of their grids; the kinds on its
chain, in order; what becomes there of the duties that rows name (no unit, or one that is of the grass roots or not, and
since and until when). Of a row it sees how it names the issue, its lead and co-units, whether it hands down, and its
validity. Two grids that agree in all this, up to the names of rows and units, agree in whether somebody leads and why not.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from routing.city import City, Grid, UnknownCode, UnknownDuty, resolve
from routing.coverage.leading import Spot
from routing.lists import Issue, Responsibility, ResponsibilityList, ScopeKind

Outcome = tuple[bool, date, date | None] | None
"""Of a duty at a place: the unit's standing and validity; None where there is no such unit."""
Cell = tuple[str, ...]
"""Grids that are alike, by their codes."""


@dataclass(frozen=True)
class Ground:
    """The city's grids under the rows of one list."""

    city: City
    rows: ResponsibilityList

    def spot(self, grid: str) -> Spot:
        return self._spots[grid]

    def cells(self, issue: Issue) -> tuple[Cell, ...]:
        """Every grid of the city once, in groups that are alike for this issue."""
        marks = self._marks(issue)
        signature = frozenset(marks.items())
        if signature not in self._partitions:
            self._partitions[signature] = tuple(self._split(marks))
        return self._partitions[signature]

    def rows_of(self, issue: Issue) -> Iterator[Responsibility]:
        """The rows that can fit the issue, wherever they hold."""
        for name in issue.lineage:
            yield from self._by_issue.get(name, ())

    def _split(self, marks: dict[str, int]) -> Iterator[Cell]:
        """Only what lies below a named grid has to be looked at one by one."""
        within: dict[Hashable, list[str]] = defaultdict(list)
        for grid in dict.fromkeys(grid for code in marks for grid in self._subtree(code)):
            within[self._classes[grid], *(marks[code] for code in self._spots[grid].codes if code in marks)].append(
                grid
            )
        touched = {grid for grids in within.values() for grid in grids}
        for grids in self._class_members:
            if rest := tuple(grid for grid in grids if grid not in touched):
                yield rest
        yield from map(tuple, within.values())

    def _marks(self, issue: Issue) -> dict[str, int]:
        """For each grid that a row for the issue names, what its rows are like; the same number means the same."""
        named: dict[str, list[Hashable]] = defaultdict(list)
        for row in self.rows_of(issue):
            if row.scope_kind is ScopeKind.SUBTREE and row.scope:
                named[row.scope].append(self._shape(row, issue))
        return {scope: self._number(frozenset(Counter(shapes).items())) for scope, shapes in named.items()}

    def _shape(self, row: Responsibility, issue: Issue) -> Hashable:
        duties = tuple(duty if duty.startswith("@") else self._codes[duty] for duty in (row.lead, *row.co))
        return issue.lineage.index(row.issue), duties, row.hands_down(issue), row.valid_from, row.valid_to

    def _number(self, shapes: Hashable) -> int:
        return self._numbers.setdefault(shapes, len(self._numbers))

    def _subtree(self, code: str) -> Iterator[str]:
        if code in self._spots:
            yield code
            for child in self.city.children(code):
                yield from self._subtree(child.code)

    @cached_property
    def _numbers(self) -> dict[Hashable, int]:
        return {}

    @cached_property
    def _partitions(self) -> dict[frozenset[tuple[str, int]], tuple[Cell, ...]]:
        return {}

    @cached_property
    def _spots(self) -> dict[str, Spot]:
        return {grid.code: Spot.of(grid.code, self.city) for grid in self.city.grids}

    @cached_property
    def _by_issue(self) -> dict[str, list[Responsibility]]:
        found = defaultdict(list)
        for row in self.rows.rows:
            found[row.issue].append(row)
        return dict(found)

    @cached_property
    def _duties(self) -> frozenset[str]:
        return frozenset(duty for row in self.rows.rows for duty in (row.lead, *row.co))

    @cached_property
    def _codes(self) -> dict[str, Outcome]:
        """What becomes of the units' codes that rows name, which is the same everywhere."""
        anywhere = self.city.grids[0].code
        return {duty: _outcome(duty, anywhere, self.city) for duty in self._duties if not duty.startswith("@")}

    @cached_property
    def _classes(self) -> dict[str, int]:
        """What holds for every issue: the grid's own validity, the kinds over it, and what its duties become."""
        fates = _Fates(self.city, (duty for duty in self._duties if duty.startswith("@")))
        kinds = {row.scope for row in self.rows.rows if row.scope_kind is ScopeKind.KIND}
        keys: dict[Hashable, int] = {}
        return {
            grid.code: keys.setdefault((self._kinds(grid, kinds), fates.at(grid.code), *_validity(grid)), len(keys))
            for grid in self.city.grids
        }

    def _kinds(self, grid: Grid, named: set[str | None]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(kind for kind in self._spots[grid.code].kinds if kind in named))

    @cached_property
    def _class_members(self) -> tuple[list[str], ...]:
        members: dict[int, list[str]] = defaultdict(list)
        for grid, number in self._classes.items():
            members[number].append(grid)
        return tuple(members.values())


class _Fates:
    """What becomes of duties at a place. A duty's function is looked up once for each unit its level means."""

    def __init__(self, city: City, duties: Iterable[str]) -> None:
        self._city = city
        self._levels: dict[str, list[str]] = defaultdict(list)
        for duty in sorted(duties):
            self._levels[duty.partition(".")[0]].append(duty)
        self._known: dict[tuple[str, str | None], tuple[Outcome, ...]] = {}

    def at(self, grid: str) -> tuple[tuple[Outcome, ...], ...]:
        return tuple(self._of_level(level, duties, grid) for level, duties in self._levels.items())

    def _of_level(self, level: str, duties: list[str], grid: str) -> tuple[Outcome, ...]:
        key = (level, _unit_code(level, grid, self._city))
        if key not in self._known:
            self._known[key] = tuple(_outcome(duty, grid, self._city) for duty in duties)
        return self._known[key]


def _unit_code(duty: str, grid: str, city: City) -> str | None:
    try:
        return resolve(duty, grid, city).code
    except (UnknownDuty, UnknownCode):
        return None


def _outcome(duty: str, grid: str, city: City) -> Outcome:
    try:
        unit = resolve(duty, grid, city)
    except (UnknownDuty, UnknownCode):
        return None
    return unit.grassroots, unit.valid_from, unit.valid_to


def _validity(grid: Grid) -> tuple[date, date | None]:
    return grid.valid_from, grid.valid_to
