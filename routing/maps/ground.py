"""The collection `grids`: what there is today, with its outline where somebody drew one."""

from routing.city import City, Grid, Level
from routing.maps.asking import Asked, not_askable
from routing.maps.atlas import Atlas, Found
from routing.maps.drawing import Feature, feature, of_grid, outline, touching

OWN = ("level", "under")


async def grids(atlas: Atlas, wanted: Asked) -> Found:
    """By code. Raises NotAskable."""
    level, under = wanted.told("level"), wanted.told("under")
    if level and level not in set(Level):
        raise not_askable("level", f"is one of {', '.join(Level)}", "leave it out")
    inside = touching(atlas.city, wanted.box) if wanted.box else None
    codes = sorted(
        each.code
        for each in atlas.city.grids
        if (level is None or each.level == level)
        and (inside is None or each.code in inside)
        and (under is None or _lies_under(each, under, atlas.city))
    )
    page = codes[wanted.offset : wanted.offset + wanted.limit]
    return Found([_feature(atlas.city.grid(code), atlas.city) for code in page], len(codes))


async def grid(atlas: Atlas, code: str) -> Feature | None:
    return _feature(atlas.city.grid(code), atlas.city) if code in atlas.city else None


def _lies_under(grid: Grid, under: str, city: City) -> bool:
    return any(each.code == under for each in city.chain(grid.code))


def _feature(grid: Grid, city: City) -> Feature:
    facts = {
        "kind": grid.kind.value,
        "parent": grid.parent,
        "boundary_source": grid.boundary_source,
        "valid_from": grid.valid_from.isoformat(),
    }
    return feature(grid.code, outline(grid), {**of_grid(grid, city), **facts})
