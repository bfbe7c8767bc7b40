"""Which words lead to which grid of the street in full: house numbers, estates and their houses, buildings, aliases."""

from collections.abc import Iterator

from routing.city import Address, AddressKind, Parity
from routing.starter.plan import sites
from routing.starter.roads import roads
from routing.starter.street import groups_in
from routing.starter.tables import rows

HOUSES = 8
"""Houses of one building group."""


def addresses() -> tuple[Address, ...]:
    numbered = tuple(_road_numbers())
    return (*numbered, *_estates(), *_landmarks(numbered), *_dedicated())


def _road_numbers() -> Iterator[Address]:
    known_roads = roads()
    for site in sites():
        for micro, plot in site.micro_grids:
            for road in known_roads:
                for parity, low, high in road.numbers(plot):
                    yield Address(grid=micro, kind=AddressKind.ROAD, name=road.name, parity=parity, low=low, high=high)


def _estates() -> Iterator[Address]:
    for row in rows("estates"):
        kind = AddressKind(row["kind"])
        yield from _named(row["grid"], kind, row["name"], row["aliases"])
        if kind is AddressKind.ESTATE:
            yield from _houses(row["grid"], row["name"])


def _houses(micro: str, estate: str) -> Iterator[Address]:
    """The houses of an estate by number, as many as its building groups hold."""
    for group in range(1, groups_in(micro) + 1):
        last = group * HOUSES
        yield Address(
            grid=f"{micro}{group:02}", kind=AddressKind.BUILDING, name=estate, low=last - HOUSES + 1, high=last
        )


def _landmarks(numbered: tuple[Address, ...]) -> Iterator[Address]:
    """A known building stands in the micro-grid that has its house number."""
    for row in rows("landmarks"):
        number = int(row["number"])
        micro = next(range_.grid for range_ in numbered if range_.name == row["road"] and range_.covers(number))
        yield from _named(micro, AddressKind.BUILDING, row["name"], row["aliases"])


def _dedicated() -> Iterator[Address]:
    """Its numbers also lie in a micro-grid's range: where both fit, the dedicated grid comes first."""
    for row in rows("dedicated"):
        parity, low, high = Parity(row["parity"]), int(row["low"]), int(row["high"])
        yield Address(grid=row["code"], kind=AddressKind.ROAD, name=row["road"], parity=parity, low=low, high=high)
        yield from _named(row["code"], AddressKind.BUILDING, row["name"], row["aliases"])


def _named(grid: str, kind: AddressKind, name: str, aliases: str) -> Iterator[Address]:
    yield Address(grid=grid, kind=kind, name=name)
    for alias in aliases.split():
        yield Address(grid=grid, kind=AddressKind.ALIAS, name=alias)
