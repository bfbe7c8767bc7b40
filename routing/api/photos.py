"""Photos of the handling: sent as they are, kept without place and camera, shown to whoever may see the order."""

import asyncio
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response
from pydantic import BaseModel

from routing import orders, photos
from routing.models import Photo
from services.guarding import router
from services.pictures import FORMATS, NotAPicture, Picture, renewed
from services.problems import Problem
from services.requests import Answer, Call, perform
from services.scanning import harmless

CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000425"])]
PICTURES = {f"image/{name.lower()}": {"schema": {"type": "string", "format": "binary"}} for name in FORMATS}
KEEP_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
api = router(tags=["orders"])


class NoPicture(Problem):
    """This is no JPEG, PNG or WebP of up to 5 MiB and 50 million pixels."""

    status = 422
    title = "Not a picture"
    remedy = "Send the picture itself as the body, made smaller where it is large."


class PhotoSeen(BaseModel):
    id: UUID
    at: datetime
    round: int
    width: int
    height: int

    @classmethod
    def of(cls, row: Photo) -> "PhotoSeen":
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class PhotosSeen(BaseModel):
    items: list[PhotoSeen]


class PhotoKept(BaseModel):
    id: UUID


@api.get("/v1/orders/{case_no}/photos", response_model=PhotosSeen, summary="Photos of the handling")
async def list_photos(request: Request, case_no: CaseNo) -> PhotosSeen:
    async with request.app.state.database.unit() as session:
        order = await orders.find(session, case_no, actor=request.state.actor)
        rows = await photos.of_order(session, order.case_no)
    return PhotosSeen(items=[PhotoSeen.of(row) for row in rows])


@api.post(
    "/v1/orders/{case_no}/photos",
    status_code=201,
    response_model=PhotoKept,
    summary="Add a photo: the body is the picture; the same one again is kept once",
    openapi_extra={"requestBody": {"required": True, "content": PICTURES}},
)
async def add_photo(request: Request, case_no: CaseNo) -> Response:
    """Of up to 1 MiB here: a phone makes it smaller first."""
    return await kept(request, case_no, await request.body())


async def kept(request: Request, case_no: str, sent: bytes) -> Response:
    """Made anew before the order is looked at again, so that no transaction waits for it."""
    fresh = await made_anew(await harmless(request, sent))

    async def verb(call: Call) -> Answer:
        order = await orders.find(call.session, case_no, actor=call.actor)
        photo = await photos.keep(call.session, order, fresh, sent, actor=call.actor)
        return Answer(201, {"id": str(photo)}, {"Location": f"/routing/v1/orders/{case_no}/photos/{photo}"})

    return await perform(request, verb)


async def made_anew(sent: bytes) -> Picture:
    """Raises NoPicture."""
    try:
        return await asyncio.to_thread(renewed, sent)
    except NotAPicture:
        raise NoPicture from None


@api.get("/v1/orders/{case_no}/photos/{photo}", response_class=Response, summary="One photo, a JPEG")
async def show_photo(request: Request, case_no: CaseNo, photo: UUID) -> Response:
    async with request.app.state.database.unit() as session:
        order = await orders.find(session, case_no, actor=request.state.actor)
        found = await photos.picture(session, order.case_no, photo)
    return Response(found.jpeg, media_type="image/jpeg", headers=KEEP_HEADERS)
