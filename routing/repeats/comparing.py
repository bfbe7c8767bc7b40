"""How two reports differ and agree, as numbers that each speak in one direction only. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from routing.classifying.grams import Vector
from routing.repeats.marks import Kind, Mark
from routing.repeats.telling import Matter, Telling

SUFFIX = 3
"""Roads are the same from this many letters of a common end on: 反映广中西路 and 广中西路."""
NAMED, HEAVY = 2, 3
SMOOTH, FEW = 6.0, 9.0
SIMILAR_NAME = 0.34
FAR = 0.1
"""Two reports whose likely issues have less than this in common are about different ones."""
ASKS = re.compile(r"咨询|请问|想问|想了解|问一下|问还|怎么办理|什么条件|[,。;]问")
"""Who wants to know something, and does not complain of it."""


CHASES = re.compile(
    r"再催|催[办促一]|能不能催|再次(?:反映|催|投诉|来电)|第[2-9二三四]次|打过.{0,8}(?:电话|热线|12345)|之前反映|前面(?:反映|说)|"
    r"上次(?:反映|投诉|说)|反映(?:过|的).{0,12}(?:没|还|到现在)|投诉过|(?:还|仍|依然|到现在|至今).{0,6}(?:没|不来|老样子|那样)|没有?(?:下文|回音|进展)|一点没变"
)
"""Who tells that it was told before: a neighbour's other matter seldom is."""
AGAIN = re.compile(
    r"(?:修好|修复|处理好|清理(?:过|完)|解决(?:了|过)|整改(?:了|过|完)|拆(?:了|掉)|换了新|新(?:装|换)的?|关了).{0,14}"
    r"(?:又|再次|现在|重新)|刚(?:修|换|清|拆|装).{0,8}又"
)
"""What was done with and came again."""
WANTS = re.compile(
    r"(?:希望|建议|能否|能不能|要求|应该).{0,6}(?:装|建|设|加|增|开通)|没有.{0,4}(?:棚|桩|站|位|灯|椅)|信号(?:差|不好|弱)"
)
REFUSES = re.compile(
    r"(?:要求|请|希望|强烈).{0,4}(?:拆|停止|取消|反对|撤|搬走)|反对|不同意|担心|没征求|没问过|谁都没问|偷偷"
)


@dataclass(frozen=True)
class Comparison:
    """`place` and `matter` hold what goes into the two probabilities; `agree` and `differ` the same in words."""

    place: Mapping[str, float]
    matter: Mapping[str, float]
    agree: tuple[str, ...] = field(default=())
    differ: tuple[str, ...] = field(default=())


def placed(one: Telling, other: Telling) -> Mapping[str, float]:
    """What goes into the probability of the place: the matters are not read for it."""
    return _place(one, other, [], [])


def compare(one: Telling, other: Telling) -> Comparison:
    agree: list[str] = []
    differ: list[str] = []
    place = _place(one, other, agree, differ)
    matter = _matter(one, other, agree, differ)
    return Comparison(place, matter, tuple(agree), tuple(differ))


def _place(one: Telling, other: Telling, agree: list[str], differ: list[str]) -> dict[str, float]:
    name = _name(one, other) if _comparable(one, other) else None
    houses = _houses(one, other, agree, differ)
    found = {
        "name": max(name - SIMILAR_NAME, 0.0) if name is not None else 0.0,
        "other_name": max(SIMILAR_NAME - name, 0.0) / SIMILAR_NAME if name is not None else 0.0,
        "unknown": float(name is None),
        **_site(one, other, differ),
        **_venue(one, other, differ),
        "house": float(houses > 0),
        "other_house": float(houses < 0),
        "crossing": float(_crossing(one, other, differ)),
        "same_grid": float(bool(one.chain and other.chain and one.chain[0] == other.chain[0])),
        "other_floor_of_address": float(_other_floors(one, other)),
        "other_district": float(bool(one.district and other.district and one.district != other.district)),
        "other_grid": float(_apart(one.chain, other.chain)),
    }
    for kind in (Kind.VILLAGE, Kind.BUILDING, Kind.UNIT, Kind.FLOOR, Kind.ROOM, Kind.EXIT, Kind.SIDE, Kind.PHASE):
        mine, theirs = _values(one, kind), _values(other, kind)
        if mine and theirs:
            same = bool(mine & theirs)
            found[f"{kind.name.lower()}" if same else f"other_{kind.name.lower()}"] = 1.0
            (agree if same else differ).append(_said(kind, mine, theirs, same=same))
    if name is not None and name >= 2 * SIMILAR_NAME:
        agree.append("地点名称相近")
    if found["other_name"] > 0.5:
        differ.append("地点名称不同")
    if found["other_district"]:
        differ.append(f"{one.district}区 / {other.district}区")
    if found["other_grid"]:
        differ.append("不在同一居村")
    return found


def _other_floors(one: Telling, other: Telling) -> bool:
    """Two addresses that each go down to the floor, and to another one."""
    mine, theirs = (each.address_marks.get(Kind.FLOOR, frozenset()) for each in (one, other))
    return bool(mine and theirs) and not {mark.value for mark in mine} & {mark.value for mark in theirs}


def _values(telling: Telling, kind: Kind) -> frozenset[str]:
    """The marks of a kind; where the caller lives does not count."""
    return frozenset(mark.of[-2:] + mark.value for mark in telling.marks.get(kind, ()) if not mark.home)


def _said(kind: Kind, mine: Iterable[str], theirs: Iterable[str], *, same: bool) -> str:
    if same:
        return f"{kind.value}相同（{'、'.join(sorted(set(mine) & set(theirs)))}）"
    return f"{kind.value}不同（{'、'.join(sorted(mine))} / {'、'.join(sorted(theirs))}）"


def _houses(one: Telling, other: Telling, agree: list[str], differ: list[str]) -> int:
    """1 where a road with its number is in both, -1 where the numbers or the roads differ, else 0."""
    mine, theirs = one.marks.get(Kind.HOUSE, frozenset()), other.marks.get(Kind.HOUSE, frozenset())
    pairs = [(a, b) for a in mine for b in theirs]
    if not pairs:
        return 0
    same = [(a, b) for a, b in pairs if a.value == b.value and (same_road(a.of, b.of) or _at_both(one, other, a, b))]
    if same:
        road, number = min((len(each.of), each.of, each.value) for pair in same for each in pair)[1:]
        agree.append(f"门牌相同（{_tail(road)}{number}）")
        return 1
    a, b = pairs[0]
    differ.append(f"门牌不同（{_tail(a.of)}{a.value} / {_tail(b.of)}{b.value}）")
    return -1


def _at_both(one: Telling, other: Telling, mine: Mark, theirs: Mark) -> bool:
    """Whether a number stands at a crossing of two roads, told by the one here and by the other there."""
    return _in(mine.of, other.roads) or _in(theirs.of, one.roads)


def _tail(road: str) -> str:
    return road[-4:]


def same_road(one: str, other: str) -> bool:
    """Whether both end alike; in a text other letters stand in front of a road's name."""
    if one.endswith(other) or other.endswith(one):
        return True
    common = 0
    for a, b in zip(reversed(one), reversed(other), strict=False):
        if a != b:
            break
        common += 1
    return common >= SUFFIX


def _crossing(one: Telling, other: Telling, differ: list[str]) -> bool:
    """Whether each address names a road that the other report does not know."""
    mine, theirs = _unknown(one, other), _unknown(other, one)
    if mine and theirs:
        differ.append(f"道路不同（{mine[0]} / {theirs[0]}）")
    return bool(mine and theirs)


def _unknown(one: Telling, other: Telling) -> list[str]:
    return [road for road in one.roads if road[-SUFFIX:] not in other.words and not _in(road, other.roads)]


def _in(road: str, roads: Iterable[str]) -> bool:
    return any(same_road(road, each) for each in roads)


def _comparable(one: Telling, other: Telling) -> bool:
    """An estate by its name alone and by its road alone are two ways of telling; neither speaks against the other."""
    by_road, by_name = (one, other) if one.roads else (other, one)
    return not (by_road.roads and not by_name.roads and len(by_name.site) >= NAMED and len(by_road.site) < NAMED)


def _name(one: Telling, other: Telling) -> float | None:
    """How much of the shorter name the other report has, from 0 to 1; None where one has no name."""
    mine, theirs = _pairs(one.name), _pairs(other.name)
    if not mine or not theirs:
        return _inside(mine or theirs, other.words if mine else one.words) if mine or theirs else None
    both = len(mine & theirs) / min(len(mine), len(theirs))
    return max(both, _share(mine, other.words), _share(theirs, one.words))


def _site(one: Telling, other: Telling, differ: list[str]) -> dict[str, float]:
    """Whether the names of estates, shops and institutions are the same, where both tell one."""
    mine, theirs = _pairs(one.site), _pairs(other.site)
    if not mine or not theirs:
        return {}
    share = max(len(mine & theirs) / min(len(mine), len(theirs)), _share(mine, other.words), _share(theirs, one.words))
    if share >= SIMILAR_NAME:
        return {"site": share}
    differ.append(f"{one.site} / {other.site}")
    return {"other_site": 1.0}


def _venue(one: Telling, other: Telling, differ: list[str]) -> dict[str, float]:
    """Whether both tell of one kind of shop or stall, or of two."""
    if not one.venues or not other.venues:
        return {}
    same = bool(one.venues & other.venues)
    if not same:
        differ.append(f"一件在{'、'.join(sorted(one.venues))}，另一件在{'、'.join(sorted(other.venues))}")
    return {"venue" if same else "other_venue": 1.0}


def _inside(pairs: frozenset[str], words: str) -> float | None:
    share = _share(pairs, words)
    return share if share >= SIMILAR_NAME else None


def _share(pairs: frozenset[str], words: str) -> float:
    return sum(pair in words for pair in pairs) / len(pairs) if pairs else 0.0


def _pairs(name: str) -> frozenset[str]:
    return frozenset(name[at : at + NAMED] for at in range(len(name) - 1))


def _apart(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Two grids neither of which lies in the other."""
    return bool(one and other) and one[0] not in other and other[0] not in one


def _matter(one: Telling, other: Telling, agree: list[str], differ: list[str]) -> dict[str, float]:
    this, that = one.matter, other.matter
    usual = this.place_subjects | that.place_subjects
    a, b = _beside(this, usual), _beside(that, usual)
    both = a.keys() & b.keys()
    heavy_both = [name for name in both if a[name] == HEAVY]
    mine, theirs = _only(a, both), _only(b, both)
    shared, total, union = _weight({name: a[name] for name in both}), min(_weight(a), _weight(b)), _weight({**a, **b})
    issues = float(this.issues @ that.issues)
    found = {
        "subjects": shared / (total + SMOOTH),
        "all_subjects": shared / (union + SMOOTH),
        "subject": min(len(heavy_both), 3) / 3,
        "other_subject": float(bool(mine and theirs)),
        "other_thing_told": float(bool(_only(a, both, least=2) and _only(b, both, least=2))),
        "other_matter": float(bool(mine and theirs and not heavy_both)),
        "no_subject": float(not both),
        **_aspects(this, that, differ),
        "few_subjects": float(total < FEW),
        "issues": issues,
        "chased": _chased(one, other, agree),
        "again": _again(one, other, differ),
        "opposite": float(_opposed(one, other)),
        "kinship": max(_correlation(this, that), 0.0),
        "few_issues": issues * (total < FEW),
        "other_issue": _sure_of_others(this, that) * (issues < FAR),
        "other_wish": float(bool(ASKS.search(one.words)) != bool(ASKS.search(other.words))),
        "pairs": _contained(this.pairs, that.pairs),
        "grams": _cosine(this, that),
    }
    found["thing_and_aspect"] = min(found["subjects"], found.get("aspects", 0.0))
    for kind in (Kind.LIFT, Kind.LINE, Kind.WINDOW):
        here, there = _values(one, kind), _values(other, kind)
        if here and there:
            same = bool(here & there)
            found["thing" if same else "other_thing"] = 1.0
            (agree if same else differ).append(_said(kind, here, there, same=same))
    if both:
        agree.append(f"都提到{'、'.join(sorted(heavy_both or both)[:4])}")
    if mine and theirs:
        differ.append(f"一件说{'、'.join(mine[:3])}，另一件说{'、'.join(theirs[:3])}")
    return found


def _chased(one: Telling, other: Telling, agree: list[str]) -> float:
    chases = bool(CHASES.search(one.words) or CHASES.search(other.words))
    if chases:
        agree.append("说到以前反映过")
    return float(chases)


def _again(one: Telling, other: Telling, differ: list[str]) -> float:
    again = bool(AGAIN.search(other.words)) and not AGAIN.search(one.words)
    if again:
        differ.append("后一件说办好之后又发生")
    return float(again)


def _opposed(one: Telling, other: Telling) -> bool:
    """One wants something put up that the other wants away."""
    wants = [(bool(WANTS.search(each.words)), bool(REFUSES.search(each.words))) for each in (one, other)]
    return {(True, False), (False, True)} == set(wants)


def _correlation(one: Matter, other: Matter) -> float:
    """How alike the issue model's scores are, also of issues that neither is sure of."""
    length = float(np.linalg.norm(one.leanings) * np.linalg.norm(other.leanings))
    return float(one.leanings @ other.leanings) / length if length else 0.0


def _sure_of_others(one: Matter, other: Matter) -> float:
    """How sure the issue model is of both; the roots of its shares are what a report keeps."""
    return float(one.issues.max() ** 2 * other.issues.max() ** 2)


def _aspects(one: Matter, other: Matter, differ: list[str]) -> dict[str, float]:
    """How far they complain of the same, whatever the thing."""
    both = [name for name in one.aspects if name in other.aspects]
    if not (one.aspects and other.aspects):
        return {}
    shared = sum(one.aspects[name] * other.aspects[name] for name in both)
    lengths = [sum(count * count for count in each.aspects.values()) for each in (one, other)]
    if not both:
        differ.append(f"一件是{'、'.join(one.aspects)}，另一件是{'、'.join(other.aspects)}")
    return {"aspects": shared / (lengths[0] * lengths[1]) ** 0.5, "other_aspects": float(not both)}


def _beside(matter: Matter, usual: frozenset[str]) -> dict[str, int]:
    return {name: weight for name, weight in matter.subjects.items() if name not in usual}


def _only(subjects: Mapping[str, int], both: Iterable[str], *, least: int = HEAVY) -> list[str]:
    return sorted(name for name, weight in subjects.items() if weight >= least and name not in both)


def _weight(subjects: Mapping[str, int]) -> float:
    return float(sum(weight * weight for weight in subjects.values()))


def _contained(one: Vector, other: Vector) -> float:
    """How much of the shorter text's rare pairs the other one has."""
    shared = sum(value * value for pair, value in one.items() if pair in other)
    least = min(sum(value * value for value in each.values()) for each in (one, other))
    return shared / least if least else 0.0


def _cosine(one: Matter, other: Matter) -> float:
    small, large = sorted((one.grams, other.grams), key=len)
    return sum(value * large.get(gram, 0.0) for gram, value in small.items())


__all__ = ["Comparison", "Mark", "compare", "same_road"]
