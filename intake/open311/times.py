"""Times as Open311 writes them (W3C: with their zone, without fractions) and as its clients send them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.moments import FIRST, LAST
from services.problems import invalid

SPAN = timedelta(days=90)
LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def w3c(at: datetime | None, zone: ZoneInfo) -> str | None:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else None


def moment(name: str, text: str, zone: ZoneInfo) -> datetime:
    """A time with its zone; a day alone is its first moment in the city. A `+` that a client forgot to encode arrives
    as a space. Raises Invalid."""
    wrong = invalid(name, "is a W3C time with its zone", "send 2026-11-24T13:06:24+08:00 or …Z, with `+` as %2B")
    try:
        at = datetime.fromisoformat(LOST_PLUS.sub(r"+\1", text.strip()))
    except ValueError:
        raise wrong from None
    if at.tzinfo is None and DAY.fullmatch(text.strip()):
        at = at.replace(tzinfo=zone)
    if at.tzinfo is None:
        raise wrong
    if not FIRST + SPAN <= at <= LAST - SPAN:
        raise invalid(name, "lies between the years 2000 and 2100", "check the year")
    return at


def span(start: datetime | None, end: datetime | None, *, at: datetime) -> tuple[datetime, datetime]:
    """From and before: at most 90 days, by default the last 90. A second that is named is in, with its fractions."""
    if end is None:
        end = min(start + SPAN, at) if start else at
    if start is None:
        start = end - SPAN
    if end - start > SPAN:
        raise invalid("end_date", "lies at most 90 days after start_date", "ask for the span in parts")
    return start, end.replace(microsecond=0) + timedelta(seconds=1)
