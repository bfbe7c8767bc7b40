"""The queue in PostgreSQL (PgQueuer): jobs are written with the change they belong to, and worked off by workers.

A job may run more than once (a worker can die between the work and its note), so each must bear that.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from pgqueuer import PgQueuer
from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.db import PsycopgDriver
from pgqueuer.models import Job as Row
from pgqueuer.models import Schedule as Tick
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.attempts import COUNTS, Attempt, Claims, Pool, PoolDriver, Retry, Unreachable
from services.database import Database, rows_changed, service_of
from services.job_context import working
from services.metrics import WORK
from services.outbox import Entry, enqueue, enqueue_many, execute_raw, install_sql, settings_for, uninstall_sql, wake_up

__all__ = ["Depth", "Entry", "Held", "Job", "Retry", "Schedule", "Unreachable", "Worker"]
__all__ += [
    "depth",
    "enqueue",
    "enqueue_many",
    "failed",
    "install_sql",
    "put_back",
    "requeue",
    "settings_for",
    "uninstall_sql",
]
log = structlog.get_logger()
SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 15.0  # seconds between two lives of a worker
LOG_KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Held:
    """A job that was given up and waits for a person. The payload is left out: it may hold a report's words."""

    id: int
    entrypoint: str
    created: datetime
    attempts: int
    reason: str


async def failed(database: Database, limit: int = 100) -> list[Held]:
    """The held jobs, oldest first, with the error of the last attempt."""
    query = """
        SELECT job.id, job.entrypoint, job.created, job.attempts, coalesce(last.reason, '') AS reason
        FROM pgqueuer job
        LEFT JOIN LATERAL (
            SELECT traceback ->> 'exception_message' AS reason FROM pgqueuer_log
            WHERE job_id = job.id AND status = 'failed' ORDER BY created DESC, id DESC LIMIT 1
        ) last ON true
        WHERE job.status = 'failed' ORDER BY job.id LIMIT :limit
    """
    async with database.unit() as session:
        return [Held(**row) for row in (await session.execute(text(query), {"limit": limit})).mappings()]


async def requeue(database: Database, ids: Sequence[int]) -> int:
    """Put held jobs back as if they had never been tried; the number of those that were held."""
    async with database.unit() as session:
        return await put_back(session, ids)


async def put_back(session: AsyncSession, ids: Sequence[int]) -> int:
    """`requeue` in a transaction of the caller's."""
    wanted, names = list(ids), settings_for(service_of(session))
    forget = text("UPDATE pgqueuer SET headers = headers - :counts WHERE id = ANY(:ids) AND status = 'failed'")
    held = await session.execute(forget, {"counts": list(COUNTS), "ids": wanted})
    await execute_raw(session, QueryQueueBuilder(names).build_requeue_jobs_query(), (wanted,))
    await execute_raw(session, "SELECT pg_notify($1, $2)", wake_up(names))
    return rows_changed(held)


class Depth(NamedTuple):
    """Jobs of one entrypoint that are not settled, the age of the oldest of them, and those held for a person."""

    waiting: int
    oldest_seconds: float
    held: int


async def depth(session: AsyncSession) -> Mapping[str, Depth]:
    """The queue by entrypoint, for metrics."""
    query = """
        SELECT entrypoint,
            count(*) FILTER (WHERE status <> 'failed') AS waiting,
            coalesce(extract(epoch FROM now() - min(created) FILTER (WHERE status <> 'failed')), 0)::float AS oldest,
            count(*) FILTER (WHERE status = 'failed') AS held
        FROM pgqueuer GROUP BY entrypoint ORDER BY entrypoint
    """
    return {name: Depth(*figures) for name, *figures in await session.execute(text(query))}


Job = Callable[[bytes], Awaitable[None]]
"""What is done with a payload; an exception means again later, `Unreachable` means again for as long as it takes."""


@dataclass(frozen=True)
class Schedule:
    """Something done by the clock, once for all workers of a service. A cron's sixth field is seconds."""

    name: str
    cron: str
    run: Callable[[], Awaitable[None]]


class Worker:
    """Works off one service's queue until stopped; any number may run, in one process or many."""

    def __init__(
        self,
        database_url: str,
        service: str,
        jobs: Mapping[str, Job],
        *,
        schedules: Sequence[Schedule] = (),
        batch: int = 50,
        max_attempts: int = 12,
        retry: Retry | None = None,
        heartbeat: timedelta = timedelta(seconds=10),
    ) -> None:
        self.service = service
        self._conninfo = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._jobs, self._schedules, self._batch, self._heartbeat = jobs, schedules, batch, heartbeat
        self._retry = retry or Retry(max_attempts=max_attempts)
        self._stopping = asyncio.Event()
        self._running: PgQueuer | None = None

    async def run(self) -> None:
        """Returns after `stop()`, when the jobs in hand are done; a lost database is waited for."""
        pause = SHORTEST_PAUSE
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._serve()
            except Exception as error:
                log.warning("worker interrupted", service=self.service, error=type(error).__name__)
            pause = SHORTEST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    def stop(self) -> None:
        self._stopping.set()
        if self._running:
            self._running.shutdown.set()

    async def forget_old_log(self) -> None:
        """PgQueuer's log gets a row at each step of each job, and nothing else ends it."""
        names = settings_for(self.service).qualified
        query = f"""
            DELETE FROM {names.queue_table_log} old WHERE created < now() - %s
                AND NOT EXISTS (SELECT 1 FROM {names.queue_table} WHERE id = old.job_id)
        """  # noqa: S608 (the names of our own tables)
        async with await AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
            await connection.execute(query.encode(), (LOG_KEPT_FOR,))

    async def _serve(self) -> None:
        """One life of a PgQueuer: ends when stopped, or when a connection is lost."""
        options: dict[str, Any] = {
            "autocommit": True,
            "connect_timeout": 5,
            "application_name": f"gridloop {self.service} worker",
        }
        pool: Pool = AsyncConnectionPool(self._conninfo, kwargs=options, min_size=1, max_size=3, open=False, timeout=5)
        async with await AsyncConnection.connect(self._conninfo, **options) as ear, pool:
            self._running = queuer = self._queuer(pool, PsycopgDriver(ear))
            if self._stopping.is_set():
                return
            await queuer.run(
                batch_size=self._batch,
                max_concurrent_tasks=4 * self._batch,
                dequeue_timeout=self._heartbeat / 2,
                heartbeat_timeout=self._heartbeat,
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(),
            )

    def _queuer(self, pool: Pool, ear: PsycopgDriver) -> PgQueuer:
        names = settings_for(self.service)
        driver = PoolDriver(pool, ear, on_deaf=lambda: queuer.shutdown.set())
        claims = Claims(driver, QueryBuilderEnvironment(names), QueryQueueBuilder(names), QuerySchedulerBuilder(names))
        queuer = PgQueuer(driver, channel=names.channel, queries=claims)
        alone = asyncio.Lock()
        for name, job in self._jobs.items():
            queuer.entrypoint(
                name, on_failure="hold", executor_factory=lambda given: Attempt(given, claims, self._retry, alone)
            )(_row_job(self.service, name, job))
        for schedule in (*self._schedules, Schedule("forget_old_log", "17 * * * *", self.forget_old_log)):
            queuer.schedule(schedule.name, schedule.cron)(_tick_job(self.service, schedule))
        return queuer


def _row_job(service: str, name: str, job: Job) -> Callable[[Row], Awaitable[None]]:
    async def run(row: Row) -> None:
        with WORK[service].trying(name), working(service, name, row.headers):
            await job(row.payload or b"")

    return run


def _tick_job(service: str, schedule: Schedule) -> Callable[[Tick], Awaitable[None]]:
    async def run(_: Tick) -> None:
        with WORK[service].trying(schedule.name), working(service, schedule.name, None):
            await schedule.run()

    return run
