"""Pictures that came with a report, as they are listed and shown: to those who handle the case, by no cache."""

from fastapi import Request, Response
from pydantic import BaseModel

from intake import case_pictures
from intake.open311.records import Open311Picture
from intake.reveal_api import CaseNo, refusals_noted
from services.guarding import router

picture_api = router(tags=["cases"])
KINDS = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/jpeg", "image/png")}
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Referrer-Policy": "no-referrer",
}


class PictureSeen(BaseModel):
    number: int
    kind: str
    href: str


class PicturesSeen(BaseModel):
    items: list[PictureSeen]


@picture_api.get("/v1/cases/{case_no}/pictures", summary="Pictures that came with the report")
async def list_pictures(request: Request, case_no: CaseNo) -> PicturesSeen:
    """Of a confidential case for dispatchers and supervisors alone, of any for no company."""
    async with refusals_noted(request, case_no), request.app.state.database.unit() as session:
        rows = await case_pictures.listed(session, case_no, by=request.state.actor)
    return PicturesSeen(items=[PictureSeen(number=row.number, kind=row.kind, href=href(row)) for row in rows])


def href(row: Open311Picture) -> str:
    return f"/intake/v1/cases/{row.case_no}/pictures/{row.number}"


@picture_api.get(
    "/v1/cases/{case_no}/pictures/{number}",
    response_class=Response,
    summary="One picture; the look is written down before it is shown",
    responses={200: {"content": KINDS, "description": "The picture."}},
)
async def show_picture(request: Request, case_no: CaseNo, number: int) -> Response:
    state = request.app.state
    async with refusals_noted(request, case_no), state.database.unit() as session:
        row = await case_pictures.look(session, case_no, number, by=request.state.actor)
    async with state.database.unit() as session:
        found = await case_pictures.opened(session, state.vault, row)
    return Response(found.data, media_type=found.kind, headers=HEADERS)
