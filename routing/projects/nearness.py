"""Which resource fits a need, and why: same kind and measure, something left, and how near. Pure.

Near is a matter of the grid tree: the lowest grid that holds both. No score is learned and none is hidden.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from routing.city import City, Level

NAMED = {
    Level.BUILDING: "同一楼组",
    Level.MICRO: "同一微网格",
    Level.COMMITTEE: "同一居村",
    Level.AREA: "同一片区",
    Level.STREET: "同一街镇",
    Level.DISTRICT: "同一区",
    Level.CITY: "同一市",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A resource as the match sees it; `left` is what nobody has been given yet."""

    id: UUID
    organisation: str
    title: str
    kind: str
    grid: str
    left: int
    measure: str
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Want:
    """A need as the match sees it; `missing` is what it still lacks."""

    kind: str
    grid: str
    missing: int
    measure: str


@dataclass(frozen=True, slots=True)
class Fit:
    """An offer that fits. `steps`: how far up the tree from the need's grid the two meet; `enough`: it covers all."""

    offer: Offer
    steps: int
    enough: bool
    because: str


def fits(want: Want, offers: Iterable[Offer], city: City, day: date) -> list[Fit]:
    """What fits, the nearest first; of the equally near what covers the need, then what leaves least over."""
    found = [fit for offer in offers if (fit := _fit(want, offer, city, day))]
    return sorted(found, key=lambda fit: (fit.steps, not fit.enough, fit.offer.left if fit.enough else -fit.offer.left))


def _fit(want: Want, offer: Offer, city: City, day: date) -> Fit | None:
    expired = offer.valid_to is not None and offer.valid_to < day
    alike = (offer.kind, offer.measure) == (want.kind, want.measure)
    if expired or not alike or offer.left < 1 or want.missing < 1 or offer.grid not in city:
        return None
    steps, level = meet(want.grid, offer.grid, city)
    enough = offer.left >= want.missing
    left = f"余量{offer.left}{offer.measure}{'足够' if enough else '不足'}，尚需{want.missing}{want.measure}"
    return Fit(offer, steps, enough, f"同类；{NAMED[level]}（上溯{steps}级）；{left}")


def meet(one: str, other: str, city: City) -> tuple[int, Level]:
    """How many steps up from the first grid lies the lowest grid that holds both, and its level."""
    chain, around = city.chain(one), {grid.code for grid in city.chain(other)}
    steps = next(steps for steps, grid in enumerate(chain) if grid.code in around)
    return steps, chain[steps].level


def share_done(progress: Sequence[str]) -> tuple[int, int]:
    """How many building groups are done, of how many."""
    return sum(each == "done" for each in progress), len(progress)
