"""The migrations make what the models say, the role may do no more than it must, and going down leaves nothing."""

import secrets
from collections.abc import Iterator

import pytest
from grid_centre import Centre
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError

from migrations import runner
from routing.models import Base
from services.embedded import Server


@pytest.fixture
def fresh(cluster: Server) -> Iterator[str]:
    """The owner's address of an empty database."""
    name = f"orders_{secrets.token_hex(4)}"
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield cluster.url(name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def role_of(cluster: Server, url: str) -> str:
    return cluster.url(url.rsplit("/", 1)[-1].partition("?")[0], user="routing_role", password="of-the-tests")


def left(connection: Connection) -> list[str]:
    """What routing's schema holds: tables, sequences, functions, types."""
    query = """
        select relname from pg_class where relnamespace = 'routing'::regnamespace
        union all select proname from pg_proc where pronamespace = 'routing'::regnamespace
        union all select typname from pg_type where typnamespace = 'routing'::regnamespace
    """
    return [name for (name,) in connection.execute(text(query)) if "alembic" not in name]


def test_models_and_migrations_agree(cluster: Server, fresh: str) -> None:
    runner.upgrade("routing", fresh, role_of(cluster, fresh))
    assert runner.differences("routing", fresh) == ""


def test_down_leaves_nothing_and_up_again_works(cluster: Server, fresh: str) -> None:
    engine = create_engine(fresh)
    for _ in range(2):
        runner.upgrade("routing", fresh, role_of(cluster, fresh))
        with engine.connect() as connection:
            assert {"orders", "grids", "pgqueuer", "access_changes"} <= set(left(connection))
        runner.downgrade("routing", fresh)
        with engine.connect() as connection:
            assert left(connection) == []
    engine.dispose()


@pytest.mark.parametrize("table", ["audit", "timeline"])
@pytest.mark.parametrize("verb", ["delete from {}", "update {} set at = now()", "truncate {}"])
async def test_the_role_cannot_rewrite_history(centre: Centre, table: str, verb: str) -> None:
    await centre.report()
    with pytest.raises(ProgrammingError, match="permission denied"):
        await centre.rows(verb.format(table))


def test_every_table_of_orders_names_its_district() -> None:
    for name in ("orders", "order_units", "disputes", "proposals", "list_proposals"):
        assert not Base.metadata.tables[name].columns["district"].nullable
