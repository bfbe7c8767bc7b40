"""谁负责: the page of "who is responsible here for this?", without an account.

Words come in the body of a form and stand in no address; an answer by codes alone can be linked.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import ValidationError

from routing.api.catalogue import catalogue_of
from routing.api.responsible import Answer, Inquiry, answer_to
from routing.catalogue import Catalogue
from routing.city import CITY
from routing.pages.places import Places, places
from services.callers import form_of
from services.citizen_pages import CitizenPages, seconds_to_wait
from services.floor_routes import NotReady
from services.guarding import router
from services.problems import Invalid

PAGES = CitizenPages(Path(__file__).parent)
FIELDS = ("text", "issue", "address", "lon", "lat", "grid")
LINKED = ("issue", "grid")
FAULTS = {
    "text": "请说一说是什么事（500 字以内）",
    "issue": "没有这个事项，请用文字说",
    "address": "请说一说在哪里：街道和居委会最好",
    "grid": "没有这个地点，请用文字说",
    "lon": "没有取到位置，请用文字说在哪里",
    "lat": "没有取到位置，请用文字说在哪里",
}
who_page = router(tags=["pages"], default_response_class=HTMLResponse, include_in_schema=False)


@who_page.get("/who")
async def ask(request: Request) -> HTMLResponse:
    """Empty, or the answer to the codes in the address."""
    sent = {name: request.query_params[name] for name in LINKED if name in request.query_params}
    return await _answered(request, sent) if sent else await _page(request, {})


@who_page.post("/who")
async def answer(request: Request) -> HTMLResponse:
    form: Mapping[str, Any] = await form_of(request) or {}
    sent = {name: value.strip() for name in FIELDS if isinstance(value := form.get(name), str) and value.strip()}
    if under := form.get("under"):
        return await _page(request, {**sent, "grid": ""}, under=str(under))
    if chosen := form.get("chosen"):
        return await _page(request, {**sent, "grid": str(chosen), "lon": "", "lat": ""}, picked=True)
    return await _answered(request, sent)


async def _answered(request: Request, sent: Mapping[str, str]) -> HTMLResponse:
    if wait := await seconds_to_wait(request):
        page = await _page(request, sent, status=429, wait=wait)
        page.headers["Retry-After"] = wait
        return page
    try:
        found = await answer_to(request, Inquiry.model_validate(dict(sent)))
    except ValidationError as error:
        return await _page(request, sent, status=422, faults=[str(each["loc"][0]) for each in error.errors()])
    except Invalid as problem:
        return await _page(request, sent, status=422, faults=[fault.field for fault in problem.faults])
    return await _page(request, sent, found=found)


async def _page(
    request: Request,
    sent: Mapping[str, str],
    *,
    status: int = 200,
    found: Answer | None = None,
    faults: list[str] | None = None,
    wait: str | None = None,
    under: str = "",
    picked: bool = False,
) -> HTMLResponse:
    """`under` is the grid whose parts are shown to choose from; `picked` says that one was just chosen."""
    catalogue = await _catalogue(request)
    told: dict[str, Any] = {name: sent.get(name, "") for name in FIELDS}
    return PAGES.render(
        request,
        "who.html",
        status=status,
        sent=told,
        again=dict(sent) or None,
        found=found,
        faults={name: FAULTS[name] for name in faults or ()},
        wait=wait,
        places=_places(catalogue, under or CITY) if catalogue else None,
        choosing=bool(under),
        grid_name=_name(catalogue, told["grid"]) if catalogue and not found else None,
        picked=picked,
    )


async def _catalogue(request: Request) -> Catalogue | None:
    """None before the first one is published: the form is there all the same."""
    try:
        return await catalogue_of(request)
    except NotReady:
        return None


def _places(catalogue: Catalogue, under: str) -> Places:
    """The whole city where there is no such grid."""
    return places(catalogue, under if under in catalogue.city else CITY)


def _name(catalogue: Catalogue, code: str) -> str | None:
    return catalogue.city.grid(code).name if code and code in catalogue.city else None
