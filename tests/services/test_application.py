"""What every service's app does before and around its own routes."""

import secrets
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel
from sqlalchemy import create_engine, func, insert, select, text

from services import access
from services.application import create, mount
from services.database import Floor
from services.embedded import Server
from services.guarding import router
from services.identity import Key, Person, RoleGrant, mint
from services.requests import Answer, Call, IdempotencyKey, etag, perform, version_wanted
from services.roles import Role
from services.settings import Settings

pytestmark = pytest.mark.asyncio


class Thing(BaseModel):
    name: str
    count: int = 0


things = router()


@things.post("/v1/things")
async def make_thing(thing: Thing, request: Request) -> Response:
    async def verb(call: Call) -> Answer:
        await call.session.execute(text("insert into things (name) values (:name)"), {"name": thing.name})
        if thing.name == "broken":
            raise RuntimeError("张三 13800001234")
        return Answer(201, {"name": thing.name}, {"ETag": etag(1)})

    return await perform(request, verb)


@things.put("/v1/things")
async def change_thing(request: Request) -> dict[str, int]:
    return {"version": version_wanted(request)}


@pytest.fixture(scope="module")
def settings(cluster: Server) -> Settings:
    name = f"app_{secrets.token_hex(4)}"
    for database, statements in (
        ("postgres", [f"create database {name}"]),
        (name, ["create schema intake", "create table intake.things (name text)"]),
    ):
        engine = create_engine(cluster.url(database), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()
    engine = create_engine(cluster.url(name), connect_args={"options": "-csearch_path=intake"})
    Floor.metadata.create_all(engine)
    engine.dispose()
    return Settings(intake_database_url=cluster.url(name), answer_key=secrets.token_urlsafe(32), body_limit=1000)


@pytest.fixture
async def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    monkeypatch.setitem(access.ROLES["intake"], ("POST", "/v1/things"), frozenset({Role.HOTLINE}))
    monkeypatch.setitem(access.ROLES["intake"], ("PUT", "/v1/things"), frozenset({Role.HOTLINE}))
    made = create("intake", settings=settings, routers=[things], title="t", description="d")
    yield made
    async with made.state.database.unit() as session:
        await session.execute(text("truncate things, units, people, grants, keys, idempotency_keys"))
    await made.state.database.close()


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=mount({"intake": app}), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/intake") as made:
        yield made


async def key_of(app: FastAPI, role: Role) -> dict[str, str]:
    key, key_id, digest = mint()
    person = uuid4()
    async with app.state.database.unit() as session:
        await session.execute(
            text("insert into units values ('31','市','city',null,'/31/',null,1) on conflict do nothing")
        )
        await session.execute(
            insert(Person), {"id": person, "name": "样例", "machine": False, "active": True, "version": 1}
        )
        await session.execute(insert(Key), {"id": key_id, "person": person, "digest": digest, "version": 1})
        await session.execute(
            insert(RoleGrant), {"id": uuid4(), "person": person, "role": role.value, "unit": "31", "version": 1}
        )
    return {"Authorization": f"Bearer {key}"}


async def rows(app: FastAPI) -> int:
    async with app.state.database.unit() as session:
        return int(await session.scalar(text("select count(*) from things")) or 0)


def problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["status"] == status
    assert {"type", "title", "detail"} <= set(body)
    return body


async def test_no_request_without_a_key(client: httpx.AsyncClient) -> None:
    body = problem(await client.post("/v1/things", content=b"{not json"), 401)
    assert "Authorization" in body["remedy"]
    problem(await client.post("/v1/things", json={}, headers={"X-API-Key": "gl_0_0"}), 401)
    problem(await client.post("/v1/things", json={}, headers=[(b"x-api-key", "你".encode())]), 401)


async def test_a_key_is_good_for_its_roles_alone_and_dies_with_its_revocation(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    officer, hotline = await key_of(app, Role.OFFICER), await key_of(app, Role.HOTLINE)
    assert problem(await client.post("/v1/things", json={"name": "a"}, headers=officer), 403)["roles"] == ["hotline"]
    assert (await client.post("/v1/things", json={"name": "a"}, headers=hotline)).status_code == 201
    async with app.state.database.unit() as session:
        await session.execute(text("update keys set revoked_at = now()"))
    problem(await client.post("/v1/things", json={"name": "a"}, headers=hotline), 401)


async def test_every_error_is_a_problem_document(app: FastAPI, client: httpx.AsyncClient) -> None:
    key = await key_of(app, Role.HOTLINE)
    problem(await client.get("/v1/nothing"), 404)
    problem(await client.get("/v1/things/"), 404)
    assert (await client.delete("/v1/things", headers=key)).headers["allow"]
    problem(await client.delete("/v1/things", headers=key), 405)
    problem(
        await client.post("/v1/things", content=b'{"name": ', headers={**key, "Content-Type": "application/json"}), 400
    )
    problem(
        await client.post(
            "/v1/things", content=b'{"name": "\xff"}', headers={**key, "Content-Type": "application/json"}
        ),
        400,
    )
    problem(await client.post("/v1/things", content=b"name=a", headers={**key, "Content-Type": "text/plain"}), 415)
    body = problem(await client.post("/v1/things", json={"count": "many"}, headers=key), 422)
    assert {fault["field"] for fault in body["errors"]} == {"name", "count"}
    assert all(fault["rule"] and fault["remedy"] for fault in body["errors"])
    problem(await client.post("/v1/things", json=[1], headers=key), 422)


async def test_a_body_over_the_limit_is_refused_however_it_is_sent(app: FastAPI, client: httpx.AsyncClient) -> None:
    key = await key_of(app, Role.HOTLINE)
    problem(await client.post("/v1/things", json={"name": "x" * 2000}, headers=key), 413)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 100

    problem(await client.post("/v1/things", content=pieces(), headers=key), 413)
    assert await rows(app) == 0


async def test_an_unexpected_error_says_nothing_and_changes_nothing(
    app: FastAPI, client: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    key = await key_of(app, Role.HOTLINE)
    response = await client.post("/v1/things", json={"name": "broken"}, headers=key)
    problem(response, 500)
    captured = capsys.readouterr()
    assert "13800001234" not in response.text + captured.out + captured.err
    assert await rows(app) == 0


async def test_the_same_idempotency_key_gets_the_same_answer_once(app: FastAPI, client: httpx.AsyncClient) -> None:
    headers = {**await key_of(app, Role.HOTLINE), "Idempotency-Key": "k1"}
    first = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    again = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, {"name": "a"})
    assert first.headers["etag"] == again.headers["etag"]
    assert again.headers["idempotent-replayed"] == "true"
    problem(await client.post("/v1/things", json={"name": "b"}, headers=headers), 422)
    other = {**await key_of(app, Role.HOTLINE), "Idempotency-Key": "k1"}
    assert (await client.post("/v1/things", json={"name": "b"}, headers=other)).status_code == 201
    assert await rows(app) == 2


async def test_eight_racers_with_one_idempotency_key_make_one_thing(app: FastAPI, client: httpx.AsyncClient) -> None:
    import asyncio

    headers = {**await key_of(app, Role.HOTLINE), "Idempotency-Key": "race"}
    answers = await asyncio.gather(*(client.post("/v1/things", json={"name": "a"}, headers=headers) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert await rows(app) == 1


async def test_a_failed_request_does_not_spend_its_idempotency_key(app: FastAPI, client: httpx.AsyncClient) -> None:
    headers = {**await key_of(app, Role.HOTLINE), "Idempotency-Key": "k2"}
    problem(await client.post("/v1/things", json={"name": "broken"}, headers=headers), 500)
    async with app.state.database.unit() as session:
        assert await session.scalar(select(func.count()).select_from(IdempotencyKey)) == 0


async def test_a_move_needs_the_version_it_was_decided_on(app: FastAPI, client: httpx.AsyncClient) -> None:
    key = await key_of(app, Role.HOTLINE)
    problem(await client.put("/v1/things", headers=key), 428)
    problem(await client.put("/v1/things", headers={**key, "If-Match": "nonsense"}), 412)
    assert (await client.put("/v1/things", headers={**key, "If-Match": '"7"'})).json() == {"version": 7}


async def test_a_service_is_ready_when_it_knows_a_key(app: FastAPI, client: httpx.AsyncClient) -> None:
    problem(await client.get("/readyz"), 503)
    await key_of(app, Role.HOTLINE)
    assert (await client.get("/readyz")).text == "ready\n"


async def test_health_metrics_and_docs_need_no_key_and_no_other_host(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).text == "ok\n"
    page = await client.get("/docs")
    assert page.status_code == 200
    assert "//" not in page.text.replace("<!--", "")
    assert (await client.get("/docs-files/swagger-ui-bundle.js")).status_code == 200
    assert (await client.get("/openapi.json")).json()["paths"]["/v1/things"]
    metrics = (await client.get("/metrics")).text
    assert 'gridloop_requests_total{method="GET",route="/healthz",status="200"} 1.0' in metrics


async def test_an_unreachable_database_is_not_ready(
    app: FastAPI, client: httpx.AsyncClient, settings: Settings
) -> None:
    lost = settings.model_copy(update={"intake_database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none"})
    made = create("intake", settings=lost, routers=[], title="t", description="d")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=made), base_url="http://test") as alone:
        problem(await alone.get("/readyz"), 503)
        assert (await alone.get("/healthz")).status_code == 200
    await made.state.database.close()


async def test_a_route_that_nobody_guards_keeps_the_app_from_starting(settings: Settings) -> None:
    stray = router()

    @stray.get("/v1/stray")
    async def stray_route() -> str:
        return "x"

    with pytest.raises(LookupError, match="/v1/stray"):
        create("intake", settings=settings, routers=[stray], title="t", description="d")


async def test_a_nul_in_an_address_is_refused_in_words(app: FastAPI, client: httpx.AsyncClient) -> None:
    key = await key_of(app, Role.HOTLINE)
    assert problem(await client.get("/v1/things?q=%00", headers=key), 422)["errors"][0]["field"] == "(address)"
    problem(await client.get("/v1/%00", headers=key), 404)
