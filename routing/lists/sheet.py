"""A list as a sheet of cells: reads one cell at a time into a value and keeps every fault on the way."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from routing.lists.faults import Fault, ListFaults, Rule
from services.limits import Limit, LimitUnit

Word = TypeVar("Word", bound=StrEnum)

SEPARATOR = "|"
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
AMOUNT = re.compile(r"[1-9]\d{0,3}", re.ASCII)


class Answer(StrEnum):
    NO = "no"
    YES = "yes"


@dataclass(slots=True)
class Line:
    """One row while it is read. A cell without a valid value is noted as a fault; what is returned in its place is
    never used, because a sheet with faults makes no list."""

    sheet: str
    number: int
    cells: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    def blame(self, column: str, rule: Rule, remedy: str) -> None:
        self.faults.append(Fault(self.sheet, self.number, column, self.cells[column], rule, remedy))

    def text(self, column: str) -> str:
        if not self.cells[column]:
            self.blame(column, Rule.REQUIRED, "此列必填")
        return self.cells[column]

    def optional(self, column: str) -> str | None:
        return self.cells[column] or None

    def several(self, column: str) -> tuple[str, ...]:
        """The parts of a cell; one told twice is a fault."""
        parts = tuple(part for each in self.cells[column].split(SEPARATOR) if (part := each.strip()))
        for part in sorted({part for part in parts if parts.count(part) > 1}):
            self.blame(column, Rule.UNIQUE, f"“{part}”重复，删去一个")
        return parts

    def some(self, column: str) -> tuple[str, ...]:
        """Like several, but at least one."""
        self.text(column)
        return self.several(column)

    def word(self, column: str, words: type[Word]) -> Word:
        try:
            return words(self.cells[column])
        except ValueError:
            self.blame(column, Rule.ONE_OF, f"填写其中之一：{'、'.join(words)}")
            return next(iter(words))

    def yes(self, column: str) -> bool:
        return self.word(column, Answer) is Answer.YES

    def limit(self) -> Limit:
        """The columns limit and limit_unit together."""
        return Limit(self._amount(), self.word("limit_unit", LimitUnit))

    def limit_override(self) -> Limit | None:
        """Like limit, but both columns may be empty."""
        return self.limit() if self.cells["limit"] or self.cells["limit_unit"] else None

    def _amount(self) -> int:
        if AMOUNT.fullmatch(self.cells["limit"]):
            return int(self.cells["limit"])
        self.blame("limit", Rule.NUMBER, "填写 1 到 9999 的整数")
        return 1

    def day(self, column: str) -> date:
        self.text(column)
        return self.optional_day(column) or date.min

    def optional_day(self, column: str) -> date | None:
        written = self.cells[column]
        try:
            return _day(written) if written else None
        except ValueError:
            self.blame(column, Rule.DATE, "按 年-月-日 填写，例如 2024-07-01")
            return None


def _day(written: str) -> date:
    """Only the form people write; fromisoformat would also take weeks and days run together."""
    if not DAY.fullmatch(written):
        raise ValueError(written)
    return date.fromisoformat(written)


def lines(sheet: str, columns: Sequence[str], text: str) -> list[Line]:
    """The rows below the header, blank ones left out. Raises ListFaults when the sheet's shape is wrong."""
    records = _records(sheet, text)
    header = [cell.strip() for cell in next(records, (1, []))[1]]
    _check_header(sheet, columns, header)
    return [_line(sheet, header, number, cells) for number, cells in records if any(cell.strip() for cell in cells)]


def _records(sheet: str, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            yield number, cells
    except csv.Error as error:
        raise ListFaults(
            [Fault(sheet, number + 1, "", str(error), Rule.FORMAT, "存为 UTF-8 编码的 CSV 文件")]
        ) from error


def _check_header(sheet: str, columns: Sequence[str], header: Sequence[str]) -> None:
    missing = [(column, "缺少此列，请补上表头") for column in columns if column not in header]
    unknown = [(column, "没有这一列，请删去") for column in header if column not in columns]
    double = [(column, "此列出现两次，请删去一列") for column in sorted(set(header)) if header.count(column) > 1]
    if missing or unknown or double:
        raise ListFaults(
            Fault(sheet, 1, column, column, Rule.COLUMNS, remedy) for column, remedy in (*missing, *unknown, *double)
        )


def _line(sheet: str, header: Sequence[str], number: int, cells: Sequence[str]) -> Line:
    stripped = [cell.strip() for cell in cells]
    padded = stripped + [""] * (len(header) - len(stripped))
    line = Line(sheet, number, dict(zip(header, padded, strict=False)))
    if any(stripped[len(header) :]):
        line.blame(header[-1], Rule.COLUMNS, "此行的格子多于表头，检查是否有未加引号的逗号")
    return line
