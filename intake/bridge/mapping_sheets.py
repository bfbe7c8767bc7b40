"""A mapping as a workbook: one row for each code, in words that a person at the hotline fills in."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import load_workbook

from intake.bridge.records import Kind, MappingRow
from intake.channels import ItemType
from services.problems import FieldFault, Invalid, Problem
from services.spreadsheets import Cell, as_xlsx

HEADINGS = ("种类", "热线代码", "本系统代码", "名称")
KINDS = {"事项": Kind.ISSUE, "区域": Kind.AREA, "诉求类型": Kind.ITEM_TYPE, "状态": Kind.STATE}
NAMES = {kind: name for name, kind in KINDS.items()}
TYPES = {
    "咨询": ItemType.INQUIRY, "求助": ItemType.REQUEST, "投诉举报": ItemType.COMPLAINT, "建议": ItemType.SUGGESTION,
    "表扬": ItemType.PRAISE,
}  # fmt: skip
MOST_ROWS = 20_000
UNPACKED = 64 * 2**20
"""Bytes that a workbook may have once it is unpacked."""


@dataclass(frozen=True)
class Pair:
    """One row: a code of theirs and what it is here."""

    kind: str
    theirs: str
    ours: str
    name: str | None = None


class NoWorkbook(Problem):
    """This is no workbook (.xlsx) with the columns 种类, 热线代码, 本系统代码, 名称."""

    status = 422
    title = "Not a mapping workbook"
    remedy = "Take the workbook of a version as the pattern; keep its first row."


def write(rows: Iterable[MappingRow]) -> bytes:
    """The workbook of a version."""
    lines: list[Sequence[Cell]] = [HEADINGS]
    lines += [(NAMES[Kind(row.kind)], row.theirs, row.ours, row.name) for row in rows]
    return as_xlsx([("对照表", lines)])


def read(body: bytes) -> list[Pair]:
    """The rows of a workbook's first sheet. Raises NoWorkbook, Invalid."""
    try:
        _refuse_bomb(body)
        book = load_workbook(io.BytesIO(body), read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(min_col=1, max_col=4, max_row=MOST_ROWS + 2, values_only=True))
    except NoWorkbook:
        raise
    except Exception:  # whatever a broken file makes its reader raise
        raise NoWorkbook from None
    if not rows or tuple(_said(cell) for cell in rows[0]) != HEADINGS:
        raise NoWorkbook
    return _pairs(rows[1:])


def _refuse_bomb(body: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        if sum(each.file_size for each in packed.infolist()) > UNPACKED:
            raise NoWorkbook("This workbook is too large once it is unpacked.")


def _pairs(rows: Sequence[Sequence[Any]]) -> list[Pair]:
    made, faults = list[Pair](), list[FieldFault]()
    for number, row in enumerate(rows, start=2):
        kind, theirs, ours, name = (_said(cell) for cell in row)
        if not any((kind, theirs, ours)):
            continue
        known = KINDS.get(kind)
        if known is None:
            faults.append(FieldFault(f"row {number}", "names a kind", f"write one of {'、'.join(KINDS)}"))
            continue
        plain = TYPES[ours].value if known is Kind.ITEM_TYPE and ours in TYPES else ours
        made.append(Pair(known.value, theirs, plain, name or None))
    if faults:
        raise Invalid(faults=faults[:50])
    return made


def _said(cell: Any) -> str:
    """A cell's text; a number that a program made of a code is read as it looks."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()
