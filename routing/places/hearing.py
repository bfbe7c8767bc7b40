"""Which of the names in a text count: those with their suffix, and bare or misspelt ones that other words support."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

from routing.city import GridKind
from routing.places.addresses import Addresses
from routing.places.everyday import COMMON_WORDS, DWELLINGS, INSTITUTIONS, LANDMARKS
from routing.places.letters import folded
from routing.places.mentions import STREET_SUFFIX, Mention, Strength, street_like_road
from routing.places.names import Kind
from routing.places.tree import Tree

Grids = frozenset[str]
NONE: Grids = frozenset()
ROAD_NAME = re.compile(r"(路|街|大道|公路|弄)(第?[\d十百千]+弄?)?$")
LONG_NAME = 3
TELLING_NAME = 4


@dataclass(frozen=True)
class Heard:
    """The mentions of one matter's place, heard together."""

    mentions: Sequence[Mention]
    tree: Tree
    addresses: Addresses

    @cached_property
    def districts(self) -> Grids:
        """The districts of the words; more than one settles nothing."""
        named, bare = self._of(Kind.DISTRICT, Strength.NAMED), self._of(Kind.DISTRICT, Strength.BARE)
        said = named or [each for each in bare if each.closed and not self._behind_street(each)]
        return union(each.grids for each in said)

    @cached_property
    def streets(self) -> Grids | None:
        """The streets it can be; None where none is named, empty where two are."""
        named = [each for each in self._of(Kind.STREET, Strength.NAMED) if not each.torn or self._confirmed(each)]
        sure = named or self._bare_streets()
        said = [each.grids for each in sure or self._of(Kind.STREET, Strength.MISSPELT)]
        return reduce(frozenset.__and__, said) if said else None

    @cached_property
    def committees(self) -> list[Mention]:
        """The committees that count."""
        named = [each for each in self._of(Kind.COMMITTEE, Strength.NAMED) if not each.torn or self._holds(each)]
        if named:
            return named
        bare = [each for each in self._of(Kind.COMMITTEE, Strength.BARE) if self._supported(each)]
        return bare or [each for each in self._of(Kind.COMMITTEE, Strength.MISSPELT) if self._upper(each)]

    @cached_property
    def addresses_told(self) -> list[Grids]:
        """Where each house number, estate or building lies that the city knows."""
        sites = [each for each in self.mentions if each.kind in (Kind.ROAD, Kind.SITE)]
        return [grids for each in sites if (grids := self.addresses.grids(each))]

    @property
    def misspelt(self) -> bool:
        """Whether a name with a wrong letter is among those that count."""
        streets = [each for each in self.mentions if each.kind is Kind.STREET]
        return any(each.strength is Strength.MISSPELT for each in (*self.committees, *streets))

    def all(self, kind: Kind) -> Grids:
        """Everything of a kind that was said, also what does not count."""
        said = [each for each in self.mentions if each.kind is kind]
        return union(each.grids for each in said if each.closed or each.strength is Strength.NAMED)

    def _of(self, kind: Kind, strength: Strength) -> list[Mention]:
        return [each for each in self.mentions if each.kind is kind and each.strength is strength]

    def _behind_street(self, mention: Mention) -> bool:
        return any(each.kind is Kind.STREET and each.end == mention.start for each in self.mentions)

    # Streets.

    def _confirmed(self, torn: Mention) -> bool:
        """Whether a committee or the district bears out a street that could be the end of a longer name."""
        lower = self.tree.in_any(self.all(Kind.COMMITTEE), torn.grids)
        return bool(lower or self.tree.in_any(torn.grids, self.districts))

    def _bare_streets(self) -> list[Mention]:
        """Short names that mean the street: 枫泾新义村, 闵行区七宝, 住在七宝."""
        bare = self._of(Kind.STREET, Strength.BARE)
        return [each for each in bare if self._before_committee(each) or self._is_quarter(each)]

    def _before_committee(self, street: Mention) -> bool:
        below = [each for each in self._of(Kind.COMMITTEE, Strength.NAMED) if each.start == street.end]
        if not below or not street_like_road(street.name):
            return bool(below)
        return bool(self.tree.in_any(below[0].grids, street.grids)) or not self._on_road(below[0], street.name)

    def _on_road(self, committee: Mention, road: str) -> bool:
        """Whether the road is known to run through the committee's street, so that its name is no street's here."""
        streets = {self.tree.of_kind(grid, GridKind.STREET) for grid in committee.grids}
        return any(street and self.addresses.runs_through(road, street) for street in streets)

    def _is_quarter(self, street: Mention) -> bool:
        """Whether a bare name stands for the street's area: behind its district, or spoken of as where somebody is."""
        if street_like_road(street.name) or not street.closed or len(street.grids) > 1:
            return False
        above = [each for each in self._of(Kind.DISTRICT, Strength.NAMED) if each.end == street.start]
        if above:
            return bool(self.tree.in_any(street.grids, above[0].grids))
        return street.placed and not street.torn and self._means_one(street)

    def _means_one(self, street: Mention) -> bool:
        """Whether the name is all of the street's but its suffix, no landmark, and no committee's elsewhere."""
        committees = [each for each in self.mentions if each.kind is Kind.COMMITTEE and each.start == street.start]
        namesakes = union(each.grids for each in committees)
        names = {folded(self.tree.city.grid(grid).name) for grid in street.grids}
        whole = all(STREET_SUFFIX.fullmatch(name.removeprefix(street.name)) for name in names)
        return whole and street.name not in LANDMARKS and namesakes == self.tree.in_any(namesakes, street.grids)

    # Committees.

    def _upper(self, committee: Mention) -> Grids:
        """Its grids that lie where the other words say: in the street, else in the district."""
        if self.streets is not None:
            return self.tree.in_any(committee.grids, self.streets)
        return self.tree.in_any(committee.grids, self.districts) if len(committee.name) >= TELLING_NAME else NONE

    def _holds(self, torn: Mention) -> bool:
        """A name that could be the end of a longer one counts only in the named street, and only a long one."""
        return self.streets is not None and len(torn.name) >= LONG_NAME and bool(self._upper(torn))

    def _supported(self, bare: Mention) -> bool:
        if bare.name in COMMON_WORDS or bare.torn or not bare.closed or ROAD_NAME.search(bare.name):
            return False
        if self.streets is not None:
            inside = bool(self.tree.in_any(bare.grids, self.streets))
            return (inside and (self._behind_street(bare) or len(bare.name) >= LONG_NAME)) or _telling(bare)
        return _telling(bare)


def union(sets: Iterable[Grids]) -> Grids:
    return NONE.union(*sets)


def _telling(bare: Mention) -> bool:
    """A long name of one committee alone, that of a place to live and no institution."""
    long = len(bare.name) >= TELLING_NAME or (len(bare.name) == LONG_NAME and bare.name.endswith(DWELLINGS))
    return long and len(bare.grids) == 1 and not any(word in bare.name for word in INSTITUTIONS)
