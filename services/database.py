"""Engine, session and the unit of work: one PostgreSQL schema and one role per service.

A service's session sees its own schema only (the search path is set on the connection), so tables are declared
without a schema: the floor's own tables (inbox, keys, audit, access) exist once in each.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import CursorResult, DateTime, MetaData, Result, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Columns:
    """What a Python type is in a column, the same in every room."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        UUID: Uuid(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


class Floor(Columns, DeclarativeBase):
    """Tables that every service has in its own schema."""

    metadata = MetaData(naming_convention=NAMING)


def room_metadata() -> MetaData:
    """The metadata of one room's tables; the schema is the connection's search path."""
    return MetaData(naming_convention=NAMING)


class Database:
    """One service's connections. `unit()` is the only way to a session: it commits at its end or not at all."""

    def __init__(self, url: str, service: str, *, pool_size: int = 10) -> None:
        self.url = url
        self.service = service
        self.engine = create_async_engine(
            url,
            connect_args={"options": f"-csearch_path={service}", "application_name": f"gridloop {service}"},
            pool_pre_ping=True,
            pool_size=pool_size,
            max_overflow=pool_size,
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, info={"service": service})

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed when the block ends, rolled back when it raises."""
        async with self._sessions() as session, session.begin():
            yield session

    async def close(self) -> None:
        await self.engine.dispose()


def service_of(session: AsyncSession) -> str:
    """The name of the service whose schema this session writes to."""
    return str(session.info["service"])


def rows_changed(result: Result[Any]) -> int:
    """How many rows an INSERT, UPDATE or DELETE touched; only those statements have a number."""
    return int(cast(CursorResult[Any], result).rowcount)
