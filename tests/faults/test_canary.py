"""A marked person goes through every channel, every move and several faults; then everything left behind is searched.

The house is a process of its own: feedback is first out of reach, tables vanish, and it is killed in the middle.
"""

import json
import secrets
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from canary import IDENTITY, NAME, NUMBERS, PERSON, PHONE, SECOND, dump, found_in, words
from canary_house import STATUE, Watched
from canary_walk import forgotten, handled, judged, left, others, revealed, spoken_badly, triaged, without_tables
from installation import Urls, make_database, settings_of
from sqlalchemy import Engine, create_engine, text

from routing.schemas import BODIES
from services import embedded


@pytest.fixture(scope="module")
def urls(cluster: embedded.Server) -> Urls:
    return make_database(cluster, f"canary_{secrets.token_hex(4)}")


@pytest.fixture
def owner(urls: Urls) -> Iterator[Engine]:
    made = create_engine(urls["owner"])
    yield made
    made.dispose()


@pytest.fixture
async def watched(urls: Urls, owner: Engine, tmp_path: Path) -> AsyncIterator[Watched]:
    made = Watched(settings_of(urls, tmp_path), tmp_path, owner)
    yield made
    if made.process and made.process.poll() is None:
        await made.end(signal.SIGTERM)


async def test_a_person_is_nowhere_but_in_the_vault(watched: Watched) -> None:
    await watched.start(feedback_away=True)
    first = await handled(watched)
    await triaged(watched)
    assert watched.refused == []
    await spoken_badly(watched, first)
    await without_tables(watched, first)
    await watched.end(signal.SIGKILL)
    await watched.start()
    with watched.owner.begin() as connection:
        connection.execute(text("update routing.pgqueuer set execute_after = now() where status = 'queued'"))
    await judged(watched, first)
    shown = await revealed(watched)
    await others(watched, first)
    await left(watched, first)
    await forgotten(watched)
    assert (watched.refused, watched.done) == ([], set(BODIES))
    await watched.end(signal.SIGTERM)
    logs = [(watched.folder / "house.log").read_bytes()]
    told = [answer.content for answer in watched.answers if answer is not shown]
    headers = [str(answer.headers) for answer in watched.answers]
    rows = dump(watched.owner)
    assert found_in(*told, *headers) == set()
    assert [row[:200] for row in rows if found_in(row)] == []
    assert found_in(*logs) == set()
    assert [row[:200] for row in rows if STATUE in row] == [], "of who was erased not even the matter's words are left"
    assert {status // 100 for status in (answer.status_code for answer in watched.answers)} == {2, 4, 5}
    assert b"unexpected error" in logs[0]
    assert b"Unreachable" in logs[0] or b"answered" in logs[0] or b"ConnectError" in logs[0]
    assert found_in(shown.content) == {PHONE}, "the one answer that may show it does"


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    for number in NUMBERS:
        assert PHONE in found_in(f"x{number}y")
        assert PHONE in found_in(json.dumps({"n": number}).encode())
        assert PHONE in found_in("\\x" + number.encode().hex())
    assert found_in(words(3)) == {NAME, PHONE, SECOND, IDENTITY, PERSON["home"]}
    assert found_in("\\x" + json.dumps(NAME).encode().hex()) == {NAME}
    assert found_in("夏侯先生 13987654320 310101199003077716") == set()
