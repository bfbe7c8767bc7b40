"""Which days are worked in China: weekends, public holidays and the days moved (调休) by the State Council's notice.

`china.csv` holds whole yearly notices and overrides the `holidays` package, which knows the notices since 2001. A year
without a notice is known by its holidays alone, without moved days: it is estimated.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays

NOTICES = Path(__file__).with_name("china.csv")
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Day:
    """A day that differs from its weekday, and who says so."""

    working: bool
    name: str
    source: str


@dataclass
class Imported:
    """The notices that were imported into the database this process works with, as they are known now."""

    days: Mapping[date, Day] = field(default_factory=dict)
    years: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Calendar:
    """The working days of a city: by what was imported, by the notices it was made with, by the package."""

    zone: ZoneInfo
    notices: Mapping[date, Day]
    imported: Imported = field(default_factory=Imported)

    def is_working(self, day: date) -> bool:
        special = self.special(day)
        return special.working if special else day.weekday() < SATURDAY

    def special(self, day: date) -> Day | None:
        """An imported year stands alone: what it does not name is as its weekday is."""
        if day in self.imported.days or day.year in self.imported.years:
            return self.imported.days.get(day)
        return self.notices.get(day) or _packaged(day.year).get(day)

    def estimated(self, year: int) -> bool:
        """Whether no notice of this year is known. Each notice since 2001 moved days, a mere closing does not."""
        if year in self.imported.years:
            return False
        moved = (day.year for day, special in self.notices.items() if special.working)
        return year not in moved and not any(special.working for special in _packaged(year).values())


def china(zone: ZoneInfo, *tables: Path) -> Calendar:
    """China's calendar; later tables (same columns as `china.csv`) override earlier ones."""
    notices: dict[date, Day] = {}
    for table in (NOTICES, *tables):
        notices |= read(table)
    return Calendar(zone, MappingProxyType(notices))


def read(table: Path) -> dict[date, Day]:
    """Rows of date, kind (off or work), name, source; a wrong row is named in the error."""
    days: dict[date, Day] = {}
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                day, working = date.fromisoformat(row["date"]), _working(row["kind"])
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{table.name}: {row}: {error}") from error
            if day in days:
                raise ValueError(f"{table.name}: {day} stands there twice")
            days[day] = Day(working, row["name"], row["source"])
    return days


def _working(kind: str) -> bool:
    kinds: dict[str, bool] = {"off": False, "work": True}
    if kind not in kinds:
        raise ValueError(f"a day is off or work, not {kind!r}")
    return kinds[kind]


@cache
def _packaged(year: int) -> Mapping[date, Day]:
    """The package's year; a workday can be named by the next year's holidays (2005-12-31 for New Year 2006)."""
    published = holidays.country_holidays("CN", years=(year, year + 1), expand=False, language="zh_CN")
    source = f"holidays {version('holidays')}"
    off = {day: Day(False, name, source) for day, name in published.items() if day.year == year}
    moved = {day: Day(True, "调休", source) for day in published.weekend_workdays if day.year == year}
    return MappingProxyType(off | moved)
