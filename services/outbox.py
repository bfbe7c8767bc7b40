"""The queue's tables and how a job gets into them: in the session's own transaction, or not at all.

One set of PgQueuer's tables in each service's schema, one channel for each service.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

from pgqueuer.adapters.persistence.qb import DBSettings, QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.models import TableChangedEvent
from psycopg import AsyncConnection, AsyncRawCursor
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource
from sqlalchemy.ext.asyncio import AsyncSession

from services.database import service_of
from services.job_context import taken_along


class _Names(DBSettings):
    """PgQueuer's names from here alone: its own class also reads them from the environment (`TRIGGER`, `CHANNEL`…)."""

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@cache
def settings_for(service: str) -> DBSettings:
    return _Names(db_schema=service, channel=f"ch_{service}")


def install_sql(service: str) -> str:
    """DDL of the queue, to be frozen as text in a migration: it changes with the package."""
    return QueryBuilderEnvironment(settings_for(service)).build_install_query(create_schema=False)


def uninstall_sql(service: str) -> str:
    return QueryBuilderEnvironment(settings_for(service)).build_uninstall_query()


def wake_up(names: DBSettings) -> tuple[str, str]:
    """Channel and payload of a notification for the workers: PgQueuer's trigger is silent where a job goes back."""
    event = TableChangedEvent(
        type="table_changed_event",
        channel=names.channel,
        operation="update",
        table=names.queue_table,
        sent_at=datetime.now(UTC),
    )
    return names.channel, event.model_dump_json()


@dataclass(frozen=True)
class Entry:
    """A job to be written. `after` delays it; of two waiting jobs with the same `dedupe` the second is left out."""

    entrypoint: str
    payload: bytes
    after: timedelta | None = None
    dedupe: str | None = None
    priority: int = 0


@dataclass(frozen=True)
class Beside:
    """A row of the service's own that the statement of the jobs writes too: a move has one way less to the database."""

    table: str
    row: Mapping[str, Any]

    def joined(self, query: str, used: int) -> str:
        """The query with the row's insert before it; its first `used` places are taken."""
        places = ", ".join(f"${used + at}" for at in range(1, len(self.row) + 1))
        insert = f"INSERT INTO {self.table} ({', '.join(self.row)}) VALUES ({places})"  # noqa: S608 (names of our own)
        return query.replace("WITH ", f"WITH beside AS ({insert}), ", 1)


async def enqueue(
    session: AsyncSession,
    entrypoint: str,
    payload: bytes,
    *,
    after: timedelta | None = None,
    dedupe: str | None = None,
    priority: int = 0,
) -> None:
    """Write one job in the session's transaction."""
    await enqueue_many(session, [Entry(entrypoint, payload, after, dedupe, priority)])


async def enqueue_many(session: AsyncSession, entries: Sequence[Entry], *, beside: Beside | None = None) -> None:
    """Write the jobs in the session's transaction, all in one statement that PgQueuer's log row is part of."""
    columns: tuple[Any, ...] = (
        [entry.priority for entry in entries],
        [entry.entrypoint for entry in entries],
        [entry.payload for entry in entries],
        [entry.after or timedelta() for entry in entries],
        [entry.dedupe for entry in entries],
        [taken_along(entry.after) for entry in entries],
    )
    query = _enqueue_sql(service_of(session))
    if beside:
        query, columns = beside.joined(query, len(columns)), (*columns, *beside.row.values())
    await execute_raw(session, query, columns)


async def execute_raw(session: AsyncSession, query: str, arguments: Sequence[Any]) -> None:
    """PgQueuer's own SQL (`$1`) on the session's connection, in its transaction."""
    connection = await (await session.connection()).get_raw_connection()
    raw = cast(AsyncConnection[Any], connection.driver_connection)
    async with AsyncRawCursor(raw) as cursor:
        await cursor.execute(query.encode(), arguments)


@cache
def _enqueue_sql(service: str) -> str:
    return QueryQueueBuilder(settings_for(service)).build_enqueue_query("skip")
