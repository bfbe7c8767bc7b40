"""intake's app on a real database, with people of every role; routing and feedback are played by the tests."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from front_desk import House, staff

from intake.api import create_app
from services import identity
from services.settings import Settings


@pytest.fixture(scope="session")
async def intake_app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings)
    yield app
    await app.state.database.close()


@pytest.fixture
async def house(intake_app: FastAPI, clean: None) -> AsyncIterator[House]:
    changed, keys, people = staff()
    async with intake_app.state.database.unit() as session:
        await identity.copy(session, changed)
    made = House(intake_app, intake_app.state.database, keys, people)
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
