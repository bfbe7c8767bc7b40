"""清单: the two lists, their versions and drafts, and the grid tree; drafts are checked, replayed, published."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import UploadFile

from routing import drafts as list_drafts
from routing import uploads
from routing.api import catalogue, drafts, list_versions, places
from routing.api.drafts import Version
from routing.list_faces import Publication, Tried
from routing.pages.office import PAGES, told
from services.callers import form_of
from services.problems import Problem, invalid
from services.requests import Answer, Call, perform
from services.roles import Role
from services.scanning import harmless
from services.staff_pages import fields, page_router

LARGEST = {"/lists/uploads": 8 * 1024 * 1024}
REPLAYED = 2000
"""So many of the newest orders a page decides again; the API and the command take more."""
STATES = {"draft": "草稿", "checked": "已检查", "published": "正在用", "superseded": "已被替换"}
lists_pages = page_router()


def may(request: Request) -> Mapping[str, bool]:
    """Which buttons are for whoever looks; what a press needs beside the role is the verb's to say."""
    actor = request.state.actor
    return {"edit": actor.has([Role.EDITOR]), "publish": actor.has([Role.PUBLISHER])}


@lists_pages.get("/lists", response_model=None)
async def versions(request: Request) -> Response:
    return await _versions(request)


async def _versions(request: Request, *, problem: Problem | None = None, tried: Tried | None = None) -> Response:
    page = await list_versions.versions(request, request.query_params.get("cursor"), 20)
    return PAGES.render(request, "lists.html", page=page, may=may(request), states=STATES, problem=problem, tried=tried)


@lists_pages.post("/lists", response_model=None)
async def copy(request: Request) -> Response:
    """A draft that begins as the version named `source`."""
    source = (await fields(request)).get("source", "")

    async def verb(call: Call) -> Answer:
        if not source.isdecimal() or int(source) >= 2**31:
            raise invalid("source", "is the number of a version", "press the button beside a version")
        return drafts.answer(201, await list_drafts.copy(call.session, int(source), actor=call.actor))

    return await _pressed(request, verb)


@lists_pages.post("/lists/uploads", response_model=None)
async def upload(request: Request) -> Response:
    """A workbook: tried, or made a draft; of one with faults nothing is kept and each cell is named."""
    form = await form_of(request)
    file = form.get("file") if form else None
    data, dry_run = b"", bool(form and form.get("dry_run"))
    if isinstance(file, UploadFile):
        data = await file.read()
        await file.close()
    if not data:
        return await _versions(request, problem=invalid("file", "is an Excel workbook", "choose a file"))
    try:
        book = await uploads.from_workbook(await harmless(request, data))
        if dry_run:
            async with request.app.state.database.unit() as session:
                return await _versions(request, tried=await drafts.tried(session, book))
    except Problem as problem:
        return await _versions(request, problem=problem)

    async def verb(call: Call) -> Answer:
        return drafts.answer(201, await list_drafts.make(call.session, book, actor=call.actor, source="workbook"))

    return await _pressed(request, verb)


async def _pressed(request: Request, verb: Callable[[Call], Awaitable[Answer]]) -> Response:
    made: list[int] = []

    async def noted(call: Call) -> Answer:
        answer = await verb(call)
        made.append(answer.body.number)
        return answer

    try:
        await perform(request, noted)
    except Problem as problem:
        return await _versions(request, problem=problem)
    return RedirectResponse(f"/routing/lists/{made[0]}?done=1" if made else "/routing/lists", 303)


@lists_pages.get("/lists/grids", response_model=None)
async def grids(request: Request) -> Response:
    """The grid tree: down from the city, or by name, code or initials."""
    asked = request.query_params
    q, code = asked.get("q") or None, asked.get("grid")
    city = (await catalogue.catalogue_of(request)).city
    here = await places.grid(request, code or next(each.code for each in city.grids if each.parent is None))
    page = await places.grids(request, None if q else here.code, None, q, asked.get("cursor"), 50)
    return PAGES.render(request, "grids.html", here=here, page=page, q=q or "")


@lists_pages.get("/lists/{version}", response_model=None)
async def shown(request: Request, version: Version) -> Response:
    return await _shown(request, version)


async def _shown(request: Request, version: int, *, problem: Problem | None = None, reason: str = "") -> Response:
    seen = await list_versions.version(request, version, Response())
    me = request.state.actor.person
    return PAGES.render(
        request, "version.html", version=seen, may=may(request), states=STATES, problem=problem, reason=reason,
        own=me == seen.author or me in seen.editors,
    )  # fmt: skip


@lists_pages.post("/lists/{version}/check", response_model=None)
async def check(request: Request, version: Version) -> Response:
    return await _acted(request, version, drafts.check(request, version))


@lists_pages.post("/lists/{version}/publication", response_model=None)
async def publish(request: Request, version: Version) -> Response:
    reason = (await fields(request)).get("reason", "").strip()
    facts = {"override": {"reason": reason}} if reason else {}
    try:
        publication = told(Publication, facts)
    except Problem as problem:
        return await _shown(request, version, problem=problem, reason=reason)
    return await _acted(request, version, drafts.publish(request, version, publication), reason=reason)


@lists_pages.post("/lists/{version}/discard", response_model=None)
async def discard(request: Request, version: Version) -> Response:
    return await _acted(request, version, drafts.discard(request, version), then="/routing/lists?done=1")


async def _acted(
    request: Request, version: int, act: Awaitable[Response], *, reason: str = "", then: str | None = None
) -> Response:
    """The JSON route's own work; what it refuses is shown on the version's page."""
    try:
        await act
    except Problem as problem:
        return await _shown(request, version, problem=problem, reason=reason)
    return RedirectResponse(then or f"/routing/lists/{version}?done=1", 303)


@lists_pages.get("/lists/{version}/replay", response_model=None)
async def replay(request: Request, version: Version) -> Response:
    found = await list_versions.replayed(request, version, REPLAYED, None)
    return PAGES.render(request, "replay.html", number=version, lines=found.lines, most=REPLAYED)
