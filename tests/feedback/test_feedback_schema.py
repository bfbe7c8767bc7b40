"""The migrations make what the models say and leave nothing; what citizens said is added to and never changed."""

import secrets
from collections.abc import Iterator

import pytest
from call_centre import Centre, event, missed
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError

from migrations import runner
from services.embedded import Server

APPEND_ONLY = ["answers", "attempts", "verdicts", "timeline", "audit"]


@pytest.fixture
def empty_database(cluster: Server) -> Iterator[str]:
    """The owner's address of a database of this test alone."""
    name = f"feedback_{secrets.token_hex(4)}"
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield cluster.url(name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def role_of(cluster: Server, url: str) -> str:
    return cluster.url(url.rsplit("/", 1)[-1].partition("?")[0], user="feedback_alone", password="of-the-tests")


def left(connection: Connection) -> list[str]:
    """What feedback's schema holds: tables, sequences, functions, types."""
    query = """
        select relname from pg_class where relnamespace = 'feedback'::regnamespace
        union all select proname from pg_proc where pronamespace = 'feedback'::regnamespace
        union all select typname from pg_type where typnamespace = 'feedback'::regnamespace
    """
    return [name for (name,) in connection.execute(text(query)) if "alembic" not in name]


def test_models_and_migrations_agree(cluster: Server, empty_database: str) -> None:
    runner.upgrade("feedback", empty_database, role_of(cluster, empty_database))
    assert runner.differences("feedback", empty_database) == ""


def test_down_leaves_nothing_and_up_again_works(cluster: Server, empty_database: str) -> None:
    engine = create_engine(empty_database)
    for _ in range(2):
        runner.upgrade("feedback", empty_database, role_of(cluster, empty_database))
        with engine.connect() as connection:
            assert {*APPEND_ONLY, "surveys", "pgqueuer"} <= set(left(connection))
        runner.downgrade("feedback", empty_database)
        with engine.connect() as connection:
            assert left(connection) == []
    engine.dispose()


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_the_role_cannot_rewrite_what_was_said(centre: Centre, table: str) -> None:
    await centre.handled()
    assert await centre.results(missed(), event()) == ["recorded", "recorded"]
    assert len(await centre.rows(f"select * from {table}")) > 0
    column = {"answers": "late", "attempts": "late", "verdicts": "reason"}.get(table, "at")
    for statement in (f"delete from {table}", f"update {table} set {column} = {column}", f"truncate {table} cascade"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await centre.rows(statement)


async def test_a_survey_cannot_have_two_answers_that_count(centre: Centre) -> None:
    await centre.handled()
    await centre.results(event(), event(solved="未解决"))
    copied = """
        insert into answers select gen_random_uuid(), survey, via, questions, solved, satisfied, reasons, called_at,
        recorded_at, false, entry, content || 'x', null from answers where late
    """
    with pytest.raises(Exception, match="uq_answers_counting"):
        await centre.rows(copied)
