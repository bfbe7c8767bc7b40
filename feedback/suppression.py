"""Which counts the public may not see, so that no small number is told and none can be worked out from the others.

Pure. A count below the minimum is hidden; then so many of its neighbours, smallest first, that what a total leaves
over is made of at least two and is itself no small number. Where that is not enough, the total goes too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Tree = Mapping[str, Mapping[str, int]]
"""Counts of the streets of each district; what is placed in no street is a street of its own."""


@dataclass(frozen=True)
class Hidden:
    """What is not shown: the city's total, districts' totals, and streets by district and code."""

    city: bool
    districts: frozenset[str]
    streets: frozenset[tuple[str, str]]


def hide(tree: Tree, minimum: int) -> Hidden:
    """What of a city's counts is hidden."""
    streets = {district: _group(counts, minimum) for district, counts in tree.items()}
    totals = {district: sum(counts.values()) for district, counts in tree.items()}
    exposed = {each for each, hidden in streets.items() if hidden and not _covers(tree[each], hidden, minimum)}
    districts = _group(totals, minimum, also=exposed)
    for district in districts:
        if not streets[district]:
            streets[district] = {_smallest(tree[district])}
    city = bool(districts) and not _covers(totals, districts, minimum)
    return Hidden(city, frozenset(districts), frozenset((d, s) for d, hidden in streets.items() for s in hidden))


def _group(counts: Mapping[str, int], minimum: int, also: frozenset[str] | set[str] = frozenset()) -> set[str]:
    """The members of one total that are hidden."""
    hidden = {member for member, number in counts.items() if number < minimum} | set(also)
    while hidden and not _covers(counts, hidden, minimum) and len(hidden) < len(counts):
        hidden.add(_smallest({member: number for member, number in counts.items() if member not in hidden}))
    return hidden


def _covers(counts: Mapping[str, int], hidden: set[str], minimum: int) -> bool:
    """Whether the hidden ones are many enough that their sum may be known."""
    return len(hidden) > 1 and sum(counts[member] for member in hidden) >= minimum


def _smallest(counts: Mapping[str, int]) -> str:
    return min(counts, key=lambda member: (counts[member], member))
