"""The State Council's yearly notices (节假日安排) that were imported: kept in the database, known to every process.

An imported year replaces all that the software knows of it. Clocks that run keep the instant they were given.
"""

import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import CalendarDay, CalendarNotice
from services import audit, presets
from services.calendars import Calendar, Day, read
from services.clocks import now
from services.identity import Actor

FRESH = 5.0
"""Seconds after which a process asks again."""
_asked: dict[str, float] = {}


class NotOfThisYear(ValueError):
    """A notice names days of its own year, and at most of the month before and after it."""


def days_of(file: Path, year: int) -> dict[date, Day]:
    """The days of a notice as a file has them. Raises ValueError for a wrong row, NotOfThisYear."""
    return checked(read(file), year)


def checked(days: Mapping[date, Day], year: int) -> dict[date, Day]:
    first, last = date(year - 1, 12, 1), date(year + 1, 1, 31)
    if strange := [day for day in days if not first <= day <= last]:
        raise NotOfThisYear(f"{min(strange)} is no day of the notice for {year}")
    if not any(day.year == year for day in days):
        raise NotOfThisYear(f"there is no day of {year}")
    return dict(days)


async def keep(session: AsyncSession, year: int, days: Mapping[date, Day], *, by: Actor | None = None) -> None:
    """Replace what was imported for this year."""
    await session.execute(delete(CalendarNotice).where(CalendarNotice.year == year))
    await session.execute(delete(CalendarDay).where(CalendarDay.day.in_(days)))
    await session.execute(insert(CalendarNotice), {"year": year, "imported_at": now()})
    rows = [
        {"day": day, "year": year, "working": each.working, "name": each.name, "source": each.source}
        for day, each in days.items()
    ]
    await session.execute(insert(CalendarDay), rows)
    voice = None if by else "system"
    await audit.record(session, "calendar.imported", str(year), actor=by, voice=voice, days=len(days))
    await refresh(session, at_once=True)


async def refresh(session: AsyncSession, *, at_once: bool = False) -> None:
    """Let the city's calendars of this process know what is imported; asks the database once in a while."""
    where, moment = str(session.get_bind().engine.url), time.monotonic()
    if not at_once and moment - _asked.get(where, -FRESH) < FRESH:
        return
    _asked[where] = moment
    years = frozenset(await session.scalars(select(CalendarNotice.year)))
    found = (await session.scalars(select(CalendarDay))).all() if years else ()
    days = {row.day: Day(row.working, row.name, row.source) for row in found}
    for calendar in calendars():
        calendar.imported.days, calendar.imported.years = days, years


def calendars() -> list[Calendar]:
    """The calendars this process reckons by: one for each preset's zone."""
    return [presets.load(name).calendar() for name in presets.available()]
