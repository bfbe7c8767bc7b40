"""Surnames and names before a title (王女士, 张建国经理) or in a familiar way (老王, 王姓业主); the title stays."""

import re
from collections.abc import Iterator

from services.redaction import lexicon
from services.redaction.chances import chances
from services.redaction.likeness import HANZI, SHOP, TITLE, Edge, edge_at, is_hanzi, is_word, surname_at
from services.redaction.offices import in_office
from services.redaction.quick import Quick
from services.redaction.sheet import Place

_TITLED = lexicon.SURNAMES - lexicon.ONLY_AFTER_NAMING
_RARE = lexicon.ONLY_AFTER_NAMING - frozenset("班那党连全双强支计商时")
"""Everyday words that are a surname before a title where a clause opens: 居委的边书记."""
_COURTEOUS = ("先生", "女士", "小姐")
_OPENING = frozenset(("", *"的、,;和与:。(\n "))
_NO_SURNAME = (lexicon.NEVER_GIVEN | frozenset("名男女老小本外")) - lexicon.SURNAMES
_WORKS = ("工", "员", "师")
_ODD = frozenset("区门公相来向由别言能")
_ROLE_BEFORE = Quick(
    rf"(?:{'|'.join((*lexicon.PARTIES, *lexicon.KIN, *lexicon.ROLES, *lexicon.TITLES))}"
    r"|人员|物业|居委会?|村委会?|街道|派出所|社区|找|叫|是)\Z"
)
_LANE = re.compile("弄|路|巷|里弄|桥|墓|故居")
_SHORT_TITLE = Quick("|".join(lexicon.SHORT_TITLES))
_SPELLED = (
    "耳东陈|弓长张|口天吴|木子李|双木林|立早章|草头黄|三横王|双口吕|古月胡|言午许|人可何|双人徐|走肖赵|走之赵|卯金刀刘"
    "|文刀刘|禾呈程|关耳郑|十八子李|美女姜|三点水.|草字头."
)
_CALLED = Quick(rf"(?<!百)姓(?:(?P<spelled>{_SPELLED})|(?P<one>[{HANZI}]))|(?P<alone>{_SPELLED})")
_SIR = Quick(rf"([{''.join(sorted(_TITLED))}])姓(?![名氏{''.join(sorted(_TITLED))}])")
_ROLE_OF_ONE = re.compile(
    rf"(?:房东|老板|店主|租客|业主|邻居|群众|村民|市民|居民|住户|司机|男子|女子|患者|学生|当事人|嫌疑人)([{HANZI}])某{{1,2}}(?![个些种一人家时次])"
)
_ANONYMOUS = Quick(rf"([{''.join(sorted(lexicon.SURNAMES - {'向'}))}])某{{1,2}}(?![个些种一人家时次])")
_FAMILIAR = Quick(rf"(?<![古陈最很太不大狭较减微渺矮弱缩过细年养王蟹一二三四五六七八九十几])[老小阿]([{HANZI}])")


def titled(sheet: str) -> Iterator[Place]:
    """王女士, 张建国经理, 王总说. A shop's name is no person: 张师傅面馆."""
    for title in TITLE.finditer(sheet):
        start = _before_title(sheet, title.start())
        if start is None or SHOP.match(sheet, title.end()) or _LANE.match(sheet, title.end()):
            continue
        alone = len(surname_at(sheet, start)) == title.start() - start
        if not (alone and in_office(sheet, start, title.start())):
            yield start, title.start()
    for title in _SHORT_TITLE.finditer(sheet):
        start, surname = title.start() - 1, sheet[title.start() - 1 : title.start()]
        alone = surname in _TITLED and edge_at(sheet, title.end()) >= Edge.HARD and _opens(sheet, start)
        told = (alone or (surname in lexicon.CLEAR and edge_at(sheet, title.end()))) and _stands(sheet, start, surname)
        if told and not (TITLE.match(sheet, title.start()) or in_office(sheet, start, title.start())):
            yield start, title.start()


def called(sheet: str) -> Iterator[Place]:
    """姓王的, 耳东陈, 王姓业主, 张某."""
    for told in _CALLED.finditer(sheet):
        start, end = told.span(told.lastgroup or 0)
        size = len(surname_at(sheet, start)) if told.lastgroup == "one" else end - start
        if size:
            yield start, start + size
    for sir in _SIR.finditer(sheet):
        if _stands(sheet, sir.start(), sir[1]):
            yield sir.span(1)
    yield from _anonymous(sheet)
    for hidden in _ROLE_OF_ONE.finditer(sheet):
        yield hidden.start(1), hidden.end()


def _anonymous(sheet: str) -> Iterator[Place]:
    """张某, 房东严某; but not 龙吴路某厂."""
    for hidden in _ANONYMOUS.finditer(sheet):
        start, surname = hidden.start(), hidden[1]
        told = surname in lexicon.CLEAR or _role_ends(sheet, max(0, start - 4), start)
        opens = surname in _TITLED and _opens(sheet, start) and edge_at(sheet, hidden.end())
        if (told or opens) and _stands(sheet, start, surname):
            yield hidden.span()


def familiar(sheet: str) -> Iterator[Place]:
    """老王, 小李; but not 小区, 老路, 小沙发."""
    for spoken in _FAMILIAR.finditer(sheet):
        surname, after = spoken[1], spoken.end()
        then = sheet[after : after + 1]
        at_home = then == "家" and sheet[after : after + 2] not in {"家常", "家具", "家乡", "家电"}
        word = (is_word(surname, then) and not at_home) or not _stands(sheet, after - 1, surname)
        if surname not in _TITLED or word:
            continue
        of_a_role = sheet[max(0, spoken.start() - 1) : spoken.start()] in _WORKS or _ROLE_BEFORE.search(
            sheet, max(0, spoken.start() - 4), spoken.start()
        )
        if (edge_at(sheet, after) and then not in {"了", "过", "着"}) or (of_a_role and not SHOP.match(sheet, after)):
            yield spoken.span(1)


def _before_title(sheet: str, end: int) -> int | None:
    """Where the name before the title begins, the longest that can be one."""
    for given in (2, 1, 0):
        for size in (2, 1):
            start = end - given - size
            if start >= 0 and _fits_title(sheet, start, start + size, end):
                return start
    return end - 1 if _unlisted_surname(sheet, end) else None


def _unlisted_surname(sheet: str, end: int) -> bool:
    """，逯女士: whatever stands alone before 先生 or 女士 is a surname."""
    char, before = sheet[max(0, end - 1) : end], sheet[max(0, end - 2) : max(0, end - 1)]
    if sheet[end : end + 2] not in _COURTEOUS or not is_hanzi(char):
        return False
    if is_hanzi(before):
        told = char in _ODD or char in lexicon.SURNAMES or _role_ends(sheet, max(0, end - 5), end - 1)
        return told and char not in _NO_SURNAME - _ODD and before + char not in chances().words
    return char not in _NO_SURNAME or char in _ODD


def _fits_title(sheet: str, start: int, after: int, end: int) -> bool:
    surname, given = sheet[start:after], sheet[after:end]
    if not _stands(sheet, start, surname):
        return False
    if not given:
        return _fits_alone(sheet, start, surname, end)
    known_surname = surname in (lexicon.COMPOUND if len(surname) == 2 else _TITLED)
    return known_surname and is_hanzi(given) and _fits_with_given(sheet, start, surname, given)


def _fits_alone(sheet: str, start: int, surname: str, end: int) -> bool:
    word = is_word(surname, sheet[end : end + 1]) or sheet[end : end + 2] in lexicon.TRADES
    if word and surname in lexicon.EVERYDAY:
        return False
    opens = sheet[max(0, start - 1) : start] in _OPENING
    return surname in _TITLED or surname in lexicon.COMPOUND or (opens and surname in _RARE)


def _fits_with_given(sheet: str, start: int, surname: str, given: str) -> bool:
    end = start + len(surname) + len(given)
    known = len(lexicon.GIVEN.intersection(given))
    clear = surname in lexicon.CLEAR or len(surname) == 2
    if is_word(surname, given):
        polite = sheet[end : end + 2] in _COURTEOUS and _opens(sheet, start) and not _role_ends(sheet, start, end)
        return known == len(given) and (polite or (clear and len(given) == 2))
    if lexicon.NEVER_GIVEN.intersection(given):
        return False
    return known == len(given) or (_opens(sheet, start) and (clear or known > 0))


def _opens(sheet: str, start: int) -> bool:
    """Whether a name can begin here without doubt: at the start of a clause, or after a role."""
    return not is_hanzi(sheet[max(0, start - 1) : start]) or _role_ends(sheet, max(0, start - 4), start)


def _stands(sheet: str, start: int, surname: str) -> bool:
    """Whether the surname is not the end of the word before: not 工程|师傅 as 程师傅."""
    blocked = sheet[max(0, start - 1) : start] in lexicon.WORD_BEFORE.get(surname, ())
    return not blocked or _role_ends(sheet, max(0, start - 4), start)


def _role_ends(sheet: str, start: int, end: int) -> bool:
    return bool(_ROLE_BEFORE.search(sheet, start, end))
