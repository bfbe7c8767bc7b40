"""Grids that a list cannot tell apart, so that one of each group speaks for all.

`who_leads` sees a grid only through: the rows whose subtree holds it, in the order of their grids; the kinds on its
chain, in order; and what the rows' duties become there (no unit, or one that is of the grass roots or not, and valid
since and until when). Of a row it sees how it names the issue, its lead and co-units, whether it hands down, and its
validity. Grids that agree in all this, up to the names of rows and units, agree in whether somebody leads, and why not.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from routing.city import City, Grid, Unit, UnknownCode, UnknownDuty, resolve
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
        marks = [self._marks(name, exact=name == issue.code) for name in issue.lineage]
        signature = tuple(self._number(frozenset(each.items())) for each in marks if each)
        if signature not in self._partitions:
            self._partitions[signature] = tuple(self._split([each for each in marks if each]))
        return self._partitions[signature]

    def what_decides(self, issue: Issue, spot: Spot) -> Iterator[Responsibility | Unit]:
        """The rows that fit on some day, and the units they would have lead."""
        for each in self.rows.candidates(issue.code, spot.codes, spot.kinds, date.min):
            yield each.row
            if unit := _unit(each.row.lead, spot.grid, self.city):
                yield unit

    def _split(self, marks: list[dict[str, int]]) -> Iterator[Cell]:
        """Only what lies below a named grid has to be looked at one by one."""
        named = {code: tuple(each.get(code) for each in marks) for each in marks for code in each}
        within: dict[Hashable, list[str]] = defaultdict(list)
        for grid in dict.fromkeys(grid for code in named for grid in self._subtree(code)):
            over = tuple(named[code] for code in self._spots[grid].codes if code in named)
            within[self._classes[grid], over].append(grid)
        touched = {grid for grids in within.values() for grid in grids}
        for grids in self._class_members:
            if rest := tuple(grid for grid in grids if grid not in touched):
                yield rest
        yield from map(tuple, within.values())

    def _marks(self, issue: str, *, exact: bool) -> dict[str, int]:
        """For each grid that a row for the issue names, what its rows are like; the same number means the same."""
        if (issue, exact) not in self._known_marks:
            named: dict[str, Counter[Hashable]] = defaultdict(Counter)
            for row in self._by_issue.get(issue, ()):
                if row.scope_kind is ScopeKind.SUBTREE and row.scope:
                    named[row.scope][self._shape(row, exact)] += 1
            marks = {scope: self._number(frozenset(shapes.items())) for scope, shapes in named.items()}
            self._known_marks[issue, exact] = marks
        return self._known_marks[issue, exact]

    def _shape(self, row: Responsibility, exact: bool) -> Hashable:
        """Only a row that names the very issue can hand it down."""
        duties = tuple(duty if duty.startswith("@") else self._codes[duty] for duty in (row.lead, *row.co))
        hands_down = exact and row.handed_down and row.legal_basis is not None
        return duties, hands_down, row.valid_from, row.valid_to

    def _number(self, what: Hashable) -> int:
        return self._numbers.setdefault(what, len(self._numbers))

    def _subtree(self, code: str) -> Iterator[str]:
        if code in self._spots:
            yield code
            for child in self.city.children(code):
                yield from self._subtree(child.code)

    @cached_property
    def _numbers(self) -> dict[Hashable, int]:
        return {}

    @cached_property
    def _partitions(self) -> dict[tuple[int, ...], tuple[Cell, ...]]:
        return {}

    @cached_property
    def _known_marks(self) -> dict[tuple[str, bool], dict[str, int]]:
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
        return {duty: _outcome(duty, "", self.city) for duty in self._duties if not duty.startswith("@")}

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
        unit = _unit(level, grid, self._city)
        key = (level, unit.code if unit else None)
        if key not in self._known:
            self._known[key] = tuple(_outcome(duty, grid, self._city) for duty in duties)
        return self._known[key]


def _unit(duty: str, grid: str, city: City) -> Unit | None:
    try:
        return resolve(duty, grid, city)
    except (UnknownDuty, UnknownCode):
        return None


def _outcome(duty: str, grid: str, city: City) -> Outcome:
    unit = _unit(duty, grid, city)
    return (unit.grassroots, unit.valid_from, unit.valid_to) if unit else None


def _validity(grid: Grid) -> tuple[date, date | None]:
    return grid.valid_from, grid.valid_to
