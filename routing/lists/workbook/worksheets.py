"""Takes the two sheets out of a workbook, and refuses what hides, merges or computes."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from xml.etree.ElementTree import Element

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet._reader import FORMULA_TAG, WorkSheetParser

from routing.lists.faults import Fault, Rule
from routing.lists.workbook.archive import unpacked
from routing.lists.workbook.breaches import BookFaults, Breach, breach
from routing.lists.workbook.cells import Spoilt, shown
from routing.lists.workbook.columns import EXPLANATION, ISSUES, RESPONSIBILITIES, Column, Layout
from routing.lists.workbook.escapes import unescaped
from routing.lists.workbook.headings import read_headings
from routing.lists.workbook.tables import Table

MAX_CHARACTERS = 20_000_000
"""Of a sheet: one long text may stand in many cells at no cost to the file."""

Row = tuple[int, dict[int, object]]


@contextmanager
def _damage_told() -> Iterator[None]:
    """The library raises whatever it stumbles on in a damaged file. Holds nothing but calls of it."""
    try:
        yield
    except Exception as error:
        remedy = "文件内容已损坏：用 Excel 打开后另存为“Excel 工作簿 (*.xlsx)”"
        raise BookFaults([breach(Breach.FILE, remedy)]) from error


class _Sheet(WorkSheetParser):
    """Reads cells one row at a time. Formulas are told from texts, and never worked out."""

    def parse_formula(self, element: Any) -> str:
        formula = cast(Element, element).find(FORMULA_TAG)
        return "=" + ((formula.text if formula is not None else None) or "")

    def read(self) -> Iterator[Row]:
        """The rows by the spreadsheet's number, their cells by column."""
        last = 0
        with _damage_told():
            for number, cells in self.parse():
                if number <= last:
                    raise ValueError(f"row {number} follows row {last}")
                last = number
                yield number, {cell["column"]: _value(cell) for cell in cells if cell["value"] not in (None, "")}

    def merged(self) -> dict[str, tuple[range, range]]:
        """Each merged range as its columns and rows; known once all rows are read."""
        with _damage_told():
            ranges = [str(each.ref) for each in self.merged_cells.mergeCell] if self.merged_cells else []
            return {ref: _span(ref) for ref in ranges}


def _span(ref: str) -> tuple[range, range]:
    left, top, right, bottom = (int(bound or 1) for bound in range_boundaries(ref))
    return range(left, right + 1), range(top, bottom + 1)


def _value(cell: dict[str, Any]) -> object:
    value, kind = cell["value"], cell["data_type"]
    if kind == "f":
        return Spoilt(Breach.FORMULA, value)
    if kind == "e":
        return Spoilt(Breach.ERROR_VALUE, str(value))
    return unescaped(value) if isinstance(value, str) else value


def read_sheets(data: bytes) -> tuple[Table, Table]:
    """The tables of issues and of responsibilities. Raises BookFaults where no table can be had of the file."""
    issues, responsibilities = read_layouts(data, (ISSUES, RESPONSIBILITIES))
    return issues, responsibilities


def read_layouts(data: bytes, layouts: Sequence[Layout]) -> list[Table]:
    """A table for each layout, in their order; one whose sheet may be missing is then not readable, without a fault.

    Raises BookFaults where no table can be had of the file.
    """
    source = unpacked(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library warns of every extension and style it does not know
        with _damage_told():
            book = load_workbook(source, read_only=True, keep_links=False)
        return _tables(book, layouts)


def _tables(book: Workbook, wanted: Sequence[Layout]) -> list[Table]:
    others: list[Fault] = []
    sheets: dict[str, Any] = {}
    layouts = {name: layout for layout in wanted for name in (layout.title, layout.file[:-4])}
    for sheet in book.worksheets:
        title = sheet.title.strip()
        if layout := layouts.get(title):
            if layout.title in sheets:
                others.append(breach(Breach.SHEETS, "同一张清单有两张表，删去一张", sheet=title))
            sheets.setdefault(layout.title, sheet)
        elif title != EXPLANATION:
            others.extend(_not_ours(sheet, title, wanted))
    tables = [_table(layout, sheets.get(layout.title)) for layout in wanted]
    tables[0].faults[:0] = others
    return tables


def _not_ours(sheet: Any, title: str, wanted: Sequence[Layout]) -> Iterator[Fault]:
    """An empty sheet, as new workbooks have them, does no harm."""
    if not any(cells for _, cells in _parser(sheet).read()):
        return
    if sheet.sheet_state != "visible":
        yield breach(Breach.HIDDEN, "隐藏的工作表：取消隐藏，核对后删去", sheet=title)
    else:
        names = "".join(f"“{name}”" for name in (*(layout.title for layout in wanted), EXPLANATION))
        yield breach(Breach.SHEETS, f"不认识的工作表：只留{names}", sheet=title)


def _table(layout: Layout, sheet: Any) -> Table:
    if sheet is None and not layout.required:
        return Table(layout, layout.title, readable=False)
    if sheet is None:
        missing = breach(Breach.SHEETS, f"缺少工作表“{layout.title}”", sheet=layout.title)
        return Table(layout, layout.title, faults=[missing], readable=False)
    table = Table(layout, sheet.title.strip())
    parser = _parser(sheet)
    columns = _fill(table, parser)
    if sheet.sheet_state != "visible":
        table.faults.append(breach(Breach.HIDDEN, "清单被隐藏：取消隐藏，核对后再导入", sheet=table.sheet))
    for ref, (across, down) in parser.merged().items():
        table.merged.append((down, {column.name for position, column in columns.items() if position in across}))
        table.faults.append(_merged(table, ref, across.start, down.start))
    return table


def _parser(sheet: Any) -> _Sheet:
    book = sheet.parent
    return _Sheet(
        sheet._get_source(),
        sheet._shared_strings,
        epoch=book.epoch,
        date_formats=book._date_formats,
        timedelta_formats=book._timedelta_formats,
    )


def _fill(table: Table, parser: _Sheet) -> dict[int, Column]:
    rows = parser.read()
    number, cells = next(rows, (1, {}))
    columns = read_headings(table, cells if number == 1 else {})
    strangers: set[int] = set()
    characters = 0
    for number, cells in rows:
        characters += sum(len(value) for value in cells.values() if isinstance(value, str))
        if cells and (number > table.layout.most + 1 or characters > MAX_CHARACTERS):
            table.faults.append(_too_much(table, number))
            break
        if table.headings:
            _add(table, columns, number, cells, strangers)
    return columns


def _add(table: Table, columns: dict[int, Column], number: int, cells: dict[int, object], strangers: set[int]) -> None:
    """What stands under no heading is told once for each column."""
    for position in cells.keys() - columns.keys() - strangers:
        strangers.add(position)
        letter, text = get_column_letter(position), shown(cells[position])
        if text:
            table.faults.append(
                Fault(table.sheet, number, letter, text, Rule.COLUMNS, "此格不在任何表头之下，删去或补上表头")
            )
    table.add(number, {column: cells.get(position) for position, column in columns.items()})


def _too_much(table: Table, number: int) -> Fault:
    remedy = f"最多 {table.layout.most} 行、{MAX_CHARACTERS // 10_000} 万字：删去多余的行，或分成几次"
    return breach(Breach.SIZE, remedy, sheet=table.sheet, row=number)


def _merged(table: Table, ref: str, left: int, top: int) -> Fault:
    remedy, column = "取消合并，每格单独填写", get_column_letter(left)
    return breach(Breach.MERGED, remedy, sheet=table.sheet, row=top, column=column, value=ref)
