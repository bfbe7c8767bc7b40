"""Writes the two lists as a workbook that a street can work in and that reads back as the same lists."""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from routing.lists.faults import Fault
from routing.lists.rows import Issue, Responsibility
from routing.lists.starter import Lists
from routing.lists.workbook.breaches import BookFaults, Breach, breach
from routing.lists.workbook.columns import ISSUES, LONGEST_CELL, MAX_ROWS, RESPONSIBILITIES, Column, Holds, Layout
from routing.lists.workbook.escapes import escaped
from routing.lists.workbook.explanation import explain
from routing.lists.workbook.plain import texts_of

AUTHOR = "gridloop"
FIRST_DAY = date(1900, 3, 1)
"""Before it Excel's calendar has a day that never was."""
_FORMATS = {Holds.AMOUNT: "0", Holds.DAY: "yyyy-mm-dd"}
_ACTIVE = tuple("=+-@")


def write_workbook(lists: Lists) -> bytes:
    """A workbook with the explanation and both sheets. Raises ListFaults where a row does not fit into Excel."""
    return workbook(lists.issues, lists.responsibilities.rows)


def workbook(issues: Iterable[Issue], rows: Iterable[Responsibility]) -> bytes:
    texts = [(ISSUES, [texts_of(row) for row in issues]), (RESPONSIBILITIES, [texts_of(row) for row in rows])]
    return filled(texts, explain)


def filled(
    sheets: Sequence[tuple[Layout, Sequence[Mapping[str, str]]]], explanation: Callable[[Worksheet], None]
) -> bytes:
    """A workbook of rows of texts, behind a sheet that explains them. Raises ListFaults where a row does not fit."""
    if faults := [fault for layout, texts in sheets for fault in _too_large(layout, texts)]:
        raise BookFaults(faults)
    book = Workbook()
    explanation(_first_sheet(book))
    for style in _styles():
        book.add_named_style(style)
    for layout, texts in sheets:
        _fill(book.create_sheet(layout.title), layout, texts)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _first_sheet(book: Workbook) -> Worksheet:
    (sheet,) = book.worksheets
    return sheet


def _too_large(layout: Layout, rows: Sequence[Mapping[str, str]]) -> Iterator[Fault]:
    if len(rows) > layout.most:
        yield breach(Breach.SIZE, f"最多 {layout.most} 行", sheet=layout.title, row=layout.most + 2)
    for number, row in enumerate(rows, 2):
        for name, text in row.items():
            if len(escaped(text)) > LONGEST_CELL:
                remedy = f"Excel 的一格最多 {LONGEST_CELL} 字：缩短，或用 CSV 导出"
                column = layout.named(name).title
                yield breach(Breach.SIZE, remedy, sheet=layout.title, row=number, column=column, value=text[:40])


def _styles() -> Iterator[NamedStyle]:
    """One for each kind of column, and one for the headings; a text column keeps 01 and 01-03 as they are typed."""
    for holds in Holds:
        wrapped = Alignment(vertical="top", wrap_text=holds is Holds.TEXT)
        yield NamedStyle(_style(holds), number_format=_FORMATS.get(holds, "@"), alignment=wrapped)
    fill = PatternFill("solid", fgColor="DDEBF7")
    centred = Alignment(vertical="center", wrap_text=True)
    yield NamedStyle("list_heading", font=Font(bold=True), fill=fill, alignment=centred, number_format="@")


def _style(holds: Holds) -> str:
    return f"list_{holds.value}"


def _fill(sheet: Worksheet, layout: Layout, rows: Iterable[Mapping[str, str]]) -> None:
    for position, column in enumerate(layout.columns, 1):
        _head(sheet, position, column)
    for number, row in enumerate(rows, 2):
        for position, column in enumerate(layout.columns, 1):
            _put(sheet.cell(number, position), column, row[column.name])
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(layout.columns))}{max(sheet.max_row, 2)}"


def _head(sheet: Worksheet, position: int, column: Column) -> None:
    letter = get_column_letter(position)
    heading = sheet.cell(1, position)
    assert isinstance(heading, Cell)
    heading.value, heading.style = column.title, "list_heading"
    heading.comment = Comment(f"{column.title}（{column.name}）\n{column.hint}", AUTHOR, height=120, width=260)
    sheet.column_dimensions[letter].width = column.width
    sheet.column_dimensions[letter].number_format = _FORMATS.get(column.holds, "@")
    if validation := _validation(column):
        sheet.add_data_validation(validation)
        validation.add(f"{letter}2:{letter}{MAX_ROWS + 1}")


def _validation(column: Column) -> DataValidation | None:
    rule = None
    if column.holds is Holds.WORD:
        rule = DataValidation(type="list", formula1=f'"{",".join(column.words)}"')
    elif column.holds is Holds.AMOUNT:
        rule = DataValidation(type="whole", operator="between", formula1="1", formula2="9999")
    elif column.holds is Holds.DAY:
        rule = DataValidation(type="date", operator="greaterThanOrEqual", formula1="61")
    if rule:
        rule.allow_blank, rule.showErrorMessage = True, True
        rule.errorTitle, rule.error = column.title, column.hint
    return rule


def _put(cell: object, column: Column, text: str) -> None:
    """Texts stay texts, whatever they begin with: `=1+1` is neither computed now nor when somebody edits the cell."""
    assert isinstance(cell, Cell)
    cell.style = _style(column.holds)
    if not text:
        return
    if column.holds is Holds.AMOUNT:
        cell.value = int(text)
    elif column.holds is Holds.DAY and (day := date.fromisoformat(text)) >= FIRST_DAY:
        cell.value = day
    else:
        said = {word: said for said, word in column.words.items()}
        cell.value = escaped(said.get(text, text))
        cell.data_type = "s"
        if text.startswith(_ACTIVE):
            cell.quotePrefix = True
