"""Grids out and in as files, and who stands for a grid."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, get_args

from fastapi import Query, Request, Response
from pydantic import BaseModel

from routing import grids
from routing.catalogue import NoCatalogue
from routing.grid_files import FORMS, Changes, Form, Written, write
from routing.grids import Effects, GridsRefused
from routing.lists import ListFaults
from routing.terms import terms
from services.clocks import now
from services.floor_routes import NotReady
from services.guarding import router
from services.problems import NotFound, WrongMediaType
from services.requests import Answer, Call, perform
from services.scanning import harmless

UPLOADS = {"/v1/grids/imports": 32 * 1024 * 1024}
MOST_CODES = 200
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
api = router(tags=["lists"])
DryRun = Annotated[bool, Query(description="Read and compare only; nothing is kept.")]


class Codes(BaseModel):
    """How many, and the first 200 of them."""

    count: int
    codes: list[str]

    @classmethod
    def of(cls, codes: Sequence[str]) -> "Codes":
        return cls(count=len(codes), codes=list(codes[:MOST_CODES]))


class UnitsFollowed(BaseModel):
    opened: Codes
    changed: Codes
    closed: Codes


class GridsImported(BaseModel):
    """What changed; of a dry run what would. `open_orders` are led by units that are closed now: they are redirected.

    `rows_astray` are rows of the published list that name what is no longer there: publish lists without them.
    """

    dry_run: bool
    day: date
    added: Codes
    changed: Codes
    ended: Codes
    unchanged: int
    readdressed: Codes
    units: UnitsFollowed
    open_orders: int
    rows_astray: list[str]

    @classmethod
    def of(cls, changes: Changes, effects: Effects, day: date, dry_run: bool) -> "GridsImported":
        return cls(
            dry_run=dry_run,
            day=day,
            added=Codes.of([grid.code for grid in changes.added]),
            changed=Codes.of([grid.code for _, grid in changes.changed]),
            ended=Codes.of([grid.code for grid in changes.ended]),
            unchanged=changes.unchanged,
            readdressed=Codes.of(sorted(changes.addresses)),
            units=UnitsFollowed(
                opened=Codes.of(effects.units.opened),
                changed=Codes.of(effects.units.changed),
                closed=Codes.of(effects.units.closed),
            ),
            open_orders=effects.open_orders,
            rows_astray=list(effects.rows_astray),
        )


def _media(form: Written) -> str:
    return next(media for media, each in FORMS.items() if each == form)


def _contents(media: Iterable[str]) -> dict[str, Any]:
    return dict.fromkeys(media, BINARY)


@api.get(
    "/v1/grids/export",
    response_class=Response,
    summary="Grids as GeoJSON, GeoPackage, CSV or a workbook with their addresses",
    responses={200: {"content": _contents(map(_media, get_args(Written))), "description": "The file."}},
)
async def export_grids(
    request: Request,
    form: Annotated[Written, Query(alias="format")] = "geojson",
    under: Annotated[str | None, Query(max_length=64, description="Only this grid and those below it.")] = None,
) -> Response:
    try:
        async with request.app.state.database.unit() as session:
            city, _ = await grids.kept(session)
        if under:
            city.grid(under)
        body = await asyncio.to_thread(write, city, Form(form), under)
    except NoCatalogue:
        raise NotReady(NoCatalogue.__doc__ or "") from None
    except LookupError:
        raise NotFound("There is no such grid.") from None
    except ListFaults as broken:
        raise GridsRefused(broken) from None
    name = f"grids.{form}"
    return Response(body, media_type=_media(form), headers={"Content-Disposition": f'attachment; filename="{name}"'})


@api.post(
    "/v1/grids/imports",
    response_model=GridsImported,
    summary="Change the grids by a file, all or nothing",
    openapi_extra={"requestBody": {"required": True, "content": _contents(FORMS)}},
)
async def import_grids(request: Request, dry_run: DryRun = False) -> Response:
    """A file speaks for the grids it names and all below them: what it leaves out there ends, from today on."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in FORMS:
        raise WrongMediaType(f"Send one of {', '.join(FORMS)}.")
    body, day = await harmless(request, await request.body()), _today(request)

    async def verb(call: Call) -> Answer:
        await grids.lock(call.session)
        changes = await grids.propose(call.session, body, FORMS[kind], day=day)
        if dry_run:
            effects = await _tried(call, changes, day)
        else:
            effects = await grids.apply(call.session, changes, day=day, actor=call.actor)
        return Answer(200, GridsImported.of(changes, effects, day, dry_run))

    try:
        return await perform(request, verb)
    except NoCatalogue:
        raise NotReady(NoCatalogue.__doc__ or "") from None


async def _tried(call: Call, changes: Changes, day: date) -> Effects:
    """Done and taken back: what is told is what would happen."""
    trial = await call.session.begin_nested()
    effects = await grids.apply(call.session, changes, day=day, actor=call.actor)
    await trial.rollback()
    return effects


def _today(request: Request) -> date:
    return now().astimezone(terms(request.app.state.settings).calendar.zone).date()
