"""Reads the responsibility list (责任清单) over an issue list."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from routing.city import GridKind
from routing.lists.duties import FUNCTIONS, Functions, grassroots, what_is_wrong
from routing.lists.faults import Rule, raise_any
from routing.lists.rows import ANY_ISSUE, IssueList, Power, Responsibility, ScopeKind
from routing.lists.search import ResponsibilityList
from routing.lists.sheet import Line, lines

SHEET = "responsibilities.csv"
RESPONSIBILITY_COLUMNS = tuple(
    "row issue scope_kind scope lead co power limit limit_unit legal_basis handed_down valid_from valid_to".split()
)
GRID_CODE = re.compile(r"\d[0-9A-Z]+", re.ASCII)

Read = tuple[Line, Responsibility]


def read_responsibilities(text: str, issues: IssueList, *, functions: Functions = FUNCTIONS) -> ResponsibilityList:
    """The responsibility list from CSV. Raises ListFaults with every fault there is.

    What only a city can tell is not checked here: that a grid or a unit's code exists, that nothing is left uncovered.
    """
    sheet = lines(SHEET, RESPONSIBILITY_COLUMNS, text)
    read = [(line, _responsibility(line)) for line in sheet]
    _check_names(sheet)
    for line, row in read:
        _check_scope(line, row)
        _check_duties(line, row, functions)
        _check_basis(line, row, issues)
        _check_period(line, row)
    _check_overlaps((line, row) for line, row in read if not line.faults)
    raise_any(fault for line in sheet for fault in line.faults)
    return ResponsibilityList(issues, tuple(row for _, row in read))


def _responsibility(line: Line) -> Responsibility:
    return Responsibility(
        row=line.text("row"),
        issue=line.text("issue"),
        scope_kind=line.word("scope_kind", ScopeKind),
        scope=line.optional("scope"),
        lead=line.text("lead"),
        co=line.several("co"),
        power=line.word("power", Power),
        limit=line.limit_override(),
        legal_basis=line.optional("legal_basis"),
        handed_down=line.yes("handed_down"),
        valid_from=line.day("valid_from"),
        valid_to=line.optional_day("valid_to"),
    )


def _check_names(sheet: Sequence[Line]) -> None:
    """Explanations cite rows by name."""
    seen: dict[str, int] = {}
    for line in sheet:
        name = line.cells["row"]
        if name in seen:
            line.blame("row", Rule.UNIQUE, f"与第{seen[name]}行重复，换一个行号")
        elif name:
            seen[name] = line.number


def _check_scope(line: Line, row: Responsibility) -> None:
    scope = row.scope or ""
    if row.scope_kind is ScopeKind.SUBTREE and not GRID_CODE.fullmatch(scope):
        line.blame("scope", Rule.SCOPE, "填写网格代码，例如 310101023")
    elif row.scope_kind is ScopeKind.KIND and scope not in set(GridKind):
        line.blame("scope", Rule.SCOPE, f"填写网格类型：{'、'.join(GridKind)}")
    elif row.scope_kind is ScopeKind.ANYWHERE and scope and not line.faults:
        line.blame("scope", Rule.EMPTY, "适用全部地点时此列留空")


def _check_duties(line: Line, row: Responsibility, functions: Functions) -> None:
    for column, duties in (("lead", (row.lead,) if row.lead else ()), ("co", row.co)):
        for duty in duties:
            if remedy := what_is_wrong(duty, functions):
                line.blame(column, Rule.DUTY, f"“{duty}”：{remedy}")
    if row.lead in row.co:
        line.blame("co", Rule.UNIQUE, "主办单位不能同时是协办单位，删去")


def _check_basis(line: Line, row: Responsibility, issues: IssueList) -> None:
    """Enforcement and handing down need a law; the hard rule holds for whoever is plainly at the grass roots."""
    if row.issue not in (ANY_ISSUE, "") and row.issue not in issues:
        line.blame("issue", Rule.KNOWN_ISSUE, "填写问题清单中的代码，或 *")
        return
    if row.power is Power.ENFORCE and not row.legal_basis and not line.faults:
        line.blame("legal_basis", Rule.LEGAL_BASIS, "执法须写明法律依据")
    reserved = row.issue in issues and issues.find(row.issue).reserved_to is not None
    low = not row.lead.startswith("@") or any(_grassroots_leads(row))
    ...
