"""What a form of the officer's phone does: the verb of the JSON route, answered as a page, or to the phone's queue.

A phone that was out of reach sends what it kept with `Accept: application/json`, its own Idempotency-Key and the
version it had read; the answer's ETag is the version that the next of its moves goes by.
"""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import UploadFile

from routing import photos
from routing.api.orders import make_move
from routing.api.photos import NoPicture, kept
from routing.api.pressing import pressed
from routing.models import Photo
from routing.orders import find
from routing.pages.officer.forms import body, offered
from routing.pages.officer.telling import message
from routing.states import Move
from services.callers import form_of
from services.pictures import MOST_BYTES
from services.problems import Problem
from services.requests import Answer, Call
from services.staff_pages import fields

UPLOADS = {"/mine/photos": MOST_BYTES + 65_536}
Refusing = Callable[[Request, str, Problem, dict[str, str]], Awaitable[Response]]


async def press_move(request: Request, case_no: str, dashed: str, refused: Refusing) -> Response:
    """`refused` shows the case again, with what stands against it and what was typed."""
    move, sent = offered(dashed), await fields(request)

    async def verb(call: Call) -> Answer:
        round_ = await _photos(call, case_no) if move is Move.REPORT_DONE else ()
        return await make_move(call, case_no, body(move, sent, round_))

    try:
        answer = await pressed(request, verb)
    except Problem as problem:
        if for_the_queue(request):
            return told(problem)
        return await refused(request, case_no, problem, {**sent, "move": move})
    return answer if for_the_queue(request) else RedirectResponse(f"/routing/mine/{case_no}?made={dashed}", 303)


async def _photos(call: Call, case_no: str) -> tuple[Photo, ...]:
    order = await find(call.session, case_no, actor=call.actor)
    return tuple(each for each in await photos.of_order(call.session, case_no) if each.round == order.round)


async def press_photo(request: Request, case_no: str, refused: Refusing) -> Response:
    """One photo: the picture itself from the queue, a file of a form without JavaScript."""
    try:
        answer = await kept(request, case_no, await _sent(request))
    except Problem as problem:
        return told(problem) if for_the_queue(request) else await refused(request, case_no, problem, {})
    return answer if for_the_queue(request) else RedirectResponse(f"/routing/mine/{case_no}?made=photo#done", 303)


async def _sent(request: Request) -> bytes:
    form = await form_of(request)
    if form is None:
        return await request.body()
    upload = form.get("photo")
    try:
        if not isinstance(upload, UploadFile):
            raise NoPicture
        return await upload.read()
    finally:
        await form.close()


def for_the_queue(request: Request) -> bool:
    return request.headers.get("accept", "").startswith("application/json")


def told(problem: Problem) -> Response:
    """The problem document, with the Chinese words that the phone shows."""
    said = message(problem)
    heading = {"heading": said["heading"], "told": said["remedy"]}
    return JSONResponse({**problem.document(), **heading}, problem.status, media_type="application/problem+json")
