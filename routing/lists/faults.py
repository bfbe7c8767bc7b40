"""What is wrong with a list, said so that the person at the spreadsheet can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """The rule that a cell breaks; stable, for machines. The remedy beside it is for people."""

    FORMAT = "format"
    COLUMNS = "columns"
    REQUIRED = "required"
    ONE_OF = "one_of"
    NUMBER = "number"
    DATE = "date"
    PERIOD = "period"
    UNIQUE = "unique"
    CODE = "code"
    PARENT = "parent"
    FUNCTION = "function"
    DUTY = "duty"
    SCOPE = "scope"
    KNOWN_ISSUE = "known_issue"
    LEGAL_BASIS = "legal_basis"
    HANDED_DOWN = "handed_down"
    HARD_RULE = "hard_rule"
    OVERLAP = "overlap"
    LEVEL = "level"
    CYCLE = "cycle"
    COVERED_BY = "covered_by"
    BOUNDARY = "boundary"
    OUTSIDE = "outside"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell that breaks a rule. Rows are counted as a spreadsheet shows them: the header is row 1."""

    sheet: str
    row: int
    column: str
    value: str
    rule: Rule
    remedy: str

    def __str__(self) -> str:
        return f"{self.sheet} 第{self.row}行 {self.column}“{self.value}” [{self.rule}]：{self.remedy}"


class ListFaults(ValueError):
    """The list cannot be read; `faults` holds everything that is wrong with it, from the top down."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.row))
        super().__init__("\n".join(map(str, self.faults)))


def raise_any(faults: Iterable[Fault]) -> None:
    """Raises ListFaults if there is a fault."""
    found = tuple(faults)
    if found:
        raise ListFaults(found)
