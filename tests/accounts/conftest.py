"""The three apps under one host, with people who sign in to them; messages are carried by hand, when a test says so."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from front_door import House

from services.application import mount
from services.cli import ROOMS
from services.settings import Settings


@pytest.fixture(scope="session")
async def apps(settings: Settings) -> AsyncIterator[dict[str, FastAPI]]:
    made = {name: room.app(settings) for name, room in ROOMS.items()}
    yield made
    for app in made.values():
        await app.state.database.close()


@pytest.fixture
async def house(apps: dict[str, FastAPI], settings: Settings, clean: None) -> AsyncIterator[House]:
    """Everything empty but the units."""
    made = House(apps, mount(apps), settings)
    await made.build()
    yield made
    for browser in made.browsers:
        await browser.aclose()
