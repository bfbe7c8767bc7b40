"""A real PostgreSQL with the floor's tables for two services, each under a role that may read and write, not own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine

from services import embedded, messaging, queue
from services.database import Database, Floor
from services.embedded import Server

PASSWORD = "a-role-of-the-tests"
TABLES = ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "inbox", "effects")


def owner(server: Server) -> psycopg.Connection:
    return psycopg.connect(server.url().replace("+psycopg", ""), autocommit=True)


def role_url(server: Server, service: str) -> str:
    return server.url(user=service, password=PASSWORD)


def install(server: Server, service: str) -> None:
    with owner(server) as connection:
        connection.execute(f"CREATE ROLE {service} LOGIN PASSWORD '{PASSWORD}'; CREATE SCHEMA {service}")
        connection.execute(queue.install_sql(service))
        connection.execute(f"CREATE TABLE {service}.effects (case_no text, kind text, sequence int)")
    engine = create_engine(server.url(), connect_args={"options": f"-csearch_path={service}"})
    Floor.metadata.create_all(engine, tables=[messaging.Inbox.__table__])
    engine.dispose()
    with owner(server) as connection:
        connection.execute(f"""
            GRANT USAGE ON SCHEMA {service} TO {service};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {service} TO {service};
            GRANT USAGE ON ALL SEQUENCES IN SCHEMA {service} TO {service}
        """)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("floor")
    started = embedded.start(data, options={"fsync": "off"})
    for service in ("intake", "routing"):
        install(started, service)
    yield started
    embedded.reset(data)


@pytest.fixture
def empty(server: Server) -> None:
    with owner(server) as connection:
        connection.execute(
            "TRUNCATE " + ", ".join(f"{service}.{table}" for service in ("intake", "routing") for table in TABLES)
        )


@pytest.fixture
async def intake(server: Server, empty: None) -> AsyncIterator[Database]:
    database = Database(role_url(server, "intake"), "intake", pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def routing(server: Server, empty: None) -> AsyncIterator[Database]:
    database = Database(role_url(server, "routing"), "routing", pool_size=4)
    yield database
    await database.close()


Condition = Callable[[], Awaitable[bool]]


@pytest.fixture
def eventually() -> Callable[[Condition], Awaitable[None]]:
    """Waits until a condition holds; TimeoutError when it does not in 20 seconds."""

    async def wait(condition: Condition) -> None:
        async with asyncio.timeout(20):
            while not await condition():
                await asyncio.sleep(0.05)

    return wait


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to PostgreSQL from here on, by SQLAlchemy or beside it."""
    sent: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def spy(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        sent.append(str(query))
        return await execute(self, query, *arguments, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", spy)
    return sent


@pytest.fixture
async def lone_routing(tmp_path: Path) -> AsyncIterator[tuple[Path, Database]]:
    """A server of the test's own, to be stopped and started, with its data directory."""
    started = embedded.start(tmp_path, options={"fsync": "off"})
    install(started, "routing")
    database = Database(role_url(started, "routing"), "routing", pool_size=2)
    yield tmp_path, database
    await database.close()
    embedded.reset(tmp_path)
