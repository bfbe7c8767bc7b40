"""Mappings: a workbook or JSON in, a workbook or JSON out, published by a second person; and what nobody knew."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Header, Path, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints, ValidationError

from intake.bridge import mapping_sheets, mappings
from intake.bridge.mapping_sheets import MOST_ROWS, Pair
from intake.bridge.records import Kind, MappingRow, MappingVersion
from intake.schemas import In, Reason
from services.guarding import router
from services.problem_answers import fault_of
from services.problems import Invalid, WrongMediaType, invalid
from services.requests import Answer, Call, perform
from services.scanning import harmless
from services.spreadsheets import XLSX_TYPE

BASE = "/v1/mappings"
BYTES = 8 * 2**20
api = router(tags=["hotline bridge"])
OnceKey = Annotated[str | None, Header(alias="Idempotency-Key")]
Client = Annotated[UUID | None, Query(description="Whose mapping; a hotline's key means its own.")]
Version = Annotated[int, Path(ge=1, le=2**31 - 1)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class PairIn(In):
    """Their code and ours. States are told outwards: `ours` is `closed.resolved`, `closed`, or a stage as `handle`."""

    kind: Kind
    theirs: Text
    ours: Text
    name: Text | None = None


class NewMapping(In):
    """A whole mapping; it replaces the one before when it is published."""

    client: UUID | None = None
    note: Annotated[str, StringConstraints(max_length=500)] | None = None
    rows: list[PairIn] = Field(min_length=1, max_length=MOST_ROWS)


class VersionSeen(BaseModel):
    """A version of a client's mapping."""

    number: int
    client: UUID
    state: Literal["draft", "published", "replaced", "refused"]
    note: str | None
    made_by: UUID
    made_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    refusal: str | None

    @classmethod
    def of(cls, row: MappingVersion, **more: Any) -> Self:
        return cls(**{name: getattr(row, name) for name in VersionSeen.model_fields}, **more)


class RowSeen(BaseModel):
    kind: Kind
    theirs: str
    ours: str
    name: str | None

    @classmethod
    def of(cls, row: MappingRow) -> Self:
        return cls(kind=Kind(row.kind), theirs=row.theirs, ours=row.ours, name=row.name)


class MappingSeen(VersionSeen):
    rows: list[RowSeen]


class Versions(BaseModel):
    items: list[VersionSeen]


class UnknownCode(BaseModel):
    """A code that no published mapping has: in how many cases, when first and last, and the newest of them."""

    kind: Kind
    code: str
    cases: int
    first_at: datetime
    last_at: datetime
    last_case: str


class UnknownCodes(BaseModel):
    items: list[UnknownCode]


class Refusal(In):
    reason: Reason


JSON_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["rows"],
    "properties": {
        "client": {"type": "string", "format": "uuid"},
        "note": {"type": "string", "maxLength": 500},
        "rows": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_ROWS,
            "items": {
                "type": "object",
                "required": ["kind", "theirs", "ours"],
                "properties": {
                    "kind": {"enum": [kind.value for kind in Kind]},
                    **{name: {"type": "string", "minLength": 1, "maxLength": 80} for name in ("theirs", "ours")},
                    "name": {"type": "string", "minLength": 1, "maxLength": 80},
                },
            },
        },
    },
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            XLSX_TYPE: {"schema": {"type": "string", "format": "binary"}},
            "application/json": {"schema": JSON_BODY},
        },
    }
}


@api.post(
    BASE,
    status_code=201,
    summary="Draft a mapping, by workbook or JSON",
    response_model=VersionSeen,
    openapi_extra=BODY,
)
async def draft_mapping(request: Request, client: Client = None, _: OnceKey = None) -> Response:
    whose, pairs, note = await _read(request, client)

    async def verb(call: Call) -> Answer:
        client_ = await mappings.whose(call.session, call.actor, whose)
        version = await mappings.draft(call.session, actor=call.actor, client=client_, pairs=pairs, note=note)
        return Answer(201, VersionSeen.of(version), {"Location": f"/intake{BASE}/{version.number}"})

    return await perform(request, verb)


async def _read(request: Request, client: UUID | None) -> tuple[UUID | None, list[Pair], str | None]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == XLSX_TYPE:
        return client, await asyncio.to_thread(mapping_sheets.read, await harmless(request, body)), None
    if kind != "application/json":
        raise WrongMediaType(f"This route reads {XLSX_TYPE} and application/json.")
    try:
        told = NewMapping.model_validate_json(body)
    except ValidationError as error:
        raise Invalid(faults=[fault_of(each) for each in error.errors()[:50]]) from None
    if client and told.client and client != told.client:
        raise invalid("client", "is said once", "leave it out of the address or of the body")
    pairs = [Pair(each.kind.value, each.theirs, each.ours, each.name) for each in told.rows]
    return told.client or client, pairs, told.note


@api.get(BASE, summary="The versions of a mapping, newest first")
async def mappings_listed(request: Request, client: Client = None) -> Versions:
    async with request.app.state.database.unit() as session:
        whose = await mappings.whose(session, request.state.actor, client)
        return Versions(items=[VersionSeen.of(row) for row in await mappings.versions(session, whose)])


@api.get(f"{BASE}/unknown", summary="Codes that came in and that nobody knew")
async def unknown_codes(request: Request, client: Client = None) -> UnknownCodes:
    async with request.app.state.database.unit() as session:
        whose = await mappings.whose(session, request.state.actor, client)
        found = await mappings.unknown(session, whose)
    zone = request.app.state.zone
    local = {"first_at", "last_at"}
    rows = [{k: v.astimezone(zone) if k in local else v for k, v in vars(each).items()} for each in found]
    return UnknownCodes(items=[UnknownCode.model_validate(row) for row in rows])


@api.get(f"{BASE}/{{version}}", summary="A version with its rows")
async def mapping_shown(request: Request, version: Version) -> MappingSeen:
    async with request.app.state.database.unit() as session:
        row, rows = await mappings.find(session, version, request.state.actor)
    return MappingSeen.of(row, rows=[RowSeen.of(each) for each in rows])


@api.get(f"{BASE}/{{version}}/workbook", summary="A version as a workbook", response_class=Response)
async def mapping_workbook(request: Request, version: Version) -> Response:
    async with request.app.state.database.unit() as session:
        row, rows = await mappings.find(session, version, request.state.actor)
    name = {"content-disposition": f'attachment; filename="mapping-{row.number}.xlsx"'}
    return Response(mapping_sheets.write(rows), media_type=XLSX_TYPE, headers=name)


@api.post(f"{BASE}/{{version}}/publication", summary="Publish somebody else's draft", response_model=VersionSeen)
async def publish_mapping(request: Request, version: Version, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return Answer(200, VersionSeen.of(await mappings.publish(call.session, version, actor=call.actor)))

    return await perform(request, verb)


@api.post(f"{BASE}/{{version}}/refusal", summary="Refuse somebody else's draft", response_model=VersionSeen)
async def refuse_mapping(request: Request, version: Version, told: Refusal, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        refused = await mappings.refuse(call.session, version, actor=call.actor, reason=told.reason)
        return Answer(200, VersionSeen.of(refused))

    return await perform(request, verb)
