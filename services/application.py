"""The app factory all three services use: problems, request id, limits, identification, health, metrics, docs.

`create` makes a service's app, `mount` puts apps side by side under one port.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from services import queue_readings, scanning
from services.access import roles_for
from services.audit_api import audit_routes
from services.database import Database
from services.events import MESSAGES_PATH
from services.floor_routes import DOCS_FILES, floor_routes
from services.gate import Gate
from services.guarding import refuse_unguarded
from services.limits_of_use import Leases
from services.messaging import BATCH_BYTES
from services.metrics import Metrics, Readings
from services.pages import static_files
from services.problem_answers import PROBLEM_SCHEMA, on_http, on_problem, on_validation
from services.problems import MEDIA_TYPE, Problem
from services.redaction.chances import chances
from services.settings import ServiceName, Settings
from services.tracing import Traced

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
    for each in (floor_routes(), audit_routes(), *routers):
        app.include_router(each)
    refuse_unguarded(service, app.routes)
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
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


KEY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key or a token as `Authorization: Bearer …`"},
    "header": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same key in a header of its own",
    },
}


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
    root.add_exception_handler(HTTPException, on_http)
    for name, child in apps.items():
        root.mount(f"/{name}", child)
    return root
