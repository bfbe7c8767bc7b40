"""Everything the matcher answers from, as one snapshot in memory: the city, the lists, the places, the model.

`current` gives a service its snapshot; a newer one is loaded when the catalogue's version has grown.
"""

import asyncio
import gc
import time
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import chain

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import shelves
from routing.city import City, starter
from routing.classifying import Classifier, IssueGuess, material, starter_corpus, train
from routing.initials import Initials
from routing.lists import Lists, starter_lists
from routing.models import CatalogueState
from routing.places import Places
from routing.precedents import Precedents
from services.problems import Problem

FRESH = 1.0
"""Seconds for which the version is believed without asking."""


class NoCatalogue(Problem):
    """There are no grids and no lists in this database: `gridloop install` imports the starter city."""

    status = 503
    title = "Not ready"


@dataclass(frozen=True)
class Catalogue:
    """A snapshot; nothing in it changes. `version` is 0 for one from the files."""

    version: int
    lists_version: int
    city: City
    lists: Lists
    places: Places
    classifier: Classifier

    def classify(self, text: str) -> IssueGuess:
        """The issue of a text, by its words without the names of places."""
        return self.classifier.classify(self.places.without_names(text))

    @cached_property
    def precedents(self) -> Precedents:
        """What was decided under these lists."""
        return Precedents(self.city, self.lists)

    def warm(self) -> None:
        """Make what the first question would otherwise wait for, and spare the snapshot from the garbage collector:
        looking through a whole city takes 0.2 s. It holds no cycles, so that it goes when the next one replaces it."""
        _ = self.precedents, self.lists.responsibilities.by_scope
        gc.freeze()

    @cached_property
    def initials(self) -> Initials:
        """By which letters the names of grids, units and issues are found."""
        grids = (name for grid in self.city.grids for name in (grid.name, *grid.aliases))
        units, issues = (unit.name for unit in self.city.units), (issue.name for issue in self.lists.issues)
        return Initials(chain(grids, units, issues))

    @classmethod
    def starter(cls) -> "Catalogue":
        """The starter city from its files, without a database; trained once per process."""
        return _starter()


@cache
def _starter() -> Catalogue:
    city, lists = starter(), starter_lists()
    return Catalogue(0, 1, city, lists, Places(city), train(material(lists.issues, starter_corpus())))


@dataclass
class _Kept:
    """The newest snapshot of one database, the version of the city in it, and when versions were last asked for."""

    catalogue: Catalogue | None = None
    city: int = 0
    asked_at: float = 0.0
    loading: asyncio.Lock = field(default_factory=asyncio.Lock)


_KEPT: dict[str, _Kept] = {}


async def current(session: AsyncSession) -> Catalogue:
    """The snapshot of this session's database. Raises NoCatalogue where none was ever imported.

    One request loads a newer one; until it is there, the others are answered from the one before.
    """
    kept = _KEPT.setdefault(str(session.get_bind().engine.url), _Kept())
    if kept.catalogue and time.monotonic() - kept.asked_at < FRESH:
        return kept.catalogue
    versions = (await session.execute(select(CatalogueState.version, CatalogueState.city))).one_or_none()
    if versions is None:
        raise NoCatalogue
    if kept.catalogue and kept.loading.locked():
        return kept.catalogue
    async with kept.loading:
        if kept.catalogue is None or kept.catalogue.version != versions.version:
            kept.catalogue = await _loaded(session, kept, versions.version, versions.city)
            kept.city = versions.city
    kept.asked_at = time.monotonic()
    return kept.catalogue


async def _loaded(session: AsyncSession, kept: _Kept, version: int, city: int) -> Catalogue:
    """A city that is the same stays: new lists are there in a fraction of the time that takes."""
    lists = await shelves.read_lists(session)
    if kept.catalogue and kept.city == city:
        return await asyncio.to_thread(_relisted, kept.catalogue.places, lists, version)
    rows = await shelves.read_city(session)
    return await asyncio.to_thread(lambda: _relisted(Places(shelves.city_of(rows)), lists, version))


def _relisted(places: Places, rows: shelves.ListRows, version: int) -> Catalogue:
    made = Catalogue(
        version=version,
        lists_version=rows.version,
        city=places.city,
        lists=shelves.lists_of(rows),
        places=places,
        classifier=Classifier.from_bytes(rows.classifier),
    )
    made.warm()
    return made


async def import_starter(session: AsyncSession) -> None:
    """Write the starter city, its units and people, the two lists and their model, in the caller's transaction."""
    catalogue = await asyncio.to_thread(Catalogue.starter)
    await shelves.write(session, catalogue.city, catalogue.lists, catalogue.classifier)
