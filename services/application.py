"""The app factory all three services use: problems, request id, limits, identification, health, metrics, docs.

`create` makes a service's app, `mount` puts apps side by side under one port.
"""

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import fastapi_offline
import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services import manners, queue_readings, scanning
from services.access import roles_for
from services.audit_api import audit_routes
from services.database import Database
from services.events import MESSAGES_PATH
from services.guarding import refuse_unguarded
from services.guarding import router as router
from services.identity import has_access_rows
from services.limits_of_use import Leases
from services.messaging import BATCH_BYTES
from services.metrics import Metrics, Readings, exposition
from services.pages import static_files
from services.problem_words import in_chinese, wants_chinese
from services.problems import (
    MEDIA_TYPE,
    BodyTooLarge,
    FieldFault,
    Invalid,
    NotFound,
    Problem,
    WrongMediaType,
    document,
    invalid,
)
from services.redaction.chances import chances
from services.settings import ServiceName, Settings
from services.tracing import Traced

log = structlog.get_logger()
FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
DOCS_FILES = Path(fastapi_offline.__file__).parent / "static"
Startup = Callable[[FastAPI], Awaitable[None]]


def create(
    service: ServiceName,
    *,
    settings: Settings,
    routers: Sequence[APIRouter],
    title: str,
    description: str,
    on_start: Startup | None = None,
    body_limits: Mapping[str, int] | None = None,
) -> FastAPI:
    """The app of one service, to be mounted under `/<service>`. `body_limits` names paths with a limit of their own."""
    app = FastAPI(
        title=title,
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(on_start),
        generate_unique_id_function=lambda route: f"{service}_{route.name}",
        responses={"4XX": {"description": "A problem document", "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}},
    )
    app.state.service = service
    app.state.settings = settings
    app.state.answer_key = settings.need("answer_key", "digests of idempotency keys are made with it").encode()
    app.state.database = Database(settings.database_for(service), service, pool_size=settings.pool_size)
    app.state.metrics = Metrics()
    app.state.leases = Leases()
    app.state.scanner = scanning.scanner_of(settings)
    app.state.readings = Readings(app.state.database, [queue_readings.queue, queue_readings.inbox])
    for each in (_floor_routes(), audit_routes(), *routers):
        app.include_router(each)
    refuse_unguarded(service, app.routes)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_middleware(
        Gate, app=app, default=settings.body_limit, limits={MESSAGES_PATH: BATCH_BYTES, **(body_limits or {})}
    )
    app.add_middleware(Traced, service=service)
    app.mount("/docs-files", StaticFiles(directory=DOCS_FILES))
    app.mount("/static", static_files())
    app.openapi = partial(_described, app, app.openapi)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _described(app: FastAPI, plain: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The app's contract, with the two ways to send a key and, for each route, the roles that may use it."""
    schema = plain()
    schema.setdefault("components", {})["securitySchemes"] = KEY_SCHEMES
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            wanted = roles_for(app.state.service, method.upper(), path)
            operation["security"] = [{name: []} for name in KEY_SCHEMES] if wanted is not None else []
            if wanted is not None:
                operation["x-roles"] = sorted(role.value for role in wanted)
    return schema


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
            await _problem_response(problem, scope)(scope, receive, watched)
        except Exception as error:
            log.error("unexpected error", error=type(error).__name__, place=_place(error))
            if begun:
                raise
            await _unexpected(scope)(scope, receive, watched)
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


def _problem_response(problem: Problem, scope: Scope) -> JSONResponse:
    return _told(problem.document(), scope, problem.headers)


def _told(body: dict[str, Any], scope: Scope, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """In Chinese for who asks for it, as far as there are words; else in English."""
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    chinese = wants_chinese(accepted)
    said = {"Vary": "Accept-Language", "Content-Language": "zh" if chinese else "en"}
    told = in_chinese(body) if chinese else body
    return JSONResponse(told, status_code=body["status"], headers={**(headers or {}), **said}, media_type=MEDIA_TYPE)


def _unexpected(scope: Scope) -> JSONResponse:
    body = document(
        status=500,
        slug="unexpected",
        title="Unexpected error",
        detail="Something broke on our side; nothing was changed.",
        remedy="Send it again with the same Idempotency-Key; if it stays, tell the administrator the X-Request-Id.",
    )
    return _told(body, scope)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _problem_response(error, request.scope)


async def _on_http(request: Request, error: Exception) -> Response:
    """The framework's own errors: unknown paths, wrong methods, unreadable bodies."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _problem_response(NotFound(f"There is no route {request.method} at this path."), request.scope)
    body = document(
        status=error.status_code,
        slug={405: "method-not-allowed", 400: "unreadable-body"}.get(error.status_code, "http-error"),
        title={405: "Method not allowed", 400: "Unreadable body"}.get(error.status_code, "Not possible"),
        detail=str(error.detail),
        remedy={405: "Use a method of the `Allow` header.", 400: "Send UTF-8 text."}.get(error.status_code, ""),
    )
    headers = {**(error.headers or {}), **manners.allow(request)} if error.status_code == 405 else error.headers
    return _told(body, request.scope, headers)


def _plain(part: object) -> str:
    """A part of a field's path; a name that the sender made up could be anybody's, and is not repeated."""
    name = str(part)
    return name if isinstance(part, int) or FIELD_NAME.fullmatch(name) else "(unknown)"


class BadJson(Problem):
    """The body is not valid JSON."""

    status = 400
    title = "Bad JSON"
    remedy = "Check the brackets, commas and quotes near the given place; send UTF-8."


REMEDIES = {
    "missing": "send this field",
    "extra_forbidden": "leave this field out",
    "enum": "use one of the values named in the rule",
    "literal_error": "use one of the values named in the rule",
    "string_too_long": "shorten it",
    "string_too_short": "give it some text",
    "timezone_aware": "add the offset, for example +08:00",
}


async def _on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if manners.is_no_json(request, errors):
        return _problem_response(WrongMediaType(), request.scope)
    if any(each["type"] == "json_invalid" for each in errors):
        return _problem_response(BadJson(), request.scope)
    faults = [fault_of(each) for each in errors]
    return _problem_response(Invalid(faults=faults), request.scope)


def fault_of(error: Mapping[str, Any]) -> FieldFault:
    """One of pydantic's errors, without what was sent."""
    where = [_plain(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
    remedy = REMEDIES.get(error["type"], "see this field in the API's description")
    return FieldFault(".".join(where) or "(body)", error["msg"], remedy)


KEY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key or a token as `Authorization: Bearer …`"},
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key in a header of its own",
    },
}
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:gridloop:problem:invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule", "remedy"],
                "properties": {name: {"type": "string"} for name in ("field", "rule", "remedy")},
            },
        },
    },
}


def _floor_routes() -> APIRouter:
    floor = router(tags=["floor"])

    @floor.get("/healthz", response_class=PlainTextResponse, summary="Is the process alive?")
    async def healthz() -> str:
        return "ok\n"

    @floor.get("/readyz", response_class=PlainTextResponse, summary="Can it work: database there, keys known?")
    async def readyz(request: Request) -> Response:
        try:
            async with request.app.state.database.unit() as session:
                somebody = await has_access_rows(session)
        except Exception as error:
            raise NotReady(f"The database does not answer ({type(error).__name__}).") from None
        if not somebody:
            raise NotReady("No key is known here yet: they come from routing, by its worker.")
        return PlainTextResponse("ready\n")

    @floor.get("/metrics", response_class=PlainTextResponse, summary="Prometheus metrics")
    async def metrics(request: Request) -> Response:
        state = request.app.state
        told = await exposition(state.metrics, state.readings, state.service)
        return Response(told, media_type=CONTENT_TYPE_LATEST)

    @floor.get("/docs", response_class=HTMLResponse, include_in_schema=False)
    async def docs(request: Request) -> HTMLResponse:
        root = request.scope.get("root_path", "")
        return get_swagger_ui_html(
            openapi_url=f"{root}/openapi.json",
            title=request.app.title,
            swagger_js_url=f"{root}/docs-files/swagger-ui-bundle.js",
            swagger_css_url=f"{root}/docs-files/swagger-ui.css",
            swagger_favicon_url=f"{root}/docs-files/favicon.png",
        )

    return floor


class NotReady(Problem):
    """The service cannot work now."""

    status = 503
    title = "Not ready"
    remedy = "Look at the database, routing's worker and the log; `gridloop install` if it was never set up."


def _lifespan(on_start: Startup | None) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        scanning.say_where_nobody_looks(app.state.settings)
        await asyncio.to_thread(chances)  # counted before anybody waits for it
        if on_start:
            await on_start(app)
        yield
        await app.state.database.close()

    return lifespan


def mount(apps: Mapping[str, FastAPI]) -> FastAPI:
    """One app with each service under its prefix; it enters the services' lifespans, which mounting alone does not."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for child in apps.values():
                await stack.enter_async_context(child.router.lifespan_context(child))
            yield

    root = FastAPI(title="gridloop", openapi_url=None, redirect_slashes=False, lifespan=lifespan)
    root.add_exception_handler(HTTPException, _on_http)
    for name, child in apps.items():
        root.mount(f"/{name}", child)
    return root
