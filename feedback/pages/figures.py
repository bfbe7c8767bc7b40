"""Figures as a page: each rate with its interval, numerator and denominator, opened to its cases; units beside months.

The same verbs and filter as the JSON routes. Parts stand in the order of their codes: nothing is ranked here.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.breakdowns import Behind, named, pieces
from feedback.case_lists import case_page, place
from feedback.fates import Choice
from feedback.figure_faces import piece, shown
from feedback.figure_schemas import Code, Facet, FiguresWanted, RateName
from feedback.figures import figures
from feedback.formulas import Formulas
from feedback.pages import words
from feedback.reach import within_reach
from services.clocks import now
from services.identity import Actor
from services.roles import Role
from services.staff_pages import StaffPages, page_router

PAGES = StaffPages(Path(__file__).parent)
COLUMNS = ("contact", "on_time", "resolution", "satisfaction", "dispute", "handled_again")
MONTHS, TREND, LISTED = 13, 6, 50
FACETS = {"unit": "单位", "grid": "网格", "issue": "事项", "channel": "渠道"}
figures_pages = page_router(home="feedback")


class Asked(BaseModel):
    """A month, and what it is narrowed by."""

    model_config = ConfigDict(extra="ignore")
    month: str | None = Field(None, pattern=r"^20\d\d-(0[1-9]|1[0-2])$")
    unit: Code | None = None
    grid: Code | None = None
    issue: Code | None = None
    channel: Code | None = None
    by: Facet = "unit"

    def named(self) -> dict[str, str]:
        found = {facet: getattr(self, facet) for facet in FACETS}
        return {facet: code for facet, code in found.items() if code}

    def wanted(self, month: date) -> FiguresWanted:
        end = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        return FiguresWanted.model_validate({"from": month, "to": end, **self.named()})


class CasesAsked(Asked):
    """And which part of which rate."""

    rate: RateName
    part: str = Field("denominator", max_length=40, pattern=r"^[a-z_]+$")
    cursor: str | None = Field(None, max_length=400)


@figures_pages.get("/evaluation/figures", response_model=None)
async def show(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    zone, method, as_of = request.app.state.zone, request.app.state.formulas, now()
    month = _month(asked, as_of, zone)
    async with request.app.state.database.unit() as session:
        choice = await _choice(session, request.state.actor, asked, month, zone, as_of)
        whole = shown(await figures(session, choice, method, as_of=as_of))
        parts = [piece(each) for each in await pieces(session, choice, asked.by, method, as_of=as_of)]
        trend = await _trend(session, request.state.actor, asked, month, zone, as_of, method)
        names = await named(session, dict.fromkeys(asked.named().values()))
    query = {"month": f"{month:%Y-%m}", **asked.named(), "by": asked.by}
    period = {"from": choice.start.date(), "to": choice.end.date(), **asked.named()}
    return PAGES.render(
        request, "figures.html", asked=asked, month=f"{month:%Y-%m}", months=list(_months(as_of, zone)), whole=whole,
        parts=parts, trend=trend, facets=FACETS, columns=COLUMNS, words=words, method=method, names=names,
        link=lambda **changed: _link(query, **changed),
        export=lambda kind: urlencode({**period, "format": kind, "by": asked.by}),
        behind=lambda rate, part, **changed: "/cases" + _link(query, rate=rate, part=part, **changed),
        as_of=as_of.astimezone(zone),
    )  # fmt: skip


@figures_pages.get("/evaluation/figures/cases", response_model=None)
async def behind(request: Request, asked: Annotated[CasesAsked, Query()]) -> Response:
    zone, method, start = request.app.state.zone, request.app.state.formulas, place(asked.cursor)
    as_of = start[0] if start else now()
    month, part = _month(asked, as_of, zone), Behind(asked.rate, asked.part)
    async with request.app.state.database.unit() as session:
        choice = await _choice(session, request.state.actor, asked, month, zone, as_of)
        rows, following = await case_page(session, choice, part, method, start=start, as_of=as_of, limit=LISTED)
        units = await named(session, dict.fromkeys(row.lead_code or "" for row in rows))
    query = {"month": f"{month:%Y-%m}", **asked.named(), "rate": asked.rate, "part": asked.part}
    period = {"from": choice.start.date(), "to": choice.end.date(), **asked.named()}
    return PAGES.render(
        request, "figure_cases.html", asked=asked, month=f"{month:%Y-%m}", rows=rows, units=units, words=words,
        zone=zone,
        meaning=method.rates[asked.rate].meaning if asked.rate in method.rates else "",
        following=_link(query, cursor=following) if following else "",
        back=_link({"month": f"{month:%Y-%m}", **asked.named(), "by": asked.by}),
        opens=request.state.actor.has((Role.EVALUATOR, Role.AUDITOR)),
        export=lambda kind: urlencode({**period, "rate": asked.rate, "part": asked.part, "format": kind}),
    )  # fmt: skip


async def _choice(
    session: AsyncSession, actor: Actor, asked: Asked, month: date, zone: ZoneInfo, as_of: datetime
) -> Choice:
    return await within_reach(session, actor, asked.wanted(month).choice(zone, as_of))


async def _trend(
    session: AsyncSession, actor: Actor, asked: Asked, month: date, zone: ZoneInfo, as_of: datetime, method: Formulas
) -> list[tuple[str, Any]]:
    """The month and those before it."""
    found = []
    for each in _back(month, TREND):
        choice = await _choice(session, actor, asked, each, zone, as_of)
        found.append((f"{each:%Y-%m}", shown(await figures(session, choice, method, as_of=as_of))))
    return found


def _month(asked: Asked, at: datetime, zone: ZoneInfo) -> date:
    """The month asked for, else this one."""
    return date.fromisoformat(f"{asked.month}-01") if asked.month else at.astimezone(zone).date().replace(day=1)


def _months(at: datetime, zone: ZoneInfo) -> Iterator[str]:
    yield from (f"{each:%Y-%m}" for each in _back(at.astimezone(zone).date().replace(day=1), MONTHS))


def _back(month: date, number: int) -> Iterator[date]:
    for each in range(month.year * 12 + month.month - 1, month.year * 12 + month.month - 1 - number, -1):
        yield date(each // 12, each % 12 + 1, 1)


def _link(query: dict[str, Any], **changed: Any) -> str:
    return "?" + urlencode({name: value for name, value in {**query, **changed}.items() if value})
