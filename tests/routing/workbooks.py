"""Small lists as a workbook, edited, taken apart and packed again."""

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from routing.lists import (
    Fault,
    Grade,
    Issue,
    IssueList,
    ListFaults,
    Lists,
    Power,
    Responsibility,
    ResponsibilityList,
    ScopeKind,
)
from routing.lists.workbook import (
    Breach,
    SheetFault,
    read_workbook,
    write_workbook,
)
from routing.lists.workbook.columns import ISSUES, RESPONSIBILITIES
from services.limits import Limit, LimitUnit

GUIDE = Path(__file__).parents[2] / "docs" / "lists.md"
CLASS = Issue(
    code="05",
    parent=None,
    name="市容环卫",
    grade=Grade.SIMPLE,
    limit=Limit(4, LimitUnit.WORK_HOURS),
    filing_condition="有垃圾",
    closing_condition="已清除",
    evidence=True,
    reserved_to=None,
    reserved_basis=None,
    public=True,
    phrases=("一堆垃圾", "没人清"),
    questions=("在哪里？",),
    keywords=("垃圾",),
)
SIGNS = replace(CLASS, code="05-08", parent="05", name="招牌", reserved_to="greening", reserved_basis="某办法")
ROW = Responsibility(
    row="R1",
    issue="05-08",
    scope_kind=ScopeKind.ANYWHERE,
    scope=None,
    lead="@district.greening",
    co=("@street.management", "@committee"),
    power=Power.ENFORCE,
    limit=None,
    legal_basis="某条例",
    handed_down=False,
    valid_from=date(2024, 7, 1),
    valid_to=None,
)
GRID = replace(ROW, row="R2", scope_kind=ScopeKind.SUBTREE, scope="310101023001001", issue="05", lead="@micro")


def lists(*rows: Responsibility, issues: tuple[Issue, ...] = (CLASS, SIGNS)) -> Lists:
    held = IssueList(issues)
    return Lists(held, ResponsibilityList(held, rows))


SMALL = lists(ROW, GRID)
BOOK = write_workbook(SMALL)
Edit = Callable[[Workbook], object]


def edited(edit: Edit, start: Lists = SMALL) -> bytes:
    """An exported workbook in which somebody changed something."""
    book = load_workbook(io.BytesIO(BOOK if start is SMALL else write_workbook(start)))
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def at(sheet: str, cell: str, value: object) -> Edit:
    def put(book: Workbook) -> None:
        place = book[sheet][cell]
        place.number_format = "General"
        place.value = value

    return put


def midnight(year: int, month: int, day: int) -> datetime:
    """A day as Excel keeps it."""
    return datetime.combine(date(year, month, day), time())


def column(sheet: str, name: str) -> str:
    layout = ISSUES if sheet == ISSUES.title else RESPONSIBILITIES
    return "ABCDEFGHIJKLMNO"[[each.name for each in layout.columns].index(name)]


def faults_of(data: bytes) -> tuple[Fault, ...]:
    with pytest.raises(ListFaults) as caught:
        read_workbook(data)
    return caught.value.faults


def breaches(data: bytes) -> list[Breach]:
    found = faults_of(data)
    assert all(isinstance(fault, SheetFault) and fault.remedy for fault in found), found
    return [fault.breach for fault in found if isinstance(fault, SheetFault)]


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


PARTS = parts_of(BOOK)


def with_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    return packed(PARTS | {name: change(PARTS[name])})


ROWS = "xl/worksheets/sheet3.xml"


def as_excel_saves(data: bytes) -> bytes:
    """Excel keeps each text once, in a part of its own, where openpyxl writes it into the cell."""
    parts, texts = parts_of(data), list[bytes]()

    def share(cell: re.Match[bytes]) -> bytes:
        texts.append(b"<si>" + cell[1].replace(b"<t>", b'<t xml:space="preserve">') + b"</si>")
        return b't="s"><v>%d</v></c>' % (len(texts) - 1)

    for name in ("xl/worksheets/sheet2.xml", ROWS):
        parts[name] = re.sub(rb't="inlineStr"[^>]*><is>(.*?)</is></c>', share, parts[name], flags=re.DOTALL)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    entry = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", entry)
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="%s">%s</sst>' % (MAIN.encode(), b"".join(texts))
    return packed(parts)
