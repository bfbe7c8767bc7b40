"""Full names found without a phrase: where reading characters as a name is likelier than as any words.

A net behind the phrases. A run of characters is split into words and names so that the whole costs least; a word costs
what it is seldom, a name what its surname and given-name characters are seldom, and what its place in the sentence
makes it doubtful. Nothing is read across a stop, a number or a mark.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache

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
from services.redaction.quick import Quick
from services.redaction.sheet import Kind, Place, barrier

WORD = 4
"""The longest word that is read as one."""
UNSEEN = 160
"""What a character costs that no list has."""
NAME, SHORT = 62, 45
"""What any name costs before its place is looked at, and one of two characters that no person is said before."""
VERB, LISTED, FOLLOWS, RARE, ABRUPT, NEVER = -35, -35, 30, 105, 35, 1 << 20
EDGES = {Edge.DATA: -40, Edge.HARD: -10, Edge.SOFT: -15, Edge.NONE: 20}
OPENS, AFTER_PERSON, AFTER_WORD, INSIDE = -8, -40, 10, 40

_RUN = re.compile(rf"[{HANZI}]{{2,}}")
_PERSON = Quick(
    rf"(?:{'|'.join(sorted((*lexicon.PARTIES, *lexicon.KIN, *lexicon.ROLES), key=len, reverse=True))}"
    "|[人员者户客友生主爸妈夫妻妹姐哥弟嫂籍]|关于|报料|陪同)[是为叫系名]?\\Z"
)
_ACTS = Quick(
    "反映|反应|来电|致电|来访|表示|[称说]|投诉|举报|签[字收订]|到场|现场|当面|当场|亲自|在家|确认|认可|陈述|自述|之[子女]|本人|夫[妇妻]|家[中里(]"
    "|女士|先生|老人|同意|拒绝|愿意|代表|等[人\\d一二三四五六七八九十居户业]|[两二三]位"
)
_BESIDE_NAME = re.compile(rf"、[{barrier(Kind.NAME)}]|[{barrier(Kind.NAME)}]")
_AFTER_NAME = re.compile(rf"[{barrier(Kind.NAME)}][、和与及]?\Z")
_NO_GIVEN = (lexicon.NEVER_GIVEN - lexicon.PERHAPS_GIVEN) | frozenset("得才都着过连没叫管发姓")
_NO_SURNAME = lexicon.NEVER_GIVEN - frozenset("过随区路门")
_OPENING = frozenset("我和与跟对被让给向把将由请叫找约及的里是系为从经等")
_DOCUMENT = Quick(
    r"[(\[〔【]\s?\d{4}|(?:19|20)\d\d[\-—年]|字第|\(.{1,6}\).{0,4}字|[壹贰一二三四五六七八九十\d]{1,2}[号区村线期路里坊院桥]|[线场柜卡局栅保角阁祠寓墩庙寺府号区营铺寨埠港岛岭门]"
)
_FACILITY = re.compile(
    rf"[{HANZI}]{{0,3}}?(?:高速|家纺|旗舰|门市|门票|酒家|酒楼|理发|航城|马甲|航线|停车场|幼儿园|中心|酒店|宾馆|食堂|菜场|市场|学校|中学|小学|大学|银行|药房|药店|诊所|小区|社区|公馆|国际"
    "|大厦|大楼|广场|花园|家园|公园|公司|集团|工厂|物业|置业|地产|装饰|装修|驿站|书店|网吧|浴场|影城|商城|百货|超市|棋牌|会所|俱乐部"
    "|科技|贸易|实业|建设|工程|汽修|快递|物流|健身|培训|教育|美发|美容|烘焙|餐饮|饭店|门店|分店|站台|隧道|高架|水库|老街)"
)


def likeliest(sheet: str) -> Iterator[Place]:
    places = [place.start() for place in _perhaps().finditer(sheet)]
    for run in _RUN.finditer(sheet) if places else ():
        yield from _split(sheet, *run.span(), places)


@cache
def _perhaps() -> Quick:
    """Where `_names` can find one: a surname or, before two known characters, nearly anything; and a given name."""
    known = chances()
    given = "".join(sorted((known.only.keys() | known.first.keys()) - _NO_GIVEN))
    return Quick(
        rf"(?=[{''.join(sorted(lexicon.SURNAMES))}][{given}]|(?:{'|'.join(sorted(lexicon.COMPOUND))})[{given}]"
        rf"|[^{''.join(sorted(_NO_SURNAME))}](?=[{given}])(?:[{''.join(sorted(lexicon.GIVEN))}]{{2}}|(.)\1))"
    )


def _split(sheet: str, start: int, end: int, places: Sequence[int]) -> Iterator[Place]:
    """The names on the cheapest way through the run; most runs hold nothing that could be one, and need no way."""
    names = {at: found for at in places if start <= at < end and (found := list(_names(sheet, start, at, end)))}
    if not names:
        return
    best = [0] + [1 << 30] * (end - start)
    came = [0] * (end - start + 1)
    named = [False] * (end - start + 1)
    for at in range(start, end):
        here = best[at - start]
        for stop, cost, name in (*_words(sheet, at, end), *names.get(at, ())):
            if here + cost < best[stop - start]:
                best[stop - start], came[stop - start], named[stop - start] = here + cost, at - start, name
    yield from _way(start, came, named)


def _way(start: int, came: list[int], named: list[bool]) -> Iterator[Place]:
    at = len(came) - 1
    while at:
        if named[at]:
            yield start + came[at], start + at
        at = came[at]


def _words(sheet: str, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
    words = chances().words
    yield at + 1, words.get(sheet[at], UNSEEN), False
    for stop in range(at + 2, min(end, at + WORD) + 1):
        cost = words.get(sheet[at:stop])
        if cost is not None:
            yield stop, cost, False


def _names(sheet: str, start: int, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """What could be a name that begins here."""
    surname = surname_at(sheet, at) or _unlisted(sheet, start, at)
    if surname:
        for stop in range(at + len(surname) + 1, min(end, at + len(surname) + 2) + 1):
            cost = _name(sheet, start, at, len(surname), stop)
            if cost is not None:
                yield stop, max(1, cost), True


def _unlisted(sheet: str, start: int, at: int) -> str:
    """Any character is a surname where a person is just named and two known given-name characters follow."""
    if not _is_given(sheet[at + 1 : at + 3]) or sheet[at] in _NO_SURNAME:
        return ""
    opening = _opening(sheet, start, at)
    named = opening == AFTER_PERSON or (opening == OPENS and edge_at(sheet, at + 3) is Edge.DATA)
    return sheet[at] if named else ""


def _name(sheet: str, start: int, at: int, size: int, end: int) -> int | None:
    """What it costs to read a name here; none where it goes on as a place, a shop or a title."""
    given = sheet[at + size : end]
    if _NO_GIVEN.intersection(given) or (given[1:] == "人" and sheet[at] in lexicon.EVERYDAY):
        return None
    cost = _characters(sheet[at : at + size], given)
    opening = NEVER if cost is None else _opening(sheet, start, at)
    if cost is None or opening == NEVER or is_other(sheet, at, at + size, end):
        return None
    edge = _edge(sheet, end)
    if edge == NEVER and opening == AFTER_PERSON and _is_given(given):
        edge = ABRUPT
    if len(given) == 1 and size == 1 and opening not in (AFTER_PERSON, LISTED):
        opening += SHORT // 2 if edge == VERB else SHORT
    if sheet[at] in lexicon.EVERYDAY and size == 1:
        edge += 0 if opening == AFTER_PERSON and _is_given(given) else _doubt(sheet[at], given, edge)
    return NAME + cost + edge + opening if edge + opening < NEVER else None


def _edge(sheet: str, end: int) -> int:
    """How doubtful what follows makes it that a name ends here."""
    if _ACTS.match(sheet, end):
        return VERB
    if _BESIDE_NAME.match(sheet, end):
        return LISTED
    edge = edge_at(sheet, end)
    return EDGES[edge] if edge or _begins_word(sheet, end) else NEVER


def _is_given(given: str) -> bool:
    return len(given) == 2 and (lexicon.GIVEN.issuperset(given) or given[0] == given[1])


def _doubt(surname: str, given: str, edge: int) -> int:
    """What a surname that is a word costs besides: much where the text simply goes on, or often goes on like this."""
    goes_on = edge == EDGES[Edge.NONE] and not _is_given(given)
    if goes_on or (surname in lexicon.ONLY_AFTER_NAMING and edge in (EDGES[Edge.SOFT], EDGES[Edge.NONE])):
        return NEVER
    return FOLLOWS if given[0] in lexicon.FOLLOWERS.get(surname, ()) else 0


def _characters(surname: str, given: str) -> int | None:
    known = chances()
    costs = (known.only.get(given),) if len(given) == 1 else (known.first.get(given[0]), known.second.get(given[1]))
    if any(cost is None for cost in costs):
        return None
    return known.surname.get(surname, RARE) + sum(cost for cost in costs if cost is not None)


def _opening(sheet: str, start: int, at: int) -> int:
    if at - start > 1 and _is_word(sheet[at - 2 : at + 1]):
        return NEVER  # 班主任
    if _PERSON.search(sheet, max(start, at - 6), at):
        return AFTER_PERSON
    if at == start:
        return LISTED if _AFTER_NAME.search(sheet, max(0, at - 2), at) else OPENS
    if sheet[at - 1] in "小老阿":
        return NEVER
    if sheet[at - 1] in _OPENING or (at - start > 1 and _is_word(sheet[at - 2 : at])):
        return AFTER_WORD
    return INSIDE if sheet[at] in lexicon.CLEAR else NEVER


def _begins_word(sheet: str, at: int) -> bool:
    return any(_is_word(sheet[at : at + size]) for size in (2, 3))


def _is_word(text: str) -> bool:
    return text in chances().words


def is_other(sheet: str, at: int, after: int, end: int) -> bool:
    """A brand, a place, a shop, a document's number, or a surname with a title, which `titles` reads."""
    if is_brand(sheet, at) or is_no_name(sheet, at) or _FACILITY.match(sheet, end) or SHOP.match(sheet, end):
        return True
    if TITLE.match(sheet, after) or TITLE.match(sheet, end - 1) or in_office(sheet, at, after):
        return True
    return any(is_place_ahead(sheet, end - back) for back in (0, 1)) or any(
        _DOCUMENT.match(sheet, end + more) for more in (0, 1)
    )
