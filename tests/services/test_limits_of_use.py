"""One address may ask so often in a minute, counted over all workers, and never is the address kept."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, func, select, text

from services import access
from services.application import create, mount
from services.clocks import stopped
from services.database import Floor
from services.embedded import Server
from services.guarding import router
from services.limits_of_use import RateBucket, forget_old_windows, within_limits
from services.settings import Settings

MOST = 3
NOON = datetime(2026, 10, 9, 4, 0, 59, 500_000, tzinfo=UTC)
Ask = Callable[..., Awaitable[int]]
public = router()


@public.get("/v1/question", dependencies=[Depends(within_limits)])
async def question() -> str:
    return "answer"


@pytest.fixture(scope="module")
def settings(cluster: Server) -> Settings:
    name = f"limits_{secrets.token_hex(4)}"
    for database, statement in (("postgres", f"create database {name}"), (name, "create schema intake")):
        engine = create_engine(cluster.url(database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()
    engine = create_engine(cluster.url(name), connect_args={"options": "-csearch_path=intake"})
    Floor.metadata.create_all(engine)
    engine.dispose()
    return Settings(
        intake_database_url=cluster.url(name), answer_key=secrets.token_urlsafe(32), public_rate_per_minute=MOST
    )


@pytest.fixture
async def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    monkeypatch.setattr(access, "PUBLIC", access.PUBLIC | {("intake", "/v1/question")})
    made = create("intake", settings=settings, routers=[public], title="t", description="d")
    with stopped(NOON):
        yield made
    async with made.state.database.unit() as session:
        await session.execute(text("truncate rate_buckets"))
    await made.state.database.close()


@pytest.fixture
def ask(app: FastAPI) -> Ask:
    """The status of one question from a peer, with what it claims to forward."""

    async def asked(peer: str = "10.1.1.1", *forwarded: str) -> int:
        transport = httpx.ASGITransport(app=mount({"intake": app}), client=(peer, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test/intake") as client:
            headers = [("x-forwarded-for", each) for each in forwarded]
            return (await client.get("/v1/question", headers=headers)).status_code

    return asked


def behind_a_proxy(app: FastAPI) -> None:
    app.state.settings = app.state.settings.model_copy(update={"trusted_proxy": True})


async def test_after_so_many_questions_there_is_no_answer(ask: Ask) -> None:
    assert [await ask() for _ in range(MOST + 2)] == [200] * MOST + [429] * 2


async def test_racers_of_one_address_get_no_more_than_their_share(ask: Ask) -> None:
    answers = await asyncio.gather(*(ask() for _ in range(3 * MOST)))
    assert answers.count(200) == MOST


async def test_another_address_has_its_own_share(ask: Ask) -> None:
    assert [await ask() for _ in range(MOST + 1)][-1] == 429
    assert await ask("10.1.1.2") == 200


async def test_the_next_minute_begins_anew(ask: Ask) -> None:
    assert [await ask() for _ in range(MOST + 1)][-1] == 429
    with stopped(NOON + timedelta(seconds=1)):
        assert await ask() == 200


async def test_a_header_of_the_asker_changes_nothing(ask: Ask) -> None:
    assert [await ask("10.1.1.1", f"9.9.9.{number}") for number in range(MOST + 1)][-1] == 429


async def test_behind_our_proxy_the_last_hop_counts(app: FastAPI, ask: Ask) -> None:
    behind_a_proxy(app)
    assert [await ask("10.1.1.1", f"9.9.9.{number}, 8.8.8.8") for number in range(MOST + 1)][-1] == 429
    assert await ask("10.1.1.1", "8.8.8.8, 7.7.7.7") == 200
    assert await ask("10.1.1.1", "7.7.7.7", "8.8.8.8") == 429


async def test_a_last_hop_that_is_no_address_counts_as_the_proxy(app: FastAPI, ask: Ask) -> None:
    behind_a_proxy(app)
    assert [await ask("10.1.1.1", f"nonsense{number}") for number in range(MOST + 1)][-1] == 429


async def test_a_household_has_one_share_of_all_its_ipv6_addresses(ask: Ask) -> None:
    assert [await ask(f"2001:db8:1:2::{number}") for number in range(MOST + 1)][-1] == 429
    assert await ask("2001:db8:1:3::1") == 200


async def test_an_ipv4_address_is_the_same_in_both_spellings(ask: Ask) -> None:
    assert [await ask() for _ in range(MOST + 1)][-1] == 429
    assert await ask("::ffff:10.1.1.1") == 429


async def test_a_row_names_neither_the_address_nor_its_other_minutes(app: FastAPI, ask: Ask) -> None:
    await ask()
    with stopped(NOON + timedelta(minutes=1)):
        await ask()
    async with app.state.database.unit() as session:
        rows = (await session.scalars(select(RateBucket))).all()
    assert len({row.digest for row in rows}) == 2
    assert all(len(row.digest) == 32 and row.count == 1 for row in rows)


async def test_minutes_that_are_over_are_forgotten(app: FastAPI, ask: Ask) -> None:
    await ask()
    async with app.state.database.unit() as session:
        assert await forget_old_windows(session) == 0
    with stopped(NOON + timedelta(seconds=1)):
        await ask()
        async with app.state.database.unit() as session:
            assert await forget_old_windows(session) == 1
            assert await session.scalar(select(func.count()).select_from(RateBucket)) == 1


async def test_a_refusal_says_when_to_come_back(app: FastAPI, ask: Ask) -> None:
    for _ in range(MOST):
        await ask()
    transport = httpx.ASGITransport(app=mount({"intake": app}), client=("10.1.1.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test/intake") as client:
        answer = await client.get("/v1/question")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "1"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["limit"] == MOST
