"""`gridloop doctor`: each thing that a newcomer gets wrong is provoked, found and answered with what to do."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from installation import Urls
from sqlalchemy import create_engine, make_url, text
from typer.testing import CliRunner

from intake.checkup import checks as vault_checks
from migrations import runner
from routing.checkup import calendar_of
from services import standalone
from services.calendars import china
from services.cli import main
from services.database import Database
from services.doctor import databases, keys, machine, peers
from services.doctor.examining import installed
from services.doctor.findings import Finding, Level, written
from services.messaging import Peers
from services.rooms import Tools
from services.settings import SERVICES, ServiceName, Settings
from services.standalone import SECRETS

ZONE = ZoneInfo("Asia/Shanghai")
KNOWN: dict[ServiceName, list[str]] = {name: runner.revisions(name) for name in SERVICES}


def bad(found: list[Finding]) -> list[Finding]:
    """What is not good; each of them says what to do."""
    wrong = [each for each in found if each.level is not Level.GOOD]
    assert all(each.remedy for each in wrong)
    return wrong


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", *(f"{each.upper()}_DATABASE_URL" for each in SERVICES)):
        monkeypatch.delenv(f"GRIDLOOP_{name}", raising=False)


@pytest.fixture
def owner(urls: Urls, clean: None) -> Iterator[Any]:
    engine = create_engine(urls["owner"])
    with engine.connect() as connection:
        yield lambda statement, **facts: (connection.execute(text(statement), facts), connection.commit())
    engine.dispose()


async def routing(settings: Settings, **changed: str) -> list[Finding]:
    return await databases.database(settings.model_copy(update=changed), "routing", KNOWN["routing"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [("@127.0.0.1:1/", "nobody answers"), (":wrong@", "password"), ("/none_", "no such database")],
    ids=["unreachable", "password", "no database"],
)
async def test_a_database_that_cannot_be_used_is_told_without_its_password(
    settings: Settings, wrong: str, words: str
) -> None:
    url = settings.database_for("routing")
    password = make_url(url).password
    right = {"@127.0.0.1:1/": f"@127.0.0.1:{make_url(url).port}/", ":wrong@": f":{password}@", "/none_": "/test_"}[
        wrong
    ]
    found = await routing(settings, routing_database_url=url.replace(right, wrong))
    assert [(each.check, each.level) for each in bad(found)] == [("database", Level.PROBLEM)]
    assert words in found[0].what
    assert str(password) not in str(found)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (f"update routing.alembic_version set version_num = '{KNOWN['routing'][-1]}'", "are pending"),
        ("update routing.alembic_version set version_num = '9999_later'", "does not know"),
        ("delete from routing.alembic_version", "is empty"),
    ],
    ids=["behind", "ahead", "never migrated"],
)
async def test_a_schema_that_is_not_this_programs_is_found(
    settings: Settings, owner: Any, statement: str, words: str
) -> None:
    owner(statement)
    try:
        found = bad(await routing(settings))
    finally:
        owner("delete from routing.alembic_version")
        owner("insert into routing.alembic_version values (:head)", head=KNOWN["routing"][0])
    assert [each.check for each in found] == ["migrations"]
    assert words in found[0].what
    assert "migrations" not in [each.check for each in bad(await routing(settings))]


async def test_a_city_without_keys_is_found(settings: Settings, owner: Any) -> None:
    assert [(each.check, each.level) for each in bad(await routing(settings))] == [("access", Level.PROBLEM)]


JOB = """
    insert into routing.pgqueuer (priority, status, entrypoint, created, execute_after, attempts)
    values (0, cast(:status as routing.pgqueuer_status), 'to_intake', now() - make_interval(secs => :age),
            now() + make_interval(secs => :wait), :attempts)
"""


@pytest.mark.parametrize(
    ("job", "words"),
    [
        ({"status": "queued", "age": 600, "wait": -600, "attempts": 0}, "nobody tries them"),
        ({"status": "queued", "age": 3600, "wait": 30, "attempts": 9}, "fail again and again"),
        ({"status": "failed", "age": 600, "wait": -600, "attempts": 12}, "given up"),
    ],
    ids=["no worker", "no receiver", "held"],
)
async def test_a_queue_that_stands_still_is_found(
    settings: Settings, owner: Any, job: dict[str, Any], words: str
) -> None:
    owner(JOB, **job)
    found = [each for each in bad(await routing(settings)) if each.check == "queue"]
    assert len(found) == 1
    assert words in found[0].what


async def test_a_job_put_off_for_days_is_no_standstill(settings: Settings, owner: Any) -> None:
    owner(JOB, status="queued", age=86_400, wait=86_400, attempts=0)
    assert [each.check for each in bad(await routing(settings))] == ["access"]


async def test_a_clock_that_differs_from_the_databases_is_found(
    settings: Settings, owner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) - timedelta(minutes=7)

    monkeypatch.setattr(databases, "datetime", Slow)
    found = [each for each in bad(await routing(settings)) if each.check == "clock"]
    assert found[0].level is Level.PROBLEM
    assert "+420" in found[0].what


@pytest.mark.parametrize(("seconds", "level"), [(0.5, Level.GOOD), (-5.0, Level.WARNING), (31.0, Level.PROBLEM)])
def test_how_far_two_clocks_may_differ(seconds: float, level: Level) -> None:
    assert databases.skew("theirs", seconds).level is level


def answering(status: int, words: str, *, late: timedelta = timedelta()) -> httpx.MockTransport:
    def answer(_: httpx.Request) -> httpx.Response:
        date = format_datetime(datetime.now(UTC) - late, usegmt=True)
        return httpx.Response(status, text=words, headers={"date": date})

    return httpx.MockTransport(answer)


@pytest.mark.parametrize(
    ("peer", "words"),
    [
        (answering(503, "{}"), "not ready"),
        (answering(200, "<html>"), "is not intake"),
        (answering(200, "ready\n", late=timedelta(minutes=9)), "clock of intake"),
        (None, "does not answer"),
    ],
    ids=["not ready", "somebody else", "another time", "away"],
)
async def test_a_peer_that_cannot_be_worked_with_is_found(
    settings: Settings, peer: httpx.MockTransport | None, words: str
) -> None:
    at = settings.model_copy(update={"intake_url": "http://127.0.0.1:1"})
    found = bad(await peers.peer(at, "intake", transport=peer))
    assert len(found) == 1
    assert words in found[0].what
    assert not bad(await peers.peer(at, "intake", transport=answering(200, "ready\n")))


@pytest.mark.parametrize("name", ["link_intake_routing", "answer_key", "survey_secret", "master_keys"])
def test_a_missing_key_is_named(settings: Settings, name: str) -> None:
    assert not [each for each in keys.keys(settings) if each.level is Level.PROBLEM]
    found = bad(keys.keys(settings.model_copy(update={name: None})))
    assert {each.level for each in found} == {Level.PROBLEM}
    assert all(f"GRIDLOOP_{name.upper()} is not set" in each.what for each in found)


def test_one_secret_for_two_purposes_and_stand_ins_in_a_city_are_warned_of(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text("{}")
    changed = {"link_intake_feedback": settings.answer_key, "public_url": "https://12345.example", "data_dir": tmp_path}
    found = bad(keys.keys(settings.model_copy(update=changed)))
    assert {each.level for each in found} == {Level.WARNING}
    said = " ".join(each.what for each in found)
    assert all(words in said for words in ("are the same secret", "sample keys", "`console`"))
    assert settings.need("answer_key", "-") not in said


def test_a_placeholder_is_found_and_never_repeated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GRIDLOOP_INTAKE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("GRIDLOOP_ANSWER_KEY", "changeme-changeme-changeme-0815")
    with installed(tmp_path, {}) as (settings, found):
        assert settings is None
        assert "GRIDLOOP_ANSWER_KEY" in bad(found)[0].what
        assert "0815" not in str(found)


async def test_a_vault_that_does_not_open_is_found(settings: Settings) -> None:
    wrong = settings.model_copy(update={"master_keys": type(settings.answer_key)("m1:not-base64-and-too-short-at-all")})
    tools = Tools(wrong, Database(settings.database_for("intake"), "intake"), Peers(settings, "intake"))
    assert bad(await vault_checks(tools))[0].check == "keys"
    assert not bad(await vault_checks(Tools(settings, tools.database, tools.peers)))
    await tools.peers.close()
    await tools.database.close()


@pytest.mark.parametrize(
    ("day", "level"),
    [
        (datetime(2026, 6, 1, tzinfo=ZONE), Level.GOOD),
        (datetime(2026, 12, 20, tzinfo=ZONE), Level.WARNING),
        (datetime(2049, 1, 4, tzinfo=ZONE), Level.PROBLEM),
    ],
    ids=["known", "the next is missing", "missing"],
)
def test_a_year_without_its_notice_is_found(day: datetime, level: Level) -> None:
    found = calendar_of(china(ZONE), day)
    assert (found.level, found.check) == (level, "calendar")
    assert not bad([found]) or "gridloop calendar import" in found.remedy


@pytest.mark.parametrize(("free", "level"), [(2**20, Level.PROBLEM), (2**30, Level.WARNING), (2**40, Level.GOOD)])
def test_a_full_disk_is_found(free: int, level: Level, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**41, 2**41 - free, free))
    assert machine.disk(tmp_path / "not there yet").level is level


@pytest.mark.parametrize(("name", "mode"), [("", 0o777), (SECRETS, 0o644)], ids=["directory", "secrets"])
def test_a_data_directory_that_is_open_to_others_is_found(tmp_path: Path, name: str, mode: int) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    (data / SECRETS).touch(0o600)
    assert not bad(machine.data_directory(data))
    (data / name).chmod(mode)
    assert bad(machine.data_directory(data))[0].level is Level.PROBLEM


async def test_a_port_that_something_else_has_is_found() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-example\r\n")
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    number = server.sockets[0].getsockname()[1]
    async with server:
        taken = await machine.port("127.0.0.1", number)
    assert taken is not None
    assert (taken.check, taken.level) == ("port", Level.PROBLEM)
    assert await machine.port("127.0.0.1", number) is None


def test_it_looks_and_makes_nothing(tmp_path: Path) -> None:
    data = tmp_path / "none"
    told = CliRunner().invoke(main, ["doctor", "--data-dir", str(data), "--port", "1", "--json"])
    assert told.exit_code == 0
    assert [each["check"] for each in json.loads(told.stdout)] == ["data directory", "disk", "installation"]
    assert not data.exists()


def test_a_problem_fails_the_command_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / SECRETS).touch(0o644)
    told = CliRunner().invoke(main, ["doctor", "--data-dir", str(tmp_path), "--port", "1"])
    assert told.exit_code == 1
    assert "MEND  data directory" in told.stdout
    assert f"chmod go-rwx {tmp_path / SECRETS}" in told.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == [SECRETS]


def test_lost_secrets_beside_a_database_are_found_and_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    with installed(tmp_path, {}) as (settings, found):
        assert settings is None
        assert "put it back from your copy" in bad(found)[0].remedy
    assert not (tmp_path / SECRETS).exists()


OWNER = "postgresql+psycopg://owner:-@db.example:5432/city"


def test_a_services_address_in_a_secret_file_is_an_installation_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gridloop_routing_database_url").write_text(OWNER)
    monkeypatch.setenv("GRIDLOOP_SECRETS_DIR", str(tmp_path))
    with installed(tmp_path / "data", {}) as (settings, found):
        assert settings is not None
        assert (settings.routing_database_url, found) == (OWNER, [])


def test_an_owners_address_in_a_secret_file_starts_no_database_of_our_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "owner").write_text(f"{OWNER}\n")
    monkeypatch.setenv("GRIDLOOP_DATABASE_URL_FILE", str(tmp_path / "owner"))
    with standalone.separate(tmp_path / "data") as settings:
        assert settings.database_url == OWNER
        assert make_url(str(settings.routing_database_url)).host == "db.example"
    assert not (tmp_path / "data" / "postgres").exists()


def test_a_finding_is_a_line_and_its_remedy_another() -> None:
    found = [Finding("disk", Level.PROBLEM, "full", "make room"), Finding("port", Level.GOOD, "free")]
    assert written(found, as_json=False).splitlines()[:3] == [
        "MEND  disk: full",
        "      → make room",
        "ok    port: free",
    ]
