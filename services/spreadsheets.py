"""Tables for spreadsheet programs, as CSV and as a workbook; no cell of either is ever run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

Cell = str | int | float | None
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Nobody types these, XML has no place for them, and the database would refuse some."""
ACTIVE = re.compile(r"'*[=+\-@\t\r]")
"""How a text begins that a spreadsheet program would run."""
_FORBIDDEN = re.compile(rf"{CONTROL.pattern}|\r|_(?=x[0-9A-Fa-f]{{4}}_)")
"""Also a carriage return, which XML would change, and an underscore that would read as the beginning of an escape."""
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def escaped(text: str) -> str:
    """As a workbook's cells hold it (ST_Xstring of ECMA-376): `_x000D_` for a carriage return."""
    return _FORBIDDEN.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def disarmed(text: str) -> str:
    """As a CSV file holds it: an apostrophe keeps spreadsheet programs from running it."""
    return f"'{text}" if ACTIVE.match(text) else text


def as_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a byte order mark, without which spreadsheet programs guess another encoding."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for row in rows:
        writer.writerow([disarmed(cell) if isinstance(cell, str) else cell for cell in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_xlsx(sheets: Iterable[tuple[str, Iterable[Sequence[Cell]]]]) -> bytes:
    """A workbook of some named sheets; the first row of each is its heading."""
    book = Workbook(write_only=True)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        sheet.freeze_panes = "A2"
        for number, row in enumerate(rows):
            sheet.append([_cell(sheet, cell, bold=number == 0) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Cell, *, bold: bool) -> Any:
    """A text stays a text, whatever it begins with, also when somebody edits it."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=escaped(value))
    cell.data_type = "s"
    if ACTIVE.match(value):
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell
