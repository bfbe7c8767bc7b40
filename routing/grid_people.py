"""Who stands for a grid (包保, 结对): leaders, deputies, building leaders and partners, by title and public name.

A duty gives no right: what somebody may do follows from their roles in units.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import DutyRow, GridRow
from routing.reach import own_unit, some_own
from services import audit
from services.clocks import now
from services.identity import Actor, Person, Unit
from services.ids import new_id
from services.problems import NotFound


@dataclass(frozen=True)
class Standing:
    """Somebody with a duty in a grid; the unit is whose person it is. No number to call, by design."""

    duty: UUID
    title: str
    name: str
    unit: str
    unit_name: str


async def standing_for(session: AsyncSession, grid: str) -> list[Standing]:
    """Raises NotFound for a code that no grid has now."""
    await _open_grid(session, grid)
    wanted = (
        select(DutyRow.id, DutyRow.title, Person.name, DutyRow.unit, Unit.name)
        .join(Person, Person.id == DutyRow.person)
        .join(Unit, Unit.code == DutyRow.unit)
        .where(DutyRow.grid == grid, DutyRow.ended_at.is_(None), Person.active, Person.machine.is_(False))
        .order_by(DutyRow.unit, DutyRow.title, Person.name)
    )
    return [Standing(*row) for row in await session.execute(wanted)]


async def stand(session: AsyncSession, *, by: Actor, grid: str, person: UUID, title: str, unit: str) -> DutyRow:
    """Give somebody of the own subtree a duty in a grid; the one they have already, where it is the same.

    Raises NotFound for a grid, a person or a unit outside the subtree.
    """
    here = await _open_grid(session, grid, to_change=True)
    await own_unit(session, by, unit)
    await some_own(session, by, person)
    same = select(DutyRow).where(
        DutyRow.grid == grid, DutyRow.person == person, DutyRow.title == title, DutyRow.ended_at.is_(None)
    )
    if (held := await session.scalar(same)) is not None:
        return held
    made = DutyRow(id=new_id(), person=person, title=title, unit=unit, grid=grid, district=here.district, ended_at=None)
    session.add(made)
    await audit.record(session, "duty.given", str(person), actor=by, grid=grid, title=title)
    return made


async def relieve(session: AsyncSession, *, by: Actor, grid: str, duty: UUID) -> DutyRow:
    """End a duty; ended once, it stays as it ended. Raises NotFound where there is none inside the own subtree."""
    found = await session.get(DutyRow, duty, with_for_update=True)
    if found is None or found.grid != grid:
        raise NotFound("Nobody has this duty in this grid.")
    await own_unit(session, by, found.unit, also_closed=True)
    if found.ended_at is None:
        found.ended_at = now()
        await audit.record(session, "duty.ended", str(found.person), actor=by, grid=grid, title=found.title)
    return found


async def _open_grid(session: AsyncSession, code: str, *, to_change: bool = False) -> GridRow:
    wanted = select(GridRow).where(GridRow.code == code, GridRow.valid_to.is_(None))
    found = await session.scalar(wanted.with_for_update() if to_change else wanted)
    if found is None:
        raise NotFound("There is no such grid.")
    return found
