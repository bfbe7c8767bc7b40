"""What is asked: the same questions each time, by a point, by an address and by free text."""

from collections.abc import Callable
from random import Random

from routing.catalogue import Catalogue
from routing.city import AddressKind, City, GridKind
from routing.classifying import starter_corpus
from routing.matching import Question
from services.messages import Location, Place

SEED = 20_250_101
Asking = Callable[[Catalogue, int], list[Question]]


def by_coordinates(catalogue: Catalogue, number: int) -> list[Question]:
    """The issue is given by the desk, the place is a point: no words to read."""
    chance, matters = _dice(), _matters(catalogue)
    grids = [grid.geometry.bounds for grid in catalogue.city.grids if grid.geometry is not None]
    return [
        Question("", chance.choice(matters), Place(location=_point(chance, chance.choice(grids))))
        for _ in range(number)
    ]


def _point(chance: Random, bounds: tuple[float, float, float, float]) -> Location:
    west, south, east, north = bounds
    return Location(lon=chance.uniform(west, east), lat=chance.uniform(south, north))


def by_address(catalogue: Catalogue, number: int) -> list[Question]:
    """The issue is given, the place is a line of text: district, road and house number; every other with its street."""
    chance, matters, city = _dice(), _matters(catalogue), catalogue.city
    houses = [each for each in city.addresses if each.kind is AddressKind.ROAD and each.low is not None]
    asked = []
    for turn in range(number):
        house = chance.choice(houses)
        wanted = (GridKind.DISTRICT, GridKind.STREET) if turn % 2 else (GridKind.DISTRICT,)
        above = "".join(grid.name for grid in reversed(city.chain(house.grid)) if grid.kind in wanted)
        address = f"{above}{house.name}{chance.randint(house.low or 1, house.high or 1)}号"
        asked.append(Question("", chance.choice(matters), Place(address=address)))
    return asked


def by_free_text(catalogue: Catalogue, number: int) -> list[Question]:
    """Place and matter both lie in what somebody said; the words are those of the starter corpus."""
    chance, texts, city = _dice(), [each.text for each in starter_corpus()], catalogue.city
    committees = [grid.code for grid in city.grids if grid.kind is GridKind.COMMITTEE]
    return [Question(f"{_named(city, chance.choice(committees))}，{chance.choice(texts)}") for _ in range(number)]


def _named(city: City, code: str) -> str:
    return "".join(grid.name for grid in reversed(city.chain(code)) if grid.kind is not GridKind.CITY)


def _dice() -> Random:
    return Random(SEED)  # noqa: S311 (the same questions each time, no secrets)


def _matters(catalogue: Catalogue) -> list[str]:
    return [issue.code for issue in catalogue.lists.issues if issue.parent]
