"""All three services with their workers, served for real on one port, on the starter city."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator

import pytest
from installation import Urls, make_database, settings_of

from services import standalone
from services.cli import ROOMS, fill, local, serve_house, whole
from services.demo.doors import Doors
from services.embedded import Server
from services.settings import Settings


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
