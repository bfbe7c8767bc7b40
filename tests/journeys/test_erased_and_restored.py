"""A person asks for what is held and then to be erased: nothing is left anywhere, also after an older backup is put
back; the chains verify, and the case still counts."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from installation import Urls, make_database, secret
from pydantic import SecretStr
from sqlalchemy import create_engine, text
from test_the_loop import lived

from intake import status_codes
from intake.keeping import checking
from intake.models import Report
from intake.reporters import vault_of
from services import backup, embedded
from services.backup_commands import made, put_back
from services.cli import ROOMS, migrate_all
from services.database import Database
from services.demo.doors import Doors, Refused
from services.messaging import Peers
from services.retention import ledger
from services.rooms import Tools
from services.settings import SERVICES, Settings

MARK = "玳瑁猫雕像"
PERSON = {"name": "夏侯晚晴", "phone": "13987654321", "home": "泰康路274弄19号602室"}
REPORT = {"description": f"我叫夏侯晚晴，{MARK}旁边的垃圾堆了三天。", "address": f"{MARK}旁", "reporter": PERSON}
SAID = {"contacted": True, "solved": "解决", "satisfied": "满意", "words": f"{MARK}干净了"}


@pytest.fixture
async def code_of(house: Settings) -> AsyncIterator[Callable[[str], Any]]:
    """The status code, as it stands on the reporter's slip."""
    database = Database(house.database_for("intake"), "intake", pool_size=1)

    async def found(case_no: str) -> str:
        async with database.unit() as session:
            report = await session.get_one(Report, case_no)
            return str(await status_codes.status_code(session, vault_of(house), report))

    yield found
    await database.close()


def rows(url: str) -> list[str]:
    """Every row of every table of the three schemas, as text."""
    engine, found = create_engine(url), list[str]()
    tables = text("select schemaname, tablename from pg_tables where schemaname = any(:names)")
    with engine.connect() as connection:
        for schema, table in connection.execute(tables, {"names": list(SERVICES)}).all():
            told = connection.execute(text(f'select row_to_json(t)::text from {schema}."{table}" t'))
            found += [f"{schema}.{table} {row}" for (row,) in told]
    engine.dispose()
    return found


async def gone(owner: str, case_no: str) -> None:
    """Until the messages have arrived everywhere."""
    for _ in range(200):
        left = [row for row in await asyncio.to_thread(rows, owner) if MARK in row]
        if not left:
            return
        await asyncio.sleep(0.1)
    raise AssertionError([row[:300] for row in left])


async def export(doors: Doors, case_no: str, proof: dict[str, str]) -> tuple[dict[str, Any], str]:
    asked = await doors.ask("hotline", "POST", f"/intake/v1/cases/{case_no}/exports", {"proof": proof})
    assert asked.status_code == 202
    where = asked.headers["location"]
    for _ in range(200):
        answer = await doors.ask("hotline", "GET", where)
        if answer.status_code == 200:
            return answer.json(), (await doors.ask("hotline", "GET", f"{where}?format=text")).text
        await asyncio.sleep(0.1)
    raise AssertionError(answer.text)


async def test_everything_held_is_told_and_then_erased_also_in_an_older_backup(
    doors: Doors, house: Settings, journey_urls: Urls, cluster: embedded.Server, code_of: Any, tmp_path: Path
) -> None:
    house = house.model_copy(update={"database_url": journey_urls["owner"]})
    story = await lived(doors, REPORT, calls=[SAID], answer=f"{MARK}旁已清运。", done=f"{MARK}旁已清扫")
    other = await lived(doors, {"description": "别处的垃圾满溢。"}, calls=[SAID | {"words": "好"}], answer="已清运。")
    proof = {"status_code": await code_of(story.case_no)}

    held, page = await export(doors, story.case_no, proof)
    assert held["reporter"] == PERSON
    assert held["as_told"][0]["description"] == REPORT["description"]
    assert MARK in held["routing"]["done"]
    assert MARK in json.dumps(held["feedback"], ensure_ascii=False)
    assert [line for line in page.splitlines() if line.startswith("  姓名")] == ["  姓名：夏侯晚晴"]
    assert [each["way"] for each in held["intake"]["seen"]] != []

    place = await asyncio.to_thread(made, house, tmp_path)
    told = await doors.ask("hotline", "POST", f"/intake/v1/cases/{story.case_no}/erasure",
                           {"proof": proof})  # fmt: skip
    assert told.json() == {"case_no": story.case_no, "erased": True}
    await gone(journey_urls["owner"], story.case_no)
    with pytest.raises(Refused):
        await doors.ask("hotline", "POST", f"/intake/v1/cases/{story.case_no}/exports", {"proof": proof})
    order = await doors.read("auditor", f"/routing/v1/orders/{story.case_no}")
    assert (order["state"], order["outcome"], order["lead"]["code"]) == ("closed", "resolved", story.lead)
    (survey,) = (await doors.read("auditor", f"/feedback/v1/surveys/{story.case_no}"))["surveys"]
    assert [(each["solved"], each["satisfied"]) for each in survey["answers"]] == [("solved", "satisfied")]

    await noted(house, story.case_no)
    drill = settings_in(cluster, house)
    checked = await asyncio.to_thread(put_back, drill, place, ROOMS, migrate_all)
    assert checked.faults == []
    restored = await asyncio.to_thread(rows, str(drill.database_url))
    assert [row[:200] for row in restored if MARK in row] == []
    assert [row for row in restored if other.case_no in row and "别处的垃圾满溢" in row]
    key = house.need("master_keys", "the vault").partition(":")[2]
    assert [row[:100] for row in restored if key in row] == []
    with pytest.raises(backup.NotEmpty):
        await asyncio.to_thread(put_back, drill, place, ROOMS, migrate_all)
    await only_the_keys_are_missed(drill)


async def noted(house: Settings, case_no: str) -> None:
    for _ in range(100):
        if case_no in {each.case_no for each in ledger.read(ledger.path(house))}:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the erasure is not in the log")


def settings_in(cluster: embedded.Server, house: Settings) -> Settings:
    """Another database with nothing in it, and the same secrets."""
    name = f"drill_{secrets.token_hex(4)}"
    urls = make_database(cluster, name)
    engine = create_engine(urls["owner"])
    with engine.begin() as connection:
        for service in SERVICES:
            connection.exec_driver_sql(f"DROP SCHEMA {service} CASCADE")
    engine.dispose()
    return house.model_copy(
        update={"database_url": urls["owner"], **{f"{each}_database_url": urls[each] for each in SERVICES}}
    )


async def only_the_keys_are_missed(drill: Settings) -> None:
    """With other master keys the check says so, by the key's name."""
    wrong = drill.model_copy(update={"master_keys": SecretStr(f"m9:{secret()}")})
    database, peers = Database(wrong.database_for("intake"), "intake", pool_size=1), Peers(wrong, "intake")
    found = await checking.restored(Tools(wrong, database, peers))
    await database.close()
    await peers.close()
    assert len(found.faults) == 1
    assert "do not open: the master key m1 is not given" in found.faults[0]


def test_a_backup_that_was_altered_is_none(cluster: embedded.Server, tmp_path: Path) -> None:
    urls = make_database(cluster, f"altered_{secrets.token_hex(4)}")
    place = backup.make(urls["owner"], tmp_path, [])
    assert backup.read(place).rows == {"intake.reports": 0, "routing.orders": 0, "feedback.surveys": 0}
    assert {file.stat().st_mode & 0o077 for file in (place, place / backup.DUMP)} == {0}
    with (place / backup.DUMP).open("ab") as dumped:
        dumped.write(b"x")
    with pytest.raises(backup.NoBackup):
        backup.load(urls["owner"], place)
