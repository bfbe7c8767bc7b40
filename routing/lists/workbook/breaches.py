"""What a file can do to a list before its cells are judged: the breaches beside the rules of routing.lists.faults."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from routing.lists.faults import Fault, ListFaults, Rule


class Breach(StrEnum):
    """What the spreadsheet did, of which the list's own rules know nothing; stable, for machines."""

    FILE = "file"
    SIZE = "size"
    SHEETS = "sheets"
    HIDDEN = "hidden"
    MERGED = "merged"
    FORMULA = "formula"
    ERROR_VALUE = "error_value"
    CONVERTED = "converted"
    CHARACTER = "character"


@dataclass(frozen=True, slots=True)
class SheetFault(Fault):
    """A fault of the sheet's form; `rule` is always `format`, `breach` says which."""

    breach: Breach

    def __str__(self) -> str:
        where = f"{self.sheet} 第{self.row}行 {self.column}“{self.value}”" if self.row else self.sheet
        return f"{where} [{self.breach}]：{self.remedy}"


def breach(
    which: Breach, remedy: str, *, sheet: str = "文件", row: int = 0, column: str = "", value: str = ""
) -> SheetFault:
    """Row 0 means the whole sheet, or the whole file."""
    return SheetFault(sheet, row, column, value, Rule.FORMAT, remedy, which)


class BookFaults(ListFaults):
    """The faults of both sheets: one sheet after the other, in the order given, each from the top down."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__(faults := tuple(faults))
        order = list(dict.fromkeys(fault.sheet for fault in faults))
        self.faults = tuple(sorted(faults, key=lambda fault: (order.index(fault.sheet), fault.row)))
        self.args = ("\n".join(map(str, self.faults)),)
