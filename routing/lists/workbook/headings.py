"""The first row of a sheet: which column stands where, under its Chinese heading or its name in the CSV file."""

from collections.abc import Iterable, Mapping

from routing.lists.faults import Fault, Rule
from routing.lists.workbook.cells import shown
from routing.lists.workbook.columns import Column
from routing.lists.workbook.tables import Table


def read_headings(table: Table, cells: Mapping[int, object]) -> dict[int, Column]:
    """The columns by position. A heading that is missing, unknown or there twice makes the table unreadable."""
    headings = {position: text for position, value in cells.items() if (text := _bare(value))}
    known = {name: column for column in table.layout.columns for name in (column.name, column.title)}
    found = {position: known[text] for position, text in headings.items() if text in known}
    table.headings = {column.name: headings[position] for position, column in found.items()}
    table.faults.extend(_faults(table, headings.values(), list(found.values())))
    table.readable = not table.faults
    return found


def _bare(value: object) -> str:
    """People break a heading into lines to make its column narrow."""
    return "".join(shown(value).split())


def _faults(table: Table, headings: Iterable[str], found: list[Column]) -> Iterable[Fault]:
    columns = table.layout.columns
    known = {name for column in columns for name in (column.name, column.title)}
    chinese = table.sheet == table.layout.title
    for column in columns:
        heading = column.title if chinese else column.name
        if column not in found:
            if column.required:
                yield Fault(table.sheet, 1, heading, heading, Rule.COLUMNS, "缺少此列，请在第1行补上表头")
        elif found.count(column) > 1:
            yield Fault(table.sheet, 1, heading, heading, Rule.COLUMNS, "此列出现两次，请删去一列")
    for heading in headings:
        if heading not in known:
            yield Fault(table.sheet, 1, heading, heading, Rule.COLUMNS, "没有这一列，请删去")
