"""Around every request: its id, the size of its body, the metrics, and an answer to what nobody caught."""

import time
import uuid
from pathlib import Path

import structlog
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services import manners
from services.problem_answers import answer_to, unexpected
from services.problems import (
    BodyTooLarge,
    NotFound,
    Problem,
    invalid,
)

log = structlog.get_logger()


class Gate:
    """Around everything: the request id, the body's size, the metrics, and a problem document for what nobody caught.

    An unexpected error is logged by its class and place, never by its words: they could hold personal data.
    """

    def __init__(self, inner: ASGIApp, *, app: FastAPI, default: int, limits: dict[str, int]) -> None:
        self.inner, self.app, self.default, self.limits = inner, app, default, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        heading = scope["method"] == "HEAD"
        if heading:
            scope = {**scope, "method": "GET"}
        request_id = uuid.uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id, service=self.app.state.service)
        started, status = time.perf_counter(), 500
        begun = False

        async def watched(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
                manners.protect(message["headers"], path=scope["path"], https=self.app.state.settings.https)
            elif heading:
                message = {**message, "body": b""}
            await send(message)

        try:
            _refuse_nul(scope)
            body = await self._read(scope, receive)
            await self.inner(scope, body, watched)
        except Problem as problem:
            await answer_to(problem, scope)(scope, receive, watched)
        except Exception as error:
            log.error("unexpected error", error=type(error).__name__, place=_place(error))
            if begun:
                raise
            await unexpected(scope)(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", "-")
            self.app.state.metrics.observe(scope["method"], route, status, time.perf_counter() - started)
            structlog.contextvars.clear_contextvars()

    async def _read(self, scope: Scope, receive: Receive) -> Receive:
        """The body read whole, up to its limit; then given on as if it had just come."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        limit = next((size for prefix, size in self.limits.items() if path.startswith(prefix)), self.default)
        declared = dict(scope["headers"]).get(b"content-length", b"")
        too_large = BodyTooLarge(f"This route takes bodies of up to {limit} bytes.", limit=limit)
        if declared.isdigit() and int(declared) > limit:
            raise too_large
        body, more = bytearray(), True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                raise too_large
        given = False

        async def again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        return again


def _refuse_nul(scope: Scope) -> None:
    """No path and no query means a NUL, and PostgreSQL takes none; pages find nothing by it and say so themselves."""
    if "\0" in scope["path"]:
        if "/v1/" in scope["path"]:
            raise NotFound
        scope["path"] = scope["path"].replace("\0", "\ufffd")
    if b"%00" in scope["query_string"]:
        raise invalid("(address)", "has no NUL character", "leave `%00` out")


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "-"
