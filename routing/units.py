"""New units: a department, an office or the organisation of a grid, below one of the own subtree."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.access_news import tell_access
from routing.city import Level
from routing.models import GridRow, OrganisationRow
from routing.reach import own_unit
from routing.shelves import touch
from services import audit
from services.clocks import now
from services.identity import Actor, Unit
from services.problems import Conflict, invalid


class UnitTaken(Conflict):
    """There is a unit of this code already."""

    remedy = "Choose another code."


async def add(
    session: AsyncSession,
    *,
    by: Actor,
    code: str,
    name: str,
    level: Level,
    parent: str,
    grid: str,
    function: str | None,
) -> Unit:
    """Raises NotFound for a parent outside the own subtree, UnitTaken, Invalid for a level or a grid that cannot be."""
    above = await own_unit(session, by, parent)
    if level.rank < Level(above.level).rank:
        raise invalid("level", "is not above the parent's", f"choose {above.level} or a lower level")
    if await session.get(Unit, code):
        raise UnitTaken(unit=code)
    district = await _district(session, grid)
    path = f"{above.path}{code}/"
    unit = Unit(code=code, name=name, level=level.value, parent=parent, path=path, closed_at=None, version=1)
    session.add_all([unit, _organisation(code, level, grid, function, district)])
    await touch(session)
    await audit.record(session, "unit.added", code, actor=by, parent=parent, level=level.value, grid=grid)
    await tell_access(session, units=[unit])
    return unit


async def _district(session: AsyncSession, grid: str) -> str:
    """Raises Invalid where there is no such grid."""
    found = await session.scalar(select(GridRow.district).where(GridRow.code == grid, GridRow.valid_to.is_(None)))
    if found is None:
        raise invalid("grid", "is the code of a grid", "look it up under /v1/grids")
    return found


def _organisation(code: str, level: Level, grid: str, function: str | None, district: str) -> OrganisationRow:
    return OrganisationRow(
        unit=code,
        function=function,
        grid=grid,
        grassroots=level.grassroots,
        district=district,
        valid_from=now().date(),
    )
