"""The links: told with the change, carried over HTTP, signed, of one effect each, in any order and after any kill."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from messages_told import HANDLERS, SOON, effects, inbox, note, outbox, received, settled, tell_all, verdict, withdrawn
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from services import queue
from services.database import Database
from services.events import write
from services.messages import ReportReceived
from services.messaging import (
    Courier,
    Envelope,
    Handler,
    PeerFailed,
    Peers,
    messages_endpoint,
)
from services.problems import Problem
from services.queue import Worker
from services.settings import ServiceName, Settings
from services.signing import sign_link

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]


class Site:
    """routing's endpoint on a port of its own, which can go away, come back, and answer with errors first."""

    def __init__(self, database: Database, settings: Settings, handlers: dict[str, Handler]) -> None:
        self.service = FastAPI()
        state = self.service.state
        state.service, state.settings, state.database = "routing", settings, database
        self.service.include_router(messages_endpoint(handlers))
        self.service.add_exception_handler(Problem, on_problem)
        self.app = FastAPI()
        self.app.mount("/routing", self.service)
        self.port = httpx.URL(settings.routing_url).port or 0
        self.errors: list[int] = []
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        answer = JSONResponse({}, status_code=self.errors.pop()) if self.errors else self.app
        await answer(scope, receive, send)

    async def open(self) -> None:
        config = uvicorn.Config(self, port=self.port, ws="none", lifespan="off", log_level="warning")
        self.server = uvicorn.Server(config)
        self.running = asyncio.create_task(self.server.serve())
        while not self.server.started:
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        self.server.should_exit = True
        await self.running


async def on_problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)
    return JSONResponse(error.document(), status_code=error.status)


@pytest.fixture
def settings() -> Settings:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Settings(
        routing_url=f"http://127.0.0.1:{port}",
        link_intake_routing="QmV0d2VlbiBpbnRha2UgYW5kIHJvdXRpbmcK",
        link_routing_feedback="QmV0d2VlbiByb3V0aW5nIGFuZCBmZWVkYmFjaw",
    )


@pytest.fixture
async def site(routing: Database, settings: Settings) -> AsyncIterator[Site]:
    site = Site(routing, settings, dict(HANDLERS))
    await site.open()
    yield site
    await site.close()


@asynccontextmanager
async def carrying(database: Database, settings: Settings) -> AsyncIterator[None]:
    courier = Courier(settings, "intake")
    worker = Worker(database.url, "intake", courier.jobs(), retry=SOON, heartbeat=timedelta(seconds=1))
    running = asyncio.create_task(worker.run())
    yield
    worker.stop()
    await asyncio.wait_for(running, 20)
    await courier.close()


async def post(
    settings: Settings,
    site: Site,
    body: bytes,
    *,
    source: ServiceName = "intake",
    media_type: str = "application/cloudevents-batch+json",
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    signed = sign_link(settings, source, "routing", "POST", "/v1/messages", body) if headers is None else headers
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://routing") as client:
        return await client.post("/routing/v1/messages", content=body, headers={"content-type": media_type, **signed})


async def test_each_event_of_a_batch_is_answered_by_its_own_line(
    routing: Database, settings: Settings, site: Site
) -> None:
    good, early = write(received("1"), "intake", 1), write(withdrawn("2"), "intake", 1)
    stranger = write(verdict("1"), "feedback", 1)
    nonsense = b'{"id": "n", "specversion": "1.0"}'
    answer = await post(settings, site, b"[" + b",".join([good, nonsense, early, stranger, good, b"17"]) + b"]")
    assert answer.status_code == 200
    lines = answer.json()
    assert [line["status"] for line in lines] == ["done", "failed", "waiting", "failed", "duplicate", "failed"]
    assert [line["detail"] for line in lines] == [None, "NotAnEvent", None, "MayNotSay", None, "NotAnEvent"]
    assert [line["id"] for line in lines][:2] == [json.loads(good)["id"], "n"]
    assert await effects(routing) == [("1", "report.received", 1)]


async def test_without_the_right_signature_nothing_is_taken(routing: Database, settings: Settings, site: Site) -> None:
    body = b"[" + write(received(), "intake", 1) + b"]"
    signed = sign_link(settings, "intake", "routing", "POST", "/v1/messages", body)
    wrong = [
        {},
        {**signed, "webhook-signature": "v1,AAAA"},
        {**signed, "webhook-timestamp": str(int(signed["webhook-timestamp"]) - 3600)},
        {**signed, "gridloop-source": "feedback"},
        sign_link(settings, "intake", "routing", "POST", "/v1/others", body),
        sign_link(settings, "routing", "intake", "POST", "/v1/messages", body),
    ]
    for headers in wrong:
        answer = await post(settings, site, body, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["type"] == "urn:gridloop:problem:bad-signature"
    assert await inbox(routing) == []


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/cloudevents-batch+json", 422),
        (b'{"id": "1"}', "application/cloudevents-batch+json", 422),
        (b"[" + b"{}," * 200 + b"{}]", "application/cloudevents-batch+json", 422),
        (b"[]", "application/json", 415),
        (b" " * (4 * 2**20 + 1), "application/cloudevents-batch+json", 413),
    ],
)
async def test_what_is_no_batch_is_refused(
    settings: Settings, site: Site, body: bytes, media_type: str, status: int
) -> None:
    assert (await post(settings, site, body, media_type=media_type)).status_code == status


async def test_without_a_database_no_message_is_to_blame(settings: Settings, routing: Database) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/none", "routing")
    answer = await post(settings, Site(gone, settings, HANDLERS), b"[" + write(received(), "intake", 1) + b"]")
    assert answer.status_code == 503
    await gone.close()


async def test_many_messages_travel_in_few_posts(
    intake: Database, routing: Database, settings: Settings, site: Site, eventually: Eventually
) -> None:
    await tell_all(intake, *(received(str(n)) for n in range(120)))
    async with carrying(intake, settings):
        await eventually(settled(intake))
    assert len(await effects(routing)) == 120
    assert site.requests <= 6


async def test_a_receiver_that_breaks_down_twice_gets_the_message_the_third_time(
    intake: Database, routing: Database, settings: Settings, site: Site, eventually: Eventually
) -> None:
    site.errors = [500, 500]
    await tell_all(intake, received())
    async with carrying(intake, settings):
        await eventually(settled(intake))
    assert site.requests == 3
    assert await effects(routing) == [("1", "report.received", 1)]


async def test_a_receiver_that_is_away_gets_everything_when_it_is_back(
    intake: Database, routing: Database, settings: Settings, site: Site, eventually: Eventually
) -> None:
    """However long: an outage holds nothing back for a person."""
    await site.close()
    await tell_all(intake, received(), withdrawn())
    async with carrying(intake, settings):
        await asyncio.sleep(2)
        assert await queue.failed(intake) == []
        async with intake.unit() as session:
            tried = await session.scalar(text("SELECT min(attempts) FROM pgqueuer"))
        assert tried > SOON.max_attempts
        await site.open()
        await eventually(settled(intake))
    assert await effects(routing) == [("1", "report.received", 1), ("1", "report.withdrawn", 2)]


async def test_one_bad_message_does_not_hold_up_the_others_and_waits_for_a_person(
    intake: Database, routing: Database, settings: Settings, eventually: Eventually
) -> None:
    broken = True

    async def choke_on_three(session: AsyncSession, message: ReportReceived, about: Envelope) -> None:
        if broken and message.case_no == "3":
            raise ValueError(message.text)
        await note(session, message, about)

    async def is_held() -> bool:
        return len(await queue.failed(intake)) == 1 and len(await outbox(intake)) == 1

    site = Site(routing, settings, {"report.received": choke_on_three})
    await site.open()
    await tell_all(intake, *(received(str(n)) for n in range(6)))
    async with carrying(intake, settings):
        await eventually(is_held)
        assert sorted(case for case, _, _ in await effects(routing)) == ["0", "1", "2", "4", "5"]
        (held,) = await queue.failed(intake)
        assert (held.entrypoint, held.reason.split(" at ")[0]) == ("to_routing", "NotTaken")
        broken = False
        await queue.requeue(intake, [held.id])
        await eventually(settled(intake))
    assert len(await effects(routing)) == 6
    await site.close()


WORKER = """
import asyncio, sys
from datetime import timedelta
from services.messaging import Courier
from services.queue import Worker
from services.settings import Settings

async def work():
    courier = Courier(Settings(), "intake")
    await Worker(sys.argv[1], "intake", courier.jobs(), batch=10, heartbeat=timedelta(seconds=1)).run()

asyncio.run(work())
"""


async def test_a_worker_killed_on_the_way_loses_and_repeats_nothing(
    intake: Database, routing: Database, settings: Settings, site: Site, eventually: Eventually
) -> None:
    environment = {
        "GRIDLOOP_ROUTING_URL": settings.routing_url,
        "GRIDLOOP_LINK_INTAKE_ROUTING": settings.link_secret("intake", "routing"),
    }
    await tell_all(intake, *(received(str(n)) for n in range(300)))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, intake.url, env=environment)

    async def midway() -> bool:
        return len(await effects(routing)) > 40

    await eventually(midway)
    process.kill()
    await process.wait()
    assert len(await outbox(intake)) > 0
    async with carrying(intake, settings):
        await eventually(settled(intake))
    assert sorted(int(case) for case, _, _ in await effects(routing)) == list(range(300))


async def test_a_peer_knows_who_calls_and_answers(settings: Settings) -> None:
    answering = Peers(settings, "routing")
    app = FastAPI()

    @app.post("/v1/links")
    async def links(request: Request, survey: str) -> dict[str, Any]:
        return {"to": await answering.signed_source(request), "survey": survey, "sent": await request.json()}

    app.add_exception_handler(Problem, on_problem)
    root = FastAPI()
    root.mount("/routing", app)
    calling = Peers(settings, "intake", transport=httpx.ASGITransport(root))
    answer = await calling.call("routing", "POST", "/v1/links?survey=催单", {"round": 1})
    assert answer == {"to": "intake", "survey": "催单", "sent": {"round": 1}}
    with pytest.raises(PeerFailed) as refused:
        await calling.call("routing", "POST", "/v1/others", {})
    assert refused.value.status == 404
    async with httpx.AsyncClient(transport=httpx.ASGITransport(root), base_url="http://routing") as client:
        assert (await client.post("/routing/v1/links?survey=1", json={})).status_code == 401
    await calling.close()
    await answering.close()


async def test_a_peer_that_is_away_fails_the_call(settings: Settings) -> None:
    peers = Peers(settings, "intake")
    with pytest.raises(PeerFailed) as failed:
        await peers.call("routing", "GET", "/v1/links")
    assert failed.value.status is None
    await peers.close()
