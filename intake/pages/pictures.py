"""The pictures of a case on one page, under the viewer's watermark."""

from pathlib import Path

from fastapi import Request, Response

from intake import case_pictures
from intake.pages.contact import mark
from intake.picture_api import href
from intake.reveal_api import refusals_noted
from services.staff_pages import StaffPages, page_router

PAGES = StaffPages(Path(__file__).parent)
picture_pages = page_router()


@picture_pages.get("/pictures/{case_no}", response_model=None)
async def pictures(request: Request, case_no: str) -> Response:
    """Each of them is fetched by itself, so that each look stands in the audit."""
    async with refusals_noted(request, case_no), request.app.state.database.unit() as session:
        rows = await case_pictures.listed(session, case_no, by=request.state.actor)
    found = [href(row) for row in rows]
    return PAGES.render(request, "pictures.html", case_no=case_no, pictures=found, watermark=await mark(request))
