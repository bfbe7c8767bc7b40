"""Figures and the cases behind them as rows of a spreadsheet, headed in Chinese."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from feedback.breakdowns import Piece
from feedback.fates import Choice
from feedback.figures import Figure, Opened
from feedback.formulas import Formulas
from services.spreadsheets import CSV_TYPE, XLSX_TYPE, Cell, as_csv, as_xlsx

Row = Sequence[Cell]
WHOLE = "合计"
COLUMNS = (
    "代码",
    "名称",
    "案件数",
    "指标",
    "数值",
    "分子",
    "分母",
    "区间下限",
    "区间上限",
    "样本偏小",
    "构成",
    "未计入",
)
CASE_COLUMNS = ("编号", "受理时间", "渠道", "问题", "网格", "主办单位", "归类")
FATES = {
    "in_time": "按时", "late": "超时", "not_yet_due": "未到期", "no_limit": "无时限", "merged": "已并单",
    "withdrawn": "已撤诉", "not_accepted": "不予受理", "handed_over": "已移交", "settled_on_spot": "当场办结",
    "solved": "解决", "partly": "部分解决", "unsolved": "未解决", "satisfied": "满意", "mostly": "基本满意",
    "dissatisfied": "不满意", "unrated": "未评价", "not_surveyed": "不回访", "unreachable": "未联系上",
    "awaiting_answer": "待回访", "not_yet_handled": "未办理", "disputed": "有退单异议", "undisputed": "无退单异议",
    "not_dispatched": "未派出", "again": "重办", "once": "一次办结", "agreed": "一致", "differed": "不一致",
    "not_rechecked": "未抽查", "awaiting_recheck": "待复核", "recheck_unreachable": "复核未联系上",
    "no_first_answer": "无首次答复", "excluded": "剔除",
}  # fmt: skip


def figure_rows(whole: Opened, pieces: Iterable[Piece], formulas: Formulas) -> Iterator[Row]:
    """One row for each rate of the whole and of each part."""
    yield COLUMNS
    yield from _rows(WHOLE, WHOLE, whole, formulas)
    for piece in pieces:
        yield from _rows(piece.code, piece.name, piece.figures, formulas)


def _rows(code: str, name: str, opened: Opened, formulas: Formulas) -> Iterator[Row]:
    for key, figure in opened.rates.items():
        yield (code, name, opened.cases, formulas.rates[key].chinese, *_numbers(figure))
    if opened.composite:
        small = "是" if opened.composite.small else ""
        yield (code, name, opened.cases, "综合指数", opened.composite.value, None, None, None, None, small, "", "")


def _numbers(figure: Figure) -> Row:
    low, high = figure.interval or (None, None)
    small = "是" if figure.small else ""
    return (
        figure.value, figure.numerator, figure.denominator, low, high, small, told(figure.parts), told(figure.excluded),
    )  # fmt: skip


def told(counts: Any) -> str:
    """解决 12；未解决 3"""
    return "；".join(f"{FATES.get(fate, fate)} {number}" for fate, number in counts.items() if number)


def method_rows(choice: Choice, formulas: Formulas, as_of: datetime) -> Iterator[Row]:
    """What stands on the second sheet: by which formula, of which cases, as of when."""
    zone = ZoneInfo(choice.zone)
    yield ("口径", "")
    yield ("公式版本", formulas.version)
    yield ("权重版本", formulas.rule)
    yield from (("权重", f"{name} = {weight:g}") for name, weight in formulas.weights.items())
    yield (
        "受理时间",
        f"{choice.start.astimezone(zone):%Y-%m-%d %H:%M} 起，{choice.end.astimezone(zone):%Y-%m-%d %H:%M} 前",
    )
    yield ("统计时点", f"{as_of.astimezone(zone):%Y-%m-%d %H:%M}")
    yield from ((f"{facet}", code) for facet, code in choice.named().items())
    for name, rate in formulas.rates.items():
        yield (rate.chinese, f"{rate.meaning}；{told_weights(formulas.parts(name))}")
    if formulas.composite:
        yield (
            "综合指数",
            "；".join(f"{formulas.rates[name].chinese} × {w:g}" for name, w in formulas.composite.items()),
        )


def told_weights(parts: Any) -> str:
    return "，".join(f"{FATES[part]}计 {weight:g}" for part, weight in parts.items())


def case_rows(found: Iterable[Any], zone: ZoneInfo) -> Iterator[Row]:
    yield CASE_COLUMNS
    for row in found:
        at = f"{row.received_at.astimezone(zone):%Y-%m-%d %H:%M}"
        yield (row.case_no, at, row.channel, row.issue, row.grid_code, row.lead_code, FATES.get(row.fate, row.fate))


def file_of(form: str, name: str, rows: Iterable[Row], method: Iterable[Row]) -> tuple[bytes, str, dict[str, str]]:
    """The file, its type and its headers. A CSV file has the method's version in its name and no second sheet."""
    body = as_csv(rows) if form == "csv" else as_xlsx([("指标", rows), ("口径", method)])
    headers = {"content-disposition": f'attachment; filename="{name}.{form}"', "cache-control": "no-store"}
    return body, CSV_TYPE if form == "csv" else XLSX_TYPE, headers
