"""Whose duty a matter is at a place: the row that wins there, and the units it means. Pure."""

from datetime import date
from typing import NamedTuple

from routing.catalogue import Catalogue
from routing.city import Unit, UnknownDuty, resolve
from routing.lists import (
    Candidate,
    Decision,
    Issue,
    OverlappingRows,
    Responsibility,
    may_lead,
)
from routing.lists.duties import level_of


class Duty(NamedTuple):
    """The winning row at a place, with its units, and the decision it came from."""

    row: Responsibility
    lead: Unit
    co_units: tuple[Unit, ...]
    decision: Decision


def duty_at(issue: Issue, grid: str, catalogue: Catalogue, day: date) -> Duty | None:
    """The row that wins; None where no row may lead or two are equal, which a person must see."""
    city = catalogue.city
    try:
        decision = catalogue.precedents.decision(issue, grid, day)
        if decision.winner is None:
            return None
        row = decision.winner.row
        co_units = {unit.code: unit for unit in [resolve(duty, grid, city) for duty in row.co]}
        return Duty(row, resolve(row.lead, grid, city), tuple(co_units.values()), decision)
    except (OverlappingRows, UnknownDuty):
        return None


def candidates_at(issue: Issue, grid: str, catalogue: Catalogue, day: date) -> tuple[Candidate, ...]:
    """All rows that fit the matter and the place."""
    chain = catalogue.city.chain(grid)
    codes, kinds = [each.code for each in chain], [each.kind for each in chain]
    return catalogue.lists.responsibilities.candidates(issue.code, codes, kinds, day)


def too_wide(duty: Duty, grid: str, catalogue: Catalogue) -> bool:
    """Whether the place lies above the streets and the row means somebody below it: which one, nobody can tell."""
    here = catalogue.city.grid(grid).level
    if here.grassroots:
        return False
    wanted = level_of(duty.row.lead)
    return wanted is not None and wanted.rank > here.rank


def reserved(catalogue: Catalogue, *, issue: str | None, grid: str | None, unit: str, day: date) -> bool:
    """Whether the law reserves the matter to a department, so that this unit at the grass roots must not lead it.

    A row that hands the very matter down at this place on this day to this unit lifts the rule.
    """
    if issue is None or issue not in catalogue.lists.issues:
        return False
    matter = catalogue.lists.issues.find(issue)
    rows = [each.row for each in candidates_at(matter, grid, catalogue, day) if each.in_force] if grid else []
    if any(row.hands_down(matter) and _means(row.lead, str(grid), unit, catalogue) for row in rows):
        return False
    return may_lead(matter, None, True) is not None


def _means(duty: str, grid: str, unit: str, catalogue: Catalogue) -> bool:
    try:
        return resolve(duty, grid, catalogue.city).code == unit
    except UnknownDuty:
        return False
