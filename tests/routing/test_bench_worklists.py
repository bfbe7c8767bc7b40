"""The benches of lists and pages work on a small city's orders, and no list needs to read all orders one by one."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import settings_of
from sqlalchemy import create_engine, text

from migrations import runner
from routing.api import create_app
from routing.benching import lists, pages
from routing.benching.desks import Desk
from services import embedded
from services.settings import SERVICES, Settings

FEW = 3_000


@pytest.fixture
def filled(cluster: embedded.Server, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a migrated, empty database that goes afterwards."""
    name = f"bench_{secrets.token_hex(4)}"
    engine = create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        role = cluster.url(name, user="routing_bench", password="of-the-tests")
        runner.upgrade("routing", cluster.url(name), role)
        yield settings_of({**dict.fromkeys(SERVICES, role), "owner": cluster.url(name)}, tmp_path)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


async def test_every_list_and_page_answers_and_none_reads_all_orders(filled: Settings) -> None:
    desks = await lists.prepare(filled, FEW)
    app, asked = create_app(filled), await lists.cases(filled, desks)
    backend = await lists.backend_of(app)
    some = [case for at, case in enumerate(asked) if at % 29 == 0 or case.name == "badges"]
    for case in some:
        took = await lists.timed(app, case, backend)
        assert took.clock > 0
    # A word that half of all texts have is looked for by reading: of a table this small, rightly.
    narrow = [case for case in asked[::3] if "often" not in case.name]
    pages = [(case.name, (await lists._planned(app, case)).split(" | ")[0]) for case in narrow]
    await app.state.database.close()
    assert [page for page in pages if "Seq Scan orders" in page[1]] == []
    assert len({case.desk for case in asked}) == len(desks)
    await _every_page_is_measured_beside_the_bare_one(filled, desks)


async def _every_page_is_measured_beside_the_bare_one(filled: Settings, desks: list[Desk]) -> None:
    """On the same orders: filling a database costs more than both."""
    asked = await pages.cases(filled, desks, analyses=False)
    some = [page for at, page in enumerate(asked) if at % 9 == 0 or page[0].name == "/mine"]
    figures = await pages.measure(filled, [asked[0], *some], rounds=2)
    assert {each["page"] for each in figures["pages"]} == {pages.BARE, *(page[0].name for page in some)}
    assert "pages; the bare page takes" in pages.told(figures)
    assert {"/dispatch", "/board", "/mine", "/board/cases handle.working"} <= {page[0].name for page in asked}
