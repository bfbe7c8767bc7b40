"""One trace through the three services, their queues and what they call: W3C trace context, by OpenTelemetry.

Every request, job and message has a trace id, also where nothing is exported: then a span is two random numbers and
nobody keeps it. An attribute is one of `ATTRIBUTES`: no address, no body, no error's words, nothing about a person.
"""

import atexit
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from opentelemetry import context, trace
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, TraceFlags, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

ATTRIBUTES = frozenset({
    "error.type", "gridloop.case_no", "gridloop.job", "gridloop.kind", "gridloop.lead", "gridloop.move",
    "gridloop.result", "gridloop.round", "gridloop.to_state", "http.request.method", "http.response.status_code",
    "http.route", "messaging.batch.message_count", "messaging.destination.name", "messaging.message.id",
    "peer.service",
})  # fmt: skip
"""Every name a span of ours may carry; codes and counts, never words that somebody wrote."""
FORM = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
CASE = re.compile(r"20\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{8}")
"""A case number begins with its day: neither a telephone nor an identity number passes for one."""
UNTRACED = ("/healthz", "/readyz", "/metrics", "/static", "/docs-files")
_tracers: dict[str, Tracer] = {}
_exporting: dict[str, Any] = {}


class UnknownAttribute(LookupError):
    """An attribute that is not listed could be personal: add it to ATTRIBUTES once it is sure that it is not."""


def configure(settings: Settings) -> None:
    """Send spans to the collector of the settings; without one nothing is exported. Once for a process."""
    if not settings.otlp_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    batches = BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"))
    export_to(batches, ratio=settings.trace_ratio)
    atexit.register(batches.shutdown)


def export_to(processor: "SpanProcessor | None", *, ratio: float = 1.0) -> None:
    """Hand finished spans to this processor; None ends it. The same share of traces is kept in every service."""
    _tracers.clear()
    _exporting.clear()
    if processor is not None:
        _exporting.update(processor=processor, ratio=ratio)


def _tracer(service: str) -> Tracer:
    """The spans of one service under its own name, also where three run in one process."""
    if service not in _tracers:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

        named = Resource.create({"service.name": f"gridloop-{service}"})
        # By the trace id alone, whatever a caller says of sampling: strangers do not fill the collector.
        made = TracerProvider(sampler=TraceIdRatioBased(_exporting["ratio"]), resource=named, shutdown_on_exit=False)
        made.add_span_processor(_exporting["processor"])
        _tracers[service] = made.get_tracer("gridloop")
    return _tracers[service]


@contextmanager
def span(
    service: str,
    name: str,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: str | None = None,
    begins: bool = False,
    links: Sequence[str | None] = (),
    attributes: Mapping[str, Any] | None = None,
) -> Iterator[Span]:
    """A span around the block: under `parent` (a `traceparent`), else under the current one unless it `begins` anew."""
    given = read(parent)
    around = trace.set_span_in_context(NonRecordingSpan(given)) if given else context.Context() if begins else None
    if not _exporting:
        with _kept_by_nobody(given, begins=begins) as made:
            yield made
        return
    others = [Link(found) for found in map(read, links) if found]
    with _tracer(service).start_as_current_span(
        name, context=around, kind=kind, links=others, record_exception=False, set_status_on_exception=False
    ) as made:
        describe(made, attributes or {})
        try:
            yield made
        except BaseException as error:
            made.set_attribute("error.type", type(error).__name__)
            made.set_status(StatusCode.ERROR)
            raise


@contextmanager
def calling(
    service: str, peer: str, *, parent: str | None = None, links: Sequence[str | None] = (), count: int | None = None
) -> Iterator[dict[str, str]]:
    """Around one request to somebody else; gives the header that carries the trace there."""
    said = {"peer.service": peer, "messaging.batch.message_count": count}
    with span(service, f"call {peer}", kind=SpanKind.CLIENT, parent=parent, links=links, attributes=said):
        yield headers()


def exporting() -> bool:
    """Whether anybody takes the spans, so that finding out more about them is worth it."""
    return bool(_exporting)


@contextmanager
def _kept_by_nobody(given: SpanContext | None, *, begins: bool) -> Iterator[Span]:
    """The trace goes on by its id alone; what lies within one request or job needs no span of its own."""
    now = trace.get_current_span()
    if given is None and not begins and now.get_span_context().is_valid:
        yield now
        return
    number = given.trace_id if given else random.getrandbits(128) or 1
    here = SpanContext(number, random.getrandbits(64) or 1, is_remote=False, trace_flags=TraceFlags(0))
    made = NonRecordingSpan(here)
    token = context.attach(trace.set_span_in_context(made))
    try:
        yield made
    finally:
        context.detach(token)


def describe(made: Span, attributes: Mapping[str, Any]) -> None:
    """Say more about a span. Raises UnknownAttribute."""
    for name, value in attributes.items():
        if name not in ATTRIBUTES:
            raise UnknownAttribute(f"{name}: {UnknownAttribute.__doc__}")
        if value is not None and made.is_recording():
            made.set_attribute(name, value)


def read(sent: str | None) -> SpanContext | None:
    """What a `traceparent` names; None for none and for what is not one."""
    found = FORM.fullmatch(sent) if sent else None
    if found is None:
        return None
    number, of_span, flags = (int(part, 16) for part in found.groups())
    return SpanContext(number, of_span, is_remote=True, trace_flags=TraceFlags(flags))


def traceparent() -> str | None:
    """Where we are, as W3C writes it; None outside any trace. `tracestate` and baggage are never carried on."""
    here = trace.get_current_span().get_span_context()
    if not here.is_valid:
        return None
    return f"00-{here.trace_id:032x}-{here.span_id:016x}-{here.trace_flags:02x}"


def headers() -> dict[str, str]:
    """What a request of ours takes along."""
    here = traceparent()
    return {"traceparent": here} if here else {}


def trace_id() -> str | None:
    here = trace.get_current_span().get_span_context()
    return f"{here.trace_id:032x}" if here.is_valid else None


def about(case_no: object) -> None:
    """From here to the end of this request or job, log lines, spans and jobs name the case; only a number is one."""
    if isinstance(case_no, str) and CASE.fullmatch(case_no):
        structlog.contextvars.bind_contextvars(case_no=case_no)
        describe(trace.get_current_span(), {"gridloop.case_no": case_no})


@contextmanager
def naming(case_no: object) -> Iterator[None]:
    """`about`, for the block alone."""
    before = structlog.contextvars.get_contextvars().get("case_no")
    try:
        about(case_no)
        yield
    finally:
        structlog.contextvars.unbind_contextvars("case_no")
        if before is not None:
            structlog.contextvars.bind_contextvars(case_no=before)


def case_no() -> str | None:
    """The case that this request or job is about, as far as it was said."""
    found = structlog.contextvars.get_contextvars().get("case_no")
    return found if isinstance(found, str) else None


class Traced:
    """Around an app: each request is a span, named by its route and never by its address."""

    def __init__(self, inner: ASGIApp, *, service: str) -> None:
        self.inner, self.service = inner, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or path.startswith(UNTRACED):
            await self.inner(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(b"traceparent", b"").decode("ascii", "replace")
        with span(self.service, "request", kind=SpanKind.SERVER, parent=sent, begins=True) as made:

            async def watched(message: Message) -> None:
                if message["type"] == "http.response.start" and made.is_recording():
                    _answered(made, scope, message["status"])
                await send(message)

            await self.inner(scope, receive, watched)


def _answered(made: Span, scope: Scope, status: int) -> None:
    route = getattr(scope.get("route"), "path", "-")
    method = scope["method"] if scope["method"] in METHODS else OTHER
    made.update_name(f"{method} {route}")
    describe(made, {"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        made.set_status(StatusCode.ERROR)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "_OTHER"
