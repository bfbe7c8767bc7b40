"""The collection `figures`: a month's cases on public issues, of every channel, in the places that share them out."""

from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, or_, select

from routing.city import GridKind
from routing.maps.asking import Asked, month_of, not_askable
from routing.maps.atlas import Atlas, Conditions, Found, places, public
from routing.maps.drawing import Feature, feature, of_grid, outline, touching
from routing.models import Order
from routing.states import State

OWN = ("month",)
NAMES = ("cases", "closed", "due", "in_time")
Tallies = dict[str, Counter[str]]


async def figures(atlas: Atlas, wanted: Asked) -> Found:
    """By code; of the last whole month unless `month` names another. Raises NotAskable."""
    month = month_of(told) if (told := wanted.told("month")) else _last_month(atlas)
    found = await _figures(atlas, month)
    if wanted.box:
        inside = touching(atlas.city, wanted.box)
        found = [each for each in found if each["properties"]["grid"] in inside]
    return Found(found[wanted.offset : wanted.offset + wanted.limit], len(found))


async def figure(atlas: Atlas, name: str) -> Feature | None:
    """Named by grid and month. Raises NotAskable."""
    found = await _figures(atlas, month_of(name.rpartition("@")[2]))
    return next((each for each in found if each["id"] == name), None)


def _last_month(atlas: Atlas) -> date:
    return (atlas.at.astimezone(atlas.zone).date().replace(day=1) - timedelta(days=1)).replace(day=1)


async def _figures(atlas: Atlas, month: date) -> list[Feature]:
    if month > _last_month(atlas):
        raise not_askable("month", "is over: of a running one two answers would tell a case", "ask for an earlier one")
    following = (month + timedelta(days=32)).replace(day=1)
    start, end = (datetime.combine(day, time(), atlas.zone) for day in (month, following))
    conditions = [public(atlas), Order.received_at >= start, Order.received_at < end]
    tallies = await _tallies(atlas, conditions)
    return [_feature(code, tallies[code], f"{month:%Y-%m}", atlas) for code in sorted(tallies)]


async def _tallies(atlas: Atlas, conditions: Conditions) -> Tallies:
    """`due` are those that were handled or whose limit has passed, `in_time` those handled within it."""
    shown = await places(atlas, conditions)
    done = func.coalesce(Order.handled_at, Order.closed_at)
    counts = (
        func.count(),
        func.count().filter(Order.state == State.CLOSED),
        func.count().filter(or_(done.is_not(None), Order.case_due <= atlas.at)),
        func.count().filter(done <= Order.case_due),
    )
    wanted = select(Order.grid_path, *counts).where(*conditions, Order.grid_path.in_(list(shown)))
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path, *told in await atlas.session.execute(wanted.group_by(Order.grid_path)):
        tallies[shown[str(path)]].update(dict(zip(NAMES, told, strict=True)))
    return tallies


def _feature(code: str, tally: Counter[str], month: str, atlas: Atlas) -> Feature:
    """Rates in whole per cent, null over too few."""
    grid = atlas.city.grid(code)

    def percent(part: str, whole: str) -> int | None:
        return round(100 * tally[part] / tally[whole]) if tally[whole] >= atlas.minimum else None

    facts = {
        "month": month,
        "cases": tally["cases"],
        "closed_percent": percent("closed", "cases"),
        "in_time_percent": percent("in_time", "due"),
        "rest": grid.kind is not GridKind.COMMITTEE,
    }
    return feature(f"{code}@{month}", outline(grid), {**of_grid(grid, atlas.city), **facts})
