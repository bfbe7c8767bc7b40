"""The addresses of the three desks. A problem of a move is told on the case's own page."""

from collections.abc import Awaitable, Callable, Iterator
from uuid import UUID

from fastapi import APIRouter, Request, Response

from routing.pages.desks import analysis, behind, case, lists, pressing
from routing.pages.desks import board as boards
from routing.pages.desks.desk import BOARD, DISPATCH, MOVES_ON, TEAM, Desk
from routing.pages.desks.pressing import Made
from routing.states import Move
from services.problems import NotFound, Problem
from services.staff_pages import fields, page_router

Endpoint = Callable[..., Awaitable[Response]]
Route = tuple[str, str, Endpoint]


def desk_pages(desk: Desk) -> APIRouter:
    """List, next case, one case, board and analysis, and what the case's forms ask for."""
    pages = page_router()
    for method, path, endpoint in (*_reading(desk), *_pressing(desk)):
        pages.add_api_route(path, endpoint, methods=[method], response_model=None)
    return pages


def _reading(desk: Desk) -> Iterator[Route]:
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

    yield "GET", desk.lists, show_list
    yield "GET", f"{desk.path}/next", show_next
    yield "GET", f"{desk.path}/cases/{{case_no}}", show_case
    for path in sorted({desk.path, f"{desk.path}/grids"} - {desk.lists}):
        yield "GET", path, show_board
    yield "GET", f"{desk.path}/analysis", show_analysis
    yield "GET", f"{desk.path}/analysis/{{figure}}", show_figure
    yield "GET", f"{desk.path}/analysis/{{figure}}/cases", show_behind


def _pressing(desk: Desk) -> Iterator[Route]:
    async def move(request: Request, case_no: str, move: str) -> Response:
        def then(made: Made) -> str:
            return _after(desk, case_no, move, made)

        pressed = pressing.confirmed if move == "confirm" else None
        doing = pressed(request, case_no, then=then) if pressed else pressing.moved(request, case_no, move, then=then)
        return await _or_told(request, desk, case_no, move, doing)

    async def agree(request: Request, case_no: str, proposal: UUID) -> Response:
        doing = pressing.agreed(request, case_no, proposal, then=_to_agree(desk, case_no, "agreed"))
        return await _or_told(request, desk, case_no, "agree", doing)

    async def refuse(request: Request, case_no: str, proposal: UUID) -> Response:
        doing = pressing.refused(request, case_no, proposal, then=_to_agree(desk, case_no, "refused"))
        return await _or_told(request, desk, case_no, "refuse", doing)

    one = f"{desk.path}/cases/{{case_no}}"
    yield "POST", f"{one}/{{move}}", move
    yield "POST", f"{one}/proposals/{{proposal}}/agreement", agree
    yield "POST", f"{one}/proposals/{{proposal}}/refusal", refuse


def _to_agree(desk: Desk, case_no: str, what: str) -> Callable[[Made], str]:
    """On to the next that waits for a second person."""
    return lambda _: desk.next(worklist="to_agree", done=case_no, what=what)


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
