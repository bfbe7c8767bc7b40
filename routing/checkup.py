"""What `gridloop doctor` looks at in routing alone: whether the State Council's notice of the year is known."""

from datetime import datetime

from routing import notices_kept
from services import presets
from services.calendars import Calendar
from services.clocks import now
from services.doctor.findings import Finding, good, problem, warning
from services.rooms import Tools

DECEMBER = 12
REMEDY = "`gridloop calendar import` takes the State Council's notice (国务院办公厅关于部分节假日安排的通知)"


async def checks(tools: Tools) -> list[Finding]:
    calendar = presets.load(tools.settings.city_preset).calendar()
    async with tools.database.unit() as session:
        await notices_kept.refresh(session, at_once=True)
    return [calendar_of(calendar, now().astimezone(calendar.zone))]


def calendar_of(calendar: Calendar, today: datetime) -> Finding:
    """The notice of a year comes in the autumn before it; by December the next one is needed."""
    year = today.year
    if calendar.estimated(year):
        return problem("calendar", f"the notice for {year} is missing: working days are estimated", REMEDY)
    if today.month == DECEMBER and calendar.estimated(year + 1):
        return warning("calendar", f"the notice for {year + 1} is missing, and limits reach into it already", REMEDY)
    return good("calendar", f"the notice for {year} is known")
