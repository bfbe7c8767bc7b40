"""One schema and one role for each service: nobody reads another's tables, and history cannot be rewritten."""

from collections.abc import Iterator

import pytest
from installation import Urls
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from migrations import runner
from services.settings import SERVICES, ServiceName


@pytest.fixture(scope="module", params=SERVICES)
def role(request: pytest.FixtureRequest, urls: Urls) -> Iterator[tuple[ServiceName, Engine]]:
    """A service, signed in with its own role."""
    engine = create_engine(urls[request.param])
    yield request.param, engine
    engine.dispose()


def tables(urls: Urls, schema: str) -> list[str]:
    engine = create_engine(urls["owner"])
    with engine.connect() as connection:
        found = connection.execute(text("select tablename from pg_tables where schemaname = :s"), {"s": schema})
        names = [row[0] for row in found]
    engine.dispose()
    return names


def refused(engine: Engine, statement: str) -> bool:
    with engine.connect() as connection:
        try:
            connection.execute(text(statement))
        except ProgrammingError as error:
            return "permission denied" in str(error)
    return False


def test_a_role_is_refused_every_table_of_the_other_services(role: tuple[ServiceName, Engine], urls: Urls) -> None:
    service, engine = role
    for other in SERVICES:
        names = tables(urls, other)
        assert len(names) > 10
        for name in names:
            for statement in (f"select 1 from {other}.{name}", f"delete from {other}.{name}"):
                if other != service:
                    assert refused(engine, statement), statement


def test_a_role_cannot_become_another(role: tuple[ServiceName, Engine]) -> None:
    service, engine = role
    for other in SERVICES:
        if other != service:
            assert refused(engine, f"set role gridloop_{other}")
    assert refused(engine, "set role postgres")
    assert refused(engine, "create table public.mine (a int)")


def test_a_role_cannot_rewrite_what_is_append_only(role: tuple[ServiceName, Engine]) -> None:
    service, engine = role
    names = [
        table.name
        for part in runner.metadata(service)
        for table in part.tables.values()
        if table.info.get("append_only")
    ]
    assert {"audit", "timeline"} <= set(names)
    for name in names:
        for statement in (f"delete from {service}.{name}", f"truncate {service}.{name}"):
            assert refused(engine, statement), statement
        assert refused(engine, f"update {service}.{name} set at = now()") or name not in ("audit", "timeline")


@pytest.mark.parametrize("service", SERVICES)
def test_the_migrated_schema_is_what_the_models_say(service: ServiceName, urls: Urls) -> None:
    assert runner.differences(service, urls["owner"]) == ""
