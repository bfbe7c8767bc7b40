"""The rates of a choice of cases: counted from the raw rows, or from kept totals and lines with the same result.

`raw_counts` is the definition. `kept_counts` answers from totals where whole days below one node of one tree are
asked for, from the lines at the edges of a period and for everything else, and from the raw rows for stale cases; all
in one statement, so of one moment. That both are equal after any history is a test.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.fates import BAR, RATES, Choice, chosen, raw_lines
from feedback.figure_models import Line, Total
from feedback.formulas import Formulas
from feedback.intervals import wilson
from feedback.tallies import deep, stale

Fates = Counter[str]
"""Numbers of cases by their fates, joined by bars."""
MOST_MONTHS = 13
"""Over how many months lines are looked for by their nodes; beyond that, by their time alone."""
REST = ""
"""The key of what is asked for as a whole, and of what lies at a parent itself."""


@dataclass(frozen=True)
class Figure:
    """A rate, opened: its numerator over its denominator, the parts of that, and what was left out by reason."""

    numerator: float
    denominator: int
    parts: Mapping[str, int]
    excluded: Mapping[str, int]
    minimum: int = 30

    @property
    def value(self) -> float | None:
        """None over nothing: no case is not a hundred per cent."""
        return round(self.numerator / self.denominator, 6) if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's, at 95 %."""
        return wilson(self.numerator, self.denominator) if self.denominator else None

    @property
    def small(self) -> bool:
        """Over so few cases that the interval says more than the value, and nobody is ranked by it."""
        return self.denominator < self.minimum


@dataclass(frozen=True)
class Composite:
    """综合指数: the weighted mean of some rates; None where one of them is over nothing."""

    value: float | None
    weights: Mapping[str, float]
    small: bool


@dataclass(frozen=True)
class Opened:
    """The figures of one choice: how many cases, each rate of the version, and the composite."""

    cases: int
    rates: Mapping[str, Figure]
    composite: Composite | None


async def figures(session: AsyncSession, choice: Choice, formulas: Formulas, *, as_of: datetime) -> Opened:
    """From what is kept. `as_of` is now: lines know only limits that have passed already."""
    return opened(await kept_counts(session, choice, as_of=as_of), formulas)


def opened(counts: Fates, formulas: Formulas) -> Opened:
    """The rates of some counted fates."""
    split: dict[str, Counter[str]] = {name: Counter() for name in RATES}
    for fates, number in counts.items():
        for name, fate in zip(RATES, fates.split(BAR), strict=True):
            split[name][fate] += number
    rates = {name: _figure(formulas, name, split[name]) for name in formulas.rates}
    return Opened(counts.total(), rates, _composite(formulas, rates))


def _figure(formulas: Formulas, name: str, counts: Counter[str]) -> Figure:
    weights = formulas.parts(name)
    parts = {part: counts.pop(part, 0) for part in weights}
    numerator = round(sum(weights[part] * number for part, number in parts.items()), 6)
    return Figure(numerator, sum(parts.values()), parts, dict(sorted(counts.items())), formulas.minimum)


def _composite(formulas: Formulas, rates: Mapping[str, Figure]) -> Composite | None:
    if not formulas.composite:
        return None
    made = {name: rates[name].value for name in formulas.composite}
    known = {name: value for name, value in made.items() if value is not None}
    value = round(sum(formulas.composite[name] * known[name] for name in known), 6) if len(known) == len(made) else None
    return Composite(value, formulas.composite, any(rates[name].small for name in made))


async def raw_counts(session: AsyncSession, choice: Choice, *, as_of: datetime) -> Fates:
    """Counted from the raw rows alone."""
    lines = raw_lines(as_of, choice.zone).subquery("raw")
    wanted = select(lines.c.fates, func.count().label("number")).where(*chosen(choice, lines.c)).group_by(lines.c.fates)
    return Counter({row.fates: row.number for row in await session.execute(wanted)})


async def kept_counts(session: AsyncSession, choice: Choice, *, as_of: datetime) -> Fates:
    """The same from totals, lines and the raw rows of stale cases."""
    return (await _kept(session, choice, None, "", as_of)).get(REST, Counter())


async def kept_by(
    session: AsyncSession, choice: Choice, facet: str, parent: str, *, as_of: datetime
) -> dict[str, Fates]:
    """The same for each child of a node (of the top, where the parent is empty), or each channel.

    What lies at the node itself is none of it.
    """
    below = choice.within(**{facet: parent}) if parent else choice
    found = await _kept(session, below, facet, parent, as_of)
    return {code: fates for code, fates in sorted(found.items()) if code != REST}


async def _kept(
    session: AsyncSession, choice: Choice, facet: str | None, parent: str, as_of: datetime
) -> dict[str, Fates]:
    days = _whole_days(choice) if await _totals_know(session, choice, facet, parent) else None
    parts = [*_from_lines(choice, days, facet, parent, as_of)]
    if days:
        parts.append(_from_totals(choice, days, facet, parent))
    every = union_all(*parts).subquery("every")
    wanted = select(every.c.key, every.c.fates, func.sum(every.c.number)).group_by(every.c.key, every.c.fates)
    found: dict[str, Fates] = defaultdict(Counter)
    for key, fates, number in (await session.execute(wanted)).all():
        if number:
            found[key][fates] = int(number)
    return found


async def _totals_know(session: AsyncSession, choice: Choice, facet: str | None, parent: str) -> bool:
    """Totals answer for one node of one tree, or its children, down to their depth."""
    named = choice.named()
    if facet is None:
        return len(named) < 2 and not [f for f, c in named.items() if await session.scalar(deep(f, code=c))]
    others = set(named) - ({facet} if parent else set())
    return not others and not await session.scalar(deep(facet, parent=parent))


def _whole_days(choice: Choice) -> tuple[date, date] | None:
    """The days of the city that lie wholly in the period, from (included) to (excluded)."""
    zone = ZoneInfo(choice.zone)
    start, end = choice.start.astimezone(zone), choice.end.astimezone(zone)
    first = start.date() if start.timetz().replace(tzinfo=None) == time() else start.date() + timedelta(days=1)
    return (first, end.date()) if first < end.date() else None


def _from_totals(choice: Choice, days: tuple[date, date], facet: str | None, parent: str) -> Select[Any]:
    named = choice.named()
    key = Total.code if facet else literal(REST)
    wanted: Any = select(key.label("key"), Total.fates, func.sum(Total.number).label("number"))
    if facet:
        wanted = wanted.where(Total.facet == facet, Total.parent == parent)
    else:
        tree, code = next(iter(named.items()), ("all", ""))
        wanted = wanted.where(Total.facet == tree, Total.code == code)
    found: Select[Any] = wanted.where(Total.day >= days[0], Total.day < days[1]).group_by(key, Total.fates)
    return found


def _from_lines(
    choice: Choice, days: tuple[date, date] | None, facet: str | None, parent: str, as_of: datetime
) -> Sequence[Select[Any]]:
    """The lines that no total covers; less the lines of stale cases; and those cases from their raw rows."""
    stale_ones = stale(as_of)
    fresh = raw_lines(as_of, choice.zone, only=stale_ones).subquery("fresh")
    return [
        *_kept_lines(choice, days, facet, parent),
        _counted(choice, Line, facet, parent, -1).where(Line.case_no.in_(stale_ones)),
        _counted(choice, fresh.c, facet, parent, 1),
    ]


def _kept_lines(
    choice: Choice, days: tuple[date, date] | None, facet: str | None, parent: str
) -> Sequence[Select[Any]]:
    """The edges of the whole days where totals answer for these; all of the period where they do not."""
    if days is None:
        return [_counted(choice, Line, facet, parent, 1).where(*by_month(choice))]
    return [_counted(edge, Line, facet, parent, 1) for edge in _edges(choice, days)]


def _edges(choice: Choice, days: tuple[date, date]) -> list[Choice]:
    """The parts of the period that no whole day covers; written as periods, so that nothing between is read."""
    first, last = (datetime.combine(day, time(), ZoneInfo(choice.zone)) for day in days)
    edges = [choice.within(end=first), choice.within(start=last)]
    return [edge for edge in edges if edge.start < edge.end]


def _counted(choice: Choice, lines: Any, facet: str | None, parent: str, sign: int) -> Select[Any]:
    key = _key(lines, facet, parent)
    wanted: Any = select(key.label("key"), lines.fates, (sign * func.count()).label("number"))
    found: Select[Any] = wanted.where(*chosen(choice, lines)).group_by(key, lines.fates)
    return found


def by_month(choice: Choice) -> list[ColumnElement[bool]]:
    """Where lines of these nodes can lie in the index by month; nothing where nothing is named, or over many months.

    It finds the lines sooner and decides nothing: the filter holds beside it.
    """
    months = _months(choice)
    nodes = [f"{facet[0]}{code}" for facet, code in choice.named().items()]
    if not nodes or len(months) > MOST_MONTHS:
        return []
    keys = func.figure_keys(Line.day, Line.grid_chain, Line.unit_chain, Line.issue_chain, Line.channel)
    each = [keys.op("@>", is_comparison=True)(_texts(f"{month}{node}" for node in nodes)) for month in months]
    return [or_(*each)]


def _months(choice: Choice) -> list[int]:
    """The months of the city that the period touches, such as 202510."""
    zone = ZoneInfo(choice.zone)
    first, last = choice.start.astimezone(zone), (choice.end - timedelta(microseconds=1)).astimezone(zone)
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [number // 12 * 100 + number % 12 + 1 for number in numbers]


def _texts(words: Iterable[str]) -> ColumnElement[Any]:
    found: ColumnElement[Any] = cast(list(words), type_=ARRAY(Text))
    return found


def _key(lines: Any, facet: str | None, parent: str) -> ColumnElement[str]:
    if facet is None:
        return literal(REST)
    if facet == "channel":
        channel: ColumnElement[str] = lines.channel
        return channel
    chain = getattr(lines, f"{facet}_chain")
    place = func.array_position(chain, parent) + 1 if parent else 1
    return func.coalesce(chain[place], REST)
