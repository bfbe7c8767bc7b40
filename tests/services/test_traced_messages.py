"""Messages keep their trace: said in it, delivered beside others, received in it, also after they had to wait."""

import asyncio
import json
import secrets
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services import tracing
from services.database import Database
from services.events import Envelope, read, write
from services.inbox import NotYet, receive, retry_waiting
from services.messages import ReportReceived, ReportWithdrawn
from services.messaging import Courier, Peers, tell
from services.settings import Settings

MOMENT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CASE = "2026030200000017"
FIRST, SECOND = (f"00-{digit * 32}-{'1' * 16}-01" for digit in "ab")
KEPT = secrets.token_urlsafe(32)


def withdrawn() -> ReportWithdrawn:
    return ReportWithdrawn(case_no=CASE, reason="已经修好了", at=MOMENT)


def envelope(traceparent: str | None) -> Envelope:
    return Envelope("m1", "intake", "report.withdrawn", CASE, 2, MOMENT, traceparent)


@pytest.fixture
def kept() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.export_to(SimpleSpanProcessor(exporter))
    yield exporter
    tracing.export_to(None)


@pytest.mark.parametrize("sent", [FIRST, None])
def test_an_event_carries_the_trace_it_was_said_in(sent: str | None) -> None:
    found, _ = read(json.loads(write(withdrawn(), "intake", 1, sent)))
    assert found.traceparent == sent


@pytest.mark.parametrize("junk", ["x", "13800001234", f"00-{'0' * 32}-{'1' * 16}-01"])
def test_what_is_no_trace_in_an_event_is_left_out(junk: str) -> None:
    found, data = read({**json.loads(write(withdrawn(), "intake", 1)), "traceparent": junk})
    assert found.traceparent is None
    assert data["case_no"] == CASE


async def test_what_is_told_within_a_trace_is_written_with_it(intake: Database) -> None:
    async with intake.unit() as session:
        with tracing.span("intake", "request", parent=FIRST), tracing.naming(CASE):
            await tell(session, withdrawn(), sequence=1)
    async with intake.unit() as session:
        payload, headers = (await session.execute(text("select payload, headers from pgqueuer"))).one()
    assert json.loads(bytes(payload))["traceparent"].split("-")[1] == "a" * 32
    assert (headers["traceparent"].split("-")[1], headers["case_no"]) == ("a" * 32, CASE)


async def test_a_message_that_waits_goes_on_in_its_own_trace_when_it_is_taken(
    routing: Database, kept: InMemorySpanExporter
) -> None:
    """It is woken by another message, in another trace; nothing of it is kept afterwards."""
    seen: list[tuple[str | None, str | None]] = []

    async def handle(_: AsyncSession, __: Any, ___: Envelope) -> None:
        seen.append((tracing.trace_id(), tracing.case_no()))
        if len(seen) == 1:
            raise NotYet

    handlers = {"report.withdrawn": handle}
    with tracing.span("routing", "request", parent=SECOND):
        line = await receive(routing, handlers, envelope(FIRST), withdrawn().model_dump(mode="json"))
        assert line.status == "waiting"
        await retry_waiting(routing, handlers)
    assert seen == [("a" * 32, CASE)] * 2
    received = [span for span in kept.get_finished_spans() if span.name == "receive report.withdrawn"]
    assert all([f"{link.context.trace_id:032x}" for link in span.links] == ["b" * 32] for span in received)
    async with routing.unit() as session:
        assert (await session.execute(text("select status, traceparent from inbox"))).one() == ("done", None)


async def test_a_message_of_an_older_sender_goes_on_in_the_trace_of_its_delivery(routing: Database) -> None:
    seen: list[str | None] = []

    async def handle(_: AsyncSession, __: Any, ___: Envelope) -> None:
        seen.append(tracing.trace_id())

    with tracing.span("routing", "request", parent=SECOND):
        await receive(routing, {"report.withdrawn": handle}, envelope(None), withdrawn().model_dump(mode="json"))
    assert seen == ["b" * 32]


@pytest.fixture
def settings() -> Settings:
    return Settings(link_intake_routing=KEPT, link_intake_feedback=KEPT[::-1])


async def test_a_delivery_of_many_belongs_to_the_first_and_is_linked_to_the_others(
    settings: Settings, kept: InMemorySpanExporter
) -> None:
    got: list[httpx.Request] = []

    def routing(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(200, json=[{"id": each["id"], "status": "done"} for each in json.loads(request.content)])

    courier = Courier(settings, "intake", transport=httpx.MockTransport(routing))
    carry = courier.jobs()["to_routing"]

    async def job(event: bytes, parent: str) -> None:
        with tracing.span("intake", "job", parent=parent):
            await carry(event)

    received = ReportReceived(
        case_no=CASE, channel="hotline", item_type="complaint", text="路灯不亮", received_at=MOMENT
    )
    first, second = write(received, "intake", 1, FIRST), write(withdrawn(), "intake", 2, SECOND)
    await asyncio.gather(job(first, FIRST), job(second, SECOND))
    await courier.close()
    assert got[0].headers["traceparent"].split("-")[1] == "a" * 32
    (call,) = [span for span in kept.get_finished_spans() if span.name == "call routing"]
    assert [f"{link.context.trace_id:032x}" for link in call.links] == ["b" * 32]
    assert "路灯" not in call.to_json()


async def test_a_call_to_a_peer_carries_the_trace(settings: Settings) -> None:
    got: list[httpx.Request] = []

    def feedback(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(200, json={})

    peers = Peers(settings, "intake", transport=httpx.MockTransport(feedback))
    with tracing.span("intake", "request", parent=FIRST):
        await peers.call("feedback", "POST", "/v1/links", {"survey": "x"})
    await peers.close()
    assert got[0].headers["traceparent"].split("-")[1] == "a" * 32


@pytest.fixture
def collector() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An OpenTelemetry collector: where it is, and what it was sent."""
    got: list[tuple[str, bytes]] = []

    class Take(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.path, self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with HTTPServer(("127.0.0.1", 0), Take) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()


def test_with_an_endpoint_spans_go_to_the_collector_under_their_services_names(
    collector: tuple[str, list[tuple[str, bytes]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    address, got = collector
    tracing.configure(Settings(otlp_endpoint=f"{address}/"))
    try:
        assert tracing.exporting()
        for service in ("intake", "routing"):
            with tracing.span(service, "receive report.received", attributes={"gridloop.case_no": CASE}):
                pass
        tracing._exporting["processor"].shutdown()
    finally:
        tracing.export_to(None)
    assert [path for path, _ in got] == ["/v1/traces"]
    assert all(word.encode() in got[0][1] for word in ("gridloop-intake", "gridloop-routing", CASE))


def test_without_an_endpoint_nothing_is_exported() -> None:
    tracing.configure(Settings())
    assert not tracing.exporting()
