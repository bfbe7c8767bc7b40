"""An index on the audit is built while the city works, and a building that broke off is begun anew."""

import asyncio
import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from migrations import runner
from services.embedded import Server

BEFORE = "0015_notices"
WRITE = text(
    "insert into intake.audit (at, action, subject, facts) values (clock_timestamp(), 'register', 'x', '{}')"
)  # fmt: skip


@pytest.fixture
def older(cluster: Server) -> Iterator[str]:
    """The owner's address of a database as it was before."""
    name = f"older_{secrets.token_hex(4)}"
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        runner.upgrade("intake", cluster.url(name), role(cluster, name), revision=BEFORE)
        yield cluster.url(name)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def role(cluster: Server, name: str) -> str:
    return cluster.url(name, user="intake_role", password="of-the-tests")


async def test_whoever_writes_the_audit_does_not_wait_for_its_index(cluster: Server, older: str) -> None:
    """A writer who is not done yet makes the building wait; others write on, and it ends when that one does."""
    engine = create_engine(older, connect_args={"options": "-c lock_timeout=5s"})
    with engine.connect() as slow, engine.connect() as watching:
        slow.execute(WRITE)
        migrating = asyncio.create_task(
            asyncio.to_thread(runner.upgrade, "intake", older, older, revision="0016_audited")
        )
        building = text("select count(*) from pg_stat_progress_create_index where phase like 'waiting%'")
        while not watching.execute(building).scalar():
            watching.rollback()
            assert not migrating.done()
            await asyncio.sleep(0.02)
        with engine.begin() as quick:
            quick.execute(WRITE)
        assert not migrating.done()
        slow.commit()
        await migrating
    engine.dispose()


def test_an_index_that_was_left_half_built_is_built_anew(cluster: Server, older: str) -> None:
    engine = create_engine(older)
    with engine.begin() as connection:
        connection.execute(text("create index ix_audit_at_id on intake.audit (at)"))
        connection.execute(text("update pg_index set indisvalid = false where indexrelid = "
                                "'intake.ix_audit_at_id'::regclass"))  # fmt: skip
    runner.upgrade("intake", older, older)
    assert runner.differences("intake", older) == ""
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from pg_index where not indisvalid")).scalar() == 0
    engine.dispose()
