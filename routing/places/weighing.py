"""What decides the place: a street and a committee together, a unique name, a district that settles a repeated one.

It never guesses: where several places fit, or the words contradict each other, the answer is the candidates. A wrong
grid costs more than a question.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, reduce

from routing.city import GridKind
from routing.places.addresses import Addresses
from routing.places.mentions import Mention, Strength, is_tail, street_like_road
from routing.places.names import Kind
from routing.places.tree import Tree

MOST_CANDIDATES = 12


class Reason(StrEnum):
    """Why a place was taken, or why none was."""

    STREET_AND_COMMITTEE = "street_and_committee"
    UNIQUE_COMMITTEE = "unique_committee"
    SETTLED_BY_DISTRICT = "settled_by_district"
    SETTLED_BY_CALL = "settled_by_call"
    STREET = "street"
    AREA = "area"
    ADDRESS = "address"
    COORDINATES = "coordinates"
    GIVEN = "given"
    NAMESAKES = "namesakes"
    CONTRADICTION = "contradiction"
    SEVERAL_PLACES = "several_places"
    AMBIGUOUS_STREET = "ambiguous_street"
    NOT_ENOUGH = "not_enough"
    NOTHING = "nothing"


CONFIDENCE = {
    Reason.STREET_AND_COMMITTEE: 0.99,
    Reason.UNIQUE_COMMITTEE: 0.95,
    Reason.SETTLED_BY_DISTRICT: 0.95,
    Reason.SETTLED_BY_CALL: 0.85,
    Reason.STREET: 0.95,
    Reason.AREA: 0.9,
    Reason.ADDRESS: 0.92,
    Reason.COORDINATES: 0.98,
    Reason.GIVEN: 0.97,
}
"""How sure each kind of answer is; synthetic, in the order of what it rests on. A misspelt name takes a tenth off."""
MISSPELT = 0.9

COMMON_WORDS = frozenset(
    [
        "中心",
        "新村",
        "花园",
        "市民",
        "公园",
        "学院",
        "农场",
        "阳光",
        "北街",
        "东街",
        "西街",
        "南街",
        "中街",
        "北市",
        "东市",
        "西市",
        "南市",
        "中市",
        "南门",
        "东门",
        "西门",
        "北门",
        "南区",
        "城中",
        "城东",
        "城南",
        "城西",
        "城北",
        "滨江",
        "滨河",
        "滨海",
        "沿中",
        "新港",
        "人民",
        "工农",
        "文化",
        "制造",
        "车中",
        "解放",
        "水闸",
        "果园",
        "幸福",
        "和平",
        "胜利",
        "前进",
        "平安",
        "友好",
        "友谊",
        "光明",
        "朝阳",
        "东方",
        "河南",
        "陕西",
        "云南",
        "北京",
        "西安",
        "中华",
        "大学",
        "科技",
        "政民",
        "世界",
        "众安",
        "同心",
        "新建",
        "联合",
        "民主",
        "团结",
        "东村",
        "新镇",
        "新区",
        "大桥",
        "银行",
        "航天",
        "市新",
        "市光",
        "第1",
        "第2",
        "3村",
        "4村",
        "7村",
        "9村",
        "十村",
    ]
)
"""Committees whose short name is an everyday word: never taken without their suffix."""
LANDMARKS = frozenset(
    [
        "外滩",
        "北外滩",
        "豫园",
        "静安寺",
        "徐家汇",
        "陆家嘴",
        "5角场",
        "老西门",
        "小东门",
        "打浦桥",
        "曹家渡",
        "大桥",
        "花木",
        "万里",
        "石化",
        "中山",
        "建设",
        "中兴",
    ]
)
"""Streets called after what everybody calls so: a bare name means the sight or the quarter, not the street's area."""
ROAD_NAME = re.compile(r"(路|街|大道|公路|弄)(第?[\d十百千]+弄?)?$")
LONG_NAME = 3
TELLING_NAME = 4
DWELLINGS = ("村", "苑", "园", "里", "坊", "城", "庭", "邸", "湾", "庄", "宅", "寓", "公馆", "家园", "花园", "名邸")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A place, or what it could be."""

    reason: Reason
    grid: str | None = None
    confidence: float = 0.0
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Weighing:
    """The mentions of one matter's place, weighed. `hint` is the district given with the call, weaker than any word;
    `taken_down` says that the words were written into the field for the address, and mean one."""

    mentions: Sequence[Mention]
    tree: Tree
    addresses: Addresses
    hint: str | None = None
    taken_down: bool = False

    def ruling(self) -> Ruling:
        if self.streets is not None and not self.streets:
            return self._open(Reason.SEVERAL_PLACES, self._all(Kind.STREET))
        if self.committees:
            return self._committee()
        if self.streets:
            return self._street(self.streets)
        return self._address_alone()

    # What was said.

    @cached_property
    def districts(self) -> frozenset[str]:
        """The districts of the words; more than one settles nothing."""
        named = self._of(Kind.DISTRICT, Strength.NAMED)
        bare = [
            each for each in self._of(Kind.DISTRICT, Strength.BARE) if each.closed and not self._behind_street(each)
        ]
        return frozenset[str]().union(*(each.grids for each in named or bare))

    @cached_property
    def streets(self) -> frozenset[str] | None:
        """The streets it can be; None where none is named, empty where two are."""
        named = [each for each in self._of(Kind.STREET, Strength.NAMED) if not each.torn or self._confirmed(each)]
        sure = [*named, *self._joined_streets()]
        said = [each.grids for each in sure or self._of(Kind.STREET, Strength.MISSPELT)]
        return reduce(frozenset.__and__, said) if said else None

    @cached_property
    def committees(self) -> list[Mention]:
        """The committees that count: those named, else those whose bare or misspelt name other words support."""
        named = [each for each in self._of(Kind.COMMITTEE, Strength.NAMED) if not each.torn or self._holds(each)]
        if named:
            return named
        bare = [each for each in self._of(Kind.COMMITTEE, Strength.BARE) if self._supported(each)]
        return bare or [each for each in self._of(Kind.COMMITTEE, Strength.MISSPELT) if self._upper(each)]

    def _of(self, kind: Kind, strength: Strength) -> list[Mention]:
        return [each for each in self.mentions if each.kind is kind and each.strength is strength]

    def _all(self, kind: Kind) -> frozenset[str]:
        said = [
            each for each in self.mentions if each.kind is kind and (each.closed or each.strength is Strength.NAMED)
        ]
        return frozenset[str]().union(*(each.grids for each in said))

    def _confirmed(self, torn: Mention) -> bool:
        """Whether a committee or the district bears out a street that could be the end of a longer name."""
        lower = self.tree.in_any(self._all(Kind.COMMITTEE), torn.grids)
        return bool(lower or self.tree.in_any(torn.grids, self.districts))

    def _joined_streets(self) -> list[Mention]:
        """A bare street's name right before a committee or right behind a district: 枫泾新义村, 闵行区七宝."""
        bare = self._of(Kind.STREET, Strength.BARE)
        return [each for each in bare if self._before_committee(each) or self._behind_district(each)]

    def _behind_street(self, mention: Mention) -> bool:
        return any(each.kind is Kind.STREET and each.end == mention.start for each in self.mentions)

    def _before_committee(self, street: Mention) -> bool:
        below = [each for each in self._of(Kind.COMMITTEE, Strength.NAMED) if each.start == street.end]
        if not below or not street_like_road(street.name):
            return bool(below)
        return bool(self.tree.in_any(below[0].grids, street.grids)) or not self._on_road(below[0], street.name)

    def _on_road(self, committee: Mention, road: str) -> bool:
        """Whether the road is known to run through the committee's street, so that its name is no street's here."""
        streets = {self.tree.of_kind(grid, GridKind.STREET) for grid in committee.grids}
        return any(street and self.addresses.runs_through(road, street) for street in streets)

    def _behind_district(self, street: Mention) -> bool:
        if street_like_road(street.name) or not street.closed:
            return False
        above = [each for each in self._of(Kind.DISTRICT, Strength.NAMED) if each.end == street.start]
        return bool(above) and bool(self.tree.in_any(street.grids, above[0].grids))

    # Which names count.

    def _upper(self, committee: Mention) -> frozenset[str]:
        """Its grids that lie where the other words say: in the street, else in the district."""
        if self.streets is not None:
            return self.tree.in_any(committee.grids, self.streets)
        found = self.tree.in_any(committee.grids, self.districts)
        return found if len(committee.name) >= TELLING_NAME else frozenset()

    def _holds(self, torn: Mention) -> bool:
        """A name that could be the end of a longer one counts only inside the named street, and if it is no short one."""
        return self.streets is not None and len(torn.name) >= LONG_NAME and bool(self._upper(torn))

    def _supported(self, bare: Mention) -> bool:
        if bare.name in COMMON_WORDS or bare.torn or not bare.closed or _is_road(bare.name):
            return False
        if self.streets is not None:
            inside = bool(self.tree.in_any(bare.grids, self.streets))
            return (inside and (self._behind_street(bare) or len(bare.name) >= LONG_NAME)) or self._telling(bare)
        return self._telling(bare)

    def _telling(self, bare: Mention) -> bool:
        """A long name of one committee alone, that of a dwelling place and no institution."""
        long = len(bare.name) >= TELLING_NAME or (len(bare.name) == LONG_NAME and bare.name.endswith(DWELLINGS))
        return long and len(bare.grids) == 1 and not _is_institution(bare.name)

    # What follows.

    def _committee(self) -> Ruling:
        possible = [self._in_streets(each.grids) for each in self.committees]
        if not all(possible):
            return self._open(Reason.CONTRADICTION, self._all(Kind.COMMITTEE) | (self.streets or frozenset()))
        fitting = reduce(self.tree.meet, possible)
        if not fitting:
            return self._open(Reason.SEVERAL_PLACES, self._all(Kind.COMMITTEE))
        if self.streets:
            return self._in_named_street(fitting)
        return self._without_street(fitting)

    def _in_streets(self, grids: frozenset[str]) -> frozenset[str]:
        return self.tree.in_any(grids, self.streets) if self.streets else grids

    def _in_named_street(self, fitting: frozenset[str]) -> Ruling:
        """The district does not matter any more, unless there are still two."""
        if len(fitting) == 1:
            return self._found(Reason.STREET_AND_COMMITTEE, fitting)
        settled = self.tree.in_any(fitting, self.districts)
        if len(settled) == 1:
            return self._found(Reason.SETTLED_BY_DISTRICT, settled)
        if self.streets and len(self.streets) == 1 and not self.districts:
            return self._found(Reason.STREET, self.streets)
        return self._open(Reason.NAMESAKES, fitting)

    def _without_street(self, fitting: frozenset[str]) -> Ruling:
        if self.districts:
            settled = self.tree.in_any(fitting, self.districts) if len(self.districts) == 1 else frozenset()
            if len(settled) == 1:
                reason = Reason.UNIQUE_COMMITTEE if len(fitting) == 1 else Reason.SETTLED_BY_DISTRICT
                return self._found(reason, settled)
            return self._open(Reason.NAMESAKES if settled else Reason.CONTRADICTION, fitting)
        if len(fitting) == 1 and not all(is_tail(each.name) for each in self.committees):
            return self._unique(fitting)
        settled = self.tree.in_any(fitting, {self.hint} if self.hint else ())
        return (
            self._found(Reason.SETTLED_BY_CALL, settled) if len(settled) == 1 else self._open(Reason.NAMESAKES, fitting)
        )

    def _unique(self, fitting: frozenset[str]) -> Ruling:
        """A bare name is weak: where the call came with another district, it is asked."""
        bare = all(each.strength is Strength.BARE for each in self.committees)
        if bare and self.hint and not self.tree.in_any(fitting, {self.hint}):
            return self._open(Reason.CONTRADICTION, fitting)
        return self._found(Reason.UNIQUE_COMMITTEE, fitting)

    def _street(self, streets: frozenset[str]) -> Ruling:
        if len(streets) > 1:
            return self._open(Reason.AMBIGUOUS_STREET, streets)
        if self.districts and not self.tree.in_any(streets, self.districts):
            return self._open(Reason.CONTRADICTION, streets)
        areas = self.tree.in_any(self._all(Kind.AREA), streets)
        return self._found(Reason.AREA, areas) if len(areas) == 1 else self._found(Reason.STREET, streets)

    def _found(self, reason: Reason, grids: frozenset[str]) -> Ruling:
        """The place, or the one inside it that its house number or estate leads to."""
        (grid,) = grids
        confidence = CONFIDENCE[reason] * (MISSPELT if self._misspelt else 1)
        closer = self._met(self.tree.in_any(each, grids) for each in self._address_sets)
        return Ruling(reason, next(iter(closer)) if len(closer) == 1 else grid, confidence)

    @property
    def _misspelt(self) -> bool:
        counted = [*self.committees, *(each for each in self.mentions if each.kind is Kind.STREET)]
        return any(each.strength is Strength.MISSPELT for each in counted)

    # House numbers, estates, buildings.

    @cached_property
    def _address_sets(self) -> list[frozenset[str]]:
        sites = [each for each in self.mentions if each.kind in (Kind.ROAD, Kind.SITE)]
        return [grids for each in sites if (grids := self.addresses.grids(each))]

    def _met(self, sets: Iterable[frozenset[str]]) -> frozenset[str]:
        told = [each for each in sets if each]
        return self.addresses.first(reduce(self.tree.meet, told)) if told else frozenset()

    def _address_alone(self) -> Ruling:
        """Without a committee or a street an address needs its district, or a field of its own: roads have namesakes."""
        fitting = self._met(self._address_sets)
        upper = self.districts or ({self.hint} if self.hint else frozenset())
        inside = self.tree.in_any(fitting, upper) if upper else fitting
        if len(inside) == 1 and (upper or self.taken_down):
            return Ruling(Reason.ADDRESS, next(iter(inside)), CONFIDENCE[Reason.ADDRESS])
        weak = fitting | self._all(Kind.COMMITTEE) | self._all(Kind.STREET)
        return self._open(Reason.NOT_ENOUGH, weak) if weak else Ruling(Reason.NOTHING)

    def _open(self, reason: Reason, candidates: frozenset[str]) -> Ruling:
        return Ruling(reason, candidates=tuple(sorted(candidates)[:MOST_CANDIDATES]))


def _is_road(name: str) -> bool:
    """Some committees are called after a road or a house number; without their suffix that is all it is."""
    return ROAD_NAME.search(name) is not None


def _is_institution(name: str) -> bool:
    return any(word in name for word in ("大学", "学院", "学校", "医院", "公司", "开发区", "工业", "农场", "中心"))
