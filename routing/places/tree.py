"""The tree of grids as the matcher asks of it: what lies in what."""

from collections.abc import Iterable
from functools import lru_cache

from routing.city import City, GridKind

CODES_KEPT = 100_000


class Tree:
    """Answers are kept: the tree of a snapshot does not change."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.chain = lru_cache(CODES_KEPT)(self._chain)

    def _chain(self, grid: str) -> tuple[str, ...]:
        return tuple(each.code for each in self.city.chain(grid))

    def within(self, grid: str, upper: Iterable[str]) -> bool:
        """Whether the grid is one of these or lies in one of them."""
        return not frozenset(upper).isdisjoint(self.chain(grid))

    def in_any(self, grids: Iterable[str], upper: Iterable[str]) -> frozenset[str]:
        """Those that lie in one of the upper grids."""
        above = frozenset(upper)
        return frozenset(grid for grid in grids if not above.isdisjoint(self.chain(grid)))

    def of_kind(self, grid: str, kind: GridKind) -> str | None:
        """The grid of this kind on the chain from the place up."""
        return next((code for code in self.chain(grid) if self.city.grid(code).kind is kind), None)

    def deeper(self, one: str, other: str) -> str | None:
        """Of two places on one chain the lower; None where neither lies in the other."""
        if other in self.chain(one):
            return one
        return other if one in self.chain(other) else None

    def meet(self, ones: frozenset[str], others: frozenset[str]) -> frozenset[str]:
        """The places that fit both: on one chain the lower of two, else the committee they share."""
        pairs = [(one, other) for one in ones for other in others]
        lower = frozenset(found for one, other in pairs if (found := self.deeper(one, other)))
        return lower or frozenset(found for one, other in pairs if (found := self._shared_committee(one, other)))

    def _shared_committee(self, one: str, other: str) -> str | None:
        committee = self.of_kind(one, GridKind.COMMITTEE)
        return committee if committee and committee in self.chain(other) else None
