"""The numbers and sides by which people tell one place or thing from the next: house, room, lift, exit, line."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a mark counts; its value is the word for it in reasons."""

    HOUSE = "门牌"
    VILLAGE = "新村"
    BUILDING = "楼栋"
    UNIT = "单元"
    FLOOR = "楼层"
    ROOM = "室"
    LIFT = "电梯"
    EXIT = "出口"
    LINE = "线路"
    WINDOW = "窗口"
    SIDE = "方位"
    PHASE = "期"


@dataclass(frozen=True, slots=True)
class Mark:
    """`of` is the road or village a number belongs to; `home` says that it is where the caller lives."""

    kind: Kind
    value: str
    of: str = ""
    home: bool = False


ROAD = r"(?:(?![近与])[\u4e00-\u9fff\d]){1,6}?(?:路|大道|公路|街)"
WRITTEN: tuple[tuple[Kind, str], ...] = (
    (Kind.LINE, r"(?P<value>\d{1,2})号线"),
    (
        Kind.LINE,
        r"(?<![东南西北中山金二])(?P<value>\d{1,4})路(?=公交|车|站|司机|班|今|的|等|末|首|早|晚|,|。|$)",
    ),
    (Kind.WINDOW, r"(?P<value>\d{1,2})号窗口"),
    (Kind.LIFT, r"(?P<value>[a-d]|\d{1,2}(?=号))号?(?:部|台)?(?:客|货)?(?:电梯|梯)"),
    (Kind.LIFT, r"(?:电|客)梯(?P<value>[a-d])(?![a-z])"),
    (Kind.LIFT, r"(?P<value>[左右东西南北])手?[边侧面]?的?[那这]?1?[部台]?[客货]?(?:电梯|梯)"),
    (Kind.EXIT, r"(?P<value>\d{1,2}[a-d]?|[a-d])号?(?:出入口|出口|口(?!子|味|袋))"),
    (Kind.VILLAGE, r"(?P<of>[\u4e00-\u9fff]{2})(?P<value>\d{1,2})村"),
    (
        Kind.HOUSE,
        rf"(?P<of>{ROAD})(?P<value>\d{{1,5}})"
        r"(?:支?弄|号(?!线|楼|口|出|窗)|$|(?=[^\d路号栋楼室层期米年月天点分个人辆路]))",
    ),
    (Kind.BUILDING, r"(?<!\d)(?P<value>\d{1,3})(?:号楼|号门(?!口)|栋|座)"),
    (Kind.BUILDING, r"(?P<value>[a-d])(?:座|栋|楼)"),
    (Kind.UNIT, r"(?P<value>\d{1,2})单元"),
    (Kind.ROOM, r"(?<!\d)(?P<value>\d{3,4}[a-d]?)(?:室|房|户)"),
    (Kind.PHASE, r"(?<![年第\d])(?P<value>\d)期(?!间|末|望)"),
    (Kind.BUILDING, r"(?<!\d)(?P<value>\d{1,3})号(?!线|口|出|窗|院|店|公路|文|码|称|召|令)"),
    (Kind.FLOOR, r"(?<![a-z\d])(?P<value>b\d)(?!\d)"),
    (Kind.FLOOR, r"(?<![b\d])(?P<value>\d{1,2})(?:层(?!楼高)|楼(?!上|下|道|栋|顶|里))"),
    (
        Kind.ROOM,
        r"(?<![\d.])(?!110|119|120|122)(?P<value>[1-9]\d?(?!00)[0-4]\d)(?=[\u4e00-\u9fff,。;!?、]|$)"
        r"(?!弄|号|路|元|块|年|万|米|分|平|多|人|天|次|个|度|公里|户|吨|斤|辆)",
    ),
    (Kind.SIDE, r"(?P<value>东北|东南|西北|西南|东|南|西|北)(?:门|角|侧|出口|入口)"),
)
PATTERNS = tuple((kind, re.compile(written)) for kind, written in WRITTEN)
HOME = re.compile(r"(?:(?<!人)(?<!着)(?<!居)住(?:在|的|是)?|我是|我们是|家在)[^,。;!?]{0,16}")
"""What tells where the caller lives: its floors and rooms need not be the matter's."""
OWN = frozenset({Kind.FLOOR, Kind.ROOM})
Marks = Mapping[Kind, frozenset[Mark]]


def marks(text: str) -> Marks:
    """The marks of a plain text; each number is read once, as the first kind that fits."""
    taken: list[tuple[int, int]] = []
    homes = [found.span() for found in HOME.finditer(text)]
    found: dict[Kind, set[Mark]] = defaultdict(set)
    for kind, pattern in PATTERNS:
        for hit in pattern.finditer(text):
            span = hit.span("value")
            if all(span[1] <= start or end <= span[0] for start, end in taken):
                taken.append(span)
                home = kind in OWN and any(start <= span[0] < end for start, end in homes)
                for mark in _read(kind, hit, home):
                    found[mark.kind].add(mark)
    return {kind: frozenset(each) for kind, each in found.items()}


def _read(kind: Kind, hit: re.Match[str], home: bool) -> Iterator[Mark]:
    parts = hit.groupdict()
    value = parts["value"].lstrip("0") or "0"
    yield Mark(kind, value, parts.get("of") or "", home)
    if kind is Kind.ROOM and value[:-2].isdecimal():
        yield Mark(Kind.FLOOR, value[:-2], home=home)


def without_marks(text: str) -> str:
    """The letters of an address, without what the marks say."""
    for _, pattern in PATTERNS:
        text = pattern.sub(lambda hit: hit.groupdict().get("of") or "", text)
    return re.sub(r"\d", "", text)


def together(one: Marks, other: Marks) -> Marks:
    return {kind: one.get(kind, frozenset()) | other.get(kind, frozenset()) for kind in {*one, *other}}


def values(found: Marks, kind: Kind) -> frozenset[str]:
    """The marks of a kind; where the caller lives does not count."""
    return frozenset(mark.of[-2:] + mark.value for mark in found.get(kind, ()) if not mark.home)


def said(kind: Kind, mine: Iterable[str], theirs: Iterable[str], *, same: bool) -> str:
    if same:
        return f"{kind.value}相同（{'、'.join(sorted(set(mine) & set(theirs)))}）"
    return f"{kind.value}不同（{'、'.join(sorted(mine))} / {'、'.join(sorted(theirs))}）"
