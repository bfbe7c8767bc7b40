"""Master keys rotate while reports come in: nothing is refused or unreadable, and callers are found throughout."""

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from front_desk import COMPLAINT, House
from typer.testing import CliRunner

from intake import reporters, rotation
from intake.api import create_app
from intake.key_stores import FakeKeyService, KeyFile, key_store
from intake.master_keys import MasterKeys, UnknownMasterKey, new_master_key
from intake.models import Reporter, SealedWords
from intake.vault import Suite, Vault
from intake.vault_commands import app as commands
from services.settings import Settings

NAME, PHONE, OTHER = "欧阳静好", "13912345678", "+86 138 0013 8000"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "master.keys"
    path.write_text(new_master_key("m1") + "\n", "ascii")
    return path


def append(file: Path, key_id: str) -> None:
    with file.open("a", encoding="ascii") as keys:
        keys.write(new_master_key(key_id) + "\n")


@pytest.fixture
async def desk(house: House, file: Path) -> AsyncIterator[House]:
    """The house with its master keys in a file."""
    settings = house.app.state.settings.model_copy(update={"master_keys": None, "master_keys_file": file})
    app = create_app(settings)
    made = House(app, app.state.database, house.keys, house.people)
    yield made
    for client in made.clients:
        await client.aclose()
    await app.state.database.close()


async def vaults(house: House) -> list[dict[str, Any]]:
    return await house.rows("select wrapped_key, phone_index, other_phone_index from reporters order by id")


async def identities(house: House, vault: Vault) -> list[reporters.Identity]:
    found = []
    async with house.database.unit() as session:
        for row in await house.rows("select id from reporters order by id"):
            found.append(reporters.opened(vault, await session.get_one(Reporter, row["id"])))  # noqa: PERF401
    return found


async def test_keys_rotate_under_load_and_nothing_is_refused_or_lost(desk: House, file: Path) -> None:
    client, over = desk.as_("hotline"), asyncio.Event()
    body = {**COMPLAINT, "reporter": {"name": NAME, "phone": PHONE, "other_phone": OTHER}}
    numbers = [await desk.post(**body) for _ in range(12)]
    statuses: list[int] = []

    async def telling() -> None:
        while not over.is_set():
            statuses.append((await client.post("/v1/cases", json=body)).status_code)

    async def amending() -> None:
        turn = 0
        while not over.is_set():
            more = {"description": f"补充：我叫{NAME}，电话{PHONE}。"}
            path = f"/v1/cases/{numbers[turn % len(numbers)]}/amendments"
            statuses.append((await client.post(path, json=more)).status_code)
            turn += 1

    load = [asyncio.create_task(telling()), asyncio.create_task(amending())]
    append(file, "m2")
    run = await rotation.rotate(desk.database, desk.app.state.vault, batch=3)
    over.set()
    await asyncio.gather(*load)
    assert (run.stuck, run.left) == ([], 0)
    assert run.rotated >= 12
    assert set(statuses) == {201, 202}
    lines = file.read_text("ascii").split()
    only_new = Vault(MasterKeys.parse(lines[1]), Suite.AES)
    found = await identities(desk, only_new)
    assert found == [reporters.Identity(NAME, PHONE, OTHER)] * len(found)
    indexes = {(row["phone_index"], row["other_phone_index"]) for row in await vaults(desk)}
    assert indexes == {(only_new.blind_index("phone", PHONE), only_new.blind_index("phone", OTHER))}
    async with desk.database.unit() as session:
        (first,) = await desk.rows("select * from sealed_words limit 1")
        words = await session.get_one(SealedWords, (first["reporter"], first["entry"]))
        reporter = await session.get_one(Reporter, first["reporter"])
        opened = only_new.open(reporters.key_of(reporter), f"words {words.entry}", words.sealed, str(reporter.id))
    assert NAME in opened


async def test_callers_are_found_while_rows_are_under_two_keys(desk: House, file: Path) -> None:
    first = await desk.post()
    append(file, "m2")
    second = await desk.post(reporter={"name": NAME, "phone": "64370001", "other_phone": "+86 139-1234-5678"})
    third = await desk.post()
    told = {each["data"]["case_no"]: each["data"]["open_cases"] for each in await desk.told()}
    assert told[second] == [first]
    assert sorted(told[third]) == sorted([first, second])


async def test_a_run_that_was_stopped_goes_on_where_it_was(desk: House, file: Path) -> None:
    for _ in range(5):
        await desk.post()
    append(file, "m2")
    vault, run = desk.app.state.vault, rotation.Rotation()
    await rotation._next_batch(desk.database, vault, run, after=rotation.FIRST, batch=2)
    half = await vaults(desk)
    assert sum(row["wrapped_key"].startswith(vault.current_head) for row in half) == 2
    assert await identities(desk, vault) == [reporters.Identity(NAME, PHONE)] * 5
    assert (await rotation.rotate(desk.database, vault)).rotated == 3
    assert (await rotation.rotate(desk.database, vault)).rotated == 0


async def test_a_change_of_suite_is_a_rotation_too(desk: House, file: Path) -> None:
    await desk.post()
    national = Vault(KeyFile(file), Suite.SM)
    assert (await rotation.rotate(desk.database, national)).rotated == 1
    (row,) = await vaults(desk)
    assert row["wrapped_key"].startswith(national.current_head)
    assert row["phone_index"] == national.blind_index("phone", PHONE)
    assert await identities(desk, national) == [reporters.Identity(NAME, PHONE)]


async def test_rows_whose_master_key_is_gone_stay_as_they_are_and_are_told(desk: House, file: Path) -> None:
    await desk.post()
    before = await vaults(desk)
    file.write_text(new_master_key("m9") + "\n", "ascii")
    await desk.post()
    run = await rotation.rotate(desk.database, Vault(KeyFile(file), Suite.AES))
    assert (run.rotated, len(set(run.stuck)), run.left) == (0, 1, 1)
    assert before[0] in await vaults(desk)


async def test_who_is_erased_opens_no_more_not_even_with_every_key(desk: House, file: Path) -> None:
    case_no = await desk.post(description=f"我叫{NAME}，电话{PHONE}，垃圾满溢。")
    await desk.as_("hotline").post(f"/v1/cases/{case_no}/amendments", json={"description": f"我叫{NAME}，还在。"})
    (kept,) = await desk.rows("select wrapped_key, name from reporters")
    async with desk.database.unit() as session:
        await reporters.erase(session, await reporters.of_case(session, case_no))
    (row,) = await desk.rows("select * from reporters")
    assert {name for name, value in row.items() if value is not None} == {"id", "erased_at"}
    assert await desk.rows("select 1 from sealed_words") == []
    assert await identities(desk, desk.app.state.vault) == [reporters.Identity()]
    append(file, "m2")
    assert (await rotation.rotate(desk.database, desk.app.state.vault)).rotated == 0
    more = await desk.as_("hotline").post(f"/v1/cases/{case_no}/amendments", json={"description": f"我叫{NAME}。"})
    assert more.status_code == 202
    assert await desk.rows("select 1 from sealed_words") == []
    assert (await desk.case(case_no))["state"] == "discover.registered"
    assert kept["name"] not in row.values()


async def test_a_key_can_go_when_nothing_lies_under_it(desk: House, file: Path) -> None:
    await desk.post()
    append(file, "m2")
    await desk.post()
    async with desk.database.unit() as session:
        assert await rotation.standing(session) == [("m1", "aes", 1), ("m2", "aes", 1)]
    await rotation.rotate(desk.database, desk.app.state.vault)
    async with desk.database.unit() as session:
        assert await rotation.standing(session) == [("m2", "aes", 2)]


def test_a_key_file_counts_as_it_is_now_and_a_broken_one_changes_nothing(file: Path) -> None:
    store = KeyFile(file)
    wrapped = store.wrap(Suite.AES, "m1", b"k" * 32, b"")
    append(file, "m2")
    assert (store.current, store.ids) == ("m2", ("m1", "m2"))
    with file.open("a", encoding="ascii") as keys:
        keys.write("m3:half")
    assert store.current == "m2"
    assert store.unwrap(Suite.AES, "m1", wrapped, b"") == b"k" * 32
    file.unlink()
    assert store.current == "m2"


def test_the_key_service_keeps_its_keys_and_makes_its_next_one(settings: Settings, tmp_path: Path) -> None:
    chosen = settings.model_copy(update={"master_keys": None, "key_service": "fake", "data_dir": tmp_path})
    service = key_store(chosen)
    assert isinstance(service, FakeKeyService)
    vault = Vault(service, Suite.SM)
    wrapped = vault.new_data_key()
    blob = vault.seal(wrapped, "name", NAME, "r1")
    assert service.rotate() == "k2"
    elsewhere = Vault(FakeKeyService(tmp_path), Suite.SM)
    assert elsewhere.open(elsewhere.rewrap(wrapped), "name", blob, "r1") == NAME
    assert stat.S_IMODE((tmp_path / FakeKeyService.FILE).stat().st_mode) == 0o600
    with pytest.raises(UnknownMasterKey):
        service.unwrap(Suite.SM, "k9", wrapped, b"")


def test_a_whole_reporter_costs_the_key_service_three_calls(tmp_path: Path) -> None:
    """Wrap, unwrap once, and one index: not one call for each field."""
    service = FakeKeyService(tmp_path)
    person = reporters.Identity(name=NAME, phone=PHONE, home="永嘉路9弄2号301室", id_number="310101199003077715")
    reporters.sealed(Vault(service, Suite.AES), person, {"description": "垃圾满溢"}, "ABCD-EFGH-JKLM")
    assert service.calls == 3


def test_the_command_makes_a_key_and_never_the_same_id_twice(file: Path) -> None:
    made = CliRunner().invoke(commands, ["new-key", "m2", "--append", str(file)])
    assert (made.exit_code, KeyFile(file).current) == (0, "m2")
    assert CliRunner().invoke(commands, ["new-key", "m2", "--append", str(file)]).exit_code == 2
    printed = CliRunner().invoke(commands, ["new-key", "m3"])
    assert MasterKeys.parse(printed.output).current == "m3"


@pytest.mark.parametrize("suite", list(Suite))
def test_every_field_of_a_reporter_is_sealed_by_itself(suite: Suite) -> None:
    vault = Vault(MasterKeys.parse(new_master_key("m1")), suite)
    person = reporters.Identity(NAME, PHONE, OTHER, "310101199003077715", "永嘉路9弄2号301室", "wang.xm")
    row = reporters.sealed(vault, person, {"description": "垃圾满溢"}, "ABCD-EFGH-JKLM")
    blobs = [row[name] for name in (*reporters.FIELDS, "original")]
    assert len(set(blobs)) == 7
    assert not any(
        text.encode() in blob
        for text in (NAME, PHONE, OTHER, "310101199003077715", "301室", "wang.xm")
        for blob in blobs
    )
    for name in reporters.FIELDS:
        assert vault.open(row["wrapped_key"], name, row[name], str(row["id"])) == getattr(person, name)
