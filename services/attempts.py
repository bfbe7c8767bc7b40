"""What becomes of an attempt at a job: done, tried again later, or held for a person; never lost, never for ever.

Here are the places where PgQueuer alone would lose a job or repeat it without end; docs/decisions/0002 has the reasons.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import structlog
from pgqueuer.db import Driver, PsycopgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.executors import EntrypointExecutor
from pgqueuer.models import JOB_STATUS, Context, Job, JobId, QueueEntrypoint, QueueManagerId, TracebackRecord
from pgqueuer.ports.driver import NotifyCallback, TaskManagerPort
from pgqueuer.queries import EntrypointExecutionParameter, Queries
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from services.outbox import wake_up

log = structlog.get_logger()
Pool = AsyncConnectionPool[AsyncConnection[Any]]
DATABASE_GONE = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)
COUNTS = ("failures", "starts")
"""What is counted in a job's headers; a requeued job begins again without them."""
SUSPICIOUS = 3
"""Claims without an outcome, this one included, after which a job runs alone: it may be what killed its worker."""


class Unreachable(Exception):
    """Nobody answered. A job that raises this is tried for as long as it takes: the job is not to blame."""


class Spent(Exception):
    """The last attempt failed; a person must look."""


class Deadly(Exception):
    """The worker died each time this job ran; a person must look."""


@dataclass(frozen=True)
class Retry:
    """How often a job may fail before it is held, and how long it rests between two attempts."""

    max_attempts: int = 12
    max_deaths: int = 3
    first: timedelta = timedelta(seconds=0.5)
    longest: timedelta = timedelta(seconds=60)

    def rest(self, attempts: int) -> timedelta:
        """Doubles each time; never quite the same for two jobs, lest they come back together."""
        doubled: timedelta = min(self.first * 2 ** min(attempts, 16), self.longest)
        return doubled * random.uniform(0.8, 1)  # noqa: S311 - spread, no secret


class PoolDriver(Driver):
    """Queries on a pool, so that they do not wait for each other; notifications on a connection of their own."""

    def __init__(self, pool: Pool, ear: PsycopgDriver, on_deaf: Callable[[], None]) -> None:
        self._pool, self._ear, self._on_deaf = pool, ear, on_deaf

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        async with self._pool.connection() as connection, AsyncRawCursor(connection, row_factory=dict_row) as cursor:
            await cursor.execute(query.encode(), args or None)
            return await cursor.fetchall()

    async def execute(self, query: str, *args: object) -> str:
        async with self._pool.connection() as connection, AsyncRawCursor(connection) as cursor:
            await cursor.execute(query.encode(), args or None)
            return cursor.statusmessage or ""

    async def notify(self, channel: str, payload: str) -> None:
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """A listener that ends without being told to is deaf for good: its worker must be built anew."""
        await self._ear.add_listener(channel, callback)
        for watcher in self._ear.tm.tasks:
            watcher.add_done_callback(lambda _: self._on_deaf())

    @property
    def shutdown(self) -> asyncio.Event:
        return self._ear.shutdown

    @property
    def tm(self) -> TaskManagerPort:
        return self._ear.tm

    async def __aenter__(self) -> "PoolDriver":
        await self._ear.__aenter__()
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._ear.__aexit__(*reason)


@dataclass
class Claims(Queries):
    """PgQueuer's queries, made safe against killed workers, cancelled workers and a database that goes away."""

    suspects: set[JobId] = field(default_factory=set, init=False)

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Job]:
        """Claim jobs, and note those whose earlier claims had no outcome; the log has a row for each claim."""
        jobs = await super().dequeue(
            batch_size, entrypoints, queue_manager_id, global_concurrency_limit, heartbeat_timeout
        )
        if jobs:
            self.suspects.update(await self._without_outcome([job.id for job in jobs]))
        return jobs

    async def _without_outcome(self, ids: list[JobId]) -> list[Any]:
        log_table = self.qbe.settings.qualified.queue_table_log
        query = f"""
            SELECT job_id FROM {log_table} claim
            WHERE job_id = ANY($1) AND status = 'picked' AND id > coalesce(
                (SELECT max(id) FROM {log_table} WHERE job_id = claim.job_id AND status = 'queued'), 0)
            GROUP BY job_id HAVING count(*) >= $2
        """  # noqa: S608 (the name of our own table)
        return [row["job_id"] for row in await self.driver.fetch(query, ids, SUSPICIOUS)]

    async def count(self, job: Job, what: str) -> int:
        """Add one to a number in the job's headers, where it outlives the worker; 0 if the database is gone."""
        query = f"""
            UPDATE {self.qbe.settings.qualified.queue_table} SET headers = coalesce(headers, '{{}}') ||
                jsonb_build_object($2::text, coalesce((headers ->> $2::text)::int, 0) + 1)
            WHERE id = $1 RETURNING (headers ->> $2::text)::int AS number
        """  # noqa: S608 (the name of our own table)
        try:
            rows = await self.driver.fetch(query, job.id, what)
        except DATABASE_GONE:
            return 0
        return int(str(rows[0]["number"])) if rows else 0

    async def acquit(self, job: Job) -> None:
        """It is through and the worker lives: dying of the next suspect before this is noted is not its fault."""
        query = f"UPDATE {self.qbe.settings.qualified.queue_table} SET headers = headers - 'starts' WHERE id = $1"  # noqa: S608 (pgqueuer's own name)
        with suppress(*DATABASE_GONE):
            await self.driver.execute(query, job.id)

    async def retry_job(self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None) -> None:
        """An error here would hold the job; left alone it is claimed again when its heartbeat is old."""
        try:
            await super().retry_job(job, delay, traceback_record)
            await self.driver.notify(*wake_up(self.qbe.settings))
        except DATABASE_GONE as error:
            log.warning("retry not noted", job=job.id, error=type(error).__name__)

    async def log_jobs(self, job_status: list[tuple[Job, JOB_STATUS, TracebackRecord | None]]) -> None:
        """A job that was cancelled with its worker would be deleted; it goes back instead."""
        for job, status, _ in job_status:
            if status == "canceled":
                await super().retry_job(job, timedelta(), None)
                await self.driver.notify(*wake_up(self.qbe.settings))
        if settled := [each for each in job_status if each[1] != "canceled"]:
            await super().log_jobs(settled)


@dataclass
class Attempt(EntrypointExecutor):
    """Runs a job and decides about its failure. Errors are kept by class and place: their words could be personal."""

    claims: Claims
    retry: Retry
    alone: asyncio.Lock

    async def execute(self, job: Job, context: Context) -> None:
        try:
            if job.id in self.claims.suspects:
                await self._execute_alone(job, context)
            else:
                await super().execute(job, context)
        except Exception as error:
            raise await self._verdict(job, error) from None
        finally:
            self.claims.suspects.discard(job.id)

    async def _execute_alone(self, job: Job, context: Context) -> None:
        """One suspect at a time, counted before it starts: whoever is alone when the worker dies is the one."""
        async with self.alone:
            if await self.claims.count(job, "starts") > self.retry.max_deaths:
                raise Deadly(Deadly.__doc__)
            try:
                await super().execute(job, context)
            finally:
                await self.claims.acquit(job)

    async def _verdict(self, job: Job, error: Exception) -> Exception:
        if isinstance(error, Deadly):
            return error
        reason = str(error) if isinstance(error, Unreachable) else f"{type(error).__name__} at {place(error)}"
        failures = 0 if isinstance(error, Unreachable) else await self.claims.count(job, "failures")
        log.warning("job failed", entrypoint=job.entrypoint, job=job.id, failures=failures, reason=reason)
        if failures >= self.retry.max_attempts:
            return Spent(reason)
        return RetryRequested(self.retry.rest(job.attempts), reason)


def place(error: BaseException) -> str:
    """Where it was raised, as `file.py:12`."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "-"
