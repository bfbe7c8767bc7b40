"""Open311's endpoints, once to work with and once to try out: there a post is checked whole and kept nowhere."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.encoders import jsonable_encoder

from intake import reports
from intake.channels import open_door
from intake.open311 import discovery, formats, jurisdictions, listing, offers, posting, updates
from intake.open311.arguments import FORM, MULTIPART, Arguments, arguments
from intake.open311.keys import router
from intake.open311.listing import Reader
from intake.reports import AlreadyPosted
from services.access import OPEN311
from services.clocks import now
from services.problems import NotFound
from services.requests import Answer, Call, perform
from services.scanning import harmless

LARGEST_POST = 12 * 2**20
"""Bytes of a post with its pictures."""
Form = Annotated[str, Path(description="`xml` or `json`.", json_schema_extra={"enum": ["xml", "json"]})]
Verb = Callable[[Call], Awaitable[Answer]]
ORDER = ("service_request_id", "token", "update_id", "service_notice", "account_id")
"""Of the fields of an answer to a post; the database does not keep it."""
TRIED = "测试端点：已校验，未登记。Tried out: checked, and kept nowhere."


class Rehearsed(Exception):
    """What would have been answered; raised so that nothing of it stays."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


async def discovered(request: Request, form: Form) -> Response:
    state = request.app.state
    async with state.database.unit() as session:
        changed_at = (await offers.offer(session)).changed_at
    told = discovery.discovery(state.settings, changed_at, state.zone)
    return formats.answer(form, "discovery", told)


async def services(request: Request, form: Form) -> Response:
    formats.known(form)
    reader = await _reader(request, await arguments(request))
    return formats.answer(form, "services", [each.face() for each in reader.offer.services])


async def service(request: Request, code: str, form: Form) -> Response:
    formats.known(form)
    reader = await _reader(request, await arguments(request))
    return formats.answer(form, "service_definition", posting.service_of(reader.offer, code).definition())


async def requests(request: Request, form: Form) -> Response:
    formats.known(form)
    told = await arguments(request)
    reader = await _reader(request, told)
    async with request.app.state.database.unit() as session:
        rows = await listing.rows(session, told, reader)
    return formats.answer(form, "service_requests", rows)


async def one_request(request: Request, case_no: str, form: Form) -> Response:
    formats.known(form)
    told = await arguments(request)
    reader = await _reader(request, told)
    async with request.app.state.database.unit() as session:
        rows = await listing.row(session, case_no, told, reader)
    if not rows:
        raise NotFound("There is no such service_request_id, or it is not public.")
    return formats.answer(form, "service_requests", rows)


async def token(request: Request, token: str, form: Form) -> Response:
    formats.known(form)
    await _reader(request, await arguments(request))
    async with request.app.state.database.unit() as session:
        case_no = await posting.case_of(session, token)
    return formats.answer(form, "service_requests", [{"service_request_id": case_no, "token": token}])


async def updates_told(request: Request, form: Form) -> Response:
    formats.known(form)
    told = await arguments(request)
    reader = await _reader(request, told)
    async with request.app.state.database.unit() as session:
        rows = await updates.told_since(session, told, reader)
    return formats.answer(form, "service_request_updates", rows)


async def post_request(request: Request, form: Form) -> Response:
    formats.known(form)
    state, told = request.app.state, await arguments(request)
    reader = await _reader(request, told)
    for upload in told.files:
        await harmless(request, upload.data)
    post = await posting.read(told, reader.offer, reader.jurisdiction)
    desk, digest = open_door(request.state.actor), reports.digest_of(state.answer_key, post.told)
    case_no = await state.serials.next_number()

    async def first(call: Call) -> Answer:
        facts = {"vault": state.vault, "desk": desk, "post": post, "case_no": case_no, "digest": digest}
        return Answer(200, [posting.face(await posting.register(call.session, **facts), post.notices)])

    async def again(call: Call) -> Answer:
        by, number = call.actor.person, post.told.external_id
        assert number
        report = await reports.posted_before(call.session, by=by, external_id=number, digest=digest)
        return Answer(200, [posting.face(await posting.posted(call.session, report))])

    try:
        response = await _performed(request, first)
    except AlreadyPosted:
        response = await _performed(request, again)
    return _written(form, "service_requests", response)


async def post_update(request: Request, form: Form) -> Response:
    formats.known(form)
    told = await arguments(request)
    reader = await _reader(request, told)

    async def verb(call: Call) -> Answer:
        facts = {"vault": request.app.state.vault, "actor": call.actor, "told": told, "reader": reader}
        return Answer(200, [await updates.take(call.session, **facts)])

    return _written(form, "service_request_updates", await _performed(request, verb))


async def _reader(request: Request, told: Arguments) -> Reader:
    """Raises UnknownJurisdiction, Invalid."""
    state = request.app.state
    jurisdiction = jurisdictions.meant(told, state.settings)
    async with state.database.unit() as session:
        offer = await offers.offer(session)
    return Reader(request.state.actor, jurisdiction, offer, state.zone, now(), state.settings.open311_point_metres)


async def _performed(request: Request, verb: Verb) -> Response:
    if not request.url.path.removeprefix(request.scope.get("root_path", "")).startswith(f"{discovery.TRIAL}/"):
        return await perform(request, verb)

    async def rehearsed(call: Call) -> Answer:
        raise Rehearsed(await verb(call))

    try:
        return await perform(request, rehearsed)
    except Rehearsed as done:
        rows = [{**row, "service_notice": TRIED} for row in done.answer.body]
        return Response(json.dumps(jsonable_encoder(rows)), status_code=done.answer.status)


def _written(form: str, root: str, response: Response) -> Response:
    """An answer as it is kept for repeats, in the format of this request."""
    kept = {name: value for name, value in response.headers.items() if name == "idempotent-replayed"}
    rows = [{name: row[name] for name in ORDER if name in row} for row in json.loads(bytes(response.body))]
    return formats.answer(form, root, rows, status=response.status_code, headers=kept)


def routes(base: str) -> APIRouter:
    """All of it under one path."""
    made = router()
    mark = "open311_" if base == discovery.LIVE else "open311_test_"
    for method, path, endpoint, summary, names in ROUTES:
        made.add_api_route(
            f"{base}/{path}.{{form}}",
            endpoint,
            methods=[method],
            name=f"{mark}{endpoint.__name__}",
            summary=summary,
            response_model=None,
            responses=ANSWERS,
            openapi_extra=_described(method, names),
        )
    return made


def _described(method: str, names: str) -> dict[str, Any]:
    """Arguments as the contract names them: in the query of a read, in the form of a post."""
    if method == "GET":
        return {"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}} for name in names.split()]}
    fields = {name: {"type": "string"} for name in names.split()}
    schema = {"type": "object", "properties": fields, "additionalProperties": {"type": "string"}}
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in (FORM, MULTIPART)}}}


def _content(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"text/xml": {"schema": {"type": "string"}}, "application/json": {"schema": dict(schema)}}


ERROR = {
    "type": "object",
    "required": ["code", "description"],
    "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "As GeoReport v2 has it", "content": _content({})},
    "4XX": {"description": "Open311 errors", "content": _content({"type": "array", "items": ERROR})},
    "5XX": {"description": "Open311 errors", "content": _content({"type": "array", "items": ERROR})},
}
SPAN = "start_date end_date page page_size"
PERSON = "api_key first_name last_name email phone media_url"
ROUTES: tuple[tuple[str, str, Callable[..., Any], str, str], ...] = (
    ("GET", "discovery", discovered, "Open311: what is spoken here, and where", ""),
    ("GET", "services", services, "Open311: what may be asked for", "jurisdiction_id"),
    ("GET", "services/{code}", service, "Open311: what a service asks", "jurisdiction_id"),
    ("GET", "requests", requests, "Open311: public cases",
     f"jurisdiction_id service_request_id service_code status {SPAN} updated_after updated_before lat long radius "
     "extensions"),
    ("GET", "requests/{case_no}", one_request, "Open311: one public case", "jurisdiction_id extensions"),
    ("GET", "tokens/{token}", token, "Open311: the case of a token", "jurisdiction_id"),
    ("GET", "servicerequestupdates", updates_told, "Open311: what was done about public cases",
     f"jurisdiction_id {SPAN}"),
    ("POST", "requests", post_request, "Open311: post a case",
     f"jurisdiction_id {PERSON} service_code lat long crs address_string address_id description external_id "
     "device_id account_id"),
    ("POST", "servicerequestupdates", post_update, "Open311: add to a case of one's own",
     f"jurisdiction_id {PERSON} service_request_id update_id status updated_datetime description"),
)  # fmt: skip
ROUTERS = tuple(routes(base) for base in OPEN311)
