"""One cell, as people typed it and Excel kept it, into the text a list's reader takes, and back.

What Excel changed is undone where only one reading is possible, and refused where it is not.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from routing.lists.workbook.breaches import Breach
from routing.lists.workbook.columns import Column, Holds
from routing.lists.workbook.escapes import CONTROL

DIGITS_KEPT = 15
"""Excel keeps no more digits of a number; a building group's code has 17."""
_ISSUE_COLUMNS = frozenset({"code", "parent", "issue"})
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_BOOLEANS = {"true": "yes", "false": "no"}


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A cell that holds no value: a formula, or the error that stands in its place."""

    breach: Breach
    shown: str


class Unfit(ValueError):
    """A cell's value cannot be what was meant."""

    def __init__(self, breach: Breach, remedy: str) -> None:
        self.breach = breach
        self.remedy = remedy
        super().__init__(remedy)


def shown(value: object) -> str:
    """The cell as a fault cites it."""
    match value:
        case None:
            return ""
        case Spoilt():
            return value.shown
        case bool():
            return str(value).upper()
        case float():
            return f"{value:.{DIGITS_KEPT}g}"
        case datetime() if value.time() == time.min:
            return value.date().isoformat()
    return str(value).strip()


def written(column: Column, value: object) -> str:
    """The text a reader takes for the cell. Raises Unfit."""
    match value:
        case Spoilt(breach=Breach.FORMULA):
            raise Unfit(Breach.FORMULA, "不接受公式：复制此格，选择性粘贴为“值”")
        case Spoilt():
            raise Unfit(Breach.ERROR_VALUE, "此格是错误值，填写内容或留空")
        case bool():
            return _of_boolean(column, value)
        case int() | float():
            return _of_number(column, value)
        case date() | time() | timedelta():
            return _of_time(column, value)
    return _of_text(column, shown(value))


def _of_boolean(column: Column, value: bool) -> str:
    text = _BOOLEANS[str(value).lower()]
    if text not in column.words.values():
        raise Unfit(Breach.CONVERTED, "Excel 把内容变成了逻辑值：把此列设为“文本”格式后重新填写")
    return text


def _of_number(column: Column, value: float) -> str:
    """A class's code loses its zero in Excel; 1 can only have been 01."""
    if abs(value) >= 10**DIGITS_KEPT:
        raise Unfit(Breach.CONVERTED, f"Excel 的数字只保留 {DIGITS_KEPT} 位：把此列设为“文本”格式后重新填写")
    text = shown(value)
    return text.zfill(2) if column.name in _ISSUE_COLUMNS else text


def _of_time(column: Column, value: date | time | timedelta) -> str:
    """The third of January was typed as 01-03, or as 03-01 where the day comes first: nobody can tell which."""
    if column.holds is not Holds.DAY:
        raise Unfit(Breach.CONVERTED, "Excel 把内容变成了日期或时间：把此列设为“文本”格式后重新填写（如 01-03）")
    return shown(value)


def _of_text(column: Column, text: str) -> str:
    if len(text) > column.longest:
        raise Unfit(Breach.SIZE, f"一格最多 {column.longest} 字：缩短此格")
    if CONTROL.search(text):
        raise Unfit(Breach.CHARACTER, "含有看不见的控制字符：清空此格后重新填写")
    if column.holds is Holds.TEXT:
        return text
    narrow = text.translate(_FULL_WIDTH).translate(_INVISIBLE).strip()
    if column.holds is Holds.WORD:
        narrow = narrow.lower()
        narrow = _BOOLEANS.get(narrow, narrow) if "yes" in column.words.values() else narrow
    elif column.holds is Holds.DAY:
        narrow = _iso(narrow)
    return column.words.get(narrow, narrow)


def _iso(text: str) -> str:
    """2024/7/1 and 2024年7月1日 as 2024-07-01; anything else as it is."""
    parts = _DAY.fullmatch(text)
    return "-".join((parts[1], parts[2].zfill(2), parts[3].zfill(2))) if parts else text
