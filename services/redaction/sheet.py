"""The sheet the rules read: the text folded to one plain spelling, character for character, marks as barriers.

A barrier is one private character per hidden place; no rule reads across one. So what is found beside a hidden
number does not depend on what the number was, and reading a redacted text again finds nothing new.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was hidden; the value is the word of its mark."""

    PHONE = "电话"
    IDENTITY = "身份证号"
    PAPER = "证件号"
    PLATE = "车牌"
    CARD = "银行卡"
    ACCOUNT = "账号"
    NAME = "姓名"
    DOOR = "门牌"
    EMAIL = "邮箱"
    WECHAT = "微信号"
    QQ = "QQ号"
    HANDLE = "网名"
    BORN = "出生日期"

    @property
    def mark(self) -> str:
        return f"[{self.value}]"


@dataclass(frozen=True, order=True)
class Span:
    """Where in the original text, end exclusive, and what was there."""

    start: int
    end: int
    kind: Kind


Place = tuple[int, int]
"""Start and end on the sheet, end exclusive."""

Rule = Callable[[str], Iterator[Span]]
"""Reads a sheet and tells what it would hide, in order and apart."""

BARRIER = "\ue000-\ue00f"
"""All barriers, for use inside a character class: every negated class of a rule names them."""
_BARRIERS = {kind: chr(0xE000 + place) for place, kind in enumerate(Kind)}
_KINDS = {kind.mark: kind for kind in Kind}
_MARKS = re.compile("|".join(re.escape(mark) for mark in _KINDS))

# Traditional and plain form in turn: surnames, titles and the words of the labels.
_TRADITIONAL = (
    "陳陈張张劉刘楊杨趙赵黃黄吳吴孫孙馬马羅罗鄭郑謝谢韓韩馮冯許许蘇苏蔣蒋賈贾魏魏閻阎盧卢鐘钟鍾钟葉叶蕭萧鄧邓呂吕陸陆鄒邹顧顾龔龚錢钱湯汤"
    "萬万龍龙賴赖嚴严歐欧鮑鲍單单齊齐費费紀纪寧宁龐庞項项電电話话號号碼码聯联繫系係系絡络戶户車车樓楼證证銀银帳账賬账門门棟栋間间鄰邻東东師师"
    "醫医經经書书長长爺爷媽妈兒儿麗丽華华國国偉伟強强輝辉軍军紅红蘭兰鳳凤寶宝貴贵慶庆義义興兴業业從从給给發发說说訴诉訪访轉转請请兩两貳贰參叁"
    "滬沪鄉乡機机灣湾粵粤贛赣遼辽陝陕雲云詢询學学職职護护簽签單单質质驗验銷销蓋盖導导黨党闆板區区縣县鎮镇廠厂廣广莊庄橋桥衛卫衞卫"
    "闕阙闞阚閔闵紅红維维綠绿績绩續续線线細细終终結结絲丝彥彦榮荣樂乐潔洁澤泽瑩莹瑋玮緯纬賢贤賓宾進进達达遠远銘铭鋒锋鑫鑫霞霞"
)


class _Fold(dict[int, str]):
    """For `str.translate`: a character's plain form where that is one character too, else the character itself."""

    def __missing__(self, code: int) -> str:
        plain = unicodedata.normalize("NFKC", chr(code))
        self[code] = plain if len(plain) == 1 else chr(code)
        return self[code]


_FOLD = _Fold({ord(old): new for old, new in zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)})


def fold(text: str) -> str:
    """Full-width, circled and traditional characters as plain ones, marks as barriers; the length stays."""
    return _MARKS.sub(lambda mark: barrier(_KINDS[mark[0]], len(mark[0])), text.translate(_FOLD))


def barrier(kind: Kind, length: int = 1) -> str:
    return _BARRIERS[kind] * length


def cover(sheet: str, spans: Sequence[Span]) -> str:
    """The sheet with the spans behind barriers; the spans are in order and do not overlap."""
    return sheet if not spans else _replace(sheet, spans, lambda span: barrier(span.kind, span.end - span.start))


def mark(text: str, spans: Iterable[Span]) -> str:
    """The text with each span replaced by its mark."""
    return _replace(text, spans, lambda span: span.kind.mark)


def _replace(text: str, spans: Iterable[Span], stand_in: Callable[[Span], str]) -> str:
    pieces, done = [], 0
    for span in spans:
        pieces += [text[done : span.start], stand_in(span)]
        done = span.end
    return "".join([*pieces, text[done:]])
