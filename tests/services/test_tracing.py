"""Traces: one id from request to job to message, near nothing where nobody keeps spans, and no words in any of them."""

import io
import json
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services import logs, tracing
from services.job_context import LONG, taken_along, working
from services.metrics import Metrics
from services.tracing import Traced

THEIRS = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ID = THEIRS.split("-")[1]
CASE, PHONE, IDENTITY, CARD = "2026030200000017", "13800001234", "310101199003077716", "6222020200112233"


@pytest.fixture
def kept() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    tracing.export_to(SimpleSpanProcessor(exporter))
    yield exporter
    tracing.export_to(None)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize("exported", [True, False])
def test_a_span_goes_on_under_the_trace_it_is_given(exported: bool, request: pytest.FixtureRequest) -> None:
    if exported:
        request.getfixturevalue("kept")
    with tracing.span("intake", "outer", parent=THEIRS):
        assert tracing.trace_id() == ID
        first = tracing.traceparent()
        with tracing.span("intake", "inner"):
            assert tracing.trace_id() == ID
        with tracing.span("intake", "another", begins=True):
            assert tracing.trace_id() not in (ID, None)
    assert first is not None
    assert first != THEIRS
    assert tracing.traceparent() is None


@pytest.mark.parametrize(
    "sent",
    ["", "00-1-2-01", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'0' * 16}-01", f"ff-{'1' * 32}-{'1' * 16}-01",
     f"00-{'G' * 32}-{'1' * 16}-01", PHONE],
    ids=["none", "short", "no trace", "no span", "version", "letters", "a number"],
)  # fmt: skip
def test_what_is_no_traceparent_begins_a_trace_of_our_own(sent: str) -> None:
    assert tracing.read(sent) is None
    with tracing.span("intake", "request", parent=sent, begins=True):
        assert tracing.traceparent()


def test_an_attribute_that_is_not_listed_is_refused(kept: InMemorySpanExporter) -> None:
    with pytest.raises(tracing.UnknownAttribute), tracing.span("intake", "x", attributes={"phone": PHONE}):
        pass
    assert PHONE not in str(kept.get_finished_spans()[0].attributes)


def test_an_error_leaves_its_class_on_the_span_and_none_of_its_words(kept: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match=PHONE), tracing.span("intake", "x"):
        raise ValueError(PHONE)
    (span,) = kept.get_finished_spans()
    assert dict(span.attributes or {}) == {"error.type": "ValueError"}
    assert not span.status.is_ok
    assert (span.events, span.status.description) == ((), None)


def test_the_same_traces_are_kept_in_every_service_whatever_the_caller_wants() -> None:
    exporter = InMemorySpanExporter()
    tracing.export_to(SimpleSpanProcessor(exporter), ratio=0.5)
    low, high = f"00-{'0' * 31}1-{'1' * 16}-00", f"00-{'f' * 32}-{'1' * 16}-01"
    for service in ("intake", "routing", "feedback"):
        for sent in (low, high):
            with tracing.span(service, "x", parent=sent):
                pass
    tracing.export_to(None)
    assert [span.context.trace_id for span in exporter.get_finished_spans()] == [1, 1, 1]


@pytest.mark.parametrize("text", [PHONE, IDENTITY, CARD, "张三", "", None, 7, "2026139900000017"])
def test_only_a_case_number_is_named_in_logs_and_jobs(text: object) -> None:
    with tracing.naming(CASE):
        assert tracing.case_no() == CASE
        with tracing.naming(text):
            assert tracing.case_no() == CASE
    with tracing.naming(text):
        assert tracing.case_no() is None


def test_a_job_goes_on_in_the_trace_it_was_written_in_and_names_its_case(kept: InMemorySpanExporter) -> None:
    with tracing.span("intake", "request", parent=THEIRS), tracing.naming(CASE):
        headers = json.loads(taken_along(None))
    with working("intake", "to_routing", headers):
        assert (tracing.trace_id(), tracing.case_no()) == (ID, CASE)
    assert tracing.case_no() is None
    assert kept.get_finished_spans()[-1].name == "job to_routing"


def test_a_job_that_is_put_off_for_long_begins_a_trace_with_a_link_to_where_it_comes_from(
    kept: InMemorySpanExporter,
) -> None:
    with tracing.span("feedback", "request", parent=THEIRS):
        headers = json.loads(taken_along(LONG + timedelta(seconds=1)))
    with working("feedback", "expire_survey", headers):
        assert tracing.trace_id() != ID
    (link,) = kept.get_finished_spans()[-1].links
    assert f"{link.context.trace_id:032x}" == ID


@pytest.mark.parametrize("headers", [None, {}, {"failures": 2}, {"traceparent": "junk", "case_no": PHONE}])
def test_a_job_without_a_trace_begins_one(headers: dict[str, Any] | None) -> None:
    with working("intake", "to_routing", headers):
        assert tracing.trace_id()
        assert tracing.case_no() is None


def test_outside_any_trace_a_job_takes_nothing_along() -> None:
    assert taken_along(None) == "{}"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.get("/v1/cases/{case_no}")
    async def case(case_no: str) -> dict[str, str | None]:
        tracing.about(case_no)
        structlog.get_logger().info("looked at")
        return {"trace": tracing.trace_id()}

    @app.get("/v1/broken")
    async def broken() -> None:
        raise RuntimeError(PHONE)

    @app.get("/metrics")
    async def metrics() -> str | None:
        return tracing.trace_id()

    app.add_middleware(Traced, service="intake")
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


async def test_a_request_is_named_by_its_route_and_never_by_its_address(
    client: httpx.AsyncClient, kept: InMemorySpanExporter
) -> None:
    headers = {"traceparent": THEIRS, "tracestate": f"who={PHONE}", "baggage": f"phone={PHONE}"}
    answer = await client.get(f"/v1/cases/{PHONE}?q={IDENTITY}", headers=headers)
    assert answer.json() == {"trace": ID}
    (span,) = kept.get_finished_spans()
    assert span.name == "GET /v1/cases/{case_no}"
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET", "http.route": "/v1/cases/{case_no}", "http.response.status_code": 200,
    }  # fmt: skip
    assert not span.context.trace_state


async def test_unknown_paths_and_errors_are_spans_without_words(
    client: httpx.AsyncClient, kept: InMemorySpanExporter
) -> None:
    await client.get(f"/{PHONE}")
    await client.get("/v1/broken")
    assert (await client.get("/metrics")).json() is None
    missing, broken = kept.get_finished_spans()
    assert missing.name == "GET -"
    assert not broken.status.is_ok
    assert PHONE not in missing.to_json() + broken.to_json()


async def test_every_log_line_has_the_trace_and_the_case(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where nothing is exported: the id is there to be searched for in three logs."""
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    structlog.reset_defaults()
    logs.configure("info")
    try:
        await client.get(f"/v1/cases/{CASE}", headers={"traceparent": THEIRS})
        await client.get(f"/v1/cases/{PHONE}")
    finally:
        structlog.reset_defaults()
    first, second = (json.loads(line) for line in said.getvalue().splitlines())
    assert (first["trace_id"], first["case_no"]) == (ID, CASE)
    assert len(second["trace_id"]) == 32
    assert PHONE not in said.getvalue()


def test_a_method_that_nobody_knows_is_one_label_and_not_many() -> None:
    metrics = Metrics()
    for method in ("GET", "FROBNICATE", PHONE):
        metrics.observe(method, "-", 405, 0.01)
    told = {sample.labels["method"] for family in metrics.registry.collect() for sample in family.samples}
    assert told == {"GET", "_OTHER"}
