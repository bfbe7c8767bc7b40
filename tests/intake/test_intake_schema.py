"""The migrations make what the models say, the role may do no more than it must, and going down leaves nothing."""

import secrets
from collections.abc import Iterator

import pytest
from front_desk import House
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError

from migrations import runner
from services.embedded import Server


@pytest.fixture
def fresh(cluster: Server) -> Iterator[str]:
    """The owner's address of an empty database."""
    name = f"intake_{secrets.token_hex(4)}"
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield cluster.url(name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def role_of(cluster: Server, url: str) -> str:
    return cluster.url(url.rsplit("/", 1)[-1].partition("?")[0], user="intake_alone", password="of-the-tests")


def left(connection: Connection) -> list[str]:
    """What intake's schema holds: tables, sequences, functions, types."""
    query = """
        select relname from pg_class where relnamespace = 'intake'::regnamespace
        union all select proname from pg_proc where pronamespace = 'intake'::regnamespace
        union all select typname from pg_type where typnamespace = 'intake'::regnamespace
    """
    return [name for (name,) in connection.execute(text(query)) if "alembic" not in name]


def test_models_and_migrations_agree(cluster: Server, fresh: str) -> None:
    runner.upgrade("intake", fresh, role_of(cluster, fresh))
    assert runner.differences("intake", fresh) == ""


def test_down_leaves_nothing_and_up_again_works(cluster: Server, fresh: str) -> None:
    engine = create_engine(fresh)
    for _ in range(2):
        runner.upgrade("intake", fresh, role_of(cluster, fresh))
        with engine.connect() as connection:
            assert {"reports", "reporters", "pgqueuer", "case_serials"} <= set(left(connection))
        runner.downgrade("intake", fresh)
        with engine.connect() as connection:
            assert left(connection) == []
    engine.dispose()


@pytest.mark.parametrize("table", ["audit", "timeline"])
@pytest.mark.parametrize("verb", ["delete from {}", "update {} set at = now()", "truncate {}"])
async def test_the_role_cannot_rewrite_history(house: House, table: str, verb: str) -> None:
    await house.post()
    with pytest.raises(ProgrammingError, match="permission denied"):
        await house.rows(verb.format(table))
