"""What all collections are drawn from, what of the orders is public, and in which place each is shown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.catalogue import Catalogue
from routing.city import City
from routing.maps.coarsening import Path, coarsened, public_path
from routing.maps.drawing import Feature
from routing.models import Order

Conditions = Sequence[ColumnElement[bool]]
Shown = dict[str, str]
"""The code of the grid that is shown, by the path of the order's own."""


@dataclass(frozen=True)
class Atlas:
    """A snapshot of the city, and who draws from it when. `key` makes names of cases that lead back to no number."""

    session: AsyncSession
    catalogue: Catalogue
    at: datetime
    zone: ZoneInfo
    minimum: int
    key: bytes

    @property
    def city(self) -> City:
        return self.catalogue.city


@dataclass(frozen=True)
class Found:
    """One page, and how many there are in all."""

    features: Sequence[Feature]
    matched: int


def public(atlas: Atlas) -> ColumnElement[bool]:
    """Of an issue that the published list calls public, and not confidential."""
    issues = [issue.code for issue in atlas.catalogue.lists.issues if issue.public]
    return and_(Order.issue.in_(issues), Order.confidential.is_(False))


async def places(atlas: Atlas, conditions: Iterable[ColumnElement[bool]]) -> Shown:
    """Decided over all cases of a collection, whatever of them is asked for."""
    counted = select(Order.grid_path, func.count()).where(*conditions, Order.grid_path.is_not(None))
    stored = {str(path): count for path, count in await atlas.session.execute(counted.group_by(Order.grid_path))}
    paths = {path: public_path(path, atlas.city) for path in stored}
    counts: Counter[Path] = Counter()
    for path, count in stored.items():
        counts[paths[path]] += count
    counts.pop((), None)
    shown = coarsened(counts, atlas.minimum)
    return {path: shown[seen] for path, seen in paths.items() if seen in shown}
