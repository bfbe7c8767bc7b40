"""How the places of two reports differ and agree, as numbers that each speak in one direction only. Pure."""

from collections.abc import Iterable

from routing.repeats.marks import Kind, Mark, said, values
from routing.repeats.telling import Telling

SUFFIX = 3
"""Roads are the same from this many letters of a common end on: 反映广中西路 and 广中西路."""
NAMED = 2
SIMILAR_NAME = 0.34
KINDS = (Kind.VILLAGE, Kind.BUILDING, Kind.UNIT, Kind.FLOOR, Kind.ROOM, Kind.EXIT, Kind.SIDE, Kind.PHASE)


def place(one: Telling, other: Telling, agree: list[str], differ: list[str]) -> dict[str, float]:
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
    for kind in KINDS:
        mine, theirs = values(one.marks, kind), values(other.marks, kind)
        if mine and theirs:
            same = bool(mine & theirs)
            found[f"{kind.name.lower()}" if same else f"other_{kind.name.lower()}"] = 1.0
            (agree if same else differ).append(said(kind, mine, theirs, same=same))
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
