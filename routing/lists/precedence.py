"""Which row of the responsibility list wins at a place, and why the others lost. The only place of that rule.

The more specific issue first; then the more specific grid (the deeper subtree); then the grid's kind; then anywhere.
Two rows that are equally specific on the same day are an error, never a choice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from routing.lists.rows import Issue, Responsibility, ScopeKind

_SCOPE_RANK = {ScopeKind.ANYWHERE: 0, ScopeKind.KIND: 1, ScopeKind.SUBTREE: 2}


class Specificity(NamedTuple):
    """How closely a row fits a matter at a place; the greater wins."""

    issue: int
    """2 for the very issue, 1 for its class, 0 for any."""
    scope: int
    """2 for a subtree, 1 for a kind, 0 for anywhere."""
    depth: int
    """How many grids the named grid lies below the top; 0 for anywhere."""


def specificity(
    row: Responsibility, issue: Issue, grid_chain: Sequence[str], grid_kinds: Sequence[str]
) -> Specificity | None:
    """None where the row does not fit. The chain runs from the place up; the kinds are those of the same grids."""
    if row.issue not in issue.lineage:
        return None
    depth = _depth(row, grid_chain, grid_kinds)
    if depth is None:
        return None
    return Specificity(2 - _issue_distance(row, issue), _SCOPE_RANK[row.scope_kind], depth)


def _issue_distance(row: Responsibility, issue: Issue) -> int:
    if row.issue == issue.code:
        return 0
    return 1 if row.issue == issue.parent else 2


def _depth(row: Responsibility, grid_chain: Sequence[str], grid_kinds: Sequence[str]) -> int | None:
    if row.scope_kind is ScopeKind.ANYWHERE:
        return 0
    names = grid_chain if row.scope_kind is ScopeKind.SUBTREE else grid_kinds
    return len(names) - names.index(row.scope) if row.scope in names else None


class Loss(StrEnum):
    """Why a row that fits the matter and the place does not lead."""

    NOT_IN_FORCE = "not_in_force"
    HARD_RULE = "hard_rule"
    BROADER_ISSUE = "broader_issue"
    WEAKER_SCOPE = "weaker_scope"
    WIDER_GRID = "wider_grid"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that fits the matter and the place: how closely, whether on this day, and what makes it fit."""

    row: Responsibility
    specificity: Specificity
    in_force: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Loser:
    """A row that did not lead: the reason as a code and as a sentence."""

    candidate: Candidate
    loss: Loss
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The row that leads, if any, and all that fit but do not."""

    winner: Candidate | None
    losers: tuple[Loser, ...]


class OverlappingRows(ValueError):
    """Two rows are equally specific for the same matter, place and day: the list is at fault, nobody may choose."""

    def __init__(self, *rows: str) -> None:
        self.rows = rows
        super().__init__(f"rows {', '.join(rows)} overlap")


def candidate(
    row: Responsibility, issue: Issue, grid_chain: Sequence[str], grid_kinds: Sequence[str], day: date
) -> Candidate | None:
    """None where the row does not fit the matter or the place."""
    fit = specificity(row, issue, grid_chain, grid_kinds)
    return Candidate(row, fit, row.in_force(day), _why_it_fits(row, issue)) if fit else None


def _why_it_fits(row: Responsibility, issue: Issue) -> str:
    matter = ("列明此事项", "列明所属一级事项", "适用任何事项")[_issue_distance(row, issue)]
    where = {
        ScopeKind.SUBTREE: f"范围为网格 {row.scope} 及其以下",
        ScopeKind.KIND: f"范围为 {row.scope} 类网格",
        ScopeKind.ANYWHERE: "范围为全部地点",
    }
    return f"责任清单 {row.row} 行{matter}（{row.issue}），{where[row.scope_kind]}"


def may_lead(issue: Issue, row: Responsibility | None, unit_grassroots: bool) -> str | None:
    """None where a unit may lead the matter, else the reason why not (国办函〔2025〕66号).

    `row` is the row that names the unit, or None where a person names it and no row does.
    """
    if issue.reserved_to is None or not unit_grassroots or (row and row.hands_down(issue)):
        return None
    return (
        f"“{issue.name}”依法由职能部门（{issue.reserved_to}）办理，依据：{issue.reserved_basis}；"
        "没有写明依据的下沉行，不得派至街道及以下"
    )


def decide(issue: Issue, candidates: Sequence[Candidate], is_grassroots: Callable[[str], bool]) -> Decision:
    """The most specific row that is in force and whose lead may have the matter.

    `is_grassroots` says of a row's lead (a duty or a unit's code) whether the unit stands at the street or below.
    Raises OverlappingRows.
    """
    ordered = sorted(candidates, key=lambda each: (each.specificity, each.row.valid_from, each.row.row), reverse=True)
    refusals = {each: _refusal(issue, each, is_grassroots) for each in ordered}
    winner = next((each for each in ordered if refusals[each] is None), None)
    if winner is None:
        return Decision(None, tuple(refusal for refusal in refusals.values() if refusal))
    _refuse_overlap(winner, ordered)
    return Decision(winner, tuple(refusals[each] or _outdone(each, winner) for each in ordered if each != winner))


def _refusal(issue: Issue, each: Candidate, is_grassroots: Callable[[str], bool]) -> Loser | None:
    row = each.row
    if not each.in_force:
        until = f"至 {row.valid_to}" if row.valid_to else "起"
        return Loser(each, Loss.NOT_IN_FORCE, f"{row.row} 行当日无效：有效期 {row.valid_from} {until}")
    reason = may_lead(issue, row, is_grassroots(row.lead))
    return Loser(each, Loss.HARD_RULE, f"{row.row} 行被排除：{reason}") if reason else None


def _refuse_overlap(winner: Candidate, candidates: Sequence[Candidate]) -> None:
    alike = [each.row.row for each in candidates if each.in_force and each.specificity == winner.specificity]
    if len(alike) > 1:
        raise OverlappingRows(*sorted(alike))


def _outdone(each: Candidate, winner: Candidate) -> Loser:
    """The first place at which it is less specific than the winner."""
    row, better = each.row, winner.row.row
    if each.specificity.issue < winner.specificity.issue:
        return Loser(each, Loss.BROADER_ISSUE, f"{row.row} 行的事项（{row.issue}）不如 {better} 行具体")
    if each.specificity.scope < winner.specificity.scope:
        return Loser(each, Loss.WEAKER_SCOPE, f"{row.row} 行的范围不如 {better} 行明确：先网格，后类型，再全部地点")
    return Loser(each, Loss.WIDER_GRID, f"{row.row} 行的网格（{row.scope}）大于 {better} 行的网格")
