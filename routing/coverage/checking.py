"""Proves for every issue in every grid on every day that exactly one lead exists, or lists what speaks against it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby, pairwise

from routing.city import City, Grid, Unit
from routing.coverage.findings import Coverage, Example, Finding, Interval
from routing.coverage.grouping import Cell, Ground
from routing.coverage.leading import Cause, Nobody, who_leads
from routing.lists import Issue, Lists, Responsibility, ScopeKind

Reason = tuple[Cause, tuple[str, ...], Interval]
_ONE_DAY = timedelta(days=1)


def check(lists: Lists, city: City, *, day: date, until: date | None = None) -> Coverage:
    """From a day on, for ever or until another, both included; `until=day` checks that day alone.

    Time is split where a row, a grid or a unit begins or ends, and one day of each interval is looked at.
    """
    ground = Ground(city, lists.responsibilities)
    findings = _Findings(city)
    for issue in lists.issues:
        for cell in ground.cells(issue):
            for interval, nobody in _unled(issue, cell, ground, Interval(day, until)):
                findings.note(issue, cell, interval, nobody)
    told = findings.told()
    rows = lists.responsibilities.rows
    return Coverage(
        pairs=len(lists.issues) * sum(_ever(grid, day, until) for grid in city.grids),
        intervals=split(Interval(day, until), _changes((*rows, *city.grids, *city.units))),
        gaps=tuple(finding for finding in told if finding.cause is not Cause.OVERLAP),
        overlaps=tuple(finding for finding in told if finding.cause is Cause.OVERLAP),
        astray=_astray(lists, city),
    )


def split(whole: Interval, changes: Iterable[date]) -> tuple[Interval, ...]:
    """The interval in parts in which nothing changes."""
    last = whole.last or date.max
    starts = sorted({whole.first, *(each for each in changes if whole.first < each <= last)})
    inner = [Interval(first, following - _ONE_DAY) for first, following in pairwise(starts)]
    return (*inner, Interval(starts[-1], whole.last))


def _changes(rows: Iterable[Responsibility | Grid | Unit]) -> set[date]:
    """The first day of each, and the first day without it."""
    validity = {(row.valid_from, row.valid_to) for row in rows}
    ended = {last + _ONE_DAY for _, last in validity if last is not None and last < date.max}
    return {first for first, _ in validity} | ended


def _unled(issue: Issue, cell: Cell, ground: Ground, whole: Interval) -> Iterator[tuple[Interval, Nobody]]:
    """When nobody leads the issue in these grids, in intervals as long as the reason lasts."""
    spot, grid = ground.spot(cell[0]), ground.city.grid(cell[0])
    answers = [
        (interval, who_leads(issue, spot, ground.rows, ground.city, interval.first))
        for interval in split(whole, _changes((grid, *ground.what_decides(issue, spot))))
        if _in_force(grid, interval.first)
    ]
    for nobody, run in groupby(answers, key=lambda answer: answer[1] if isinstance(answer[1], Nobody) else None):
        if nobody:
            lasted = [interval for interval, _ in run]
            yield Interval(lasted[0].first, lasted[-1].last), nobody


def _in_force(grid: Grid, day: date) -> bool:
    return grid.valid_from <= day and (grid.valid_to is None or day <= grid.valid_to)


def _ever(grid: Grid, day: date, until: date | None) -> bool:
    return (until is None or grid.valid_from <= until) and (grid.valid_to is None or day <= grid.valid_to)


def _astray(lists: Lists, city: City) -> tuple[str, ...]:
    known = {grid.code for grid in city.grids}
    rows = lists.responsibilities.rows
    return tuple(row.row for row in rows if row.scope_kind is ScopeKind.SUBTREE and row.scope not in known)


@dataclass
class _Findings:
    """Gathers what is unled: first the grids of an issue for one reason, then the issues of the same grids."""

    city: City
    _by_issue: dict[tuple[Reason, str], list[Cell]] = field(default_factory=lambda: defaultdict(list))
    _examples: dict[tuple[Reason, str], Example] = field(default_factory=dict)

    def note(self, issue: Issue, cell: Cell, interval: Interval, nobody: Nobody) -> None:
        key = ((nobody.cause, nobody.about, interval), issue.code)
        self._by_issue[key].append(cell)
        example = Example(issue.code, cell[0], interval.first, nobody.rows, nobody.why)
        self._examples.setdefault(key, example)

    def told(self) -> tuple[Finding, ...]:
        alike: dict[tuple[Reason, frozenset[str]], list[str]] = defaultdict(list)
        for (reason, issue), cells in self._by_issue.items():
            alike[reason, frozenset(grid for cell in cells for grid in cell)].append(issue)
        return tuple(self._finding(reason, issues, grids) for (reason, grids), issues in alike.items())

    def _finding(self, reason: Reason, issues: list[str], grids: frozenset[str]) -> Finding:
        cause, about, during = reason
        ordered = tuple(grid.code for grid in self.city.grids if grid.code in grids)
        return Finding(
            cause, about, tuple(issues), ordered, self._where(ordered), during, self._examples[reason, issues[0]]
        )

    def _where(self, grids: Iterable[str]) -> str:
        """The name of the smallest grid that holds them all."""
        common: list[str] | None = None
        for grid in grids:
            chain = [each.code for each in reversed(self.city.chain(grid))]
            common = chain if common is None else [a for a, b in zip(common, chain, strict=False) if a == b]
        return self.city.grid(common[-1]).name if common else ""
