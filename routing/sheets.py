"""Tables as files for people: CSV in pieces, or a workbook; whatever a cell begins with, no program runs it."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from enum import StrEnum
from tempfile import TemporaryFile
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font

from routing.lists.workbook.escapes import CONTROL, disarmed, escaped

ACTIVE = ("=", "+", "-", "@", "\t", "\r")
LONGEST = 32_000
"""Characters of a cell; Excel takes 32,767."""
Columns = Mapping[str, str]
"""The names of the columns, each with its heading."""
Row = Mapping[str, object]


class SheetForm(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"


MEDIA: Mapping[SheetForm, str] = {
    SheetForm.CSV: "text/csv",
    SheetForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def cell(value: object) -> str | int | float:
    """As a cell shows it: numbers stay numbers, nothing is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, int | float) else CONTROL.sub("", str(value))[:LONGEST]


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_defused(cell(value)) for value in row])
    return out.getvalue()


def _defused(value: str | int | float) -> str | int | float:
    """An apostrophe first, also before what only a list may leave as it is."""
    if not isinstance(value, str):
        return value
    made = disarmed(value)
    return f"'{made}" if made.startswith(ACTIVE) else made


def csv_of(columns: Columns, rows: Iterable[Row]) -> bytes:
    """With a mark by which Excel knows UTF-8, under the names of the columns."""
    return ("\ufeff" + csv_text([list(columns), *([row.get(name) for name in columns] for row in rows)])).encode()


async def csv_pieces(columns: Columns, pages: AsyncIterator[Sequence[Row]]) -> AsyncIterator[bytes]:
    """The same file, page by page."""
    yield csv_of(columns, ())
    async for rows in pages:
        yield csv_text([row.get(name) for name in columns] for row in rows).encode()


class Book:
    """A workbook that grows row by row, on disk."""

    def __init__(self, columns: Columns, title: str) -> None:
        self._columns = columns
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "A2"
        self._sheet.append([self._heading(heading) for heading in columns.values()])

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._sheet.append([self._cell(row.get(name)) for name in self._columns])

    def saved(self) -> IO[bytes]:
        """At its beginning, gone when it is closed."""
        file = TemporaryFile()  # noqa: SIM115 (whoever reads it closes it)
        self._book.save(file)
        file.seek(0)
        return file

    def _heading(self, text: str) -> Cell:
        made = WriteOnlyCell(self._sheet, value=text)
        made.font = Font(bold=True)
        return made

    def _cell(self, value: object) -> Cell:
        """Texts stay texts: `=1+1` is computed neither now nor when somebody edits the cell."""
        shown = cell(value)
        made = WriteOnlyCell(self._sheet, value=escaped(shown) if isinstance(shown, str) else shown)
        if isinstance(shown, str) and shown:
            made.data_type = "s"
            if shown.startswith(ACTIVE):
                made.quotePrefix = True
        return made


def book_of(columns: Columns, rows: Iterable[Row], title: str) -> bytes:
    book = Book(columns, title)
    book.add(rows)
    with book.saved() as file:
        return file.read()
