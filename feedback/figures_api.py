"""The figures' routes: rates opened to what they are made of, their parts, the cases behind them, exclusions, files."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Header, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from feedback import exclusions, figure_faces
from feedback.breakdowns import Behind, cases_behind, pieces
from feedback.case_lists import case_page, place
from feedback.exclusions import Wanted
from feedback.fates import Choice
from feedback.figure_faces import (
    CaseSeen,
    CasesSeen,
    ExclusionPage,
    ExclusionSeen,
    FiguresSeen,
    FormulaList,
    PiecesSeen,
    exclusion,
    head,
    shown,
)
from feedback.figure_schemas import (
    CasesExported,
    CasesWanted,
    Facet,
    FiguresWanted,
    NewExclusion,
    PiecesWanted,
    Refusal,
    Undoing,
)
from feedback.figure_sheets import case_rows, figure_rows, file_of, method_rows
from feedback.figures import figures
from feedback.formulas import Formulas, UnknownFormula, formulas, versions
from feedback.reach import within_reach
from services.clocks import now
from services.guarding import router
from services.problems import Problem, invalid
from services.requests import Answer, Call, cursor, perform, position

OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
EXPORTED = 50_000
"""Rows of cases that one file holds."""
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {}}}
}
figures_api = router(tags=["figures"])


class TooManyCases(Problem):
    """One file holds 50,000 cases and these are more."""

    status = 422
    title = "Too many cases"
    remedy = "Narrow the period, the unit or the issue."


@figures_api.get("/v1/figures", summary="The rates and the composite, with what they are made of")
async def shown_figures(request: Request, wanted: Annotated[FiguresWanted, Query()]) -> FiguresSeen:
    """Rates of the cases received in the period, below a grid, a unit and an issue. A rate over nothing is null."""
    method, as_of = _method(request, wanted), now()
    async with request.app.state.database.unit() as session:
        choice = await _choice(session, request, wanted, as_of)
        found = await figures(session, choice, method, as_of=as_of)
    return FiguresSeen(**dict(head(choice, method, as_of)), **dict(shown(found)))


@figures_api.get("/v1/figures/formulas", summary="Every version of the method, newest first")
async def methods(request: Request) -> FormulaList:
    settings = request.app.state.settings
    return FormulaList(items=[figure_faces.formula(formulas(settings, each)) for each in reversed(versions())])


@figures_api.get("/v1/figures/by/{facet}", summary="The same for each part: units, grids, issues, channels")
async def by_facet(request: Request, facet: Facet, wanted: Annotated[FiguresWanted, Query()]) -> PiecesSeen:
    """The children of the node that is named in this tree, else of its top. Parts with too few answers have no rank."""
    method, as_of = _method(request, wanted), now()
    async with request.app.state.database.unit() as session:
        choice = await _choice(session, request, wanted, as_of)
        found = await pieces(session, choice, facet, method, as_of=as_of)
    return PiecesSeen(**dict(head(choice, method, as_of)), by=facet, items=[figure_faces.piece(each) for each in found])


@figures_api.get("/v1/figures/export", response_class=Response, responses=FILES, summary="Figures as CSV or XLSX")
async def export(request: Request, wanted: Annotated[PiecesWanted, Query()]) -> Response:
    """The whole and its parts; a workbook has the method on its second sheet."""
    method, as_of = _method(request, wanted), now()
    async with request.app.state.database.unit() as session:
        choice = await _choice(session, request, wanted, as_of)
        whole = await figures(session, choice, method, as_of=as_of)
        parts = await pieces(session, choice, wanted.by, method, as_of=as_of)
    rows = figure_rows(whole, parts, method)
    body, kind, headers = file_of(wanted.format, f"figures-{method.version}", rows, method_rows(choice, method, as_of))
    return Response(body, media_type=kind, headers=headers)


@figures_api.get("/v1/figures/cases", summary="The cases behind a figure, in the order they were received in")
async def cases(request: Request, wanted: Annotated[CasesWanted, Query()]) -> CasesSeen:
    """By the same filter as the count; the pages of one list are of one moment (`as_of`)."""
    method, start = _method(request, wanted), place(wanted.cursor)
    as_of = start[0] if start else now()
    async with request.app.state.database.unit() as session:
        choice = await _choice(session, request, wanted, as_of)
        behind = Behind(wanted.rate, wanted.part)
        rows, following = await case_page(session, choice, behind, method, start=start, as_of=as_of, limit=wanted.limit)
    seen = [_case(row) for row in rows]
    return CasesSeen(
        formula=method.version, rate=wanted.rate, part=wanted.part, as_of=as_of, items=seen, next=following
    )


@figures_api.get(
    "/v1/figures/cases/export", response_class=Response, responses=FILES, summary="Those cases as CSV or XLSX"
)
async def export_cases(request: Request, wanted: Annotated[CasesExported, Query()]) -> Response:
    method, as_of = _method(request, wanted), now()
    async with request.app.state.database.unit() as session:
        choice = await _choice(session, request, wanted, as_of)
        found = cases_behind(choice, Behind(wanted.rate, wanted.part), method, as_of=as_of)
        rows = (await session.execute(found.limit(EXPORTED + 1))).all()
    if len(rows) > EXPORTED:
        raise TooManyCases
    body, kind, headers = file_of(
        wanted.format,
        f"cases-{wanted.rate}-{method.version}",
        case_rows(rows, ZoneInfo(choice.zone)),
        method_rows(choice, method, as_of),
    )
    return Response(body, media_type=kind, headers=headers)


@figures_api.get("/v1/exclusions", summary="Exclusions with what became of them, in the order they were proposed in")
async def listed_exclusions(
    request: Request,
    case_no: Annotated[str | None, Query(max_length=32)] = None,
    cursor_: Annotated[str | None, Query(alias="cursor", max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ExclusionPage:
    start = _uuid(cursor_)
    async with request.app.state.database.unit() as session:
        rows, more = await exclusions.page(session, case_no=case_no, after=start, limit=limit, by=request.state.actor)
    following = cursor(id=rows[-1].row.id) if more else None
    return ExclusionPage(items=[exclusion(each) for each in rows], next=following)


EXCLUDED: dict[int | str, dict[str, Any]] = {
    202: {"model": ExclusionSeen, "description": "Proposed: another evaluator has to agree."}
}


@figures_api.post(
    "/v1/exclusions",
    response_model=ExclusionSeen,
    responses=EXCLUDED,
    summary="Leave a case out 剔除, by two",
)
async def exclude(request: Request, wanted: NewExclusion, _: OnceKey = None) -> Response:
    """The first request proposes it (202); the same facts from another evaluator agree to it (200)."""

    async def verb(call: Call) -> Answer:
        facts = Wanted(
            case_no=wanted.case_no,
            rates=tuple(wanted.rates),
            ground=wanted.ground,
            reason=wanted.reason,
            evidence=wanted.evidence,
        )
        return _told(await exclusions.ask(call.session, facts, call.actor))

    return await perform(request, verb)


@figures_api.post(
    "/v1/exclusions/{number}/undoing",
    response_model=ExclusionSeen,
    responses=EXCLUDED,
    summary="Undo an exclusion, by two persons",
)
async def undo_exclusion(request: Request, number: UUID, wanted: Undoing, _: OnceKey = None) -> Response:
    """The exclusion stays as it is; a row beside it says that it holds no longer."""

    async def verb(call: Call) -> Answer:
        told = await exclusions.undo(
            call.session, number, reason=wanted.reason, evidence=wanted.evidence, by=call.actor
        )
        return _told(told)

    return await perform(request, verb)


@figures_api.post(
    "/v1/exclusions/{number}/refusal", response_model=ExclusionSeen, summary="Refuse it, as the second evaluator"
)
async def refuse_exclusion(request: Request, number: UUID, wanted: Refusal, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return _told(await exclusions.refuse(call.session, number, reason=wanted.reason, by=call.actor))

    return await perform(request, verb)


def _told(each: exclusions.Shown) -> Answer:
    return Answer(202 if each.ruling is None else 200, exclusion(each))


def _method(request: Request, wanted: FiguresWanted) -> Formulas:
    if wanted.formula is None:
        newest: Formulas = request.app.state.formulas
        return newest
    try:
        return formulas(request.app.state.settings, wanted.formula)
    except UnknownFormula:
        raise invalid("formula", f"is one of {', '.join(versions())}", "name a version") from None


async def _choice(session: AsyncSession, request: Request, wanted: FiguresWanted, as_of: datetime) -> Choice:
    choice = wanted.choice(request.app.state.zone, as_of)
    return await within_reach(session, request.state.actor, choice)


def _case(row: Any) -> CaseSeen:
    return CaseSeen(
        case_no=row.case_no,
        received_at=row.received_at,
        channel=row.channel,
        issue=row.issue,
        grid=row.grid_code,
        lead=row.lead_code,
        fate=row.fate,
    )


def _uuid(sent: str | None) -> UUID | None:
    if sent is None:
        return None
    try:
        return UUID(str(position(sent).get("id")))
    except ValueError:
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
