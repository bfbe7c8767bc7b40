"""What a city has settled about orders, from its preset: limits, rounds, samples, and the calendar they run on."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from services import presets
from services.calendars import Calendar
from services.clocks import WorkHours, due, share
from services.limits import Limit
from services.settings import Settings


@dataclass(frozen=True)
class Terms:
    """The preset's part for routing with the calendar and hours its limits run in, and how sure the matcher must be."""

    agreed: presets.Routing
    calendar: Calendar
    hours: WorkHours
    issue_threshold: float

    def due(self, start: datetime, limit: Limit) -> datetime:
        return due(start, limit, self.calendar, self.hours)

    def reminder(self, start: datetime, end: datetime) -> datetime:
        """When a limit is nearly over (临期)."""
        return share(start, end, self.agreed.remind_percent, self.calendar, self.hours)


def terms(settings: Settings) -> Terms:
    return _terms(settings.city_preset, settings.issue_threshold)


@cache
def _terms(preset: str, threshold: float) -> Terms:
    city = presets.load(preset)
    return Terms(city.routing, city.calendar(), city.work_hours, threshold)
