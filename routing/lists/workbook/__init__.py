"""The two lists as streets keep them: a workbook with the sheets 问题清单 and 责任清单, or two CSV files."""

from routing.lists.duties import FUNCTIONS, Functions
from routing.lists.starter import Lists
from routing.lists.workbook.breaches import BookFaults, Breach, SheetFault
from routing.lists.workbook.example import template
from routing.lists.workbook.tables import read_tables
from routing.lists.workbook.texts import read_csv, write_csv
from routing.lists.workbook.worksheets import read_sheets
from routing.lists.workbook.writing import write_workbook

__all__ = ["BookFaults", "Breach", "SheetFault", "read_csv", "read_workbook", "template", "write_csv", "write_workbook"]


def read_workbook(data: bytes, *, functions: Functions = FUNCTIONS) -> Lists:
    """Both lists from an .xlsx file, all or nothing. Raises ListFaults with every fault of both sheets."""
    return read_tables(*read_sheets(data), functions)
