"""How two reports differ and agree, of their place and of their matter, as numbers and in words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from routing.repeats.matters import matter
from routing.repeats.places import place
from routing.repeats.telling import Telling


@dataclass(frozen=True)
class Comparison:
    """`place` and `matter` hold what goes into the two probabilities; `agree` and `differ` the same in words."""

    place: Mapping[str, float]
    matter: Mapping[str, float]
    agree: tuple[str, ...] = field(default=())
    differ: tuple[str, ...] = field(default=())


def placed(one: Telling, other: Telling) -> Mapping[str, float]:
    """What goes into the probability of the place: the matters are not read for it."""
    return place(one, other, [], [])


def compare(one: Telling, other: Telling) -> Comparison:
    agree: list[str] = []
    differ: list[str] = []
    where = place(one, other, agree, differ)
    what = matter(one, other, agree, differ)
    return Comparison(where, what, tuple(agree), tuple(differ))
