"""The links: told with the change, carried over HTTP, signed, of one effect each, in any order and after any kill."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import Receive, Scope, Send

from services import queue
from services.database import Database
from services.events import write
from services.messages import OrderMoved, ReportReceived, ReportWithdrawn, VerdictGiven
from services.messaging import (
    Courier,
    Envelope,
    Handler,
    MayNotSay,
    NotYet,
    PeerFailed,
    Peers,
    messages_endpoint,
    receive,
    retry_waiting,
    tell,
)
from services.problems import Problem
from services.queue import Retry, Worker
from services.settings import ServiceName, Settings
from services.signing import sign_link

Eventually = Callable[[Callable[[], Awaitable[bool]]], Awaitable[None]]
SOON = Retry(max_attempts=3, first=timedelta(milliseconds=10), longest=timedelta(milliseconds=100))
MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def received(case_no: str = "1") -> ReportReceived:
    return ReportReceived(
        case_no=case_no, channel="hotline", item_type="complaint", text="路灯不亮", received_at=MOMENT
    )


def withdrawn(case_no: str = "1") -> ReportWithdrawn:
    return ReportWithdrawn(case_no=case_no, reason="已经修好了", at=MOMENT)


def verdict(case_no: str = "1") -> VerdictGiven:
    return VerdictGiven(
        case_no=case_no, round=1, kind="handled", verdict="resolved", reason="answered", rule="answer", at=MOMENT
    )


def moved(case_no: str = "1") -> OrderMoved:
    return OrderMoved(
        case_no=case_no, entry=1, move="accept", at=MOMENT, state="handle.working", round=1, channel="hotline",
        item_type="complaint", issue=None, received_at=MOMENT,
    )  # fmt: skip


def envelope(id: str, kind: str, sequence: int = 1, *, source: ServiceName = "intake", case_no: str = "1") -> Envelope:
    return Envelope(id, source, kind, case_no, sequence, MOMENT)


async def note(session: AsyncSession, message: Any, about: Envelope) -> None:
    """What these handlers do: an effect that can be counted."""
    row = {"case": message.case_no, "kind": message.type, "sequence": about.sequence}
    await session.execute(text("INSERT INTO effects VALUES (:case, :kind, :sequence)"), row)


async def withdraw(session: AsyncSession, message: ReportWithdrawn, about: Envelope) -> None:
    known = text("SELECT count(*) FROM effects WHERE case_no = :case AND kind = 'report.received'")
    if not await session.scalar(known, {"case": message.case_no}):
        raise NotYet
    await note(session, message, about)


HANDLERS: dict[str, Handler] = {"report.received": note, "report.withdrawn": withdraw, "verdict.given": note}


async def effects(database: Database) -> list[tuple[str, str, int]]:
    async with database.unit() as session:
        rows = await session.execute(text("SELECT case_no, kind, sequence FROM effects ORDER BY 1, 3"))
        return [(row.case_no, row.kind, row.sequence) for row in rows]


async def inbox(database: Database) -> list[tuple[str, str, bool]]:
    async with database.unit() as session:
        rows = await session.execute(text("SELECT message_id, status, body IS NULL AS bare FROM inbox ORDER BY 1"))
        return [(row.message_id, row.status, row.bare) for row in rows]


async def outbox(database: Database) -> list[tuple[str, bytes]]:
    async with database.unit() as session:
        rows = await session.execute(text("SELECT entrypoint, payload FROM pgqueuer ORDER BY entrypoint, id"))
        return [(row.entrypoint, row.payload) for row in rows]


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


def settled(database: Database) -> Callable[[], Awaitable[bool]]:
    async def empty() -> bool:
        return await outbox(database) == []

    return empty


async def tell_all(database: Database, *messages: Any) -> None:
    async with database.unit() as session:
        for sequence, message in enumerate(messages, 1):
            await tell(session, message, sequence=sequence)


# --- telling


async def test_a_rolled_back_change_tells_nobody(intake: Database) -> None:
    async def change_and_fail() -> None:
        async with intake.unit() as session:
            await tell(session, received(), sequence=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_fail()
    assert await outbox(intake) == []


async def test_a_change_tells_everybody_concerned_exactly_once(routing: Database) -> None:
    await tell_all(routing, moved("7"))
    jobs = await outbox(routing)
    assert [entrypoint for entrypoint, _ in jobs] == ["to_feedback", "to_intake"]
    assert jobs[0][1] == jobs[1][1]
    event = json.loads(jobs[0][1])
    assert event["data"]["state"] == "handle.working"
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "/routing", "order.moved")
    assert (event["subject"], event["sequence"], event["time"][-1]) == ("7", "0000000001", "Z")


async def test_telling_everybody_takes_one_statement(routing: Database, statements: list[str]) -> None:
    async with routing.unit() as session:
        await session.connection()
        statements.clear()
        await tell(session, moved(), sequence=1)
        assert len(statements) == 1
    assert len(await outbox(routing)) == 2


async def test_a_service_does_not_say_what_another_one_says(routing: Database) -> None:
    async def say() -> None:
        async with routing.unit() as session:
            await tell(session, received(), sequence=1)

    with pytest.raises(MayNotSay):
        await say()
    assert await outbox(routing) == []


# --- receiving


async def test_a_message_has_its_effect_once_however_often_it_comes(routing: Database) -> None:
    first = envelope("a", "report.received")
    data = received().model_dump(mode="json")
    lines = await asyncio.gather(*(receive(routing, HANDLERS, first, data) for _ in range(8)))
    assert sorted(line.status for line in lines) == ["done", *["duplicate"] * 7]
    assert (await receive(routing, HANDLERS, first, data)).status == "duplicate"
    assert await effects(routing) == [("1", "report.received", 1)]
    assert await inbox(routing) == [("a", "done", True)]


async def test_a_withdrawal_that_overtakes_its_report_waits_for_it(routing: Database) -> None:
    early = await receive(routing, HANDLERS, envelope("b", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert early.status == "waiting"
    assert await inbox(routing) == [("b", "waiting", False)]
    again = await receive(routing, HANDLERS, envelope("b", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert again.status == "duplicate"
    late = await receive(routing, HANDLERS, envelope("a", "report.received", 1), received().model_dump(mode="json"))
    assert late.status == "done"
    assert await effects(routing) == [("1", "report.received", 1), ("1", "report.withdrawn", 2)]
    assert await inbox(routing) == [("a", "done", True), ("b", "done", True)]


async def test_waiting_messages_are_taken_in_their_order(routing: Database) -> None:
    taken: list[int] = []

    async def remember(session: AsyncSession, message: ReportWithdrawn, about: Envelope) -> None:
        await withdraw(session, message, about)
        taken.append(about.sequence)

    handlers: dict[str, Handler] = {**HANDLERS, "report.withdrawn": remember}
    for sequence in (4, 2, 3):
        line = await receive(
            routing,
            handlers,
            envelope(f"w{sequence}", "report.withdrawn", sequence),
            withdrawn().model_dump(mode="json"),
        )
        assert line.status == "waiting"
    await receive(routing, handlers, envelope("r", "report.received", 1), received().model_dump(mode="json"))
    assert taken == [2, 3, 4]


async def test_what_came_while_a_message_was_put_to_wait_is_not_missed(routing: Database) -> None:
    """The report is committed between the handler's look and the waiting row: neither would wake the other."""
    looked: list[bool] = []

    async def look_then_be_overtaken(session: AsyncSession, message: ReportWithdrawn, about: Envelope) -> None:
        if not looked:
            looked.append(True)
            data = received().model_dump(mode="json")
            assert (await receive(routing, HANDLERS, envelope("r", "report.received"), data)).status == "done"
            raise NotYet
        await withdraw(session, message, about)

    handlers: dict[str, Handler] = {**HANDLERS, "report.withdrawn": look_then_be_overtaken}
    await receive(routing, handlers, envelope("w", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert await effects(routing) == [("1", "report.received", 1), ("1", "report.withdrawn", 2)]
    assert await inbox(routing) == [("r", "done", True), ("w", "done", True)]


async def test_a_waiting_message_is_found_by_the_sweep(routing: Database) -> None:
    await receive(routing, HANDLERS, envelope("w", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert await retry_waiting(routing, HANDLERS) == 0
    async with routing.unit() as session:
        await note(session, received(), envelope("r", "report.received"))
    assert await retry_waiting(routing, HANDLERS) == 1
    assert await retry_waiting(routing, HANDLERS) == 0
    assert await inbox(routing) == [("w", "done", True)]


async def test_an_unknown_kind_is_noted_and_ignored(routing: Database) -> None:
    line = await receive(routing, HANDLERS, envelope("x", "report.sung"), {"case_no": "1", "tune": "la"})
    assert line.status == "ignored"
    assert await inbox(routing) == [("x", "ignored", True)]
    assert (await receive(routing, HANDLERS, envelope("x", "report.sung"), {})).status == "duplicate"


async def test_a_kind_that_the_sender_may_not_send_is_refused(routing: Database) -> None:
    line = await receive(routing, HANDLERS, envelope("x", "verdict.given"), {})
    assert (line.status, line.detail) == ("failed", "MayNotSay")
    assert await inbox(routing) == []


async def test_a_failure_leaves_nothing_behind_and_says_no_more_than_its_name(routing: Database) -> None:
    async def break_down(session: AsyncSession, message: ReportReceived, about: Envelope) -> None:
        await note(session, message, about)
        raise RuntimeError("13812345678")

    data = received().model_dump(mode="json")
    line = await receive(routing, {"report.received": break_down}, envelope("a", "report.received"), data)
    assert line.model_dump() == {"id": "a", "status": "failed", "detail": "RuntimeError"}
    assert await effects(routing) == []
    assert await inbox(routing) == []
    assert (await receive(routing, HANDLERS, envelope("a", "report.received"), data)).status == "done"


async def test_data_that_does_not_fit_its_kind_fails(routing: Database) -> None:
    line = await receive(routing, HANDLERS, envelope("a", "report.received"), {"case_no": "1"})
    assert (line.status, line.detail) == ("failed", "ValidationError")


# --- the endpoint


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


# --- carrying


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


# --- calls beside the queue


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
