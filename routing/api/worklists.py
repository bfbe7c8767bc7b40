"""What waits for whom: the counts of one's worklists, views one has saved, lists as files, tags on an order."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import IO, Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from routing import exporting, orders, saved_views, sheets, tags, views, worklists
from routing.api.orders import CaseNo, IfMatch, OnceKey
from routing.api.refusals import refusals_told
from routing.faces import OrderFace
from routing.list_filters import Narrowing
from routing.models import SavedView
from routing.named_lists import Worklist, open_to
from routing.sheets import MEDIA, SheetForm
from routing.tags import Tag
from routing.terms import terms
from services.clocks import now
from services.guarding import router
from services.requests import Answer, Call, etag, perform, version_wanted
from services.texts import printable

PIECE = 64 * 1024
FILES: dict[str, Any] = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()}
api = router(tags=["orders"])


class Counts(BaseModel):
    """How many wait on each of the asker's worklists; lists of other roles are not named."""

    counts: Annotated[dict[Worklist, int], Field(examples=[{"mine": 4, "unit": 31, "to_accept": 2, "overdue": 0}])]


class Tags(BaseModel):
    """标签: all that the order is to have, none to take them away."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"tags": ["safety", "many"]}]})
    tags: Annotated[list[Tag], Field(max_length=len(Tag))]


class Export(Narrowing):
    """The filters of a list, and the form of the file."""

    format: SheetForm = SheetForm.CSV


class ViewTold(BaseModel):
    """A list with its filters under a name."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "本周超期", "filters": {"worklist": "overdue", "grade": "urgent"}}]},
    )
    name: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(printable)
    ]
    filters: Narrowing


class ViewSeen(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    name: str
    filters: dict[str, Any]
    created_at: datetime


class ViewsSeen(BaseModel):
    items: list[ViewSeen]


@api.get("/v1/worklists", summary="How many wait on each of your worklists")
async def count_worklists(request: Request) -> Counts:
    actor, zone, at = request.state.actor, terms(request.app.state.settings).calendar.zone, now()
    async with request.app.state.database.unit() as session:
        await worklists.reading(session)
        found = {
            worklist: await worklists.wanted(session, Narrowing(worklist=worklist), actor=actor, at=at, zone=zone)
            for worklist in open_to(actor)
        }
        return Counts(counts=await worklists.counts(session, found))


@api.get(
    "/v1/orders/export",
    response_class=StreamingResponse,
    summary="A list as a file; that it was taken is written down",
    responses={200: {"content": FILES, "description": "The list by the same filters, at most 100,000 or 20,000 rows."}},
)
async def export_orders(request: Request, filters: Annotated[Export, Query()]) -> Response:
    form = filters.format
    actor, zone, at = request.state.actor, terms(request.app.state.settings).calendar.zone, now()
    database = request.app.state.database
    async with database.unit() as session:
        await worklists.reading(session)
        found = await worklists.wanted(session, filters, actor=actor, at=at, zone=zone)
        await exporting.allow(session, found, filters, form=form, actor=actor)
    if form is SheetForm.CSV:
        body: AsyncIterator[bytes] = sheets.csv_pieces(exporting.COLUMNS, exporting.pages(database, found, zone))
    else:
        body = _pieces(await exporting.book(database, found, zone))
    named = {"Content-Disposition": f'attachment; filename="orders.{form}"'}
    return StreamingResponse(body, media_type=MEDIA[form], headers=named)


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


@api.put("/v1/orders/{case_no}/tags", summary="标签", response_model=OrderFace)
async def put_tags(request: Request, case_no: CaseNo, told: Tags, _: IfMatch = None, __: OnceKey = None) -> Response:
    """Urgency, risk and crowd, beside issue and type: what comes and what goes is in the timeline."""

    async def verb(call: Call) -> Answer:
        version = version_wanted(call.request)
        found = await orders.find_to_move(call.session, case_no, actor=call.actor, version=version)
        with refusals_told():
            await tags.put(call.session, found, told.tags, actor=call.actor)
        await call.session.flush()
        zone = terms(call.request.app.state.settings).calendar.zone
        face = await views.face(call.session, found, actor=call.actor, zone=zone)
        return Answer(200, face, {"ETag": etag(found.version)})

    return await perform(request, verb)


@api.get("/v1/views", summary="The lists you have saved")
async def list_views(request: Request) -> ViewsSeen:
    async with request.app.state.database.unit() as session:
        return _seen(await saved_views.of(session, request.state.actor))


def _seen(found: Sequence[SavedView]) -> ViewsSeen:
    return ViewsSeen(items=[ViewSeen.model_validate(each) for each in found])


@api.post("/v1/views", summary="Save a list with its filters", status_code=201, response_model=ViewSeen)
async def save_view(request: Request, told: ViewTold, __: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        view = await saved_views.save(call.session, actor=call.actor, name=told.name, filters=told.filters)
        return Answer(201, ViewSeen.model_validate(view))

    return await perform(request, verb)


@api.delete("/v1/views/{view}", summary="Delete a saved list", response_model=ViewsSeen)
async def delete_view(request: Request, view: Annotated[UUID, Path()], __: OnceKey = None) -> Response:
    """Answers with those that are left."""

    async def verb(call: Call) -> Answer:
        await saved_views.remove(call.session, view, actor=call.actor)
        return Answer(200, _seen(await saved_views.of(call.session, call.actor)))

    return await perform(request, verb)
