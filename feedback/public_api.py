"""Without a key: what was published of a month, as JSON and as a page. Limited by address."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from feedback.figure_faces import FormulaSeen, formula
from feedback.formulas import formulas
from feedback.public_totals import months, published
from services.guarding import router
from services.limits_of_use import within_limits
from services.pages import Pages
from services.problems import NotFound

Month = Annotated[str | None, Query(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-10"])]
PAGES = Pages(Path(__file__).parent / "pages")
public_api = router(tags=["public"], dependencies=[Depends(within_limits)])


class AreaSeen(BaseModel):
    """Null is a number that is not shown, because it or another one would be small. Rates are whole per cent."""

    code: str
    name: str
    cases: int | None
    resolution: int | None
    satisfaction: int | None
    on_time: int | None


class DistrictSeen(AreaSeen):
    streets: list[AreaSeen]


class TotalsSeen(BaseModel):
    """A month's totals per street, as they were published, with the method."""

    month: str
    published_at: datetime
    minimum: int
    city: AreaSeen
    districts: list[DistrictSeen]
    method: FormulaSeen
    months: list[str]


@public_api.get("/v1/public/totals", summary="按街镇公开的办理情况 A month's totals per street (no key)")
async def public_totals(request: Request, month: Month = None) -> TotalsSeen:
    """The month asked for, else the newest; only what was published, without any case and any person."""
    return await _totals(request, month)


@public_api.get(
    "/public",
    response_class=HTMLResponse,
    summary="The same as a page (no key)",
    responses={404: {"content": {"text/html": {}}, "description": "Nothing is published yet: a page that says so."}},
)
async def public_page(request: Request, month: Month = None) -> HTMLResponse:
    try:
        found: Any = await _totals(request, month)
    except NotFound:
        return PAGES.render(request, "public_none.html", status=404)
    return PAGES.render(request, "public.html", totals=found)


async def _totals(request: Request, month: str | None) -> TotalsSeen:
    wanted = date.fromisoformat(f"{month}-01") if month else None
    async with request.app.state.database.unit() as session:
        row = await published(session, wanted)
        known = await months(session)
    if row is None:
        raise NotFound("No such month is published: that is done three weeks after its end.")
    return TotalsSeen(
        month=f"{row.month:%Y-%m}",
        published_at=row.published_at,
        **row.totals,
        method=formula(formulas(request.app.state.settings, row.formula)),
        months=[f"{each:%Y-%m}" for each in known],
    )
