"""The grids below one as outlines, for a map of the browser's own."""

from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from routing.api.catalogue import catalogue_of
from routing.shapes import shapes
from services.guarding import router
from services.problems import NotFound

MEDIA = "application/geo+json"
api = router(tags=["lists"])


class Shapes(BaseModel):
    """GeoJSON, WGS-84; rings run clockwise. Parts without an outline are left out."""

    type: str = "FeatureCollection"
    features: list[dict[str, Any]]


@api.get("/v1/grids/{code}/shapes", summary="Outlines of the grids right below one", response_model=Shapes)
async def grid_shapes(request: Request, code: Annotated[str, Path(max_length=64)]) -> Response:
    """Simplified to what a screen shows; the same until the catalogue changes (`ETag`)."""
    catalogue = await catalogue_of(request)
    tag = f'"{catalogue.version}-{code}"'
    try:
        drawn = shapes(catalogue, code)
    except LookupError:
        raise NotFound("There is no such grid.") from None
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return JSONResponse(drawn, headers=headers, media_type=MEDIA)
