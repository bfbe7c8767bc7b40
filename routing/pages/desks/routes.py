"""The addresses of the three desks. A problem of a move is told on the case's own page."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from fastapi import APIRouter, Request, Response

from routing.pages.desks import analysis, behind, case, lists, pressing
from routing.pages.desks import board as boards
from routing.pages.desks.desk import BOARD, DISPATCH, MOVES_ON, TEAM, Desk
from routing.pages.desks.pressing import Made
from routing.states import Move
from services.problems import NotFound, Problem
from services.staff_pages import fields, page_router


def desk_pages(desk: Desk) -> APIRouter:
    """List, next case, one case, and what its forms ask for."""
    pages = page_router()

    async def show_list(request: Request) -> Response:
        return await lists.listed(request, desk)

    async def show_next(request: Request) -> Response:
        return await lists.next_up(request, desk)

    async def show_case(request: Request, case_no: str) -> Response:
        return await case.shown(request, desk, case_no)

    async def show_board(request: Request) -> Response:
        return await boards.shown(request, desk)

    async def show_analysis(request: Request) -> Response:
        return await analysis.shown(request, desk, "rising")

    async def show_figure(request: Request, figure: str) -> Response:
        return await analysis.shown(request, desk, figure)

    async def show_behind(request: Request, figure: str) -> Response:
        return await behind.shown(request, desk, figure)

    async def move(request: Request, case_no: str, move: str) -> Response:
        def then(made: Made) -> str:
            return _after(desk, case_no, move, made)

        pressed = pressing.confirmed if move == "confirm" else None
        doing = pressed(request, case_no, then=then) if pressed else pressing.moved(request, case_no, move, then=then)
        return await _or_told(request, desk, case_no, move, doing)

    async def agree(request: Request, case_no: str, proposal: UUID) -> Response:
        def then(_: Made) -> str:
            return desk.next(worklist="to_agree", done=case_no, what="agreed")

        return await _or_told(request, desk, case_no, "agree", pressing.agreed(request, case_no, proposal, then=then))

    async def refuse(request: Request, case_no: str, proposal: UUID) -> Response:
        def then(_: Made) -> str:
            return desk.next(worklist="to_agree", done=case_no, what="refused")

        return await _or_told(request, desk, case_no, "refuse", pressing.refused(request, case_no, proposal, then=then))

    one = f"{desk.path}/cases/{{case_no}}"
    routes: tuple[tuple[str, str, Callable[..., Awaitable[Response]]], ...] = (
        ("GET", desk.lists, show_list),
        ("GET", f"{desk.path}/next", show_next),
        ("GET", one, show_case),
        *(("GET", path, show_board) for path in sorted({desk.path, f"{desk.path}/grids"} - {desk.lists})),
        ("GET", f"{desk.path}/analysis", show_analysis),
        ("GET", f"{desk.path}/analysis/{{figure}}", show_figure),
        ("GET", f"{desk.path}/analysis/{{figure}}/cases", show_behind),
        ("POST", f"{one}/{{move}}", move),
        ("POST", f"{one}/proposals/{{proposal}}/agreement", agree),
        ("POST", f"{one}/proposals/{{proposal}}/refusal", refuse),
    )
    for method, path, endpoint in routes:
        pages.add_api_route(path, endpoint, methods=[method], response_model=None)
    return pages


def _after(desk: Desk, case_no: str, name: str, made: Made) -> str:
    """On to the next case of the list, where the desk is done with this one; else this case as it is now."""
    move = Move.DISPATCH if name == "confirm" else Move(name.replace("-", "_"))
    said = {"done": case_no, "what": move.value, "waits": "1" if made.waits else ""}
    if worklist := MOVES_ON.get(move):
        return desk.next(worklist=worklist.value, **said)
    return desk.case(case_no, **said)


async def _or_told(request: Request, desk: Desk, case_no: str, about: str, doing: Awaitable[Response]) -> Response:
    try:
        return await doing
    except NotFound:
        raise
    except Problem as problem:
        sent = await fields(request)
        return await case.shown(request, desk, case_no, problem=problem, sent=sent, about=about)


dispatch, board, team = desk_pages(DISPATCH), desk_pages(BOARD), desk_pages(TEAM)
