"""COPY on the session's own connection, in its transaction: rows by the thousand, all or none."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from psycopg import AsyncConnection, sql
from psycopg.types.json import Jsonb
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession


async def copy_rows(session: AsyncSession, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the rows, which have the same columns each; what a row leaves out of them is null."""
    if not rows:
        return
    made = cast(Table, table.__table__)
    columns = [column for column in made.columns if column.identity is None]
    names, json = [column.name for column in columns], {c.name for c in columns if isinstance(c.type, JSONB)}
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(made.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    connection = await (await session.connection()).get_raw_connection()
    raw = cast(AsyncConnection[Any], connection.driver_connection)
    async with raw.cursor() as cursor, cursor.copy(query) as copy:
        for row in rows:
            values = ((name, row.get(name)) for name in names)
            await copy.write_row([Jsonb(v) if name in json and v is not None else v for name, v in values])
