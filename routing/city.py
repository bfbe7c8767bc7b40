"""The city as data: its places (grids), who stands for them (units, people, stations), and who a duty falls to.

Pure: plain frozen values and look-ups, no database. Rows of every tuple stand parents first.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from shapely import Polygon

from services.roles import Role

CITY = "31"
EVALUATION = "EVAL"

Row = TypeVar("Row")


class Level(StrEnum):
    """How high a grid or a unit stands; declared from the top down."""

    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    AREA = "area"
    COMMITTEE = "committee"
    MICRO = "micro"
    BUILDING = "building"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    @property
    def grassroots(self) -> bool:
        """The street and everything below it."""
        return self.rank >= Level.STREET.rank


_RANKS = {level: rank for rank, level in enumerate(Level)}
DUTY_LEVELS = frozenset(Level) - {Level.BUILDING}


class GridKind(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    STREET = "street"
    AREA = "area"
    COMMITTEE = "committee"
    MICRO = "micro"
    BUILDING_GROUP = "building_group"
    OFFICE = "office"
    MALL = "mall"
    BLOCK = "block"

    @property
    def dedicated(self) -> bool:
        return self in DEDICATED

    @property
    def level(self) -> Level:
        """A dedicated grid stands beside the committees, below its area."""
        if self.dedicated:
            return Level.COMMITTEE
        return Level.BUILDING if self is GridKind.BUILDING_GROUP else Level(self.value)


DEDICATED = frozenset({GridKind.OFFICE, GridKind.MALL, GridKind.BLOCK})


class AddressKind(StrEnum):
    ROAD = "road"
    ESTATE = "estate"
    BUILDING = "building"
    ALIAS = "alias"


class Parity(StrEnum):
    ODD = "odd"
    EVEN = "even"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A place. `district` is its six-digit code, or 31 for the city itself; `geometry` is WGS-84."""

    code: str
    name: str
    kind: GridKind
    parent: str | None
    level: Level
    district: str
    covered_by: str | None = None
    valid_from: date
    valid_to: date | None = None
    boundary_source: str | None = None
    geometry: Polygon | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What text leads to a grid: a road or an estate's houses by number, else a name alone."""

    grid: str
    kind: AddressKind
    name: str
    parity: Parity = Parity.ALL
    low: int | None = None
    high: int | None = None

    def covers(self, number: int) -> bool:
        if self.low is None or self.high is None:
            return False
        return self.low <= number <= self.high and self.parity in (Parity.ALL, parity_of(number))


def parity_of(number: int) -> Parity:
    return Parity.ODD if number % 2 else Parity.EVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Who has duties. `function` is set for departments and offices, None for what stands for a whole grid."""

    code: str
    name: str
    level: Level
    function: str | None
    parent: str | None
    grid: str
    grassroots: bool
    district: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody of a unit; `duty` is the title, `grid` where it is done. No private number, by design."""

    code: str
    name: str
    duty: str
    unit: str
    grid: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Where people walk in; `phone` is the office's."""

    grid: str
    name: str
    address: str
    services: tuple[str, ...]
    hours: str
    phone: str


class UnknownCode(LookupError):
    """No grid or unit of the city has this code."""


class UnknownDuty(ValueError):
    """A duty is @level, @level.function or a unit's code."""


@dataclass(frozen=True)
class City:
    """Everything that is known of a city on one day."""

    grids: tuple[Grid, ...]
    addresses: tuple[Address, ...]
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    stations: tuple[Station, ...]

    def __contains__(self, grid: object) -> bool:
        return grid in self._grids

    def grid(self, code: str) -> Grid:
        return _found(self._grids, code)

    def has_unit(self, code: str) -> bool:
        return code in self._units

    def unit(self, code: str) -> Unit:
        return _found(self._units, code)

    def children(self, code: str) -> tuple[Grid, ...]:
        return tuple(self._children.get(code, ()))

    def staff(self, unit: str) -> tuple[Person, ...]:
        return tuple(self._staff.get(unit, ()))

    def office(self, unit: str, function: str) -> Unit | None:
        """The department or office of this unit that has the function."""
        return self._offices.get((unit, function))

    @cached_property
    def functions(self) -> frozenset[str]:
        return frozenset(function for _, function in self._offices)

    def chain(self, grid: str) -> tuple[Grid, ...]:
        """The place from the grid itself up to the city."""
        here = self.grid(grid)
        return (here, *self.chain(here.parent)) if here.parent else (here,)

    def unit_of(self, grid: str) -> Unit:
        """The organisation that answers for a grid: of the grid that covers it, its own, or its parent's."""
        here = self.grid(grid)
        if here.covered_by:
            return self.unit_of(here.covered_by)
        if here.parent is None or grid in self._units:
            return self.unit(grid)
        return self.unit_of(here.parent)

    def unit_chain(self, grid: str) -> tuple[Unit, ...]:
        """The organisations over a place, from the one that answers for it up to the city's."""
        units = [self.unit_of(grid)]
        while (parent := units[-1].parent) is not None:
            units.append(self.unit(parent))
        return tuple(units)

    def ladder(self, grid: str) -> tuple[Unit, ...]:
        """For each rank the unit of a place that stands there, or the next one up where its chain has none there."""
        if grid not in self._ladders:
            self._ladders[grid] = self._ladder(self.unit_of(grid))
        return self._ladders[grid]

    def _ladder(self, unit: Unit) -> tuple[Unit, ...]:
        """From its own rank down it is the unit itself."""
        if unit.code not in self._ladders_of_units:
            above = self._ladder(self.unit(unit.parent))[: unit.level.rank] if unit.parent else ()
            self._ladders_of_units[unit.code] = (*above, *((unit,) * (len(_RANKS) - len(above))))
        return self._ladders_of_units[unit.code]

    def wanted(self, duty: str) -> tuple[int, str | None]:
        """The rank and the function of a duty such as `@street.property`. Raises UnknownDuty."""
        if duty not in self._duties:
            name, dot, function = duty.removeprefix("@").partition(".")
            if name not in DUTY_LEVELS or (dot and function not in self.functions):
                raise UnknownDuty(f"no unit can have the duty {duty!r}")
            self._duties[duty] = Level(name).rank, function or None
        return self._duties[duty]

    @cached_property
    def _ladders(self) -> dict[str, tuple[Unit, ...]]:
        return {}

    @cached_property
    def _ladders_of_units(self) -> dict[str, tuple[Unit, ...]]:
        return {}

    @cached_property
    def _duties(self) -> dict[str, tuple[int, str | None]]:
        return {}

    @cached_property
    def stations_by_grid(self) -> dict[str, Station]:
        return {station.grid: station for station in self.stations}

    @cached_property
    def _grids(self) -> dict[str, Grid]:
        return {grid.code: grid for grid in self.grids}

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def _offices(self) -> dict[tuple[str, str], Unit]:
        return {(unit.parent, unit.function): unit for unit in self.units if unit.parent and unit.function}

    @cached_property
    def _children(self) -> dict[str, list[Grid]]:
        below = defaultdict(list)
        for grid in self.grids:
            if grid.parent:
                below[grid.parent].append(grid)
        return dict(below)

    @cached_property
    def _staff(self) -> dict[str, list[Person]]:
        staff = defaultdict(list)
        for person in self.people:
            staff[person.unit].append(person)
        return dict(staff)


def resolve(duty: str, grid_code: str, city: City) -> Unit:
    """The unit a duty falls to at a place. This is the only place of the rule:

    1. A duty without @ is a unit's code and means that unit everywhere.
    2. `@level` is the unit at that level on the place's unit chain. Where the chain has none there (a street without
       areas, a place known only to its street), it is the next one up; the city's always exists.
    3. `@level.function` is that unit's office with the function, or the unit itself where it has no such office.

    A place that another grid covers has the chain of the grid that covers it. Raises UnknownDuty for a level or
    function nobody in the city has, UnknownCode for a place or unit that does not exist.
    """
    if not duty.startswith("@"):
        return city.unit(duty)
    rank, function = city.wanted(duty)
    unit = city.ladder(grid_code)[rank]
    return (city.office(unit.code, function) if function else None) or unit


def _found(rows: dict[str, Row], code: str) -> Row:
    if code not in rows:
        raise UnknownCode(f"no grid or unit has the code {code!r}")
    return rows[code]


def starter() -> City:
    """The city that ships with the software; see docs/starter-city.md for what is fact and what is synthetic."""
    from routing.starter.assembly import assemble  # it builds the values defined here

    return assemble()
