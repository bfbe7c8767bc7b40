"""What each case is to each rate: one line per case, made from the raw rows by one statement.

What counts, and what is left out under which name:
- contact and on_time: a case counts once its limit has passed or the thing is done. Left out: `not_yet_due`,
  `no_limit`, and what the unit no longer answers for: `merged`, `withdrawn`, `not_accepted`, `handed_over`,
  `settled_on_spot`.
- resolution and satisfaction: a case counts once its citizen answered in time about a handling; the valid answer of
  the latest round counts, and no later merge or withdrawal takes it out again. Left out, beside the names above:
  `not_surveyed`, `unreachable`, `awaiting_answer`, `not_yet_handled`.
- dispute: every case that a unit has led counts, however it ended. Left out: `merged`, `not_dispatched`.
- handled_again: a case counts once it was handled. Left out: `merged`, `not_yet_handled` and the names above.
- recheck: a case counts once a second asking was answered for a round whose first answer counts. Left out:
  `not_rechecked`, `awaiting_recheck`, `recheck_unreachable`, `no_first_answer`.
An exclusion (剔除) that two evaluators agreed on goes before all of it: the case is `excluded` from the rates it names.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    Subquery,
    Text,
    and_,
    any_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import aliased

from feedback.figure_models import Exclusion, ExclusionRuling
from feedback.models import Answer, CaseCopy, Kind, State, Survey
from feedback.ratings import is_valid

RATES = ("contact", "on_time", "resolution", "satisfaction", "dispute", "handled_again", "recheck")
FACETS = ("grid", "unit", "issue", "channel")
NO_LONGER_OURS = ("withdrawn", "not_accepted", "handed_over", "settled_on_spot")
MERGED, EXCLUDED, NOT_YET_DUE = "merged", "excluded", "not_yet_due"
BAR = "|"


@dataclass(frozen=True)
class Choice:
    """Which cases: received from (included) to (excluded); below a grid, a unit, an issue; of one channel.

    Days begin in `zone`, the city's.
    """

    start: datetime
    end: datetime
    grid: str | None = None
    unit: str | None = None
    channel: str | None = None
    issue: str | None = None
    zone: str = "Asia/Shanghai"

    def named(self) -> dict[str, str]:
        """The nodes it names, by facet. Codes are unique in their tree, so of a chain its last is meant."""
        found = {facet: getattr(self, facet) for facet in FACETS}
        return {facet: code.strip("/").rpartition("/")[2] for facet, code in found.items() if code}

    def within(self, **changes: Any) -> "Choice":
        return replace(self, **changes)


def chosen(choice: Choice, lines: Any) -> list[ColumnElement[bool]]:
    """The one filter: of figures, of the lists of cases behind them, of exports; over raw lines and kept ones."""
    wanted = [lines.received_at >= choice.start, lines.received_at < choice.end]
    return wanted + [_below(lines, facet, code) for facet, code in choice.named().items()]


def _below(lines: Any, facet: str, code: str) -> ColumnElement[bool]:
    """The code is somewhere in the chain: the thing itself or anything below it, as the tree was on the case's day."""
    if facet == "channel":
        found: ColumnElement[bool] = lines.channel == code
        return found
    return literal(code) == any_(getattr(lines, f"{facet}_chain"))


def raw_lines(as_of: datetime, zone: str, *, only: Any = None) -> Select[Any]:
    """A line for each case (for `only` those, where a statement of case numbers is given), from the raw rows."""
    fates = _fates(as_of, only).subquery("fates")
    own = [fates.c[name] for name in ("case_no", "received_at", "channel", "issue", "grid_code", "lead_code")]
    return select(
        *own,
        cast(func.timezone(zone, fates.c.received_at), Date).label("day"),
        _chain(fates.c.grid_path).label("grid_chain"),
        _chain(fates.c.lead_path).label("unit_chain"),
        _issues(fates.c.issue).label("issue_chain"),
        *(fates.c[name] for name in RATES),
        func.concat_ws(BAR, *(fates.c[name] for name in RATES)).label("fates"),
        func.least(
            case((fates.c.contact == NOT_YET_DUE, fates.c.contact_due)),
            case((fates.c.on_time == NOT_YET_DUE, fates.c.case_due)),
        ).label("turns_at"),
    )


def _chain(path: Any) -> ColumnElement[list[str]]:
    """The codes of a path from the top down; none where there is no path."""
    return func.coalesce(func.string_to_array(func.btrim(path, "/"), "/"), _none(), type_=ARRAY(Text))


def _issues(issue: Any) -> ColumnElement[list[str]]:
    """The class of an issue and the issue: `08` and `08-04`."""
    first = func.split_part(issue, "-", 1, type_=Text)
    return case((issue.is_(None), _none()), (first == issue, array([issue])), else_=array([first, issue]))


def _none() -> ColumnElement[list[str]]:
    return func.string_to_array("", "/", type_=ARRAY(Text))


def _fates(as_of: datetime, only: Any) -> Select[Any]:
    told, asked = _latest_answer(), _survey_of_this_round()
    again, first = _recheck(), _first_of_recheck()
    barred = _barred()
    silent = _silent(asked.c.state)
    plain = {
        "contact": _timed(CaseCopy.contact_due, CaseCopy.contacted_at, as_of),
        "on_time": _timed(CaseCopy.case_due, CaseCopy.handled_at, as_of),
        "resolution": func.coalesce(told.c.solved, silent),
        "satisfaction": func.coalesce(told.c.satisfied, silent),
        "dispute": _disputed(),
        "handled_again": _again(),
        "recheck": _agreement(again.c, first.c),
    }
    out = {name: case((literal(name) == any_(barred.c.rates), EXCLUDED), else_=fate) for name, fate in plain.items()}
    found = (
        select(CaseCopy, *(fate.label(name) for name, fate in out.items()))
        .select_from(CaseCopy)
        .outerjoin(told, literal(True))
        .outerjoin(asked, literal(True))
        .outerjoin(again, literal(True))
        .outerjoin(first, literal(True))
        .outerjoin(barred, barred.c.case_no == CaseCopy.case_no)
    )
    return found if only is None else found.where(CaseCopy.case_no.in_(only))


def _latest_answer() -> Any:
    """The valid answer of the latest round that has one."""
    answered = _in_time(Survey.kind == Kind.HANDLED).where(Survey.case_no == CaseCopy.case_no)
    newest = answered.order_by(Survey.round.desc(), Answer.recorded_at.desc(), Answer.id.desc())
    return newest.limit(1).lateral("told")


def _in_time(*wanted: ColumnElement[bool]) -> Select[Any]:
    answers: Any = select(Answer.solved, Answer.satisfied).join(Survey, Survey.id == Answer.survey)
    found: Select[Any] = answers.where(is_valid(), *wanted)
    return found


def _survey_of_this_round() -> Any:
    asked = select(Survey.state).where(Survey.case_no == CaseCopy.case_no, Survey.kind == Kind.HANDLED)
    asked = asked.where(Survey.round >= CaseCopy.round)
    return asked.order_by(Survey.round.desc()).limit(1).lateral("asked")


def _recheck() -> Any:
    """The latest second asking, with its valid answer where there is one."""
    asked = select(Survey.state, Survey.round, Answer.solved)
    asked = asked.outerjoin(Answer, and_(Answer.survey == Survey.id, is_valid()))
    asked = asked.where(Survey.case_no == CaseCopy.case_no, Survey.kind == Kind.RECHECK)
    return asked.order_by(Survey.round.desc(), Answer.recorded_at.desc(), Answer.id.desc()).limit(1).lateral("again")


def _first_of_recheck() -> Any:
    rechecked = aliased(Survey, name="rechecked")
    round_ = (
        select(func.max(rechecked.round))
        .where(rechecked.case_no == CaseCopy.case_no, rechecked.kind == Kind.RECHECK)
        .correlate(CaseCopy)
        .scalar_subquery()
    )
    found = _in_time(Survey.kind == Kind.HANDLED, Survey.round == round_).where(Survey.case_no == CaseCopy.case_no)
    return found.order_by(Answer.recorded_at.desc(), Answer.id.desc()).limit(1).lateral("first")


def _agreement(again: Any, first: Any) -> ColumnElement[str]:
    return case(
        (again.state.is_(None), "not_rechecked"),
        (first.solved.is_(None), "no_first_answer"),
        (again.solved == first.solved, "agreed"),
        (again.solved.is_not(None), "differed"),
        (again.state == State.OPEN, "awaiting_recheck"),
        else_="recheck_unreachable",
    )


def _barred() -> Subquery:
    """The rates that each case is excluded from: by what was agreed and not undone."""
    undo, undone = aliased(Exclusion), aliased(ExclusionRuling)
    taken_back = exists().where(undo.undoes == Exclusion.id, undone.exclusion == undo.id, undone.agreed)
    agreed = (
        select(Exclusion.case_no, func.unnest(Exclusion.rates, type_=Text).label("rate"))
        .join(ExclusionRuling, ExclusionRuling.exclusion == Exclusion.id)
        .where(ExclusionRuling.agreed, Exclusion.undoes.is_(None), ~taken_back)
        .subquery("agreed")
    )
    rates = func.array_agg(agreed.c.rate, type_=ARRAY(Text)).label("rates")
    return select(agreed.c.case_no, rates).group_by(agreed.c.case_no).subquery("barred")


def _timed(due: Any, done: Any, as_of: datetime) -> ColumnElement[str]:
    return case(
        *_gone(),
        (due.is_(None), "no_limit"),
        (done <= due, "in_time"),
        (or_(done.is_not(None), due <= as_of), "late"),
        else_=NOT_YET_DUE,
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


def _disputed() -> ColumnElement[str]:
    return case(
        _merged(),
        (CaseCopy.disputes > 0, "disputed"),
        (CaseCopy.lead_code.is_(None), "not_dispatched"),
        else_="undisputed",
    )


def _again() -> ColumnElement[str]:
    return case(
        _merged(),
        (CaseCopy.round > 1, "again"),
        (CaseCopy.handled_at.is_not(None), "once"),
        (CaseCopy.outcome.in_(NO_LONGER_OURS), CaseCopy.outcome),
        else_="not_yet_handled",
    )


def _merged() -> Any:
    return or_(CaseCopy.merged_into.is_not(None), CaseCopy.state == MERGED), MERGED


def _gone() -> list[Any]:
    return [_merged(), (CaseCopy.outcome.in_(NO_LONGER_OURS), CaseCopy.outcome)]
