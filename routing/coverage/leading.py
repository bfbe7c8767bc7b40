"""Who leads a matter at a place on a day, or why nobody does: precedence, the hard rule and the city's units."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from routing.city import City, Unit, UnknownCode, UnknownDuty, resolve
from routing.lists import Candidate, Decision, Issue, Loss, OverlappingRows, Responsibility, ResponsibilityList, decide


class Cause(StrEnum):
    """Why nobody leads."""

    NO_ROW = "no_row"
    HARD_RULE = "hard_rule"
    UNKNOWN_UNIT = "unknown_unit"
    CLOSED_UNIT = "closed_unit"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as the lists see it: the codes and kinds of its grids, from the place up."""

    codes: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def of(cls, grid: str, city: City) -> "Spot":
        chain = city.chain(grid)
        return cls(tuple(each.code for each in chain), tuple(each.kind for each in chain))

    @property
    def grid(self) -> str:
        return self.codes[0]


@dataclass(frozen=True, slots=True)
class Lead:
    """The row that wins and the units it means at the place."""

    row: Responsibility
    unit: Unit
    co_units: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """`about` is what to mend: rows that tie or are forbidden, a duty, a unit; `rows` are all that play a part."""

    cause: Cause
    about: tuple[str, ...]
    rows: tuple[str, ...]
    why: str


class _NoUnit(LookupError):
    """The city has no unit for this duty at this place."""

    def __init__(self, duty: str) -> None:
        self.duty = duty
        super().__init__(duty)


def who_leads(issue: Issue, spot: Spot, rows: ResponsibilityList, city: City, day: date) -> Lead | Nobody:
    """The one lead. A row in force whose lead or co-units do not exist stops the matter, as it would stop dispatch."""
    fitting = rows.candidates(issue.code, spot.codes, spot.kinds, day)
    try:
        decision = decide(issue, fitting, lambda lead: _unit(lead, spot, city).grassroots)
        if decision.winner is None:
            return _nobody(decision)
        return _lead(decision.winner.row, spot, city, day)
    except OverlappingRows as tie:
        return Nobody(Cause.OVERLAP, tie.rows, tie.rows, f"条目 {'、'.join(tie.rows)} 同样具体，同日有效")
    except _NoUnit as missing:
        return _unknown(missing.duty, fitting)


def _unit(duty: str, spot: Spot, city: City) -> Unit:
    try:
        return resolve(duty, spot.grid, city)
    except (UnknownDuty, UnknownCode) as error:
        raise _NoUnit(duty) from error


def _lead(row: Responsibility, spot: Spot, city: City, day: date) -> Lead | Nobody:
    unit, co_units = _unit(row.lead, spot, city), tuple(_unit(duty, spot, city) for duty in row.co)
    if unit.valid_from <= day and (unit.valid_to is None or day <= unit.valid_to):
        return Lead(row, unit, co_units)
    return Nobody(Cause.CLOSED_UNIT, (unit.code,), (row.row,), f"条目 {row.row} 的主办 {unit.code} 当日未设立或已撤销")


def _nobody(decision: Decision) -> Nobody:
    losers = {loser.candidate.row.row: loser.loss for loser in decision.losers}
    forbidden = tuple(sorted(row for row, loss in losers.items() if loss is Loss.HARD_RULE))
    if forbidden:
        why = f"条目 {'、'.join(forbidden)} 会把专属事项派至街道及以下，此外没有有效条目"
        return Nobody(Cause.HARD_RULE, forbidden, forbidden, why)
    out_of_force = tuple(sorted(losers))
    why = f"条目 {'、'.join(out_of_force)} 当日无效，此外没有条目" if out_of_force else "没有条目"
    return Nobody(Cause.NO_ROW, (), out_of_force, why)


def _unknown(duty: str, fitting: tuple[Candidate, ...]) -> Nobody:
    rows = (each.row for each in fitting if each.in_force and duty in (each.row.lead, *each.row.co))
    names = tuple(sorted(row.row for row in rows))
    return Nobody(Cause.UNKNOWN_UNIT, (duty,), names, f"条目 {'、'.join(names)} 的“{duty}”在此处不是任何单位")
