"""Reads the responsibility list (责任清单) over an issue list."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from routing.city import GridKind
from routing.lists.duties import FUNCTIONS, Functions, grassroots, what_is_wrong
from routing.lists.faults import Rule, raise_any
from routing.lists.rows import ANY_ISSUE, IssueList, Power, Responsibility, ScopeKind, columns
from routing.lists.search import ResponsibilityList
from routing.lists.sheet import Line, lines

SHEET = "responsibilities.csv"
RESPONSIBILITY_COLUMNS = columns(Responsibility)
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
        _check_scope(line)
        _check_duties(line, row, functions)
        _check_matter(line, row, issues)
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


def _check_scope(line: Line) -> None:
    scope = line.cells["scope"]
    match line.cells["scope_kind"]:
        case ScopeKind.SUBTREE if not GRID_CODE.fullmatch(scope):
            line.blame("scope", Rule.SCOPE, "填写网格代码，例如 310101023")
        case ScopeKind.KIND if scope not in set(GridKind):
            line.blame("scope", Rule.SCOPE, f"填写网格类型：{'、'.join(GridKind)}")
        case ScopeKind.ANYWHERE if scope:
            line.blame("scope", Rule.SCOPE, "适用全部地点时此列留空")


def _check_duties(line: Line, row: Responsibility, functions: Functions) -> None:
    for column, duties in (("lead", (row.lead,) if row.lead else ()), ("co", row.co)):
        for duty in duties:
            if remedy := what_is_wrong(duty, functions):
                line.blame(column, Rule.DUTY, f"“{duty}”：{remedy}")
    if row.lead in row.co:
        line.blame("co", Rule.UNIQUE, "主办单位不能同时是协办单位，删去")


def _check_matter(line: Line, row: Responsibility, issues: IssueList) -> None:
    """Enforcing and handing down need a law; the hard rule holds wherever a duty itself says who it falls to."""
    if row.issue and row.issue != ANY_ISSUE and row.issue not in issues:
        line.blame("issue", Rule.KNOWN_ISSUE, "填写问题清单中的代码，或 *")
    reserved_to = issues.find(row.issue).reserved_to if row.issue in issues else None
    if row.handed_down:
        _check_handing_down(line, reserved=reserved_to is not None)
    elif reserved_to and grassroots(row.lead):
        line.blame("lead", Rule.HARD_RULE, f"此事项由 {reserved_to} 专属办理，不得派至街道及以下；已下沉的写明依据")
    if not row.legal_basis and (row.handed_down or line.cells["power"] == Power.ENFORCE):
        line.blame("legal_basis", Rule.LEGAL_BASIS, "执法或下沉须写明法律依据")


def _check_handing_down(line: Line, *, reserved: bool) -> None:
    if not reserved:
        line.blame("handed_down", Rule.HANDED_DOWN, "只有专属部门办理的事项才需下沉，且须逐项列明，改为 no")
    if line.cells["scope_kind"] != ScopeKind.SUBTREE:
        line.blame("scope_kind", Rule.HANDED_DOWN, "下沉须写明接收的网格：改为 subtree")
    if line.cells["lead"].startswith("@") and not grassroots(line.cells["lead"]):
        line.blame("lead", Rule.HANDED_DOWN, "下沉的主办须在街道及以下，例如 @area")


def _check_period(line: Line, row: Responsibility) -> None:
    if row.valid_to and row.valid_to < row.valid_from:
        line.blame("valid_to", Rule.PERIOD, "不得早于 valid_from")


def _check_overlaps(read: Iterable[Read]) -> None:
    """Rows are equally specific at some place exactly when they name the same issue and the same scope."""
    alike = defaultdict(list)
    for line, row in read:
        alike[row.issue, row.scope_kind, row.scope].append((line, row))
    for rows in alike.values():
        _check_overlap(sorted(rows, key=lambda pair: (pair[1].valid_from, pair[0].number)))


def _check_overlap(in_time: Sequence[Read]) -> None:
    """Each row against the one before it that lasts longest."""
    _, lasting = in_time[0]
    for line, row in in_time[1:]:
        if row.valid_from <= (lasting.valid_to or date.max):
            line.blame("valid_from", Rule.OVERLAP, f"与行 {lasting.row} 事项、范围相同而时间重叠，删去一行或错开有效期")
        lasting = max(lasting, row, key=lambda each: each.valid_to or date.max)
