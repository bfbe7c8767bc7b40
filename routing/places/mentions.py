"""Which places a folded text speaks of: names with their suffixes, weighed by what stands beside them.

A name with its suffix is NAMED. Without it a name can be anything (雁荡 is also a road), so a BARE one only counts beside
other evidence. A name with one wrong letter is MISSPELT.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.city import City
from routing.places.letters import folded, number
from routing.places.names import NUMERALS, Form, Hit, Kind, Names, Sense


class Strength(StrEnum):
    NAMED = "named"
    BARE = "bare"
    MISSPELT = "misspelt"


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of the folded text that speaks of a place: of one of these grids."""

    kind: Kind
    strength: Strength
    start: int
    end: int
    grids: frozenset[str]
    name: str
    number: int | None = None
    """The house number behind a road or an estate."""
    torn: bool = False
    """More letters of a name could stand in front: 花园 of 龙腾花园居委会."""
    closed: bool = True
    """No more letters of a name can follow."""


COMMITTEE_SUFFIX = re.compile(
    r"(社区)?的?(居民委员会|村民委员会|民委员会|居委会|村委会|委员会|居委|村委|委会|居民区|党总支)"
    r"|社区(?!卫生|文化|食堂|事务|医院|服务|中心|学校|公园|花园|民警|工作者|[^,;。!?]{1,4}居委)"
)
STREET_SUFFIX = re.compile(r"街道办事处|街道办|街道|新镇|镇|乡")
DISTRICT_SUFFIX = re.compile(r"新区|区(?!域|间|别|块)|县")
ROAD_NUMBER = re.compile(r"(?:第)?([0-9十百千]+)(?:弄|号|支弄|[-~至到]|$|(?=[^\d十百千年月日元个天次点楼路]))")
FURTHER = re.compile(
    r"[东南西北中]?\d?(路|大道|公路|弄|巷|支路|高架)|街(?!道|坊|面|区)|大街|桥|河|港|浜|江|湖|湾|站|地铁|医院|中学|小学|"
    r"大学|学校|学院|幼儿园|公园|广场|大厦|大楼|商场|菜场|市场|饭店|酒店|宾馆|公寓|花园|花苑|新村|新苑|苑|别墅|坊|城|公司|银行|派出所|"
    r"工业|隧道|机场|区|县|省|市|镇|乡|街道|体育|电影|剧|超市|购物|宅|家|人|话|菜|医|路口"
)
"""What makes a bare name the beginning of another one."""
COUNTED = re.compile(r"[\d十百千号弄栋幢楼室期层单组队点个天年月日元次块段米岁人户位路-]|支路")
"""What makes the number at a bare name's end something else's: 长江路1 in 长江路1号."""
BEFORE = frozenset(
    "在是住到去的于和跟找问叫位给向让由对从来自映诉报咱家有说属为与及或同被请望求因区县镇乡路号弄我们他她你该本那这称询系过经"
    "扬谢议近归帮教至往回内此某边处打得了"
)
BEFORE_WORDS = re.compile(r"(这里|那里|小区|哪里|街道|大道|上海市?|新区)$")
"""What a name can stand behind; any other letter could be its real beginning."""
GOES_ON = re.compile(r"[^,;。!?、:的和与在]{1,7}?(居委会|居委|村委会|居民区|社区居|街道办)")
"""A name whose suffix comes only later is a longer one: 红旗新机第4居委会 is not 红旗."""
TAIL = re.compile(
    r"(第[0-9十百]+|[0-9十])?(村|社区|小区|新村|花园|家园|新苑|中心|东村|西村|广场|公寓|大楼|花苑|名苑|佳苑|雅苑|景苑)?"
)
"""Names that are the tails of many others: 花园, 4村, 第3."""


def find(text: str, names: Names, city: City) -> list[Mention]:
    """The mentions in order; of overlapping ones the longest."""
    exact = longest(mention for hit in names.scan(text) for mention in _readings(text, hit, city))
    return [_with_surroundings(text, mention, exact) for mention in exact]


def _with_surroundings(text: str, mention: Mention, others: Sequence[Mention]) -> Mention:
    begins = free_standing if is_tail(mention.name) else starts_a_name
    torn = not begins(text, mention.start, [each for each in others if each.kind is not Kind.COMMITTEE])
    closed = any(each.start == mention.end for each in others) or ends_a_name(text, mention.end)
    return replace(mention, torn=torn, closed=closed)


def starts_a_name(text: str, start: int, others: Iterable[Mention] = ()) -> bool:
    """Whether a name can begin here: at the front, behind another mention, or behind a letter that ends a word."""
    if free_standing(text, start, others) or text[start - 1] in BEFORE:
        return True
    return BEFORE_WORDS.search(text, max(0, start - 3), start) is not None


def free_standing(text: str, start: int, others: Iterable[Mention] = ()) -> bool:
    """Whether no letter at all stands in front that could belong to the name."""
    return start == 0 or not is_han(text[start - 1]) or any(each.end == start for each in others)


def ends_a_name(text: str, end: int) -> bool:
    """Whether a bare name can end here."""
    if FURTHER.match(text, end) or GOES_ON.match(text, end):
        return False
    return not (text[end - 1] in NUMERALS and COUNTED.match(text, end))


def is_tail(name: str) -> bool:
    return TAIL.fullmatch(name) is not None


def street_like_road(name: str) -> bool:
    """Whether a street's bare name is that of a road as well: 南京东路."""
    return name.endswith("路")


def is_han(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def _readings(text: str, hit: Hit, city: City) -> Iterator[Mention]:
    by_kind: dict[Kind, list[Sense]] = {}
    for sense in hit.senses:
        by_kind.setdefault(sense.kind, []).append(sense)
    for kind, senses in by_kind.items():
        if mention := _READINGS[kind](text, hit, senses, city):
            yield mention


def _mention(
    text: str, hit: Hit, senses: Iterable[Sense], strength: Strength, end: int, number: int | None = None
) -> Mention:
    kinds = {sense.kind for sense in senses}
    grids = frozenset(sense.grid for sense in senses if sense.grid)
    return Mention(kinds.pop(), strength, hit.start, end, grids, text[hit.start : hit.end], number)


def _district(text: str, hit: Hit, senses: list[Sense], city: City) -> Mention | None:
    if suffix := DISTRICT_SUFFIX.match(text, hit.end):
        return _mention(text, hit, senses, Strength.NAMED, suffix.end())
    return _mention(text, hit, senses, Strength.BARE, hit.end)


def _street(text: str, hit: Hit, senses: list[Sense], city: City) -> Mention | None:
    full = [sense for sense in senses if sense.form is Form.FULL]
    if full:
        return _mention(text, hit, full, Strength.NAMED, _office_end(text, hit.end))
    suffix = STREET_SUFFIX.match(text, hit.end)
    base = [sense for sense in senses if sense.form is Form.BASE]
    if suffix:
        loose = suffix.group() != "乡" and not is_tail(text[hit.start : hit.end])
        fitting = _with_suffix(base, suffix.group(), city) or (senses if loose else [])
        return _mention(text, hit, fitting, Strength.NAMED, suffix.end()) if fitting else None
    if base and text[hit.end - 1] == "镇":
        return _mention(text, hit, base, Strength.NAMED, hit.end)
    return _mention(text, hit, senses, Strength.BARE, hit.end)


def _with_suffix(senses: list[Sense], suffix: str, city: City) -> list[Sense]:
    """Those whose own name ends so: 真如镇街道 is no town, 彭浦镇 no street."""
    return [sense for sense in senses if folded(city.grid(sense.grid).name).endswith(suffix[:2])]


def _office_end(text: str, end: int) -> int:
    return end + next((len(office) for office in ("办事处", "办", "政府") if text.startswith(office, end)), 0)


def _area(text: str, hit: Hit, senses: list[Sense], city: City) -> Mention | None:
    return _mention(text, hit, senses, Strength.NAMED, hit.end)


def _committee(text: str, hit: Hit, senses: list[Sense], city: City) -> Mention | None:
    suffix = COMMITTEE_SUFFIX.match(text, hit.end)
    street_too = any(sense.kind is Kind.STREET for sense in hit.senses)
    if suffix and not (street_too and suffix.group() == "社区"):
        wanted = _of_kind(senses, text[hit.start : suffix.end()], suffix.group(), city)
        return _mention(text, hit, wanted, Strength.NAMED, suffix.end())
    if not street_too and _whole(text, hit, senses, city):
        return _mention(text, hit, senses, Strength.NAMED, hit.end)
    return _mention(text, hit, senses, Strength.BARE, hit.end)


def _whole(text: str, hit: Hit, senses: list[Sense], city: City) -> bool:
    """Whether nothing is left out of the name: the zones' have no suffix, a village's is its 村."""
    names = [city.grid(sense.grid).name for sense in senses]
    if any(folded(name) == text[hit.start : hit.end] for name in names):
        return True
    village = text[hit.end - 1] == "村" and ends_a_village(text, hit.end)
    return village and any(name.endswith("村委会") for name in names)


def ends_a_village(text: str, end: int) -> bool:
    """光明村 is a village, 光明村路 is a road."""
    return re.compile(r"[东南西北中]?(路|街(?!道)|大道|桥|站|小学|幼儿园)").match(text, end) is None


def _of_kind(senses: list[Sense], written: str, suffix: str, city: City) -> list[Sense]:
    """Where the whole name is written, only that one; else those of the written kind, 居委会 or 村委会."""
    exact = [sense for sense in senses if folded(city.grid(sense.grid).name) == written]
    kind = "村委会" if "村" in suffix else "居委会" if "居" in suffix else ""
    return exact or [sense for sense in senses if city.grid(sense.grid).name.endswith(kind)] or senses


def _road(text: str, hit: Hit, senses: list[Sense], city: City) -> Mention | None:
    found = ROAD_NUMBER.match(text, hit.end)
    value = number(found.group(1)) if found else None
    end = found.end(1) if found and value is not None else hit.end
    return _mention(text, hit, senses, Strength.NAMED, end, value)


def _site(text: str, hit: Hit, senses: list[Sense], city: City) -> Mention | None:
    return _mention(text, hit, senses, Strength.NAMED, hit.end)


_READINGS = {
    Kind.DISTRICT: _district,
    Kind.STREET: _street,
    Kind.AREA: _area,
    Kind.COMMITTEE: _committee,
    Kind.ROAD: _road,
    Kind.SITE: _site,
}


def longest(mentions: Iterable[Mention]) -> list[Mention]:
    """Without those that overlap a longer one; readings of the very same words stay side by side."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda each: (each.start - each.end, each.strength is not Strength.NAMED)):
        if all(_apart(mention, other) or _same_words(mention, other) for other in kept):
            kept.append(mention)
    return sorted(kept, key=lambda each: (each.start, each.end))


def _apart(one: Mention, other: Mention) -> bool:
    return one.end <= other.start or other.end <= one.start


def _same_words(one: Mention, other: Mention) -> bool:
    """Two readings of the same words, neither surer: 合庆镇 is the town, though 合庆镇居委会 is called so too."""
    same = (one.start, one.end) == (other.start, other.end) and one.kind is not other.kind
    return same and (one.strength is other.strength or Kind.COMMITTEE not in (one.kind, other.kind))
