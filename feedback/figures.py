"""The four rates of a choice of cases, counted from the raw rows by one statement.

What counts, and what is left out under which name:
- contact and on time: a case counts once its limit has passed or the thing is done. Left out: `not_yet_due`,
  `no_limit`, and what the unit no longer answers for: `merged`, `withdrawn`, `not_accepted`, `handed_over`,
  `settled_on_spot`.
- resolution and satisfaction: a case counts once its citizen answered in time about a handling; the answer of the
  latest round counts, and no later merge or withdrawal takes it out again. Left out, beside the names above:
  `not_surveyed`, `unreachable`, `awaiting_answer`, `not_yet_handled`.
Surveys of samples (settled on the spot, withdrawn, re-checks) are no part of the rates.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.formulas import Formulas, Rate
from feedback.models import Answer, CaseCopy, Kind, State, Survey

RATES = ("contact", "on_time", "resolution", "satisfaction")
NO_LONGER_OURS = ("withdrawn", "not_accepted", "handed_over", "settled_on_spot")
MERGED = "merged"


@dataclass(frozen=True)
class Choice:
    """Which cases: received from (included) to (excluded); of a grid's or a unit's subtree; of one channel."""

    start: datetime
    end: datetime
    grid: str | None = None
    unit: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Figure:
    """A rate, opened: its numerator over its denominator, the parts of that, and what was left out by reason."""

    numerator: float
    denominator: int
    parts: Mapping[str, int]
    excluded: Mapping[str, int]

    @property
    def value(self) -> float | None:
        """None over nothing: no case is not a hundred per cent."""
        return round(self.numerator / self.denominator, 6) if self.denominator else None


async def figures(
    session: AsyncSession, choice: Choice, formulas: Formulas, *, as_of: datetime
) -> tuple[int, dict[str, Figure]]:
    """The number of cases chosen, and the four rates."""
    rows = (await session.execute(_counted(choice, as_of))).all()
    cases = sum(row.number for row in rows)
    return cases, {name: _figure(formulas.rates[name], name, rows) for name in RATES}


def _figure(rate: Rate, name: str, rows: Sequence[Any]) -> Figure:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[getattr(row, name)] += row.number
    parts = {part: counts.pop(part, 0) for part in rate.parts}
    numerator = round(sum(rate.parts[part] * number for part, number in parts.items()), 6)
    return Figure(numerator, sum(parts.values()), parts, dict(sorted(counts.items())))


def chosen(choice: Choice) -> list[ColumnElement[bool]]:
    """The one filter of figures, and of whatever lists the cases behind them."""
    wanted = [CaseCopy.received_at >= choice.start, CaseCopy.received_at < choice.end]
    if choice.grid:
        wanted.append(_below(CaseCopy.grid_path, choice.grid))
    if choice.unit:
        wanted.append(_below(CaseCopy.lead_path, choice.unit))
    if choice.channel:
        wanted.append(CaseCopy.channel == choice.channel)
    return wanted


def _below(path: Any, code: str) -> ColumnElement[bool]:
    """The code is somewhere in the chain: the thing itself or anything below it, as the tree was on the case's day."""
    chain = func.concat("/", func.btrim(path, "/"), "/", type_=Text)
    return chain.contains(f"/{code.strip('/')}/", autoescape=True)


def _counted(choice: Choice, as_of: datetime) -> Select[Any]:
    """One row per combination of fates, with the number of its cases."""
    fates = _fates(choice, as_of).subquery("fates")
    names = [fates.c[name] for name in RATES]
    return select(*names, func.count().label("number")).group_by(*names)


def _fates(choice: Choice, as_of: datetime) -> Select[Any]:
    """For each case, which part or exclusion of each rate it is."""
    told, asked = _latest_answer(), _survey_of_this_round()
    silent = _silent(asked.c.state)
    return (
        select(
            _timed(CaseCopy.contact_due, CaseCopy.contacted_at, as_of).label("contact"),
            _timed(CaseCopy.case_due, CaseCopy.handled_at, as_of).label("on_time"),
            func.coalesce(told.c.solved, silent).label("resolution"),
            func.coalesce(told.c.satisfied, silent).label("satisfaction"),
        )
        .select_from(CaseCopy)
        .outerjoin(told, literal(True))
        .outerjoin(asked, literal(True))
        .where(*chosen(choice))
    )


def _latest_answer() -> Any:
    answered = select(Answer.solved, Answer.satisfied).join(Survey, Survey.id == Answer.survey)
    answered = answered.where(Survey.case_no == CaseCopy.case_no, Survey.kind == Kind.HANDLED, ~Answer.late)
    return answered.order_by(Survey.round.desc()).limit(1).lateral("told")


def _survey_of_this_round() -> Any:
    asked = select(Survey.state).where(Survey.case_no == CaseCopy.case_no, Survey.kind == Kind.HANDLED)
    asked = asked.where(Survey.round >= CaseCopy.round)
    return asked.order_by(Survey.round.desc()).limit(1).lateral("asked")


def _timed(due: Any, done: Any, as_of: datetime) -> ColumnElement[str]:
    return case(
        *_gone(),
        (due.is_(None), "no_limit"),
        (done <= due, "in_time"),
        (or_(done.is_not(None), due <= as_of), "late"),
        else_="not_yet_due",
    )


def _silent(survey_state: Any) -> ColumnElement[str]:
    """Why a case without an answer is left out."""
    return case(
        (survey_state == State.OPEN, "awaiting_answer"),
        (survey_state.in_([State.UNREACHABLE, State.EXPIRED]), "unreachable"),
        *_gone(),
        (CaseCopy.outcome == "not_surveyed", "not_surveyed"),
        else_="not_yet_handled",
    )


def _gone() -> list[Any]:
    merged = or_(CaseCopy.merged_into.is_not(None), CaseCopy.state == MERGED)
    return [(merged, MERGED), (CaseCopy.outcome.in_(NO_LONGER_OURS), CaseCopy.outcome)]
