"""What house numbers and the names of estates and buildings lead to, where the city's address rows say so."""

from collections import defaultdict
from collections.abc import Iterable

from routing.city import Address, AddressKind, City, GridKind
from routing.places.letters import folded
from routing.places.mentions import Mention


class Addresses:
    """The address rows by their folded names."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._numbered: dict[str, list[Address]] = defaultdict(list)
        self._named: dict[str, list[str]] = defaultdict(list)
        for address in city.addresses:
            if address.low is not None:
                self._numbered[folded(address.name)].append(address)
            else:
                self._named[folded(address.name)].append(address.grid)
        self._roads = _streets_of_roads(city)

    def grids(self, mention: Mention) -> frozenset[str]:
        """Where a road with a number, an estate or a building lies; nowhere for a road alone or an unknown number."""
        covered = [each.grid for each in self._numbered.get(mention.name, ()) if self._covers(each, mention.number)]
        return frozenset(covered or self._named.get(mention.name, [])) or mention.grids

    def runs_through(self, road: str, street: str) -> bool:
        """Whether a road of this name is known to have houses in the street."""
        return street in self._roads.get(road, ())

    def first(self, grids: Iterable[str]) -> frozenset[str]:
        """Where a dedicated grid and a territorial one both fit, the dedicated one is first."""
        found = frozenset(grids)
        return frozenset(code for code in found if self._city.grid(code).kind.dedicated) or found

    @staticmethod
    def _covers(address: Address, number: int | None) -> bool:
        return number is not None and address.covers(number)


def _streets_of_roads(city: City) -> dict[str, frozenset[str]]:
    roads: dict[str, set[str]] = defaultdict(set)
    for address in city.addresses:
        if address.kind is AddressKind.ROAD:
            roads[folded(address.name)].add(street_of(city, address.grid))
    return {road: frozenset(streets) for road, streets in roads.items()}


def street_of(city: City, grid: str) -> str:
    """The street a grid lies in; empty above the streets."""
    return next((each.code for each in city.chain(grid) if each.kind is GridKind.STREET), "")
