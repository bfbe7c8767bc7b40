"""Reads the issue list (问题清单)."""

import re
from collections.abc import Sequence
from itertools import chain

from routing.lists.duties import FUNCTIONS, Functions
from routing.lists.faults import Rule, raise_any
from routing.lists.rows import Grade, Issue, IssueList, columns
from routing.lists.sheet import Line, lines

SHEET = "issues.csv"
ISSUE_COLUMNS = columns(Issue)
CODE = re.compile(r"\d\d(-\d\d)?", re.ASCII)


def read_issues(text: str, *, functions: Functions = FUNCTIONS) -> IssueList:
    """The issue list from CSV. Raises ListFaults with every fault there is."""
    sheet = lines(SHEET, ISSUE_COLUMNS, text)
    issues = tuple(_issue(line) for line in sheet)
    names = frozenset(chain.from_iterable(functions.values()))
    for line in sheet:
        _check_reservation(line, names)
    _check_codes(sheet)
    raise_any(fault for line in sheet for fault in line.faults)
    return IssueList(issues)


def _issue(line: Line) -> Issue:
    return Issue(
        code=line.text("code"),
        parent=line.optional("parent"),
        name=line.text("name"),
        grade=line.word("grade", Grade),
        limit=line.limit(),
        filing_condition=line.text("filing_condition"),
        closing_condition=line.text("closing_condition"),
        evidence=line.yes("evidence"),
        reserved_to=line.optional("reserved_to"),
        reserved_basis=line.optional("reserved_basis"),
        public=line.yes("public"),
        phrases=line.some("phrases"),
        questions=line.several("questions"),
        keywords=line.several("keywords"),
    )


def _check_reservation(line: Line, functions: frozenset[str]) -> None:
    """A department alone has the matter only where a law says so, and the row names it."""
    function, basis = line.cells["reserved_to"], line.cells["reserved_basis"]
    if function and function not in functions:
        line.blame("reserved_to", Rule.FUNCTION, f"填写部门职能：{'、'.join(sorted(functions))}")
    if function and not basis:
        line.blame("reserved_basis", Rule.LEGAL_BASIS, "写明专属办理所依据的法律法规名称")
    if basis and not function:
        line.blame("reserved_to", Rule.REQUIRED, "有依据而没有部门：填写部门职能，或删去依据")


def _check_codes(sheet: Sequence[Line]) -> None:
    seen: dict[str, int] = {}
    classes = {line.cells["code"] for line in sheet if not line.cells["parent"]}
    for line in sheet:
        code = line.cells["code"]
        if code and not CODE.fullmatch(code):
            line.blame("code", Rule.CODE, "一级为两位数字（06），二级为一级加两位数字（06-03）")
        elif code in seen:
            line.blame("code", Rule.UNIQUE, f"与第{seen[code]}行重复，换一个代码")
        elif code:
            _check_parent(line, classes)
        seen.setdefault(code, line.number)


def _check_parent(line: Line, classes: set[str]) -> None:
    branch, dash, _ = line.cells["code"].partition("-")
    wanted = branch if dash else ""
    if line.cells["parent"] != wanted:
        line.blame("parent", Rule.PARENT, f"填写代码的前两位：{wanted}" if dash else "一级没有上级，留空")
    elif dash and branch not in classes:
        line.blame("parent", Rule.PARENT, f"补上一级事项 {branch}")
