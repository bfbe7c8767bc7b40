"""What a room hands to the composition root: its app, what it does on messages, its own jobs and its commands."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import typer
from fastapi import FastAPI

from services import audit_chain, presets, sealing
from services.accounts import KEEPERS
from services.accounts.sessions import forget_all_that_is_over
from services.database import Database
from services.doctor.findings import Finding
from services.ended_sessions import forget_ended
from services.limits_of_use import forget_old_windows
from services.messaging import Courier, Handler, Peers, retry_waiting
from services.queue import Job, Schedule, Worker
from services.requests import forget_old_keys
from services.retention import rules as retention
from services.retention import runs
from services.retention.ledger import Erased
from services.roles import Role
from services.settings import ServiceName, Settings

POOL = 3
"""Connections a crew keeps for its own jobs; the queue has its own."""


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
    account: Mapping[str, str] | None = None
    """How the sample person signs in: `username`, `password`, and `totp_secret` where a second factor is needed."""


async def nothing_to_check(_: Tools) -> list[Finding]:
    return []


@dataclass
class Checked:
    """What a room looked at after a restore, and what is wrong; a line each."""

    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Room:
    """One service as the composition root sees it."""

    name: ServiceName
    app: Callable[[Settings], FastAPI]
    handlers: Callable[[Settings], Mapping[str, Handler]]
    commands: Mapping[str, typer.Typer]
    """By group: `lists`, `cases`, …; groups of one name from several rooms are one on the command line."""
    jobs: Callable[[Tools], Mapping[str, Job]] = lambda _: {}
    schedules: Callable[[Tools], Sequence[Schedule]] = lambda _: ()
    pages: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """Pages of docs/ that the room writes from its code, by file name."""
    checks: Callable[[Tools], Awaitable[list[Finding]]] = nothing_to_check
    """What `gridloop doctor` looks at here alone."""
    retain: Callable[[Tools], runs.Retain] | None = None
    """What the room erases by the retention rules, each night and by `gridloop retention run`."""
    erase_again: Callable[[Tools, Sequence[Erased]], Awaitable[int]] | None = None
    """Erase what the log outside the database says was erased after the backup; how many cases' parts."""
    restored: Callable[[Tools], Awaitable[Checked]] | None = None
    """What is put right after a restore, and what is not as it should be: chains, and in intake keys."""
    starter: Callable[[Tools, Sequence[Sample]], Awaitable[None]] | None = None
    """Fill an empty installation with the starter city and make sure the sample keys hold; harmless when repeated."""


class Crew:
    """The queue worker of one room: delivers its messages, does its own jobs, keeps its clocks."""

    def __init__(self, room: Room, settings: Settings) -> None:
        self._handlers, self._zone = room.handlers(settings), presets.load(settings.city_preset).zone
        self._database = Database(settings.database_for(room.name), room.name, pool_size=POOL)
        self._peers = Peers(settings, room.name)
        self._courier = Courier(settings, room.name)
        tools, keeps = Tools(settings, self._database, self._peers), room.name in KEEPERS
        self._settings = settings
        self._retain = room.retain(tools) if room.retain else None
        self._worker = Worker(
            settings.database_for(room.name),
            room.name,
            {**self._courier.jobs(), **room.jobs(tools)},
            schedules=[
                Schedule("retry_waiting", "* * * * * */20", self._retry_waiting),
                Schedule("forget_old_keys", "0 * * * * 0", self._forget_old_keys),
                Schedule("forget_old_windows", "0 * * * * 0", self._forget_old_windows),
                *([Schedule("forget_sessions", "0 */5 * * * 0", self._forget_sessions)] if keeps else []),
                Schedule("chain_audit", "* * * * * 30", self._chain_audit),
                Schedule("seal", "7 * * * * 0", self._seal),
                *([Schedule("retention", "29 18 * * *", self._run_retention)] if room.retain else []),
                *room.schedules(tools),
            ],
            max_attempts=settings.max_attempts,
        )

    async def run(self) -> None:
        """Work until stopped, then let go of what was held."""
        try:
            await self._worker.run()
        finally:
            await self._courier.close()
            await self._peers.close()
            await self._database.close()

    def stop(self) -> None:
        """Finish what is begun and end."""
        self._worker.stop()

    async def _retry_waiting(self) -> None:
        await retry_waiting(self._database, self._handlers)

    async def _forget_old_keys(self) -> None:
        async with self._database.unit() as session:
            await forget_old_keys(session)

    async def _forget_sessions(self) -> None:
        async with self._database.unit() as session:
            await forget_all_that_is_over(session, self._settings)

    async def _forget_old_windows(self) -> None:
        async with self._database.unit() as session:
            await forget_old_windows(session)
            await forget_ended(session)

    async def _chain_audit(self) -> None:
        async with self._database.unit() as session:
            await audit_chain.link(session)

    async def _seal(self) -> None:
        """Looked at each hour, done once a day of the city."""
        async with self._database.unit() as session:
            await sealing.daily(session, self._zone)

    async def _run_retention(self) -> None:
        """Each night of the city: 18:29 UTC is 02:29 in Shanghai and Beijing."""
        if self._retain:
            await runs.run(self._database, retention.rules(self._settings), self._retain)
