"""Full names found without a phrase: where reading characters as a name is likelier than as any words.

A net behind the phrases. A run of characters is split into words and names so that the whole costs least; a word costs
what it is seldom, a name what its surname and given-name characters are seldom, and what its place in the sentence
makes it doubtful. Nothing is read across a stop, a number or a mark.
"""

import re
from collections.abc import Iterator

from services.redaction import lexicon
from services.redaction.chances import chances
from services.redaction.likeness import (
    HANZI,
    SHOP,
    TITLE,
    Edge,
    edge_at,
    is_brand,
    is_no_name,
    is_place_ahead,
    surname_at,
)
from services.redaction.offices import in_office
from services.redaction.sheet import Place

WORD = 4
"""The longest word that is read as one."""
UNSEEN = 160
"""What a character costs that no list has."""
NAME, SHORT = 62, 12
"""What any name costs before its place is looked at, and one of two characters besides."""
EDGES = {Edge.DATA: -40, Edge.HARD: -10, Edge.SOFT: -15, Edge.NONE: 20}
OPENS, AFTER_PERSON, AFTER_WORD, INSIDE = -8, -40, 10, 40

_RUN = re.compile(rf"[{HANZI}]{{2,}}")
_PERSON = re.compile(
    rf"(?:{'|'.join(sorted((*lexicon.PARTIES, *lexicon.KIN, *lexicon.ROLES), key=len, reverse=True))}"
    "|[人员者户客友生主])[是为叫系名]?\\Z"
)
_OPENING = frozenset("我和与跟对被让给向把将由请叫找及的里是系为从经等")
_DOCUMENT = re.compile(r"[(\[〔【]\s?\d{4}|字第|[壹贰一二三四五六七八九十\d]{1,2}[号区村线期路里坊院桥]|[线场柜卡局角阁祠寓墩庙寺府号区营铺寨埠港岛岭]")
_FACILITY = re.compile(
    rf"[{HANZI}]{{0,3}}?(?:高速|家纺|旗舰|门市|门票|酒家|酒楼|理发|航城|马甲|航线|停车场|幼儿园|中心|酒店|宾馆|食堂|菜场|市场|学校|中学|小学|大学|银行|药房|药店|诊所|小区|社区|公馆|国际"
    "|大厦|大楼|广场|花园|家园|公园|公司|集团|工厂|物业|置业|地产|装饰|装修|驿站|书店|网吧|浴场|影城|商城|百货|超市|棋牌|会所|俱乐部"
    "|科技|贸易|实业|建设|工程|汽修|快递|物流|健身|培训|教育|美发|美容|烘焙|餐饮|饭店|门店|分店|站台|隧道|高架|水库|老街)"
)


def likeliest(sheet: str) -> Iterator[Place]:
    for run in _RUN.finditer(sheet):
        yield from _split(sheet, *run.span())


def _split(sheet: str, start: int, end: int) -> Iterator[Place]:
    """The names on the cheapest way through the run."""
    best = [0] + [1 << 30] * (end - start)
    came = [0] * (end - start + 1)
    named = [False] * (end - start + 1)
    for at in range(start, end):
        here = best[at - start]
        for stop, cost, name in _steps(sheet, start, at, end):
            if here + cost < best[stop - start]:
                best[stop - start], came[stop - start], named[stop - start] = here + cost, at - start, name
    yield from _way(start, came, named)


def _way(start: int, came: list[int], named: list[bool]) -> Iterator[Place]:
    at = len(came) - 1
    while at:
        if named[at]:
            yield start + came[at], start + at
        at = came[at]


def _steps(sheet: str, start: int, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
    words = chances().words
    yield at + 1, words.get(sheet[at], UNSEEN), False
    for stop in range(at + 2, min(end, at + WORD) + 1):
        cost = words.get(sheet[at:stop])
        if cost is not None:
            yield stop, cost, False
    surname = surname_at(sheet, at)
    if surname:
        for stop in range(at + len(surname) + 1, min(end, at + len(surname) + 2) + 1):
            cost = _name(sheet, start, at, len(surname), stop)
            if cost is not None:
                yield stop, cost, True


def _name(sheet: str, start: int, at: int, size: int, end: int) -> int | None:
    """What it costs to read a name here; none where it goes on as a place, a shop or a title."""
    given = sheet[at + size : end]
    cost = _characters(sheet[at : at + size], given)
    if cost is None or _is_other(sheet, at, at + size, end):
        return None
    opening, edge = _opening(sheet, start, at), edge_at(sheet, end)
    if edge is Edge.NONE and (opening == INSIDE or not _word_at(sheet, end)):
        return None
    return NAME + SHORT * (len(given) == 1) + cost + EDGES[edge] + opening


def _characters(surname: str, given: str) -> int | None:
    known = chances()
    costs = (known.only.get(given),) if len(given) == 1 else (known.first.get(given[0]), known.second.get(given[1]))
    if any(cost is None for cost in costs):
        return None
    return known.surname[surname] + sum(cost for cost in costs if cost is not None)


def _opening(sheet: str, start: int, at: int) -> int:
    if _PERSON.search(sheet, max(start, at - 6), at):
        return AFTER_PERSON
    if at == start:
        return OPENS
    return AFTER_WORD if sheet[at - 1] in _OPENING or (at - start > 1 and _words(sheet[at - 2 : at])) else INSIDE


def _word_at(sheet: str, at: int) -> bool:
    return any(_words(sheet[at : at + size]) for size in (2, 3))


def _words(text: str) -> bool:
    return text in chances().words


def _is_other(sheet: str, at: int, after: int, end: int) -> bool:
    if is_brand(sheet, at) or is_no_name(sheet, at) or _DOCUMENT.match(sheet, end) or _FACILITY.match(sheet, end) or SHOP.match(sheet, end):
        return True
    if TITLE.match(sheet, after) or TITLE.match(sheet, end - 1) or in_office(sheet, at, after):
        return True
    return any(is_place_ahead(sheet, end - back) for back in (0, 1))
