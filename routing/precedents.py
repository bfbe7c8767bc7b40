"""The decisions of one snapshot, each made once: places that the same rows fit share a decision.

It depends on the matter, the day, the rows that fit, and on whether their leads stand at the grass roots there; not on
which of a thousand micro-grids it is asked for. The units are then those of the place itself.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain

from routing.city import City, UnknownCode, UnknownDuty, resolve
from routing.lists import Decision, Issue, Lists, Responsibility, ScopeKind, decide

KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Stand:
    """The codes and the kinds of the grids from a place up."""

    codes: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """What the rows that can fit a matter name: grids, and leads."""

    grids: frozenset[str]
    leads: tuple[str, ...]


Key = tuple[str, date, tuple[str, ...], tuple[str, ...], tuple[bool, ...]]


class Precedents:
    """City and lists of a snapshot do not change, so that what was decided holds."""

    def __init__(self, city: City, lists: Lists) -> None:
        self._city, self._lists = city, lists
        self._stands = _stands(city)
        self._named = self._names()
        self._decisions: dict[Key, Decision] = {}

    def decision(self, issue: Issue, grid: str, day: date) -> Decision:
        """The row that wins there. Raises OverlappingRows, UnknownDuty, UnknownCode, UnknownIssue."""
        stand, named = self.stand(grid), self._named[issue.code]
        fitting = tuple([code for code in stand.codes if code in named.grids])
        low = self._low(issue, named, grid)
        key = (issue.code, day, stand.kinds, fitting, low)
        if key not in self._decisions:
            self._keep(key, self._decided(issue, grid, day))
        return self._decisions[key]

    def stand(self, grid: str) -> Stand:
        """Raises UnknownCode."""
        return self._stands.get(grid) or self._stands[self._city.grid(grid).code]

    def _low(self, issue: Issue, named: Named, grid: str) -> tuple[bool, ...]:
        """Which leads stand at the grass roots there; asked only where the law reserves the matter."""
        if issue.reserved_to is None:
            return ()
        return tuple([resolve(lead, grid, self._city).grassroots for lead in named.leads])

    def _decided(self, issue: Issue, grid: str, day: date) -> Decision:
        stand = self.stand(grid)
        candidates = self._lists.responsibilities.candidates(issue.code, stand.codes, stand.kinds, day)
        return decide(issue, candidates, lambda lead: resolve(lead, grid, self._city).grassroots)

    def _keep(self, key: Key, decision: Decision) -> None:
        if len(self._decisions) >= KEPT:
            self._decisions.clear()
        self._decisions[key] = decision

    def _names(self) -> dict[str, Named]:
        """By matter, made at once: no question pays for being the first about its matter."""
        rows: dict[str, list[Responsibility]] = defaultdict(list)
        for row in self._lists.responsibilities.rows:
            rows[row.issue].append(row)
        return {issue.code: self._of(chain(*(rows[name] for name in issue.lineage))) for issue in self._lists.issues}

    def _of(self, rows: Iterable[Responsibility]) -> Named:
        fitting = tuple(rows)
        grids = frozenset(row.scope for row in fitting if row.scope and row.scope_kind is ScopeKind.SUBTREE)
        leads = dict.fromkeys(row.lead for row in fitting)
        return Named(grids, tuple(lead for lead in leads if self._known(lead)))

    def _known(self, lead: str) -> bool:
        """One that nobody can have is found out where a row with it comes to be weighed."""
        try:
            return bool(self._city.wanted(lead) if lead.startswith("@") else self._city.unit(lead))
        except (UnknownDuty, UnknownCode):
            return False


def _stands(city: City) -> dict[str, Stand]:
    """Of every grid, parents first; equal kinds are one object."""
    same: dict[tuple[str, ...], tuple[str, ...]] = {}
    stands: dict[str, Stand] = {}
    for grid in city.grids:
        above = stands[grid.parent] if grid.parent else Stand((), ())
        kinds = (grid.kind.value, *above.kinds)
        stands[grid.code] = Stand((grid.code, *above.codes), same.setdefault(kinds, kinds))
    return stands
