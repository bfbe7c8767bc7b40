"""The matcher's answer as an order keeps it: what it is about, where it lies, whose it is, and why."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing.catalogue import Catalogue, current
from routing.city import Level
from routing.lists import Grade, Issue
from routing.matching import Match, Question, match
from routing.models import Order
from routing.terms import Terms
from services.limits import Limit
from services.messages import Location, Place


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
    lead: str | None
    co_units: tuple[str, ...]
    duty_limit: Limit | None
    explanation: dict[str, Any]

    def told(self) -> dict[str, Any]:
        """As the matcher tells it with a move."""
        found: dict[str, Any] = {"explanation": self.explanation}
        return found | ({"unit": self.lead, "co_units": self.co_units} if self.lead else {})


async def answer(session: AsyncSession, order: Order, terms: Terms, *, day: date) -> Matched:
    """What the lists and the grids of that day say about an order as it was told."""
    catalogue = await current(session)
    question = Question(text=order.text, issue=order.issue, place=_place(order))
    return _as_kept(match(question, catalogue, day=day, threshold=terms.issue_threshold), catalogue)
