"""Alembic's environment, run once per service: its folder of versions, its schema, its history."""

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

config = context.config
service: str = config.attributes["service"]
metadata = config.attributes["metadata"]


def include_object(obj: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """What PgQueuer and alembic keep in the schema is theirs; autogenerate must not drop it."""
    return not (kind == "table" and reflected and (str(name).startswith("pgqueuer") or name == "alembic_version"))


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=service,
        include_object=include_object,
        compare_type=True,
        compare_server_default=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


engine = create_engine(
    config.attributes["url"], connect_args={"options": f"-csearch_path={service}"}, poolclass=pool.NullPool
)
with engine.connect() as connection:
    connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{service}"'))
    connection.commit()
    run(connection)
engine.dispose()
