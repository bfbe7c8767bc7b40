"""New units: a department, an office or the organisation of a grid, below one of the own subtree."""

from sqlalchemy.ext.asyncio import AsyncSession

from routing.access_news import tell_access
from routing.city import Level
from routing.reach import own_unit
from services import audit
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
    """Raises NotFound for a parent outside the own subtree, UnitTaken, Invalid for a level above the parent's."""
    above = await own_unit(session, by, parent)
    if level.rank < Level(above.level).rank:
        raise invalid("level", "is not above the parent's", f"choose {above.level} or a lower level")
    if await session.get(Unit, code):
        raise UnitTaken(unit=code)
    path = f"{above.path}{code}/"
    unit = Unit(code=code, name=name, level=level.value, parent=parent, path=path, closed_at=None, version=1)
    session.add(unit)
    await audit.record(session, "unit.added", code, actor=by, parent=parent, level=level.value)
    await tell_access(session, units=[unit])
    return unit
