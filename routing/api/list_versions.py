"""The lists' versions to read: how each stands, as a workbook, what rulings suggest, what a draft would change."""

import asyncio
from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import select

from routing import drafts, past_orders
from routing.api.drafts import XLSX, tried
from routing.catalogue import current
from routing.list_faces import Suggested, SuggestedPage, VersionPage, VersionSeen, VersionWhole
from routing.list_shelves import lists_at
from routing.lists.workbook import template, write_workbook
from routing.models import ListProposal, ListVersion
from routing.replay import Differences, replay
from routing.terms import terms
from services.guarding import router
from services.requests import cursor, etag, position, whole

api = router(tags=["lists"])
Version = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of a version.")]
Limited = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(alias="cursor", description="`next` of the page before.")]


@api.get("/v1/lists", response_model=VersionPage, summary="The versions of the two lists, the newest first")
async def versions(request: Request, cursor_: Cursor = None, limit: Limited = 50) -> VersionPage:
    wanted = select(ListVersion).order_by(ListVersion.number.desc()).limit(limit + 1)
    if cursor_:
        wanted = wanted.where(ListVersion.number <= _number(cursor_))
    async with request.app.state.database.unit() as session:
        found = (await session.scalars(wanted)).all()
    following = cursor(number=found[limit].number) if len(found) > limit else None
    return VersionPage(items=[VersionSeen.model_validate(each) for each in found[:limit]], next=following)


def _number(sent: str) -> int:
    return whole(position(sent), "number")


@api.get("/v1/lists/template", summary="An empty workbook to fill in", response_class=Response)
async def empty(request: Request) -> Response:
    return _workbook(await asyncio.to_thread(template), "gridloop-template.xlsx")


def _workbook(data: bytes, name: str) -> Response:
    return Response(data, media_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@api.get("/v1/lists/proposals", response_model=SuggestedPage, summary="Rows that rulings suggest, the newest first")
async def suggested(request: Request, cursor_: Cursor = None, limit: Limited = 50) -> SuggestedPage:
    """Each comes from a ruling on a dispute, with the case as its reason; an editor takes it into a draft by hand."""
    start = whole(position(cursor_), "skip") if cursor_ else 0
    wanted = select(ListProposal).order_by(ListProposal.proposed_at.desc(), ListProposal.id).offset(start)
    async with request.app.state.database.unit() as session:
        found = (await session.scalars(wanted.limit(limit + 1))).all()
    following = cursor(skip=start + limit) if len(found) > limit else None
    return SuggestedPage(items=[Suggested.model_validate(each) for each in found[:limit]], next=following)


@api.get("/v1/lists/{version}", response_model=VersionWhole, summary="One version: state, size, coverage, changes")
async def version(request: Request, version: Version, response: Response) -> VersionWhole:
    async with request.app.state.database.unit() as session:
        found = await drafts.find(session, version)
        held = await tried(session, await lists_at(session, version))
    response.headers["ETag"] = etag(found.revision)
    return VersionWhole(**VersionSeen.model_validate(found).model_dump(), **held.__dict__)


@api.get("/v1/lists/{version}/workbook", summary="Both lists as a workbook", response_class=Response)
async def workbook(request: Request, version: Version) -> Response:
    async with request.app.state.database.unit() as session:
        await drafts.find(session, version)
        lists = await lists_at(session, version)
    return _workbook(await asyncio.to_thread(write_workbook, lists), f"gridloop-lists-{version}.xlsx")


class Replayed(BaseModel):
    """What would change, in lines to read and as figures."""

    lines: list[str]
    differences: Differences


@api.post("/v1/lists/{version}/replay", response_model=Replayed, summary="What would it have changed? (read-only)")
async def replayed(
    request: Request,
    version: Version,
    limit: Annotated[int, Query(ge=1, le=past_orders.MOST, description="So many of the newest orders.")] = 10_000,
    day: Annotated[date | None, Query(description="As if all came on this day; else each on its own.")] = None,
) -> Replayed:
    """Decides the newest past orders again under this version and under the published one."""
    zone = terms(request.app.state.settings).calendar.zone
    async with request.app.state.database.unit() as session:
        await drafts.find(session, version)
        new, catalogue = await lists_at(session, version), await current(session)
        orders = await past_orders.newest(session, zone, limit=limit)
    found = await asyncio.to_thread(replay, orders, catalogue.lists, new, catalogue.city, day=day)
    return Replayed(lines=list(found.told(catalogue.city)), differences=found)
