"""What a job takes along beside its payload: the trace it was written in, and the number of the case it is about."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import structlog
from opentelemetry.trace import SpanKind

from services import tracing

LONG = timedelta(hours=1)
"""A job that is put off longer begins a trace of its own, linked to the one it comes from: a trace is no history."""


def taken_along(after: timedelta | None) -> str:
    """The headers of a job that is written here and now, as JSON."""
    here, case_no = tracing.traceparent(), tracing.case_no()
    name = "begun_by" if after is not None and after > LONG else "traceparent"
    said = {name: here, "case_no": case_no}
    return json.dumps({key: value for key, value in said.items() if value})


@contextmanager
def working(service: str, entrypoint: str, headers: Mapping[str, Any] | None) -> Iterator[None]:
    """Around a job: its log lines name it, and its span continues the trace it was written in."""
    said = headers or {}
    parent, begun_by = said.get("traceparent"), said.get("begun_by")
    with (
        structlog.contextvars.bound_contextvars(service=service, entrypoint=entrypoint),
        tracing.span(
            service, f"job {entrypoint}", kind=SpanKind.CONSUMER, parent=parent, begins=parent is None,
            links=[begun_by], attributes={"gridloop.job": entrypoint},
        ),
        tracing.naming(said.get("case_no")),
    ):  # fmt: skip
        yield
