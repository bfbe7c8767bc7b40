"""The examination in its order: the machine, the settings, each database, the peers, and what the rooms look at."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services import cluster, standalone
from services.database import Database
from services.doctor import databases, keys, machine, peers
from services.doctor.findings import Finding, Level, problem, warning
from services.messaging import Peers
from services.rooms import Room, Tools
from services.secret_files import told_outside
from services.settings import SERVICES, ServiceName, Settings

Rooms = Mapping[ServiceName, Room]
Revisions = Mapping[ServiceName, Sequence[str]]


@contextmanager
def installed(data: Path, local: Mapping[str, Any]) -> Iterator[tuple[Settings | None, list[Finding]]]:
    """The settings of what is installed here, as every command finds them; None where they cannot be had.

    An embedded server that does not run is started for the look, and stopped again.
    """
    with ExitStack() as held:
        yield _entered(held, data, local)


def _entered(held: ExitStack, data: Path, local: Mapping[str, Any]) -> tuple[Settings | None, list[Finding]]:
    try:
        if standalone.apart():
            return Settings(data_dir=data), []
        if missing := _not_installed(data):
            return None, [missing]
        return held.enter_context(standalone.installation(data, **local)), []
    except ValidationError as error:
        return None, keys.refused(error)
    except (RuntimeError, OSError) as error:
        first = (str(error) or type(error).__name__).splitlines()[0]
        return None, [problem("database", f"the embedded PostgreSQL does not start: {first}",
                              f"read {data / 'postgres' / 'postgres.log'}; `gridloop reset` begins anew")]  # fmt: skip


def _not_installed(data: Path) -> Finding | None:
    """To look into an installation must not make one."""
    there = told_outside("database_url") or (data.exists() and cluster.find(data.resolve()) is not None)
    if there and (data / standalone.SECRETS).exists():
        return None
    if there and not told_outside("database_url"):
        return problem("keys", f"{data / standalone.SECRETS} is gone, and the database is there",
                       "put it back from your copy: without its master key nobody can read who reported")  # fmt: skip
    return warning("installation", f"nothing is installed in {data} yet", "`gridloop up` installs it and serves")


async def examine(
    data: Path, *, rooms: Rooms, revisions: Revisions, host: str, port: int, **local: str
) -> list[Finding]:
    """Everything that can be looked at from here, in the order in which it is worth mending."""
    found = [*([] if standalone.apart() else machine.data_directory(data)), machine.disk(data)]
    with installed(data, local) as (settings, refused):
        found += refused
        listens = None if standalone.apart() else await machine.port(host, port)
        found += [listens] if listens else []
        if settings is None:
            return found
        found += keys.keys(settings)
        for service in keys.here(settings):
            found += await _service(settings, rooms[service], revisions[service])
        found += await _peers(settings, running=standalone.apart() or listens is not None)
    return found


async def _service(settings: Settings, room: Room, revisions: Sequence[str]) -> list[Finding]:
    found = await databases.database(settings, room.name, revisions)
    if any(each.check in ("database", "migrations") and each.level is Level.PROBLEM for each in found):
        return found
    async with _tools(settings, room.name) as tools:
        return [*found, *await room.checks(tools)]


@asynccontextmanager
async def _tools(settings: Settings, service: ServiceName) -> AsyncIterator[Tools]:
    made = Tools(settings, Database(settings.database_for(service), service, pool_size=1), Peers(settings, service))
    try:
        yield made
    finally:
        await made.peers.close()
        await made.database.close()


async def _peers(settings: Settings, *, running: bool) -> list[Finding]:
    if not running:
        return [warning("peers", f"nothing serves at {settings.public_url} now", "`gridloop up` starts it")]
    found = []
    for service in SERVICES:
        found += await peers.peer(settings, service)
    return found
