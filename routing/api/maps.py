"""Map data over HTTP, in the manner of OGC API - Features (part 1): a landing page, collections, pages of GeoJSON.

Readers need a key unless `GRIDLOOP_PUBLIC_MAPS` says that anybody may look; what is shown is the same.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from routing.api.catalogue import catalogue_of
from routing.catalogue import Catalogue
from routing.city import Level
from routing.maps import cases, ground, months
from routing.maps.asking import CRS84, MONTH, USUAL, Asked, asked
from routing.maps.atlas import Atlas, Found
from routing.maps.drawing import Feature
from routing.terms import terms
from services.clocks import now
from services.guarding import GuardedRoute
from services.limits_of_use import within_limits
from services.problems import KeyMissing, NotFound

BASE = "/v1/maps"
GEOJSON, JSON = "application/geo+json", "application/json"
CONFORMS = tuple(f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{each}" for each in ("core", "geojson"))


class GeoJson(JSONResponse):
    media_type = "application/geo+json"


class MapRoute(GuardedRoute):
    """Guarded, unless the city publishes its maps; then anybody may ask so many times a minute."""

    async def admit(self, request: Request) -> None:
        """Raises KeyMissing and its like; TooManyRequests where no key is needed."""
        try:
            await super().admit(request)
        except KeyMissing:
            if not request.app.state.settings.public_maps:
                raise
            await within_limits(request)


@dataclass(frozen=True)
class Collection:
    """One of them, and how its features are found."""

    title: str
    description: str
    own: tuple[str, ...]
    page: Callable[[Atlas, Asked], Awaitable[Found]]
    one: Callable[[Atlas, str], Awaitable[Feature | None]]


COLLECTIONS = {
    "grids": Collection(
        "网格 Grids", "The grids as they are today, with their outlines. `level` and `under` narrow them.",
        ground.OWN, ground.grids, ground.grid,
    ),
    "orders": Collection(
        "公开诉求 Public cases",
        "Public cases of the last 90 days, each at the middle of the smallest place that enough of them share: no case "
        "lies where its point is. `issue` and `datetime` (received) narrow them.",
        cases.OWN, cases.orders, cases.order,
    ),
    "figures": Collection(
        "每月情况 Figures of a month",
        "How many cases on public issues a month had, in the places that share them out; `rest` is what lies in "
        "smaller places with too few. `month` names another month than the last.",
        months.OWN, months.figures, months.figure,
    ),
}  # fmt: skip
Name = Annotated[str, Path(max_length=20, json_schema_extra={"enum": sorted(COLLECTIONS)})]
QUERY = [
    {"name": name, "in": "query", "description": told, "schema": schema}
    for name, told, schema in (
        (
            "limit",
            "Features of a page; more than 2,000 are 2,000.",
            {"type": "integer", "minimum": 1, "default": USUAL},
        ),
        ("offset", "How many to leave out; follow the `next` link instead.", {"type": "integer", "minimum": 0}),
        ("bbox", "west,south,east,north in degrees (WGS-84).", {"type": "string"}),
        ("datetime", "RFC 3339, or two with a slash; of `orders` when received, whole days.", {"type": "string"}),
        ("level", "Of `grids` alone.", {"type": "string", "enum": list(Level)}),
        ("under", "Of `grids` alone: a grid and all below it.", {"type": "string"}),
        ("issue", "Of `orders` alone: an issue, or a class with all its issues.", {"type": "string"}),
        ("month", "Of `figures` alone: for example 2026-10.", {"type": "string", "pattern": MONTH.pattern}),
    )
]
api = APIRouter(route_class=MapRoute, tags=["maps"])


@api.get(BASE, summary="Map data: where to begin", response_model=None)
async def landing(request: Request) -> JSONResponse:
    root = request.app.state.settings.public_url.rstrip("/") + "/routing"
    links = [
        _link(request, "self", "", JSON),
        {"rel": "service-desc", "href": f"{root}/openapi.json", "type": "application/vnd.oai.openapi+json;version=3.1"},
        {"rel": "service-doc", "href": f"{root}/docs", "type": "text/html"},
        _link(request, "conformance", "/conformance", JSON),
        _link(request, "data", "/collections", JSON),
    ]
    return JSONResponse({"title": "gridloop", "description": "网格、公开诉求、每月情况", "links": links})


@api.get(f"{BASE}/conformance", summary="What of OGC API - Features is kept", response_model=None)
async def conformance() -> JSONResponse:
    return JSONResponse({"conformsTo": list(CONFORMS)})


@api.get(f"{BASE}/collections", summary="The collections", response_model=None)
async def collections(request: Request) -> JSONResponse:
    told = [_described(request, name) for name in COLLECTIONS]
    return JSONResponse({"links": [_link(request, "self", "/collections", JSON)], "collections": told})


@api.get(f"{BASE}/collections/{{collection}}", summary="One collection", response_model=None)
async def collection(request: Request, collection: Name) -> JSONResponse:
    _known(collection)
    return JSONResponse(_described(request, collection))


@api.get(
    f"{BASE}/collections/{{collection}}/items",
    summary="Features, page by page",
    response_model=None,
    response_class=GeoJson,
    openapi_extra={"parameters": QUERY},
)
async def items(request: Request, collection: Name) -> GeoJson:
    """GeoJSON, WGS-84. Of the other collections' arguments none may be told."""
    known = _known(collection)
    wanted = asked(request.query_params, known.own)
    catalogue = await catalogue_of(request)
    async with request.app.state.database.unit() as session:
        found = await known.page(_atlas(request, session, catalogue), wanted)
    body = {
        "type": "FeatureCollection",
        "timeStamp": now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        "numberMatched": found.matched,
        "numberReturned": len(found.features),
        "links": _page_links(request, collection, wanted, found),
        "features": found.features,
    }
    return GeoJson(body)


@api.get(
    f"{BASE}/collections/{{collection}}/items/{{feature}}",
    summary="One feature",
    response_model=None,
    response_class=GeoJson,
)
async def item(request: Request, collection: Name, feature: Annotated[str, Path(max_length=80)]) -> GeoJson:
    known = _known(collection)
    catalogue = await catalogue_of(request)
    async with request.app.state.database.unit() as session:
        found = await known.one(_atlas(request, session, catalogue), feature)
    if found is None:
        raise NotFound("There is no such feature.")
    links = [
        _link(request, "self", f"/collections/{collection}/items/{feature}", GEOJSON),
        _link(request, "collection", f"/collections/{collection}", JSON),
    ]
    return GeoJson({**found, "links": links})


def _page_links(request: Request, collection: str, wanted: Asked, found: Found) -> list[dict[str, str]]:
    path, following = f"/collections/{collection}/items", wanted.offset + len(found.features)
    asked_for = {name: told for name, told in request.query_params.items() if name not in ("offset", "limit")}

    def page(rel: str, offset: int) -> dict[str, str]:
        return _link(request, rel, path, GEOJSON, {**asked_for, "limit": wanted.limit, "offset": offset})

    more = [page("next", following)] if found.features and following < found.matched else []
    return [page("self", wanted.offset), *more, _link(request, "collection", f"/collections/{collection}", JSON)]


def _known(collection: str) -> Collection:
    if collection not in COLLECTIONS:
        raise NotFound(f"The collections are {', '.join(COLLECTIONS)}.")
    return COLLECTIONS[collection]


def _atlas(request: Request, session: AsyncSession, catalogue: Catalogue) -> Atlas:
    state = request.app.state
    zone = terms(state.settings).calendar.zone
    return Atlas(session, catalogue, now(), zone, state.settings.public_minimum, state.answer_key)


def _described(request: Request, name: str) -> dict[str, Any]:
    told = COLLECTIONS[name]
    links = [
        _link(request, "self", f"/collections/{name}", JSON),
        _link(request, "items", f"/collections/{name}/items", GEOJSON),
    ]
    facts = {"id": name, "title": told.title, "description": told.description, "itemType": "feature"}
    return {**facts, "crs": [CRS84], "links": links}


def _link(request: Request, rel: str, path: str, kind: str, query: dict[str, Any] | None = None) -> dict[str, str]:
    root = request.app.state.settings.public_url.rstrip("/")
    told = f"?{urlencode(query)}" if query else ""
    return {"rel": rel, "href": f"{root}/routing{BASE}{path}{told}", "type": kind}
