"""Numbers that could be somebody's door, and what speaks for and against it, as features of the judge."""

import re
from collections.abc import Iterator

from services.redaction.sheet import BARRIER, Place
from services.redaction.surroundings import BORDER, is_barrier, left_of, right_of

CLAUSE, AHEAD, SOON, SINCE = 20, 6, 8, 30
"""How far the clause, what follows, the next mark and the last mark are looked for."""
_NUMERAL = "〇零一二三四五六七八九幺"
_START = r"(?<![\d\-A-Za-z.:~#·])"
_NO_COUNT = r"(?![\d.:%\-年元块次人户万平米度路号弄天页片张斤公千毫分秒点月日个多余])"
_DOOR = re.compile(
    rf"{_START}(?:(?:\d{{1,2}}|[A-Z东西南北中一二三四五六])(?:单元|门|梯|-)){{0,2}}"
    r"(?:(?:\d{1,2}|[一二三四五六七八九十]{1,2})[楼层])?[A-Z东西南北]?"
    rf"(?:(?:\d{{3,4}}[A-Z]?|[{_NUMERAL}]{{3,4}}|(?<=[楼层元门])\d{{1,2}}){_NO_COUNT}(?:室|房(?!间))?(?!车位)"
    "|(?<=[楼层])[左右东西南北][手边首户面]?侧?)"
    rf"|{_START}\d{{1,2}}-\d{{1,4}}(?:-\d{{3,4}})?(?![\d.:%\-年元月日点时]|号楼)"
    r"|(?<=[组队湾坞村冲庄屯社])\d{1,3}号(?![楼幢栋线])"
)
_DIGIT, _CHINESE, _STOP = re.compile(r"\d"), re.compile(f"[{_NUMERAL}十]"), re.compile("[,。;!?]")
_HOUSE = re.compile(r"(?:[幢栋座弄楼苑园村里坊府城庭院#]|\d号|单元)\Z")
_OTHER = re.compile(
    "楼上|楼下|隔壁|对门|对面|邻居|噪音源|取件|到达|查看|检查|投诉|举报|房间|酒店|宾馆|病房|教室|诊室|办公"
)
_AMOUNT = re.compile("(?:工资|薪水?|款|金|费用?|价格?|租|元|钱|损失|[欠付赔收交花退]了?)\\Z")
_ADDRESS = re.compile("(?:地址|地点|位置|事发地)[:在是]")
_OWN = re.compile(f"我|本人|业主|住|家|租|户|自[己家]|[{BARRIER}]")
_MARK = re.compile(f"[{BARRIER}]")


def door_candidates(sheet: str) -> Iterator[Place]:
    """None after a word for money, where the clause speaks of others, or in an address that no person stands beside."""
    found = (match.span() for match in _DOOR.finditer(sheet))
    return ((start, end) for start, end in found if not (_is_others(sheet, start) or _is_place(sheet, start, end)))


def _is_place(sheet: str, start: int, end: int) -> bool:
    """A text that begins with an address, or is one, tells where the matter is, unless a person stands beside it."""
    left = left_of(sheet, start, CLAUSE)
    opens = left[0] == BORDER and not _STOP.search(left[1:])
    return opens and not (_OWN.search(left) or _OWN.match(sheet, end) or _MARK.search(sheet, end, end + SOON))


def _is_others(sheet: str, start: int) -> bool:
    left = left_of(sheet, start, CLAUSE)
    if _AMOUNT.search(left):
        return True
    if _ADDRESS.search(left) and not _MARK.search(sheet, max(0, start - SINCE), start):
        return True
    clause = _STOP.split(left)[-1]
    return bool(_OTHER.search(clause)) and not _OWN.search(clause)


def of_door(sheet: str, start: int, end: int) -> list[str]:
    """Its shape, the house before it, the words of the clause, and the marks around."""
    left, tail = left_of(sheet, start, CLAUSE), _DIGIT.sub("9", right_of(sheet, end, AHEAD))
    shape = _CHINESE.sub("九", _DIGIT.sub("9", sheet[start:end]))
    own_words = left[1:] if is_barrier(left[0]) or left[0] == BORDER else left
    clause, plain = _STOP.split(own_words)[-1], _DIGIT.sub("9", left)
    house = int(bool(_HOUSE.search(own_words)))
    whose = f"{int(bool(_OTHER.search(clause)))}{int(bool(_OWN.search(clause)))}"
    marked = next((char for char in sheet[end : end + SOON] if is_barrier(char)), "")
    since = int(bool(_MARK.search(sheet, max(0, start - SINCE), start)))
    return [
        f"S{shape}", f"m{marked}", f"M{since}", f"o{whose}", f"O{whose}{house}{shape}",
        f"H{house}{tail[:1]}", f"U{left[0] if len(own_words) < AHEAD else ''}{house}{tail[:1]}",
        f"X{house}{marked}{tail[:1]}{shape}",
        *(f"b{plain[-size:]}" for size in range(1, min(5, len(plain)) + 1)),
        *(f"a{tail[:size]}" for size in range(1, min(4, len(tail)) + 1)),
        *{f"c{clause[at : at + 2]}" for at in range(max(0, len(clause) - 12), len(clause) - 1)},
    ]  # fmt: skip
