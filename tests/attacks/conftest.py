"""The three services under one host, empty but for units and for somebody of every role."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fortress import Fortress

from services.application import mount
from services.cli import ROOMS
from services.settings import Settings


@pytest.fixture(scope="session")
async def fortress_apps(settings: Settings) -> AsyncIterator[dict[str, FastAPI]]:
    made = {name: room.app(settings) for name, room in ROOMS.items()}
    yield made
    for app in made.values():
        await app.state.database.close()


@pytest.fixture
async def fortress(fortress_apps: dict[str, FastAPI], settings: Settings, clean: None) -> AsyncIterator[Fortress]:
    made = Fortress(fortress_apps, mount(fortress_apps), settings)
    await made.build()
    yield made
    for client in made.clients:
        await client.aclose()
