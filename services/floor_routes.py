"""What every service answers the same way: alive, ready, metrics, and the pages of its contract."""

from pathlib import Path

import fastapi_offline
from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from services.guarding import router
from services.identity import has_access_rows
from services.metrics import exposition
from services.problems import (
    Problem,
)

DOCS_FILES = Path(fastapi_offline.__file__).parent / "static"


def floor_routes() -> APIRouter:
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
