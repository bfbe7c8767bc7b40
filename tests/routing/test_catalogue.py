"""The snapshot: what is imported is what the matcher answers from, and a newer one arrives without a pause."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from datetime import date

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from routing import catalogue as snapshots
from routing import shelves
from routing.catalogue import Catalogue, NoCatalogue, current, import_starter
from routing.city import EVALUATION
from routing.matching import Question, match
from routing.models import (
    CatalogueState,
    ClassifierRow,
    DutyRow,
    GridRow,
    IssueRow,
    ListState,
    ListVersion,
    OrganisationRow,
    ResponsibilityRow,
)
from services.clocks import now
from services.database import Database
from services.identity import Person, RoleGrant, Unit
from services.ids import new_id
from services.messages import Place
from services.rooms import Tools


@pytest.fixture
async def database(routing_app: FastAPI) -> AsyncIterator[Database]:
    """The starter city's database; the process knows no snapshot of it yet, and forgets the one it gets."""
    snapshots._KEPT.clear()
    yield routing_app.state.database
    snapshots._KEPT.clear()


async def loaded(database: Database) -> Catalogue:
    async with database.unit() as session:
        return await current(session)


def forget_when_it_was_asked() -> None:
    for kept in snapshots._KEPT.values():
        kept.asked_at = 0.0


class TestTheImport:
    async def test_the_city_comes_back_as_it_went_in(self, database: Database) -> None:
        got, files = (await loaded(database)).city, Catalogue.starter().city
        assert {grid.code: grid for grid in got.grids} == {grid.code: grid for grid in files.grids}
        assert set(got.addresses) == set(files.addresses)
        assert {unit.code: unit for unit in got.units} == {unit.code: unit for unit in files.units}
        assert set(got.stations) == set(files.stations)

    async def test_parents_stand_before_their_children(self, database: Database) -> None:
        seen: set[str] = set()
        for grid in (await loaded(database)).city.grids:
            assert grid.parent is None or grid.parent in seen
            seen.add(grid.code)

    async def test_the_lists_come_back_in_their_order(self, database: Database) -> None:
        got, files = (await loaded(database)).lists, Catalogue.starter().lists
        assert got.issues.issues == files.issues.issues
        assert got.responsibilities.rows == files.responsibilities.rows

    async def test_a_match_is_the_same_as_from_the_files(self, database: Database) -> None:
        question = Question("瑞金二路街道永嘉路120弄楼道里堆满杂物，电瓶车推不进去", place=Place(district="310101"))
        day = date(2025, 3, 3)
        got = match(question, await loaded(database), day=day, threshold=0.7)
        files = match(question, Catalogue.starter(), day=day, threshold=0.7)
        assert (got.found, got.co_units, got.explanation) == (files.found, files.co_units, files.explanation)

    async def test_every_unit_knows_its_way_from_the_top(self, database: Database) -> None:
        async with database.unit() as session:
            units = {unit.code: unit for unit in await session.scalars(select(Unit))}
        for unit in units.values():
            above = units[unit.parent].path if unit.parent else "/"
            assert unit.path == f"{above}{unit.code}/"
        assert units[EVALUATION].path == f"/{EVALUATION}/"

    async def test_people_hold_the_roles_of_their_posts(self, database: Database) -> None:
        files = Catalogue.starter().city.people
        async with database.unit() as session:
            ids = [shelves.person_id(each.code) for each in files]
            people = await session.scalar(select(func.count()).select_from(Person).where(Person.id.in_(ids)))
            grants = await session.scalar(select(func.count()).select_from(RoleGrant).where(RoleGrant.person.in_(ids)))
            duties = await session.scalar(select(func.count()).select_from(DutyRow))
        assert people == duties == len(files)
        assert grants == sum(len(each.roles) for each in files)

    async def test_a_building_group_has_two_leaders(self, database: Database) -> None:
        async with database.unit() as session:
            led = await session.execute(
                select(DutyRow.grid, func.count()).where(DutyRow.title == "楼长").group_by(DutyRow.grid)
            )
            assert {count for _, count in led} == {2}

    async def test_every_row_of_a_place_names_its_district(self, database: Database) -> None:
        async with database.unit() as session:
            for table in (GridRow, OrganisationRow, DutyRow):
                empty = select(func.count()).select_from(table).where(table.district == "")
                assert await session.scalar(empty) == 0

    async def test_all_or_nothing(self, empty_routing: Tools) -> None:
        Catalogue.starter()  # read and trained once per process
        async with empty_routing.database.unit() as session:
            await import_starter(session)
        async with empty_routing.database.unit() as session:
            assert await session.scalar(select(func.count()).select_from(GridRow)) == len(
                Catalogue.starter().city.grids
            )
            assert await session.scalar(select(CatalogueState.version)) == 1
        with pytest.raises(IntegrityError):
            async with empty_routing.database.unit() as session:
                await import_starter(session)

    async def test_an_empty_database_has_no_catalogue(self, empty_routing: Tools) -> None:
        with pytest.raises(NoCatalogue):
            await loaded(empty_routing.database)


class TestTheSnapshot:
    async def test_it_is_asked_for_once_a_second_and_built_once(
        self, database: Database, statements: list[str]
    ) -> None:
        first = await loaded(database)
        del statements[:]
        assert all(each is first for each in [await loaded(database) for _ in range(20)])
        assert [each for each in statements if "catalogue_state" in each] == []

    async def test_a_change_is_seen_by_the_next_who_asks(self, database: Database) -> None:
        first = await loaded(database)
        async with database.unit() as session:
            await shelves.touch(session)
        forget_when_it_was_asked()
        second = await loaded(database)
        assert second is not first
        assert second.version == first.version + 1

    async def test_new_lists_leave_the_city_as_it_is(self, database: Database) -> None:
        first = await loaded(database)
        async with database.unit() as session:
            await shelves.touch(session, city=False)
        forget_when_it_was_asked()
        second = await loaded(database)
        assert (second.version, second.places) == (first.version + 1, first.places)
        async with database.unit() as session:
            await shelves.touch(session)
        forget_when_it_was_asked()
        assert (await loaded(database)).places is not first.places

    async def test_the_one_before_goes_without_the_garbage_collector(self, database: Database) -> None:
        gone = weakref.ref((await loaded(database)).precedents)
        gc.disable()
        try:
            async with database.unit() as session:
                await shelves.touch(session, city=False)
            forget_when_it_was_asked()
            await loaded(database)
            assert gone() is None
        finally:
            gc.enable()

    async def test_without_a_change_the_same_one_stays(self, database: Database) -> None:
        first = await loaded(database)
        forget_when_it_was_asked()
        assert await loaded(database) is first

    async def test_while_a_newer_one_is_loaded_the_others_are_answered(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = await loaded(database)
        read, reading, finish = shelves.read_city, asyncio.Event(), asyncio.Event()

        async def slowly(session: object) -> shelves.CityRows:
            reading.set()
            await finish.wait()
            return await read(session)

        monkeypatch.setattr(shelves, "read_city", slowly)
        async with database.unit() as session:
            await shelves.touch(session)
        forget_when_it_was_asked()
        loader = asyncio.create_task(loaded(database))
        await reading.wait()
        assert await loaded(database) is first
        finish.set()
        assert (await loader).version == first.version + 1

    async def test_what_is_rolled_back_is_no_change(self, database: Database) -> None:
        first = await loaded(database)
        async with database._sessions() as session:
            await shelves.touch(session)
            await session.rollback()
        forget_when_it_was_asked()
        assert await loaded(database) is first

    async def test_a_closed_unit_and_an_ended_grid_are_not_in_it(self, empty_routing: Tools) -> None:
        async with empty_routing.database.unit() as session:
            await import_starter(session)
            await session.execute(update(Unit).where(Unit.code == "310101023-party").values(closed_at=now()))
            await session.execute(
                update(GridRow).where(GridRow.code == "310101023Z04").values(valid_to=date(2024, 12, 31))
            )
            await shelves.touch(session)
        city = (await loaded(empty_routing.database)).city
        assert "310101023-party" not in {unit.code for unit in city.units}
        assert "310101023Z04" not in {grid.code for grid in city.grids}


class TestTheLists:
    async def test_only_one_version_is_published(self, database: Database) -> None:
        second = ListVersion(
            number=2, state=ListState.PUBLISHED, author=None, publisher=None, made_at=now(),
            checked_at=None, published_at=now(), superseded_at=None,
        )  # fmt: skip
        with pytest.raises(IntegrityError):
            async with database.unit() as session:
                session.add(second)

    async def test_nobody_publishes_their_own_draft(self, database: Database) -> None:
        same = new_id()
        draft = ListVersion(
            number=3, state=ListState.DRAFT, author=same, publisher=same, made_at=now(),
            checked_at=None, published_at=None, superseded_at=None,
        )  # fmt: skip
        with pytest.raises(IntegrityError):
            async with database.unit() as session:
                session.add(draft)

    async def test_rows_belong_to_a_version(self, database: Database) -> None:
        async with database.unit() as session:
            assert await session.scalar(select(func.count()).where(IssueRow.version == 1)) == 255
            assert await session.scalar(select(func.count()).where(ResponsibilityRow.version == 1)) == len(
                Catalogue.starter().lists.responsibilities.rows
            )

    async def test_the_model_is_kept_by_the_digest_of_its_material(self, database: Database) -> None:
        async with database.unit() as session:
            versions = (await session.scalars(select(ClassifierRow.version))).all()
        assert versions == [Catalogue.starter().classifier.version]
