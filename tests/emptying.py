"""Tables are emptied before a test: only those with rows, since truncating all of them takes a second and more."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

BIG = 1_000_000
"""Bytes above which a table is cut off; below, its rows are deleted, which touches no file."""


def empty(connection: Connection, tables: Sequence[str]) -> None:
    """Delete all rows of these tables (`schema."name"`), as the owner: no trigger and no foreign key is asked."""
    probes = ", ".join(
        f"CASE WHEN pg_relation_size('{each}') > {BIG} THEN '-' WHEN EXISTS (SELECT FROM {each}) THEN '+' END"
        for each in tables
    )
    found = connection.execute(text(f"SELECT ARRAY[{probes}]")).scalar_one()
    if big := [each for each, mark in zip(tables, found, strict=True) if mark == "-"]:
        connection.execute(text(f"TRUNCATE {', '.join(big)} CASCADE"))
    if filled := [each for each, mark in zip(tables, found, strict=True) if mark == "+"]:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("; ".join(f"DELETE FROM {each}" for each in filled)))
        connection.execute(text("SET LOCAL session_replication_role = origin"))
