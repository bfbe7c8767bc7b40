"""The two lists as CSV texts, under either kind of heading."""

import csv
import io
from collections.abc import Iterable, Mapping

from routing.lists.duties import FUNCTIONS, Functions
from routing.lists.faults import Fault, Rule
from routing.lists.rows import Issue, Responsibility
from routing.lists.starter import Lists
from routing.lists.workbook.columns import ISSUES, RESPONSIBILITIES, Column, Layout
from routing.lists.workbook.escapes import disarmed, rearmed
from routing.lists.workbook.headings import read_headings
from routing.lists.workbook.plain import texts_of
from routing.lists.workbook.tables import Table, read_tables


def read_csv(issues: str, responsibilities: str, *, functions: Functions = FUNCTIONS) -> Lists:
    """Both lists from CSV texts. Raises ListFaults with all that is wrong with either."""
    return read_tables(read_table(ISSUES, issues), read_table(RESPONSIBILITIES, responsibilities), functions)


def write_csv(lists: Lists) -> tuple[str, str]:
    """The issue list and the responsibility list, under the names of their columns."""
    return _text(ISSUES, lists.issues), _text(RESPONSIBILITIES, lists.responsibilities.rows)


def _text(layout: Layout, rows: Iterable[Issue | Responsibility]) -> str:
    return table_text(layout, map(texts_of, rows))


def table_text(layout: Layout, rows: Iterable[Mapping[str, str]]) -> str:
    """Rows of texts as CSV, under the names of the columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [column.name for column in layout.columns])
    writer.writeheader()
    for row in rows:
        writer.writerow({name: disarmed(text) for name, text in row.items()})
    return out.getvalue()


def read_table(layout: Layout, text: str) -> Table:
    """A CSV text as the table of a layout, with what is wrong with its form."""
    table = Table(layout, layout.file)
    number = 0
    try:
        records = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        columns = read_headings(table, dict(enumerate(next(records, []))))
        for number, cells in enumerate(records, 2):
            _add(table, columns, number, [rearmed(cell) for cell in cells])
    except csv.Error as error:
        fault = Fault(table.sheet, max(number, 1) + 1, "", str(error), Rule.FORMAT, "存为 UTF-8 编码的 CSV 文件")
        return Table(layout, table.sheet, faults=[fault], readable=False)
    return table


def _add(table: Table, columns: Mapping[int, Column], number: int, cells: list[str]) -> None:
    surplus = [cell.strip() for position, cell in enumerate(cells) if position not in columns and cell.strip()]
    if surplus and table.readable:
        remedy = "此行的格子多于表头，检查是否有未加引号的逗号"
        table.faults.append(Fault(table.sheet, number, "", surplus[0], Rule.COLUMNS, remedy))
    present = ((position, column) for position, column in columns.items() if position < len(cells))
    table.add(number, {column: cells[position] for position, column in present})
