"""Real PostgreSQL for every test: one embedded server, migrated once; and the whole house, served on one port."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
from emptying import empty
from installation import FAST, Urls, make_database, settings_of
from sqlalchemy import Engine, create_engine, text

from services import embedded, standalone
from services.cli import ROOMS, fill, whole
from services.demo.doors import Doors
from services.embedded import Server
from services.house import local, serve_house
from services.settings import SERVICES, Settings


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded.Server]:
    """An embedded server of this test run."""
    data = tmp_path_factory.mktemp("postgres")
    yield embedded.start(data, options=FAST)
    embedded.reset(data)


@pytest.fixture(scope="session")
def urls(cluster: embedded.Server) -> Urls:
    return make_database(cluster, f"test_{secrets.token_hex(4)}")


@pytest.fixture(scope="session")
def settings(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a whole installation, secrets and all, for this run alone."""
    return settings_of(urls, tmp_path_factory.mktemp("data"))


KEPT = ("alembic_version", "pgqueuer_schedules")


@pytest.fixture(scope="session")
def owning(urls: Urls) -> Iterator[Engine]:
    engine = create_engine(urls["owner"])
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def tables(owning: Engine) -> list[str]:
    """Every table of the three schemas that a test may fill."""
    found = text("select schemaname, tablename from pg_tables where schemaname = any(:names)")
    with owning.connect() as connection:
        rows = connection.execute(found, {"names": list(SERVICES)}).all()
    return [f'{schema}."{table}"' for schema, table in rows if table not in KEPT]


@pytest.fixture
def clean(owning: Engine, tables: list[str]) -> None:
    """Empties the tables before the test; a room's own fixtures ask for it."""
    with owning.begin() as connection:
        empty(connection, tables)


@pytest.fixture(scope="session")
def journey_urls(cluster: Server) -> Urls:
    return make_database(cluster, f"journeys_{secrets.token_hex(4)}")


@pytest.fixture(scope="session")
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
async def house(journey_urls: Urls, port: int, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Settings]:
    """The settings of the running house."""
    settings = settings_of(journey_urls, tmp_path_factory.mktemp("journeys"), **local(port))
    await fill(settings)
    serving = asyncio.create_task(
        serve_house(
            settings, whole(settings), list(ROOMS.values()), host="127.0.0.1", port=port, ended=(end := asyncio.Event())
        )
    )
    made = Doors(f"http://127.0.0.1:{port}", {})
    async with asyncio.timeout(60):
        await made.open()
    await made.close()
    yield settings
    end.set()
    await serving


@pytest.fixture
async def doors(house: Settings, port: int) -> AsyncIterator[Doors]:
    made = Doors(f"http://127.0.0.1:{port}", standalone.credentials(house))
    for role in ("dispatcher", "supervisor"):
        await made.hire(role, "31")
    yield made
    await made.close()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where nothing may be skipped (`GRIDLOOP_NO_SKIPS=1`, as in CI), a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("GRIDLOOP_NO_SKIPS") == "1" and reporter and reporter.stats.get("skipped") and exitstatus == 0:
        reporter.write_line("tests were skipped, and GRIDLOOP_NO_SKIPS=1 forbids it", red=True)
        session.exitstatus = 1
