"""How much some characters look like a person's name: by surname, given-name characters, and what follows.

Nothing here knows why a name is expected; `phrases` says that, as the trust that the reader is given.
"""

import re
from enum import IntEnum

from services.redaction import lexicon
from services.redaction.offices import in_office
from services.redaction.quick import Quick
from services.redaction.sheet import Kind, barrier

HANZI = "\u4e00-\u9fff"


class Trust(IntEnum):
    """How surely the phrase before announces a name: …长, 联系…, 邻居…, 我叫…."""

    VAGUE = 1
    FAINT = 2
    ROLE = 3
    NAMING = 4


class Edge(IntEnum):
    """How surely a name ends here: the word may go on, a usual next word, the text stops, a telephone follows."""

    NONE = 0
    SOFT = 1
    HARD = 2
    DATA = 3


TITLE = Quick("|".join(lexicon.TITLES))
_HIDDEN_NAME = barrier(Kind.NAME)
_HIDDEN_NUMBER = barrier(Kind.PHONE) + barrier(Kind.IDENTITY)
DATA_AFTER = (
    rf"[,:(、;\s]{{1,2}}(?:[{_HIDDEN_NUMBER}]|(?:联系)?电话|手机|身份证|账号|账户|卡号|[男女](?![{HANZI}])|\d{{7,12}}(?!\d))"
    rf"|[{_HIDDEN_NUMBER}]"
)
_DATA = re.compile(DATA_AFTER)
_FIELD = re.compile("电话|手机|身份证|联系|号码|地址|住址|性别|年龄|微信|住在|家住")
_PLACE = re.compile(
    "家?[渡坞埭塘埠圩屯坝寨府]|\\d{1,3}(?:幢|栋|号楼|座)|[路街镇村区弄苑园桥坊巷厦站店馆院校湾浜宅庄楼]|新村|公寓|花园|大厦|广场|公司|集团|医院|学校|小学|中学"
)
SHOP = re.compile(
    rf"(?:(?![的在说把被和与是不来去到就也投反举要求称表咨买订约充家于向])[{HANZI}]){{0,4}}(?:店|馆|面条|拉面|牛肉面|面食|烧烤|餐|饭|超市|工作室|公司|培训|诊所"
    rf"|麻辣|生煎|水饺|馄饨|包子|火锅|奶茶|理发|美容|推拿|烘焙|熟食|水果|早点|糕|酱|卤|饼|鸭|粥|粉|面(?![{HANZI}]))"
)
"""张师傅面馆 is a shop and no person."""
_PLACE_AHEAD = re.compile(
    rf"(?:(?![的在说把被和与是不来去到就也住等为因反映称述求见示报投诉])[{HANZI}]){{0,4}}(?:居委|村委|居民区|街道|新村|家园|花苑|公寓|度假区|镇"
    r"|故居|纪念|陵园|雕像|铜像|墓|苑|[一二三四五六七八九十][村坊里])"
    rf"|(?:(?![的在说把被和与是不来去到就也住等为因反映称述求见示报投诉])[{HANZI}]){{0,2}}(?:路(?![灯口面边上由段过人])|街(?!道)|弄|大道|专卖|超市|广场|别墅|大厦|公园|集团"
    r"|有限公司)|麻辣|烧烤|牛肉面|拉面|水饺|生煎|馄饨|包子铺|火锅|奶茶"
)
_NATIVE = re.compile(rf"[{HANZI}]人(?![{HANZI}])")
_BRAND = re.compile("|".join(lexicon.BRANDS))
_NO_NAME = re.compile(
    "保密|匿名|化名|不详|不愿|不便|未知|未留|未提|没有|同上|自己|本人|见附|物业|居委|公司|街道|商家|无名|先生|女士|小区"
    "|业主|居民|部门"
)
_MINORITY = re.compile(
    rf"[{HANZI}]{{1,6}}(?:[·•・][{HANZI}]{{1,8}}?){{1,2}}"
    rf"(?=[^{HANZI}]|\Z|[{''.join(sorted(lexicon.AFTER_NAMES - lexicon.GIVEN))}])"
)

_NEEDED = {Trust.NAMING: (2, 1), Trust.ROLE: (4, 3), Trust.FAINT: (4, 4), Trust.VAGUE: (6, 5)}
"""The likeness that one and two given-name characters need after each kind of phrase."""
_LIKENESS = {
    # edge, all characters known, clear surname: for one character and for two
    (Edge.HARD, True, True): (6, 6),
    (Edge.HARD, True, False): (5, 5),
    (Edge.HARD, False, True): (4, 4),
    (Edge.HARD, False, False): (2, 2),
    (Edge.SOFT, True, True): (5, 5),
    (Edge.SOFT, True, False): (3, 4),
    (Edge.SOFT, False, True): (2, 1),
    (Edge.SOFT, False, False): (1, 1),
    (Edge.NONE, True, True): (4, 4),
    (Edge.NONE, True, False): (0, 3),
}
_ONE_OF_TWO_KNOWN = {(Edge.HARD, False): 3, (Edge.SOFT, True): 3, (Edge.SOFT, False): 2}


def read(sheet: str, at: int, trust: Trust) -> int:
    """Where the name that begins here ends; 0 if none does. Before a title only the surname counts."""
    minority = _MINORITY.match(sheet, at)
    if minority and trust > Trust.FAINT:
        return minority.end()
    surname = surname_at(sheet, at)
    if not surname or is_no_name(sheet, at) or (trust < Trust.NAMING and _BRAND.match(sheet, at)):
        return 0
    after = at + len(surname)
    if trust is Trust.FAINT and _NATIVE.match(sheet, after):
        return 0  # 本人系东阳人
    if trust < Trust.NAMING and sheet[max(0, at - 2) : after] in lexicon.WORDS:
        return 0  # 中介费
    if surname in lexicon.EVERYDAY and is_word(surname, sheet[after : after + 1]) and TITLE.match(sheet, after):
        return 0  # 班主任
    if TITLE.match(sheet, after) and in_office(sheet, at, after):
        return 0
    if TITLE.match(sheet, after) or (trust is Trust.NAMING and _stands_alone(sheet, surname, after)):
        return after if trust > Trust.VAGUE and not _is_shop(sheet, after) else 0
    return _with_given(sheet, surname, after, trust)


def _is_shop(sheet: str, at: int) -> bool:
    title = TITLE.match(sheet, at)
    return bool(title and SHOP.match(sheet, title.end()))


def _with_given(sheet: str, surname: str, after: int, trust: Trust) -> int:
    one, two = (_likeness(sheet, surname, after, size) for size in (1, 2))
    size = 2 if two >= max(one, _NEEDED[trust][1]) else int(one >= _NEEDED[trust][0])
    place = trust < Trust.NAMING and any(_PLACE_AHEAD.match(sheet, after + size - back) for back in (0, 1))
    return after + size if size and not place else 0


def _likeness(sheet: str, surname: str, after: int, size: int) -> int:
    """How much this many characters after the surname look like a given name, 0 to 6."""
    given, edge = sheet[after : after + size], edge_at(sheet, after + size)
    if len(given) < size or not is_hanzi(given):
        return 0
    if lexicon.NEVER_GIVEN.intersection(given):
        return _perhaps(surname, given, edge)
    if edge is Edge.DATA and not is_word(surname, given):
        return 6 if surname not in lexicon.ONLY_AFTER_NAMING else _rare(surname, given, edge)
    if surname in lexicon.ONLY_AFTER_NAMING:
        return _rare(surname, given, edge)
    if (edge is Edge.NONE and _PLACE.match(sheet, after + size)) or _splits_title(sheet, after + size):
        return 0
    return _by_characters(surname, given, edge)


def _rare(surname: str, given: str, edge: Edge) -> int:
    """乙方党红梅: an everyday word as a surname, with two known characters up to a stop."""
    known = len(lexicon.GIVEN.intersection(given))
    if edge is Edge.DATA and known == len(given) and surname not in lexicon.FUNCTION_WORDS:
        return 0 if is_word(surname, given) else 4
    function = surname in lexicon.FUNCTION_WORDS and not (known == 2 and edge >= Edge.HARD)
    if function or is_word(surname, given) or not known or given[0] in lexicon.FOLLOWERS.get(surname, ()):
        return int(edge >= Edge.HARD)
    if len(given) == 2:
        return 4 if edge >= Edge.HARD else 3 if edge is Edge.SOFT and known == 2 else 0
    return 4 if edge is Edge.DATA else 2 if edge is Edge.HARD else 0


def _splits_title(sheet: str, end: int) -> bool:
    """苗家阿|姨."""
    title = TITLE.match(sheet, end - 1)
    return bool(title and title.end() > end)


def _by_characters(surname: str, given: str, edge: Edge) -> int:
    known = lexicon.GIVEN.issuperset(given)
    clear = is_clear(surname, given)
    if not clear and edge <= Edge.SOFT and given in lexicon.WORDS:
        return 0  # 隔壁车|常年
    if is_word(surname, given) and not (edge and known and clear and len(given) == 2):
        return 2 if edge >= Edge.HARD else 0
    score = _LIKENESS.get((edge, known, clear), (0, 0))[len(given) - 1]
    half = len(given) == 2 and not known and lexicon.GIVEN.intersection(given)
    return max(score, _ONE_OF_TWO_KNOWN.get((edge, clear), 0)) if half else score


def _perhaps(surname: str, given: str, edge: Edge) -> int:
    """向东, 为民: one character a known one, the other of every sentence."""
    if is_word(surname, given):
        return 0  # 我是吴江来的
    fits = len(given) == 2 and len(lexicon.PERHAPS_GIVEN.intersection(given)) == 1
    return 4 if fits and edge and is_clear(surname, given) and lexicon.GIVEN.intersection(given) else 0


def _stands_alone(sheet: str, surname: str, after: int) -> bool:
    """联系人：王."""
    return surname in lexicon.CLEAR and edge_at(sheet, after) >= Edge.HARD


def surname_at(sheet: str, at: int) -> str:
    if sheet[at : at + 2] in lexicon.COMPOUND:
        return sheet[at : at + 2]
    return sheet[at : at + 1] if sheet[at : at + 1] in lexicon.SURNAMES else ""


def edge_at(sheet: str, at: int) -> Edge:
    # A name hidden right here says nothing: it may be the rest of a word.
    if sheet[at : at + 1] == _HIDDEN_NAME:
        return Edge.NONE
    if _DATA.match(sheet, at):
        return Edge.DATA
    if not is_hanzi(sheet[at : at + 1]) or _FIELD.match(sheet, at):
        return Edge.HARD
    return Edge.SOFT if sheet[at] in lexicon.AFTER_NAMES or TITLE.match(sheet, at) else Edge.NONE


def is_clear(surname: str, given: str) -> bool:
    """A surname that is none else, or an everyday word (万, 应) before a character that never follows that word."""
    if surname in lexicon.CLEAR or len(surname) == 2:
        return True
    known = surname in lexicon.FOLLOWERS and surname not in lexicon.ONLY_AFTER_NAMING
    return known and given[0] not in lexicon.FOLLOWERS[surname] and not is_word(surname, given)


def is_brand(sheet: str, at: int) -> bool:
    return bool(_BRAND.match(sheet, at))


def is_place_ahead(sheet: str, at: int) -> bool:
    """王建国路, 李家桥村: what stands here goes on as a place, a shop or a brand."""
    return bool(_PLACE.match(sheet, at) or _PLACE_AHEAD.match(sheet, at))


def is_hanzi(text: str) -> bool:
    return bool(text) and all("\u4e00" <= char <= "\u9fff" for char in text)


def is_word(surname: str, then: str) -> bool:
    """Whether the surname and what follows begin another word: 安全, 高峰."""
    return then[:1] in lexicon.WORD_AFTER.get(surname, ())


def is_no_name(sheet: str, at: int) -> bool:
    """姓名保密, 联系人：物业."""
    return bool(_NO_NAME.match(sheet, at))
