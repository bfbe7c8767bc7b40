"""routing's app on a real database with the starter city in it; intake and feedback are played by the tests.

The city stays between tests; what tests make beside it (orders, people, keys, units) goes.
"""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from emptying import empty
from fastapi import FastAPI
from grid_centre import Centre
from installation import Urls, create, migrated, settings_of
from order_team import Team
from sqlalchemy import Engine, create_engine, text

from routing.api import create_app
from routing.city import City
from routing.city import starter as starter_city
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
    name, role, password = f"routing_{secrets.token_hex(4)}", "routing_alone", "of-the-tests"
    owner = create(cluster, name, migrated(cluster, (("routing", role, password),)))
    return {"owner": owner, "routing": cluster.url(name, user=role, password=password)}


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
def routing_owner(routing_urls: Urls) -> Iterator[Engine]:
    engine = create_engine(routing_urls["owner"])
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def routing_tables(routing_app: FastAPI, routing_owner: Engine) -> list[str]:
    """Every table that holds nothing of the starter city."""
    found = text("select tablename from pg_tables where schemaname = 'routing'")
    with routing_owner.connect() as connection:
        names = connection.execute(found).scalars().all()
    return [f"routing.{name}" for name in names if name not in CITY and name not in KEPT]


BACK = [
    f"DELETE FROM routing.{table} made WHERE NOT EXISTS (SELECT FROM kept.{table} k WHERE k.{key} = made.{key})"
    for table, key in KEPT.items()
] + [f"UPDATE routing.{table} SET {end} = NULL WHERE {end} IS NOT NULL" for table, end in ENDS.items()]


@pytest.fixture
async def centre(routing_app: FastAPI, routing_owner: Engine, routing_tables: list[str]) -> AsyncIterator[Centre]:
    with routing_owner.begin() as connection:
        empty(connection, routing_tables)
        for statement in BACK:
            connection.execute(text(statement))
    routing_app.state.rises.clear()
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


@pytest.fixture(scope="session")
def city() -> City:
    """The starter city, as a new installation has it."""
    return starter_city()


@pytest.fixture
async def team(centre: Centre) -> Team:
    return await Team(centre).come()
