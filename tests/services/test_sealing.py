"""Seals over the timelines of all three services: a whole chain written anew is found by a root kept elsewhere."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from installation import Urls
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from services import sealed, sealing, timeline
from services.clocks import now, stopped
from services.database import Database
from services.sealing import Root, root_of
from services.settings import SERVICES, ServiceName, Settings

ZONE = ZoneInfo("Asia/Shanghai")
FORGED = "一切正常"


@pytest.fixture(params=SERVICES)
async def database(request: pytest.FixtureRequest, urls: Urls, clean: None) -> AsyncIterator[Database]:
    made = Database(urls[request.param], request.param, pool_size=1)
    yield made
    await made.close()


@pytest.fixture
def owner(urls: Urls) -> Iterator[Engine]:
    """Whoever owns the database can write what no role may."""
    engine = create_engine(urls["owner"])
    yield engine
    engine.dispose()


class Case(SimpleNamespace):
    """What a timeline belongs to: its number, its entries and the head of its chain."""


async def happen(database: Database, case: Case, *moves: str) -> None:
    async with database.unit() as session:
        for move in moves:
            await timeline.append(session, case, move, by_role="clock", facts={"by": move})


def case(number: int) -> Case:
    return Case(case_no=f"2026030200{number:06d}", entries=0, chain=None)


async def seal(database: Database) -> list[Root]:
    async with database.unit() as session:
        await sealing.seal(session, ZONE)
        return await sealing.roots(session)


def rewrite(owner: Engine, service: str, case: Case) -> None:
    """The whole chain anew, from its second entry, so that it fits in itself."""
    previous = timeline.START
    with owner.begin() as connection:
        connection.execute(text(f"set search_path = {service}"))
        for row in connection.execute(
            text("select * from timeline where case_no = :it order by number"), {"it": case.case_no}
        ).mappings():
            told = dict(row) | ({"move": "note", "facts": {"by": FORGED}} if row["number"] == 2 else {})
            digest = timeline.entry_digest(previous, told)
            connection.execute(
                text(
                    "update timeline set move = :move, facts = cast(:facts as jsonb), previous = :previous, "
                    "digest = :digest where id = :id"
                ),
                {"move": told["move"], "facts": json.dumps(told["facts"]), "id": row["id"]}
                | {"previous": previous, "digest": digest},
            )
            previous = digest
    case.chain = previous


async def faults(database: Database, kept: list[Root]) -> list[tuple[int, str | None, int | None]]:
    async with database.unit() as session:
        found = await sealing.against(session, kept)
    return [(fault.seal, fault.case_no, fault.entry) for fault in found]


async def test_a_chain_that_was_written_anew_fits_in_itself_and_not_the_seal(database: Database, owner: Engine) -> None:
    one, other = case(1), case(2)
    await happen(database, one, "register", "route", "accept")
    await happen(database, other, "register")
    kept = await seal(database)
    assert await faults(database, kept) == []

    rewrite(owner, database.service, one)
    async with database.unit() as session:
        assert await timeline.first_broken(session, one.case_no, chain=one.chain, count=one.entries) is None
    assert await faults(database, kept) == [(1, one.case_no, 3)]


async def test_whoever_writes_the_seals_anew_as_well_is_found_by_the_root_that_was_kept(
    database: Database, owner: Engine
) -> None:
    one = case(1)
    await happen(database, one, "register", "route")
    kept = await seal(database)
    rewrite(owner, database.service, one)
    with owner.begin() as connection:
        connection.execute(text(f"set search_path = {database.service}"))
        connection.execute(text("update sealed_heads set digest = :it"), {"it": one.chain})
        forged = root_of(timeline.START, [(one.case_no, 2, one.chain)])
        connection.execute(text("update seals set root = :it"), {"it": forged})
    assert await faults(database, await _roots(database)) == [], "its own roots fit"
    assert await faults(database, kept) == [(1, None, None)]


async def _roots(database: Database) -> list[Root]:
    async with database.unit() as session:
        return await sealing.roots(session)


async def test_a_seal_holds_what_grew_since_the_last_and_is_bound_to_it(database: Database, owner: Engine) -> None:
    one, other = case(1), case(2)
    await happen(database, one, "register")
    await happen(database, other, "register")
    first = await seal(database)
    assert await seal(database) == first, "where nothing grew there is nothing to seal"
    await happen(database, one, "route", "accept")
    second = await seal(database)
    assert [root.number for root in second] == [1, 2]
    with owner.connect() as connection:
        heads = connection.execute(
            text(f"select case_no, number, seal from {database.service}.sealed_heads order by 3, 1")
        )
        assert [tuple(row) for row in heads] == [
            (one.case_no, 1, 1),
            (other.case_no, 1, 1),
            (one.case_no, 3, 2),
        ]
    assert await faults(database, second) == []
    with owner.begin() as connection:
        connection.execute(text(f"delete from {database.service}.sealed_heads where seal = 2"))
        connection.execute(text(f"delete from {database.service}.seals where number = 2"))
    assert await faults(database, second) == [(2, None, None)]


async def test_one_seal_a_day_of_the_city(database: Database) -> None:
    one = case(1)
    await happen(database, one, "register")
    for day, made in ((0, True), (0, False), (1, True)):
        with stopped(now() + timedelta(days=day)):
            async with database.unit() as session:
                found = await sealing.daily(session, ZONE)
        assert (found is not None) is made
        await happen(database, one, "note")


@pytest.mark.parametrize("table", ["timeline", "seals", "sealed_heads"])
@pytest.mark.parametrize("verb", ["delete from {}", "update {} set number = number + 1", "truncate {} cascade"])
async def test_no_service_can_rewrite_its_history_or_its_seals(database: Database, table: str, verb: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.unit() as session:
            await session.execute(text(verb.format(table)))


async def test_roots_go_to_a_file_and_come_back(settings: Settings, clean: None, tmp_path: Path) -> None:
    for service in SERVICES:
        await _happened(settings, service)
    kept = await sealed.make(settings)
    assert [root.service for root in kept] == list(SERVICES)
    sealed.write(tmp_path / "roots.jsonl", kept)
    assert sealed.read(tmp_path / "roots.jsonl") == kept
    assert await sealed.compare(settings, kept) == []
    wrong = [Root(root.service, root.number, root.day, "00") for root in kept]
    assert [fault.service for fault in await sealed.compare(settings, wrong)] == list(SERVICES)
    assert "is not the one that was kept" in sealed.told((await sealed.compare(settings, wrong))[0])


async def _happened(settings: Settings, service: ServiceName) -> None:
    database = Database(settings.database_for(service), service, pool_size=1)
    await happen(database, case(9), "register")
    await database.close()


def test_a_file_without_roots_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"a": 1}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="holds no roots"):
        sealed.read(tmp_path / "other.jsonl")


def test_a_root_depends_on_every_head_and_on_the_root_before() -> None:
    heads = [(f"{number}", 1, bytes([number])) for number in range(5)]
    roots = {root_of(b"a", heads[:length]) for length in range(6)} | {root_of(b"b", heads)}
    assert len(roots) == 7
