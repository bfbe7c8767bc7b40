"""Indexes on tables that grow without end, made and dropped while the city works: nobody who writes has to wait.

PostgreSQL builds them outside a transaction. One that was broken off is left behind invalid; the next run drops it
and begins anew, so `gridloop migrate` can simply be started again.
"""

from typing import Any

from alembic import op


def create_index(name: str, table: str, columns: list[str], **more: Any) -> None:
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
        op.create_index(name, table, columns, postgresql_concurrently=True, **more)


def drop_index(name: str, table: str) -> None:
    with op.get_context().autocommit_block():
        op.drop_index(name, table_name=table, if_exists=True, postgresql_concurrently=True)
