"""The monthly report, as a page or a PDF, of the city or of the asker's own units."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response

from feedback import report_page, report_pdf
from feedback.figure_schemas import Code
from feedback.monthly import gather
from feedback.public_totals import month_of
from feedback.reach import within_reach
from services.clocks import now
from services.guarding import router
from services.problems import invalid

Year = Annotated[str, Path(pattern=r"^20\d\d$", examples=["2026"])]
Month = Annotated[str, Path(pattern=r"^(0[1-9]|1[0-2])$", examples=["10"])]
reports_api = router(tags=["figures"])


@reports_api.get(
    "/v1/reports/{year}-{month}",
    response_class=Response,
    responses={200: {"content": {"text/html": {}, "application/pdf": {}}}},
    summary="月报 The monthly report, to send around",
)
async def monthly_report(
    request: Request,
    year: Year,
    month: Month,
    unit: Annotated[Code | None, Query(description="A unit and all below it.")] = None,
    form: Annotated[Literal["html", "pdf"], Query(alias="format")] = "html",
) -> Response:
    """Of the month's figures as they stand now; the report says when that was and by which formula."""
    state, as_of, day = request.app.state, now(), date(int(year), int(month), 1)
    choice = month_of(day, state.zone)
    if choice.start > as_of:
        raise invalid("month", "has begun already", "name a month of the past, or this one")
    async with state.database.unit() as session:
        choice = await within_reach(session, request.state.actor, choice.within(unit=unit))
        facts = await gather(session, day, state.formulas, state.zone, unit=choice.unit, as_of=as_of)
    if form == "html":
        return Response(report_page.page(facts), media_type="text/html; charset=utf-8", headers=report_page.HEADERS)
    headers = {"content-disposition": f'inline; filename="report-{year}-{month}.pdf"', "cache-control": "no-store"}
    return Response(report_pdf.pdf(facts), media_type="application/pdf", headers=headers)
