"""routing's app on a real database with the starter city in it; intake and feedback are played by the tests.

The city stays between tests; what tests make beside it (orders, people, keys, units) goes.
"""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from grid_centre import Centre
from installation import Urls, settings_of
from sqlalchemy import create_engine, text

from migrations import runner
from routing.api import create_app
from routing.founding import starter
from services import embedded
from services.database import Database
from services.messaging import Peers
from services.rooms import Tools
from services.settings import SERVICES, Settings

CITY = (
    "grids", "grid_addresses", "stations", "duties", "list_versions", "issues", "responsibilities",
    "classifiers", "catalogue_state", "alembic_version", "pgqueuer_schedules",
)  # fmt: skip
KEPT = {"units": "code", "people": "id", "grants": "id", "keys": "id", "organisations": "unit"}
ENDS = {"units": "closed_at", "grants": "ended_at"}


def make_routing(cluster: embedded.Server) -> Urls:
    """A database for routing alone: the other rooms' tests empty theirs to the ground."""
    name = f"routing_{secrets.token_hex(4)}"
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    urls = {"owner": cluster.url(name), "routing": cluster.url(name, user="routing_alone", password="of-the-tests")}
    runner.upgrade("routing", urls["owner"], urls["routing"])
    return urls


def alone(urls: Urls, data: Path) -> Settings:
    """The other services' addresses are routing's: nothing of theirs is opened."""
    return settings_of({**dict.fromkeys(SERVICES, urls["routing"]), "owner": urls["owner"]}, data)


@pytest.fixture(scope="session")
def routing_urls(cluster: embedded.Server) -> Urls:
    return make_routing(cluster)


@pytest.fixture(scope="session")
def routing_settings(routing_urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return alone(routing_urls, tmp_path_factory.mktemp("routing"))


@pytest.fixture
async def empty_routing(cluster: embedded.Server, tmp_path: Path) -> AsyncIterator[Tools]:
    """A migrated database with nothing in it."""
    settings = alone(make_routing(cluster), tmp_path)
    database, peers = Database(settings.database_for("routing"), "routing"), Peers(settings, "routing")
    yield Tools(settings, database, peers)
    await database.close()
    await peers.close()


@pytest.fixture(scope="session")
async def routing_app(routing_settings: Settings, routing_urls: Urls) -> AsyncIterator[FastAPI]:
    """The app over the starter city, which is imported once."""
    app = create_app(routing_settings)
    database: Database = app.state.database
    await starter(Tools(routing_settings, database, Peers(routing_settings, "routing")), [])
    _remember(routing_urls["owner"])
    yield app
    await database.close()


def _remember(owner: str) -> None:
    """The rows of the starter city that a test must leave as they are."""
    engine = create_engine(owner)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA kept"))
        for table, key in KEPT.items():
            connection.execute(text(f"CREATE TABLE kept.{table} AS TABLE routing.{table}"))
            connection.execute(text(f"CREATE INDEX ON kept.{table} ({key})"))
    engine.dispose()


@pytest.fixture(scope="session")
def routing_sweep(routing_app: FastAPI, routing_urls: Urls) -> list[str]:
    """The statements that bring everything back to the starter city."""
    engine = create_engine(routing_urls["owner"])
    with engine.connect() as connection:
        found = connection.execute(text("select tablename from pg_tables where schemaname = 'routing'")).scalars()
        names = [name for name in found if name not in CITY and name not in KEPT]
    engine.dispose()
    back = [
        f"DELETE FROM routing.{table} made WHERE NOT EXISTS (SELECT FROM kept.{table} k WHERE k.{key} = made.{key})"
        for table, key in KEPT.items()
    ]
    back += [f"UPDATE routing.{table} SET {end} = NULL WHERE {end} IS NOT NULL" for table, end in ENDS.items()]
    return [f"TRUNCATE {', '.join(f'routing.{name}' for name in names)} CASCADE", *back]


@pytest.fixture
async def centre(routing_app: FastAPI, routing_urls: Urls, routing_sweep: list[str]) -> AsyncIterator[Centre]:
    engine = create_engine(routing_urls["owner"])
    with engine.begin() as connection:
        for statement in routing_sweep:
            connection.execute(text(statement))
    engine.dispose()
    made = Centre(routing_app)
    yield made
    for client in made.clients:
        await client.aclose()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to PostgreSQL from here on, by SQLAlchemy or beside it."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def spy(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        sent.append(query.decode() if isinstance(query, bytes) else str(query))
        return await execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", spy)
    return sent


@pytest.fixture
def lists_back(centre: Centre, routing_urls: Urls) -> Iterator[None]:
    """Afterwards the starter lists are published again, and what was drafted is gone."""
    yield
    engine = create_engine(routing_urls["owner"])
    with engine.begin() as connection:
        for statement in (
            "DELETE FROM routing.responsibilities WHERE version > 1",
            "DELETE FROM routing.issues WHERE version > 1",
            "DELETE FROM routing.list_versions WHERE number > 1",
            "UPDATE routing.list_versions SET state = 'published', superseded_at = NULL",
            "DELETE FROM routing.classifiers WHERE version NOT IN (SELECT model FROM routing.list_versions)",
            "UPDATE routing.catalogue_state SET version = version + 1",
        ):
            connection.execute(text(statement))
    engine.dispose()
