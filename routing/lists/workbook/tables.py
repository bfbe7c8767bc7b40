"""A sheet as a table of texts under the list's column names: read as a list, its faults told in the sheet's words."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from routing.lists.duties import Functions
from routing.lists.faults import Fault, ListFaults, Rule
from routing.lists.issues import read_issues
from routing.lists.responsibilities import read_responsibilities
from routing.lists.rows import IssueList
from routing.lists.search import ResponsibilityList
from routing.lists.starter import Lists
from routing.lists.workbook.breaches import BookFaults, SheetFault
from routing.lists.workbook.cells import Unfit, shown, written
from routing.lists.workbook.columns import ISSUES, LONGEST_CELL, RESPONSIBILITIES, Column, Layout

_WORD = re.compile(r"(?<![@.\w])[a-z_]+(?!\w)")
_WORDS = {
    word: said for layout in (ISSUES, RESPONSIBILITIES) for each in layout.columns for said, word in each.words.items()
}
_DUTIES_CITED = frozenset({Rule.DUTY, Rule.FUNCTION})


@dataclass(slots=True)
class Table:
    """`sheet` and `headings` (by column name) are those people see; rows have their spreadsheet's numbers."""

    layout: Layout
    sheet: str
    headings: dict[str, str] = field(default_factory=dict)
    rows: dict[int, dict[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    merged: list[tuple[range, set[str]]] = field(default_factory=list)
    readable: bool = True
    _seen: dict[tuple[int, str], str] = field(default_factory=dict)

    def add(self, row: int, cells: Mapping[Column, object]) -> None:
        """Keeps a row of raw cells as texts, and what is wrong with them; a blank one is left out."""
        texts = {column.name: self._text(row, column, value) for column, value in cells.items()}
        if any(texts.values()):
            self.rows[row] = texts

    def _text(self, row: int, column: Column, value: object) -> str:
        seen = shown(value)
        try:
            text = written(column, value)
        except Unfit as unfit:
            heading = self.headings[column.name]
            text = seen = seen[:LONGEST_CELL]
            self.faults.append(SheetFault(self.sheet, row, heading, seen, Rule.FORMAT, unfit.remedy, unfit.breach))
        if text != seen:
            self._seen[row, column.name] = seen
        return text

    def csv(self, without: Collection[int] = ()) -> str:
        """The table as the readers take it. Blank lines keep the rows' numbers."""
        out = io.StringIO()
        writer = csv.DictWriter(out, list(self.headings))
        writer.writeheader()
        blank = dict.fromkeys(self.headings, "")
        for row in range(2, max(self.rows, default=1) + 1):
            writer.writerow(blank if row in without else self.rows.get(row, blank))
        return out.getvalue()

    def told(self, faults: Iterable[Fault]) -> list[Fault]:
        """A reader's faults in the words of this sheet. A cell that is unfit anyway is not blamed twice."""
        blamed = {(fault.row, fault.column) for fault in self.faults}
        told = (self._told(fault) for fault in faults if not self._merged_away(fault))
        return [*self.faults, *(fault for fault in told if (fault.row, fault.column) not in blamed)]

    def _merged_away(self, fault: Fault) -> bool:
        """Excel empties all cells of a merged range but the first; the merging is what to mend."""
        return any(fault.row in rows and fault.column in names for rows, names in self.merged)

    def _told(self, fault: Fault) -> Fault:
        return replace(
            fault,
            sheet=self.sheet,
            column=self.headings.get(fault.column, fault.column),
            value=self._seen.get((fault.row, fault.column), fault.value),
            remedy=self._remedy(fault),
        )

    def _remedy(self, fault: Fault) -> str:
        """The list's words as the sheet has them; the levels and offices of duties are the same everywhere."""
        if self.sheet != self.layout.title or fault.rule in _DUTIES_CITED:
            return fault.remedy
        own = {word: said for each in self.layout.columns for said, word in each.words.items()}
        words = _WORDS | own | self.headings
        return _WORD.sub(lambda word: words.get(word[0], word[0]), fault.remedy)


def read_tables(issues: Table, responsibilities: Table, functions: Functions) -> Lists:
    """Both lists, or BookFaults with all that is wrong with either."""
    known, found = _issues(issues, functions)
    rows, more = _responsibilities(responsibilities, known, issues, functions)
    if rows is None or found or more:
        raise BookFaults([*found, *more])
    return Lists(known, rows)


def _issues(table: Table, functions: Functions) -> tuple[IssueList, list[Fault]]:
    """The list, or as much of it as can be believed in, with the faults."""
    if not table.readable:
        return IssueList(()), table.faults
    without: set[int] = set()
    faults: list[Fault] = []
    while True:
        try:
            return read_issues(table.csv(without), functions=functions), table.told(faults)
        except ListFaults as broken:
            faults = faults or list(broken.faults)
            faulty = {fault.row for fault in broken.faults}
            if faulty <= without:
                return IssueList(()), table.told(faults)
            without |= faulty


def _responsibilities(
    table: Table, known: IssueList, issues: Table, functions: Functions
) -> tuple[ResponsibilityList | None, list[Fault]]:
    if not table.readable:
        return None, table.faults
    try:
        return read_responsibilities(table.csv(), known, functions=functions), table.told(())
    except ListFaults as broken:
        faults = table.told(fault for fault in broken.faults if not _follows(fault, table, known, issues))
        return None, faults


def _follows(fault: Fault, table: Table, known: IssueList, issues: Table) -> bool:
    """Whether the fault only follows from another one in the issue list, which hides the row's issue."""
    if fault.rule is not Rule.KNOWN_ISSUE and (fault.rule, fault.column) != (Rule.HANDED_DOWN, "handed_down"):
        return False
    issue = table.rows[fault.row].get("issue", "")
    told = {cells.get("code", "") for cells in issues.rows.values()}
    return issue not in known and (not issues.readable or issue in told)
