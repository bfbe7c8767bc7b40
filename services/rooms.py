"""What a room hands to the composition root: its app, what it does on messages, its own jobs and its commands."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import typer
from fastapi import FastAPI

from services.database import Database
from services.messaging import Courier, Handler, Peers, retry_waiting
from services.queue import Job, Schedule, Worker
from services.roles import Role
from services.requests import forget_old_keys
from services.settings import ServiceName, Settings


@dataclass(frozen=True)
class Tools:
    """What a room's own jobs work with."""

    settings: Settings
    database: Database
    peers: Peers


@dataclass(frozen=True)
class Sample:
    """A sample key of the embedded installation: the role it holds, where, and the key's public half and digest."""

    role: Role
    unit: str
    name: str
    key_id: str
    digest: str


@dataclass(frozen=True)
class Room:
    """One service as the composition root sees it."""

    name: ServiceName
    app: Callable[[Settings], FastAPI]
    handlers: Mapping[str, Handler]
    commands: Mapping[str, typer.Typer]
    """By group: `lists`, `cases`, …; groups of one name from several rooms are one on the command line."""
    jobs: Callable[[Tools], Mapping[str, Job]] = lambda _: {}
    schedules: Callable[[Tools], Sequence[Schedule]] = lambda _: ()
    starter: Callable[[Tools, Sequence[Sample]], Awaitable[None]] | None = None
    """Fill an empty installation with the starter city and make sure the sample keys hold; harmless when repeated."""


def worker(room: Room, settings: Settings) -> Worker:
    """The queue worker of one room: delivers its messages, does its own jobs, keeps its clocks."""
    database = Database(settings.database_for(room.name), room.name, pool_size=settings.pool_size)
    tools = Tools(settings, database, Peers(settings, room.name))

    async def waiting() -> None:
        await retry_waiting(database, room.handlers)

    async def forget() -> None:
        async with database.unit() as session:
            await forget_old_keys(session)

    return Worker(
        settings.database_for(room.name),
        room.name,
        {**Courier(settings, room.name).jobs(), **room.jobs(tools)},
        schedules=[
            Schedule("retry_waiting", "* * * * * */20", waiting),
            Schedule("forget_old_keys", "0 * * * * 0", forget),
            *room.schedules(tools),
        ],
        max_attempts=settings.max_attempts,
    )
