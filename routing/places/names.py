"""Every name that can mean a place, and where such names stand in a text. Built once per city, shared by requests."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from routing.city import Address, AddressKind, City, Grid, GridKind
from routing.places.letters import DIGITS, TENS, folded
from routing.places.spellings import committee_bases, nicknames, street_base

SHORTEST = 2
NUMERALS = frozenset(DIGITS.values()) | frozenset(TENS)
WRONG = "?"
COMMON_LETTERS = NUMERALS | frozenset("第村新苑园里坊城小区社大东南西北中路街镇")


class Kind(StrEnum):
    DISTRICT = "district"
    STREET = "street"
    AREA = "area"
    COMMITTEE = "committee"
    ROAD = "road"
    SITE = "site"


class Form(StrEnum):
    """How much of a name it is: all of it, the part before the suffix, or what people call it for short."""

    FULL = "full"
    BASE = "base"
    NICK = "nick"


@dataclass(frozen=True, slots=True)
class Sense:
    """One thing that a name can mean. A road means no grid by itself: its numbers do."""

    kind: Kind
    form: Form
    grid: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A known name in a folded text."""

    start: int
    end: int
    senses: tuple[Sense, ...]


class Names:
    """The names of one city."""

    def __init__(self, city: City) -> None:
        senses: dict[str, dict[Sense, None]] = defaultdict(dict)
        for name, sense in _named(city):
            if len(name) >= SHORTEST:
                senses[name][sense] = None
        self._senses = {name: tuple(meant) for name, meant in senses.items()}
        self.short_streets = _ends_of_others(grid.name for grid in city.grids if grid.kind is GridKind.STREET)
        self._lengths = _lengths(self._senses)

    def senses(self, name: str) -> tuple[Sense, ...]:
        return self._senses.get(name, ())

    def scan(self, text: str) -> Iterator[Hit]:
        """All known names in the text, overlapping ones too; a number is never cut in two."""
        for start in range(len(text) - SHORTEST + 1):
            for length in self._lengths.get(text[start : start + SHORTEST], ()):
                end = start + length
                senses = self._senses.get(text[start:end])
                if senses and end <= len(text) and not _cuts_a_number(text, start, end):
                    yield Hit(start, end, senses)

    def misspelt(self, name: str, kind: Kind) -> frozenset[str]:
        """The grids of this kind whose name differs from this one in exactly one letter; a number is never a slip."""
        found: set[str] = set()
        for place in (place for place, letter in enumerate(name) if letter not in NUMERALS):
            for near in self._near.get(name[:place] + WRONG + name[place + 1 :], ()):
                if near != name and (kind is Kind.STREET or _telling(name, place)):
                    found |= {each.grid for each in self._senses[near] if each.kind is kind and each.form is Form.BASE}
        return frozenset(found)

    @cached_property
    def _near(self) -> dict[str, tuple[str, ...]]:
        near: dict[str, list[str]] = defaultdict(list)
        for name, senses in self._senses.items():
            if any(each.form is Form.BASE and each.kind in (Kind.STREET, Kind.COMMITTEE) for each in senses):
                for place in range(len(name)):
                    near[name[:place] + WRONG + name[place + 1 :]].append(name)
        return {pattern: tuple(names) for pattern, names in near.items()}


def _ends_of_others(streets: Iterable[str]) -> frozenset[str]:
    """Names of streets that another one's name ends with (外滩街道, 北外滩街道), or that have one letter (堡镇)."""
    names = [folded(street) for street in streets]
    return frozenset(
        name for name in names if len(name) == 2 or any(other != name and other.endswith(name) for other in names)
    )


def _telling(name: str, wrong: int) -> bool:
    """Whether a letter that says which one it is remains right: of 光明村 光, of 华1村 none but 华."""
    return any(place != wrong and letter not in COMMON_LETTERS for place, letter in enumerate(name))


def _lengths(names: Iterable[str]) -> dict[str, tuple[int, ...]]:
    by_head: dict[str, set[int]] = defaultdict(set)
    for name in names:
        by_head[name[:SHORTEST]].add(len(name))
    return {head: tuple(sorted(lengths, reverse=True)) for head, lengths in by_head.items()}


def _cuts_a_number(text: str, start: int, end: int) -> bool:
    before = start > 0 and text[start] in NUMERALS and text[start - 1] in NUMERALS
    return before or (end < len(text) and text[end - 1] in NUMERALS and text[end] in NUMERALS)


def _named(city: City) -> Iterator[tuple[str, Sense]]:
    for grid in city.grids:
        yield from _READERS.get(grid.kind, _site)(grid)
    yield from _short_names(city)
    for address in city.addresses:
        yield _address(address)


def _district(grid: Grid) -> Iterator[tuple[str, Sense]]:
    for name in (grid.name, *grid.aliases):
        yield folded(name).removesuffix("区").removesuffix("新"), Sense(Kind.DISTRICT, Form.BASE, grid.code)


def _street(grid: Grid) -> Iterator[tuple[str, Sense]]:
    for name in (grid.name, *grid.aliases):
        yield folded(name), Sense(Kind.STREET, Form.FULL, grid.code)
    if base := street_base(grid.name):
        yield base, Sense(Kind.STREET, Form.BASE, grid.code)


def _short_names(city: City) -> Iterator[tuple[str, Sense]]:
    """Short names of streets. One that lies in another street's name too means either; a district's name means none."""
    streets = {grid.code: folded(grid.name) for grid in city.grids if grid.kind is GridKind.STREET}
    taken = {name for grid in city.grids if grid.kind is GridKind.DISTRICT for name, _ in _district(grid)}
    for code, name in streets.items():
        base = street_base(name) or ""
        for short in {base, *nicknames(base)} - taken - {""}:
            for owner, full in streets.items():
                if (owner == code and short != base) or (owner != code and short in full):
                    yield short, Sense(Kind.STREET, Form.NICK, owner)


def _committee(grid: Grid) -> Iterator[tuple[str, Sense]]:
    for name in (grid.name, *grid.aliases):
        for base in committee_bases(name):
            yield base, Sense(Kind.COMMITTEE, Form.BASE, grid.code)


def _area(grid: Grid) -> Iterator[tuple[str, Sense]]:
    yield folded(grid.name), Sense(Kind.AREA, Form.FULL, grid.code)


def _site(grid: Grid) -> Iterator[tuple[str, Sense]]:
    """A dedicated grid is called by its name; what is below a committee is called after the committee."""
    for name in (grid.name, *grid.aliases) if grid.kind.dedicated else ():
        yield folded(name), Sense(Kind.SITE, Form.FULL, grid.code)


def _address(address: Address) -> tuple[str, Sense]:
    kind = Kind.ROAD if address.kind is AddressKind.ROAD else Kind.SITE
    if address.kind is AddressKind.BUILDING and address.low is not None:
        kind = Kind.ROAD
    return folded(address.name), Sense(kind, Form.FULL, "" if kind is Kind.ROAD else address.grid)


_READERS = {
    GridKind.CITY: lambda grid: iter(()),
    GridKind.DISTRICT: _district,
    GridKind.STREET: _street,
    GridKind.AREA: _area,
    GridKind.COMMITTEE: _committee,
}
