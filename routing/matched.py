"""The matcher's answer as an order keeps it: what it is about, where it lies, whose it is, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing.catalogue import Catalogue, current
from routing.city import City, Level, Unit
from routing.conflicts import above_it, accused, highest
from routing.lists import Grade, Issue
from routing.matching import Match, Question, match
from routing.metering import count_match
from routing.models import Order
from routing.terms import Terms
from services.limits import Limit
from services.messages import Location, Place
from services.problems import invalid


@dataclass(frozen=True)
class Spot:
    """A grid, or a unit, by its code, its name and the chain of codes down to it."""

    code: str
    name: str
    path: str


@dataclass(frozen=True)
class Matched:
    """`lead` is empty where a dispatcher has to decide."""

    issue: Issue | None
    grid: Spot | None
    district: str
    desk: Spot
    accused: str | None
    """The path of the highest unit that the words accuse."""
    lead: str | None
    co_units: tuple[str, ...]
    duty_limit: Limit | None
    explanation: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """As the matcher tells it with a move."""
        why = self.explanation
        found: dict[str, Any] = {"explanation": why, "row": why.get("row"), "lists": why.get("lists")}
        return found | ({"unit": self.lead, "co_units": self.co_units} if self.lead else {})


async def answer(
    session: AsyncSession, order: Order, terms: Terms, *, issue: str | None = None, day: date | None = None
) -> Matched:
    """What the lists say about an order as it was told, on the day of its report or `day`; `issue` in place of its own.

    Raises Invalid where there is no such issue.
    """
    catalogue = await current(session)
    if issue is not None and issue not in catalogue.lists.issues:
        raise invalid("issue", "is a code of the issue list", "look it up under /v1/issues")
    question = Question(
        text=order.text,
        issue=issue or order.issue,
        place=_place(order),
        item_type=order.item_type,
        channel=order.channel,
        settled=order.grid is not None,
    )
    day = day or order.received_at.astimezone(terms.calendar.zone).date()
    found = match(question, catalogue, day=day, threshold=terms.issue_threshold)
    if not order.state:
        count_match(session, found)
    return _as_kept(found, catalogue, question)


UNMAPPED = {"issue": "事项", "area": "区域", "item_type": "诉求类型"}


def left_to_a_person(found: Matched, unmapped: Sequence[str]) -> Matched:
    """Without a unit where the sender's own codes said something that nobody here knows."""
    if not unmapped:
        return found
    sentence = f"来件的{'、'.join(UNMAPPED.get(kind, kind) for kind in unmapped)}代码没有对照，请派单员判断"
    why = {**found.explanation, "unmapped": list(unmapped), "sentence": sentence}
    return replace(found, lead=None, co_units=(), explanation=why)


def _place(order: Order) -> Place:
    """The grid that was found, which a case keeps; before that, the place as it was told."""
    if order.grid is not None:
        return Place(grid=order.grid)
    point = None
    if order.lon is not None:
        point = Location.model_validate({"lon": order.lon, "lat": order.lat, "crs": order.crs})
    return Place(address=order.told_address, grid=order.told_grid, district=order.told_district, location=point)


def _as_kept(found: Match, catalogue: Catalogue, question: Question) -> Matched:
    city, issues = catalogue.city, catalogue.lists.issues
    return Matched(
        issue=issues.find(found.issue) if found.issue and found.issue_sure else None,
        grid=_grid_spot(found.grid, city) if found.grid else None,
        district=city.grid(found.grid).district if found.grid else _top(city).district,
        desk=_desk(found, city, question),
        accused=_accused(found, city, question),
        lead=found.lead,
        co_units=found.co_units,
        duty_limit=found.duty_limit,
        explanation=found.explanation,
    )


def _grid_spot(code: str, city: City) -> Spot:
    chain = city.chain(code)
    return Spot(code, chain[0].name, path_of(grid.code for grid in reversed(chain)))


def _desk(found: Match, city: City, question: Question) -> Spot:
    """The unit whose dispatcher decides: the deepest at the street or above on the place's chain, else the city's.

    It lies over every unit that is accused: its people neither decide about the order nor see it.
    """
    chain = city.unit_chain(found.grid) if found.grid else (_top(city),)
    at = next(position for position, unit in enumerate(chain) if unit.level.rank <= Level.STREET.rank)
    for position, unit in enumerate(chain[:-1]):
        if accused(unit, question.text, issue=found.found.issue, item_type=question.item_type):
            at = max(at, position + 1)
    return Spot(chain[at].code, chain[at].name, path_of(unit.code for unit in reversed(chain[at:])))


def _accused(found: Match, city: City, question: Question) -> str | None:
    """The highest of the place's units, else of those over whom the row names."""
    duty, issue = found.found.duty, found.found.issue
    for unit in (city.unit_chain(found.grid)[0] if found.grid else None, duty.lead if duty else None):
        if unit and issue and (over := highest(unit, question.text, issue, city, question.item_type)):
            return path_of(each.code for each in reversed([over, *above_it(over, city)]))
    return None


def _top(city: City) -> Unit:
    return next(unit for unit in city.units if unit.parent is None and unit.function is None)


def path_of(codes: Iterable[str]) -> str:
    return f"/{'/'.join(codes)}/"


def describe(order: Order, found: Matched) -> None:
    """Write on the order what the matcher found: its place, its issue, and the explanation."""
    put_place(order, found)
    if found.issue:
        put_issue(order, found.issue)
    order.duty_limit = str(found.duty_limit) if found.duty_limit else None
    order.explanation = found.explanation


def put_place(order: Order, found: Matched) -> None:
    """The grid under the name it has today; what keeps the row (`district`) is set once."""
    if order.district is None:
        order.district = found.district
    if found.grid:
        order.grid, order.grid_name, order.grid_path = found.grid.code, found.grid.name, found.grid.path
    order.desk_unit, order.desk_path, order.accused_path = found.desk.code, found.desk.path, found.accused


def put_issue(order: Order, issue: Issue) -> None:
    """What the issue's row says: its grade, its limit, and whether its end has to be shown."""
    order.issue, order.issue_name, order.grade = issue.code, issue.name, issue.grade.value
    order.issue_limit, order.evidence_needed = str(issue.limit), issue.evidence
    order.hazard = issue.grade is Grade.URGENT
