"""What the clock tells, and the calendar its limits run on."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from routing import notices_kept, reminders
from routing.api.people import OnceKey
from routing.calendar_commands import days_of
from routing.models import Reminder
from routing.notices_kept import NotOfThisYear
from routing.terms import terms
from services.calendars import Calendar, Day
from services.guarding import router
from services.problems import invalid
from services.requests import Answer, Call, perform
from services.texts import printable

api = router(tags=["clocks"])
Year = Annotated[int, Path(ge=2001, le=2099, description="The year of the notice.", examples=[2027])]
Words = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(printable)
]


class ReminderSeen(BaseModel):
    """One thing the clock told: of which order, why, by which limit, and whom."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    case_no: str
    at: datetime
    kind: str
    due: datetime
    unit: str
    role: str


class RemindersPage(BaseModel):
    items: list[ReminderSeen]
    next: str | None


class ReminderFilters(BaseModel):
    model_config = ConfigDict(extra="forbid")
    case_no: str | None = Field(None, pattern=r"^\d{16}$")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class CalendarDayTold(BaseModel):
    """A day that differs from its weekday."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"date": "2026-02-14", "kind": "work", "name": "春节调休", "source": "国办发明电〔2025〕7号"}]
        },
    )
    date: date
    kind: Literal["off", "work"]
    name: Words
    source: Words


class Notice(BaseModel):
    """The State Council's notice for a year, whole."""

    model_config = ConfigDict(extra="forbid")
    days: Annotated[tuple[CalendarDayTold, ...], Field(min_length=1, max_length=200)]


class CalendarSeen(BaseModel):
    """`estimated`: no notice of this year is known, so days can still move."""

    year: int
    estimated: bool
    days: Sequence[CalendarDayTold]


@api.get("/v1/reminders", summary="What the clock told you and those below you, the newest first")
async def list_reminders(request: Request, filters: Annotated[ReminderFilters, Query()]) -> RemindersPage:
    zone = terms(request.app.state.settings).calendar.zone
    async with request.app.state.database.unit() as session:
        rows, following = await reminders.page(
            session, request.state.actor, case_no=filters.case_no, after=filters.cursor, limit=filters.limit
        )
    return RemindersPage(items=[_seen(row, zone) for row in rows], next=following)


def _seen(row: Reminder, zone: ZoneInfo) -> ReminderSeen:
    seen = ReminderSeen.model_validate(row)
    local = {"at": seen.at.astimezone(zone), "due": seen.due.astimezone(zone)}
    return seen.model_copy(update=local)


@api.get("/v1/calendar/{year}", summary="The days of a year that differ from their weekday")
async def calendar(request: Request, year: Year) -> CalendarSeen:
    async with request.app.state.database.unit() as session:
        await notices_kept.refresh(session)
    return _calendar_seen(terms(request.app.state.settings).calendar, year)


@api.put(
    "/v1/calendar/{year}", summary="Import the yearly notice; it replaces what was known", response_model=CalendarSeen
)
async def import_notice(request: Request, year: Year, told: Notice, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        days = {each.date: Day(each.kind == "work", each.name, each.source) for each in told.days}
        if len(days) < len(told.days):
            raise invalid("days", "name each day once", "leave out the second of the two")
        try:
            await notices_kept.keep(call.session, year, notices_kept.checked(days, year), by=call.actor)
        except NotOfThisYear as wrong:
            raise invalid(
                "days", f"belong to the notice of {year}: {wrong}", "import each year's notice apart"
            ) from None
        return Answer(200, _calendar_seen(terms(call.request.app.state.settings).calendar, year))

    return await perform(request, verb)


def _calendar_seen(known: Calendar, year: int) -> CalendarSeen:
    special = ((day, known.special(day)) for day in days_of(year))
    days = [
        CalendarDayTold(date=day, kind="work" if each.working else "off", name=each.name, source=each.source)
        for day, each in special
        if each
    ]
    return CalendarSeen(year=year, estimated=known.estimated(year), days=days)
