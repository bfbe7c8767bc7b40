"""Who stands for a grid (包保, 结对): leaders, deputies, building leaders and partners, by title and public name."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import DutyRow, GridRow
from services.identity import Person, Unit
from services.problems import NotFound


@dataclass(frozen=True)
class Standing:
    """Somebody with a duty in a grid; the unit is whose person it is. No number to call, by design."""

    title: str
    name: str
    unit: str
    unit_name: str


async def standing_for(session: AsyncSession, grid: str) -> list[Standing]:
    """Raises NotFound for a code that no grid has now."""
    known = select(GridRow.code).where(GridRow.code == grid, GridRow.valid_to.is_(None))
    if await session.scalar(known) is None:
        raise NotFound("There is no such grid.")
    wanted = (
        select(DutyRow.title, Person.name, DutyRow.unit, Unit.name)
        .join(Person, Person.id == DutyRow.person)
        .join(Unit, Unit.code == DutyRow.unit)
        .where(DutyRow.grid == grid, DutyRow.ended_at.is_(None), Person.active, Person.machine.is_(False))
        .order_by(DutyRow.unit, DutyRow.title, Person.name)
    )
    return [Standing(*row) for row in await session.execute(wanted)]
