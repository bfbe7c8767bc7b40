"""The responsibility list, and which of its rows fit a matter at a place, without looking at the others."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from routing.lists.precedence import Candidate, candidate
from routing.lists.rows import IssueList, Responsibility, ScopeKind

Place = tuple[ScopeKind, str | None]


@dataclass(frozen=True)
class ResponsibilityList:
    """The whole responsibility list over its issue list."""

    issues: IssueList
    rows: tuple[Responsibility, ...]

    def candidates(
        self, issue_code: str, grid_chain: Sequence[str], grid_kinds: Sequence[str], day: date
    ) -> tuple[Candidate, ...]:
        """Every row that fits the matter and the place, the most specific first, also those not in force on the day.

        The chain runs from the place up to the city; the kinds are those of the same grids. Raises UnknownIssue.
        """
        issue = self.issues.find(issue_code)
        found = (
            candidate(row, issue, grid_chain, grid_kinds, day)
            for name in issue.lineage
            for place in _places(grid_chain, grid_kinds)
            for row in self.by_scope.get(name, {}).get(place, ())
        )
        return tuple(each for each in found if each)

    def find(self, row: str) -> Responsibility:
        """The row of this name. Raises LookupError."""
        return self._by_name[row]

    @cached_property
    def _by_name(self) -> dict[str, Responsibility]:
        return {row.row: row for row in self.rows}

    @cached_property
    def by_scope(self) -> dict[str, dict[Place, list[Responsibility]]]:
        """Issue, then scope; the rows of one scope follow each other in time, so the sheet's order plays no part."""
        index: dict[str, dict[Place, list[Responsibility]]] = defaultdict(lambda: defaultdict(list))
        for row in sorted(self.rows, key=lambda row: (row.valid_from, row.row), reverse=True):
            index[row.issue][row.scope_kind, row.scope].append(row)
        return {issue: dict(places) for issue, places in index.items()}


def _places(grid_chain: Sequence[str], grid_kinds: Sequence[str]) -> Iterator[Place]:
    """The scopes a row can name to mean this place, the most specific first."""
    yield from ((ScopeKind.SUBTREE, code) for code in grid_chain)
    yield from ((ScopeKind.KIND, kind) for kind in dict.fromkeys(grid_kinds))
    yield ScopeKind.ANYWHERE, None
