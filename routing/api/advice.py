"""Advice for intake's forms while somebody writes: what it could be, whose, where. Signed, by intake alone; nothing of
it is kept, and the form works without.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field
from shapely.geometry import mapping

from routing.api.catalogue import Named, catalogue_of, sought, today
from routing.api.matches import Answered, Asked, answered, known_only
from routing.catalogue import Catalogue
from routing.city import Grid, GridKind
from routing.matching import match
from routing.terms import terms
from services.guarding import router
from services.messaging import Peers
from services.problems import WrongRole

MOST = 8
FINEST = (GridKind.AREA, GridKind.COMMITTEE, GridKind.MICRO)
"""What a map is drawn of: the first of these below a place that has outlines there."""
api = router(tags=["links"])


class NotIntake(WrongRole):
    """Advice on a form is for intake alone."""


class AdviceWanted(BaseModel):
    """The form so far, the words a grid is sought by, and the place whose map is wanted."""

    form: Asked | None = None
    grid: str | None = Field(None, max_length=60)
    under: str | None = Field(None, max_length=64)


class Outline(Named):
    """A grid with its outer ring, WGS-84."""

    ring: list[tuple[float, float]]


class Advice(BaseModel):
    match: Answered | None = None
    grids: list[Named] = []
    outlines: list[Outline] = []


@api.post("/v1/advice", response_model=Advice, summary="For intake's forms: what it could be, whose, and where")
async def advise_desk(request: Request, wanted: AdviceWanted) -> Advice:
    state = request.app.state
    if await _peers(request).signed_source(request) != "intake":
        raise NotIntake
    catalogue = await catalogue_of(request)
    found = None
    if wanted.form and (wanted.form.description or wanted.form.issue_code):
        form = known_only(wanted.form, catalogue)
        threshold = terms(state.settings).issue_threshold
        found = answered(match(form.question(), catalogue, day=today(request), threshold=threshold), catalogue)
    return Advice(
        match=found,
        grids=[_seen(each, catalogue) for each in await _grids(catalogue, wanted.grid)],
        outlines=list(_outlines(catalogue, wanted.under)) if wanted.under else [],
    )


def _peers(request: Request) -> Peers:
    peers: Peers = request.app.state.peers
    return peers


async def _grids(catalogue: Catalogue, words: str | None) -> list[Grid]:
    if not (words or "").strip():
        return []
    kinds = (each for each in catalogue.city.grids if each.kind is not GridKind.BUILDING_GROUP)
    fitting: Iterable[Grid] = await sought(catalogue, words, kinds, lambda each: (each.name, each.code, *each.aliases))
    return [each for each, _ in zip(fitting, range(MOST), strict=False)]


def _names(grid: Grid) -> Iterable[str]:
    return grid.name, grid.code, *grid.aliases


def _seen(grid: Grid, catalogue: Catalogue) -> Named:
    """With what lies above it: names repeat in a city."""
    above = [each.name for each in catalogue.city.chain(grid.code)[1:3]]
    return Named(code=grid.code, name=" · ".join([grid.name, *above]))


def _outlines(catalogue: Catalogue, under: str) -> Iterator[Outline]:
    """The committees below a place, or what is finer where it is a committee's own."""
    city = catalogue.city
    if under not in city:
        return
    below = _below(catalogue, under)
    kinds = FINEST[1:] if any(each.kind is GridKind.COMMITTEE for each in below) else FINEST[2:]
    for grid in below:
        if grid.kind is kinds[0] and grid.geometry is not None:
            yield Outline(code=grid.code, name=grid.name, ring=ring_of(mapping(grid.geometry)))


def _below(catalogue: Catalogue, code: str) -> list[Grid]:
    """All below a place, three levels deep: a street's areas, its committees, their micro-grids."""
    level, found = [code], []
    for _ in range(3):
        children = [child for each in level for child in catalogue.city.children(each)]
        found += children
        level = [child.code for child in children]
    return found


def ring_of(shape: dict[str, Any]) -> list[tuple[float, float]]:
    return [(round(lon, 6), round(lat, 6)) for lon, lat, *_ in shape["coordinates"][0]]
