"""What everybody may see: a month's totals per street with the method, published once when the answers are in.

No case and no person; no count below the minimum, and none that could be worked out from the others. A month is
published once and stays as it is: from two editions the difference could be told.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.breakdowns import named, top
from feedback.fates import Choice
from feedback.figure_models import PublishedMonth
from feedback.figures import Opened, figures, kept_by, opened
from feedback.formulas import Formulas
from feedback.suppression import hide
from services.clocks import now
from services.problems import Conflict

WAIT = timedelta(days=21)
"""After a month's end: the survey's attempts and the link's days are over by then (proposed)."""
RATES = ("resolution", "satisfaction", "on_time")
UNPLACED = "unplaced"


class TooEarly(Conflict):
    """A month is published three weeks after its end, when its surveys are over."""


@dataclass(frozen=True)
class Area:
    """A street or a district with its figures."""

    code: str
    figures: Opened
    parts: tuple["Area", ...] = ()


def month_of(month: date, zone: ZoneInfo) -> Choice:
    """The cases received in a month."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    start, end = (datetime.combine(day, time(), zone) for day in (month.replace(day=1), following))
    return Choice(start, end, zone=zone.key)


async def publish(session: AsyncSession, month: date, formulas: Formulas, zone: ZoneInfo) -> bool:
    """Publish a month; False where it is published already. Raises TooEarly."""
    choice, at = month_of(month, zone), now()
    if at < choice.end + WAIT:
        raise TooEarly
    areas, whole, names = await _areas(session, choice, formulas, at)
    row = {
        "month": month.replace(day=1),
        "formula": formulas.version,
        "published_at": at,
        "totals": totals(areas, whole, names, formulas),
    }
    made = insert(PublishedMonth).values(row).on_conflict_do_nothing().returning(PublishedMonth.month)
    return await session.scalar(made) is not None


async def publish_due(session: AsyncSession, formulas: Formulas, zone: ZoneInfo) -> bool:
    """The newest month whose time has come; whether it was published now."""
    last = (now().astimezone(zone) - WAIT).date().replace(day=1) - timedelta(days=1)
    known = select(PublishedMonth.month).where(PublishedMonth.month == last.replace(day=1))
    return await session.scalar(known) is None and await publish(session, last, formulas, zone)


async def published(session: AsyncSession, month: date | None) -> PublishedMonth | None:
    """A month as it was published; without one the newest."""
    found = select(PublishedMonth).order_by(PublishedMonth.month.desc()).limit(1)
    return await session.scalar(found.where(PublishedMonth.month == month) if month else found)


async def months(session: AsyncSession) -> list[date]:
    return list(await session.scalars(select(PublishedMonth.month).order_by(PublishedMonth.month.desc())))


async def _areas(
    session: AsyncSession, choice: Choice, formulas: Formulas, at: datetime
) -> tuple[list[Area], Opened, dict[str, str]]:
    city = await top(session, choice, "grid", as_of=at)
    areas = []
    for code, counts in (await kept_by(session, choice, "grid", city, as_of=at)).items():
        streets = await kept_by(session, choice, "grid", code, as_of=at)
        parts = tuple(Area(street, opened(each, formulas)) for street, each in streets.items())
        areas.append(Area(code, opened(counts, formulas), parts))
    codes = {area.code: None for each in areas for area in (each, *each.parts)}
    return areas, await figures(session, choice, formulas, as_of=at), await named(session, codes)


def totals(areas: list[Area], whole: Opened, names: dict[str, str], formulas: Formulas) -> dict[str, Any]:
    """What is published: counts that may be seen, rates in whole per cent, null for what is hidden."""
    hidden = hide(counts(areas, whole), formulas.public_minimum)
    districts = []
    for area in areas:
        streets = [
            _shown(part, names, formulas, hidden=(area.code, part.code) in hidden.streets) for part in area.parts
        ]
        seen = _shown(area, names, formulas, hidden=area.code in hidden.districts)
        districts.append({**seen, "streets": streets})
    city = _shown(Area("", whole), names, formulas, hidden=hidden.city)
    return {"city": city, "districts": districts, "minimum": formulas.public_minimum}


def counts(areas: list[Area], whole: Opened) -> dict[str, dict[str, int]]:
    """The numbers of cases by district and street; what lies in no street, and in no district, is counted apart."""
    tree: dict[str, dict[str, int]] = {}
    for area in areas:
        tree[area.code] = {part.code: part.figures.cases for part in area.parts}
        if rest := area.figures.cases - sum(tree[area.code].values()):
            tree[area.code][UNPLACED] = rest
    if rest := whole.cases - sum(area.figures.cases for area in areas):
        tree[UNPLACED] = {UNPLACED: rest}
    return tree


def _shown(area: Area, names: dict[str, str], formulas: Formulas, *, hidden: bool) -> dict[str, Any]:
    rates = {name: _percent(area.figures, name, formulas) for name in RATES}
    return {
        "code": area.code,
        "name": names.get(area.code, area.code),
        "cases": None if hidden else area.figures.cases,
        **(dict.fromkeys(RATES) if hidden else rates),
    }


def _percent(figures: Opened, name: str, formulas: Formulas) -> int | None:
    rate = figures.rates[name]
    return round(100 * (rate.value or 0)) if rate.denominator >= formulas.public_minimum else None
