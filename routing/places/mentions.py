"""Which places a folded text speaks of: known names, with their suffixes and what stands beside them.

A name with its suffix is NAMED. Without it a name can be anything (雁荡 is also a road), so a BARE one only counts
beside other evidence. A name with one wrong letter is MISSPELT.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.city import City
from routing.places.edges import ends_a_name, ends_a_village, free_standing, is_spoken_of, is_tail, starts_a_name
from routing.places.letters import folded, number
from routing.places.names import Form, Hit, Kind, Names, Sense


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
    placed: bool = False
    """It is spoken of as where somebody or something is: 住在七宝, 七宝这边."""


COMMITTEE_SUFFIX = re.compile(
    r"(社区)?的?(居民委员会|村民委员会|民委员会|居委会|村委会|委员会|居委|村委|委会|居民区|党总支)"
    r"|社区(?!卫生|文化|食堂|事务|医院|服务|中心|学校|公园|花园|民警|工作者|[^,;。!?]{1,4}居委)"
)
STREET_SUFFIX = re.compile(r"街道办事处|街道办|街道|新镇|镇|乡")
DISTRICT_SUFFIX = re.compile(r"新区|区(?!域|间|别|块)|县")
ROAD_NUMBER = re.compile(r"(?:第)?([0-9十百千]+)(?:弄|号|支弄|[-~至到]|$|(?=[^\d十百千年月日元个天次点楼路]))")


def find(text: str, names: Names, city: City) -> list[Mention]:
    """The mentions in order; of overlapping ones the longest."""
    exact = longest(mention for hit in names.scan(text) for mention in _readings(text, hit, city))
    starts = {each.start for each in exact}
    ends = {each.end for each in exact if each.kind is not Kind.COMMITTEE}
    return [_with_surroundings(text, mention, starts, ends, names) for mention in exact]


def _with_surroundings(text: str, mention: Mention, starts: set[int], ends: set[int], names: Names) -> Mention:
    begins = free_standing if is_tail(mention.name) else starts_a_name
    whole = mention.kind is Kind.STREET and mention.name not in names.short_streets
    return replace(
        mention,
        torn=not (whole or begins(text, mention.start, ends)),
        closed=mention.end in starts or ends_a_name(text, mention.end),
        placed=is_spoken_of(text, mention.start, mention.end),
    )


def street_like_road(name: str) -> bool:
    """Whether a street's bare name is that of a road as well: 南京东路."""
    return name.endswith("路")


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
    return ends_a_village(text, hit.end) and any(name.endswith("村委会") for name in names)


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
