"""What time it is, and what a limit means on the calendar: when something is due, how much of its time is gone.

Rules: hours run day and night. Work hours run inside the work hours of working days. Of working days the day of the
start does not count, and the last one ends when work ends (the Civil Code counts periods so, articles 201 and 203).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, pairwise
from typing import Self
from zoneinfo import ZoneInfo

from services.calendars import Calendar
from services.limits import Limit, LimitUnit

YEAR = timedelta(days=366)
_stopped: list[datetime] = []


def now() -> datetime:
    """The time in UTC, for all three services."""
    return _stopped[-1] if _stopped else datetime.now(UTC)


@contextmanager
def stopped(at: datetime) -> Iterator[None]:
    """Inside, now() is this instant in the whole process: for tests."""
    _stopped.append(_utc(at))
    try:
        yield
    finally:
        _stopped.pop()


@dataclass(frozen=True, slots=True)
class WorkHours:
    """The spans of a working day on the city's clock, in order; a break lies between two of them."""

    spans: tuple[tuple[time, time], ...]

    def __post_init__(self) -> None:
        ends = [end for span in self.spans for end in span]
        if not ends or any(later <= earlier for earlier, later in pairwise(ends)):
            raise ValueError(f"work hours need spans in order that do not touch, not {self}")

    @classmethod
    def parse(cls, *spans: str) -> Self:
        """From texts such as `09:00-12:00`."""
        pairs = (span.split("-") for span in spans)
        return cls(tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs))

    def on(self, day: date, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        for opens, closes in self.spans:
            yield _utc(datetime.combine(day, opens, zone)), _utc(datetime.combine(day, closes, zone))

    def closing(self, day: date, zone: ZoneInfo) -> datetime:
        return _utc(datetime.combine(day, self.spans[-1][1], zone))

    def __str__(self) -> str:
        return ", ".join(f"{opens:%H:%M}-{closes:%H:%M}" for opens, closes in self.spans)


@dataclass(frozen=True, slots=True)
class Clock:
    """A running limit. An order has two: the case clock, which nothing restarts, and the clock of its state."""

    started_at: datetime
    due_at: datetime
    limit: Limit


def wind(start: datetime, limit: Limit, calendar: Calendar, hours: WorkHours) -> Clock:
    """A clock that starts to run."""
    return Clock(_utc(start), due(start, limit, calendar, hours), limit)


def extend(clock: Clock, limit: Limit, calendar: Calendar, hours: WorkHours) -> Clock:
    """The longer limit, measured from the original start: what has passed stays passed."""
    extended = wind(clock.started_at, limit, calendar, hours)
    if extended.due_at < clock.due_at:
        raise ValueError(f"{limit} ends before {clock.limit}: that is no extension")
    return extended


def due(start: datetime, limit: Limit, calendar: Calendar, hours: WorkHours) -> datetime:
    """The instant, in UTC, at which the limit has passed; until then, and at it, one is in time."""
    match limit.unit:
        case LimitUnit.HOURS:
            return _utc(start) + timedelta(hours=limit.amount)
        case LimitUnit.WORK_HOURS:
            return _after_work(_utc(start), timedelta(hours=limit.amount), calendar, hours)
        case LimitUnit.WORKING_DAYS:
            return hours.closing(_working_day_after(_utc(start), limit.amount, calendar), calendar.zone)


def elapsed(start: datetime, end: datetime, calendar: Calendar, hours: WorkHours) -> timedelta:
    """Work time between two instants; none where the end is not after the start."""
    start, end = _utc(start), _utc(end)
    total = timedelta()
    for opens, closes in _work(start, calendar, hours):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def remaining(clock: Clock, at: datetime, calendar: Calendar, hours: WorkHours) -> timedelta:
    """What is left of a clock, negative when overdue: plain time for hours, work time for the others."""
    at = _utc(at)
    if clock.limit.unit is LimitUnit.HOURS:
        return clock.due_at - at
    return elapsed(at, clock.due_at, calendar, hours) - elapsed(clock.due_at, at, calendar, hours)


def share(start: datetime, end: datetime, percent: int, calendar: Calendar, hours: WorkHours) -> datetime:
    """The instant between two others at which so much of the work time between them has gone.

    Where nobody works between them, or more than a year lies there, of the plain time.
    """
    start, end = _utc(start), _utc(end)
    if end <= start:
        return end
    work = elapsed(start, end, calendar, hours) if end - start <= YEAR else timedelta()
    if not work:
        return start + (end - start) * percent / 100
    return min(_after_work(start, work * percent / 100, calendar, hours), end)


def estimated(clock: Clock, calendar: Calendar) -> bool:
    """Whether the due date rests on a year whose notice is not known; plain hours rest on none."""
    if clock.limit.unit is LimitUnit.HOURS:
        return False
    first, last = (instant.astimezone(calendar.zone).year for instant in (clock.started_at, clock.due_at))
    return any(calendar.estimated(year) for year in range(first, last + 1))


def _after_work(start: datetime, left: timedelta, calendar: Calendar, hours: WorkHours) -> datetime:
    spans = _work(start, calendar, hours)
    opens, closes = next(spans)
    while closes - opens < left:
        left -= closes - opens
        opens, closes = next(spans)
    return opens + left


def _work(start: datetime, calendar: Calendar, hours: WorkHours) -> Iterator[tuple[datetime, datetime]]:
    """The spans of work from an instant on, the first one cut where the instant lies inside."""
    for day in _working_days(start.astimezone(calendar.zone).date(), calendar):
        for opens, closes in hours.on(day, calendar.zone):
            if closes > start:
                yield max(opens, start), closes


def _working_day_after(start: datetime, number: int, calendar: Calendar) -> date:
    days = _working_days(start.astimezone(calendar.zone).date() + timedelta(days=1), calendar)
    return next(day for position, day in enumerate(days, 1) if position == number)


def _working_days(first: date, calendar: Calendar) -> Iterator[date]:
    return (day for day in (first + timedelta(days=n) for n in count()) if calendar.is_working(day))


def _utc(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant.astimezone(UTC)
