"""The lists' drafts: made by editors as a file or row by row, checked, published by a second person."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from routing import drafts, publishing, uploads
from routing.list_faces import (
    DutyTold,
    IssueTold,
    NewDraft,
    Publication,
    Tried,
    VersionSeen,
)
from routing.list_shelves import lists_at
from routing.lists import Lists
from routing.models import ListVersion
from routing.terms import terms
from services.clocks import now
from services.guarding import router
from services.problems import WrongMediaType
from services.requests import Answer, Call, etag, perform, said, version_wanted
from services.scanning import harmless

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UPLOADS = {"/v1/lists": 8 * 1024 * 1024}
"""The path and the largest body in bytes: a workbook of 10,000 short rows takes 0.6 MB."""
api = router(tags=["lists"])
Version = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of a version.")]
Code = Annotated[str, Path(pattern=r"^\d\d(-\d\d)?$", examples=["04-04"])]
RowName = Annotated[str, Path(min_length=1, max_length=60, pattern=r"^\S+$", examples=["R001"])]
DryRun = Annotated[bool, Query(description="Read and compare only; nothing is kept.")]


@api.post(
    "/v1/lists",
    response_model=VersionSeen,
    status_code=201,
    summary="A draft from a workbook, from CSV text, or as a copy",
    responses={200: {"model": Tried, "description": "A dry run."}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                XLSX: {"schema": {"type": "string", "format": "binary"}},
                "application/json": {"schema": NewDraft.model_json_schema()},
            },
        }
    },
)
async def draft(request: Request, dry_run: DryRun = False) -> Response:
    """All or nothing: of a file with faults nothing is kept, and each fault names sheet, row and column."""
    read = await _reader(request)

    async def verb(call: Call) -> Answer:
        lists, source = await read(call.session)
        if dry_run:
            return Answer(200, await tried(call.session, lists))
        made = await drafts.make(call.session, lists, actor=call.actor, source=source)
        return answer(201, made, {"Location": f"/routing/v1/lists/{made.number}"})

    return await perform(request, verb)


async def _reader(request: Request) -> Callable[[AsyncSession], Awaitable[tuple[Lists, str]]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == XLSX:
        book = await uploads.from_workbook(await harmless(request, body))
        return lambda _: _ready(book)
    if kind != "application/json":
        raise WrongMediaType(f"Send a workbook as {XLSX}, or JSON.")
    try:
        told = NewDraft.model_validate_json(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_context=False)) from None
    return lambda session: _told(session, told)


async def _ready(book: Lists) -> tuple[Lists, str]:
    return book, "workbook"


async def _told(session: AsyncSession, told: NewDraft) -> tuple[Lists, str]:
    if told.source is None:
        return await uploads.from_csv(session, told.issues_csv, told.responsibilities_csv), "csv"
    await drafts.find(session, told.source)
    return await lists_at(session, told.source), f"copy of {told.source}"


async def tried(session: AsyncSession, lists: Lists) -> Tried:
    """What these lists hold, and what they change against the published ones."""
    before = await lists_at(session, (await drafts.published(session)).number)
    return Tried(
        issues=len(lists.issues),
        responsibilities=len(lists.responsibilities.rows),
        changes=drafts.changes(before, lists),
    )


def answer(status: int, version: ListVersion, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, VersionSeen.model_validate(version), {"ETag": etag(version.revision), **(headers or {})})


class Discarded(BaseModel):
    """Its number is never given again."""

    number: int


@api.delete("/v1/lists/{version}", response_model=Discarded, summary="Discard a draft")
async def discard(request: Request, version: Version) -> Response:
    async def verb(call: Call) -> Answer:
        await drafts.discard(call.session, version, actor=call.actor)
        return Answer(200, Discarded(number=version))

    return await perform(request, verb)


def _revision(call: Call) -> int | None:
    return version_wanted(call.request) if said(call.request, "if-match") else None


async def _edited(request: Request, edit: Callable[..., Awaitable[ListVersion]], version: int, what: Any) -> Response:
    """`If-Match` is optional here: two editors of one draft change different rows."""

    async def verb(call: Call) -> Answer:
        made = await edit(call.session, version, what, actor=call.actor, revision=_revision(call))
        return answer(200, made)

    return await perform(request, verb)


@api.put("/v1/lists/{version}/issues/{code}", response_model=VersionSeen, summary="Add or replace an issue")
async def put_issue(request: Request, version: Version, code: Code, told: IssueTold) -> Response:
    return await _edited(request, drafts.put_issue, version, told.issue(code))


@api.delete("/v1/lists/{version}/issues/{code}", response_model=VersionSeen, summary="Remove an issue")
async def remove_issue(request: Request, version: Version, code: Code) -> Response:
    return await _edited(request, drafts.remove_issue, version, code)


@api.put("/v1/lists/{version}/responsibilities/{row}", response_model=VersionSeen, summary="Add or replace a row")
async def put_row(request: Request, version: Version, row: RowName, told: DutyTold) -> Response:
    return await _edited(request, drafts.put_row, version, told.row(row))


@api.delete("/v1/lists/{version}/responsibilities/{row}", response_model=VersionSeen, summary="Remove a row")
async def remove_row(request: Request, version: Version, row: RowName) -> Response:
    return await _edited(request, drafts.remove_row, version, row)


@api.post("/v1/lists/{version}/check", response_model=VersionSeen, summary="Prove its coverage: draft → checked")
async def check(request: Request, version: Version) -> Response:
    """The check also makes the model of a new issue list, which takes some 20 s; publishing is then instant."""
    today = _today(request)

    async def verb(call: Call) -> Answer:
        made = await publishing.check(call.session, version, actor=call.actor, day=today, revision=_revision(call))
        return answer(200, made)

    return await perform(request, verb)


@api.post("/v1/lists/{version}/publication", response_model=VersionSeen, summary="Put it in force: checked → published")
async def publish(request: Request, version: Version, told: Publication | None = None) -> Response:
    """Never by who wrote or edited it. With gaps only with `override`, whose reason is kept beside the gaps."""
    reason = told.override.reason if told and told.override else None

    async def verb(call: Call) -> Answer:
        made = await publishing.publish(
            call.session, version, actor=call.actor, override=reason, revision=_revision(call)
        )
        return answer(200, made)

    return await perform(request, verb)


def _today(request: Request) -> date:
    return now().astimezone(terms(request.app.state.settings).calendar.zone).date()
