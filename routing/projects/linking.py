"""Cases into a project and out of it again; each is counted in its building group, none in two projects."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing import orders
from routing.city import City, GridKind
from routing.hands import Hand
from routing.models import Order, Project, ProjectCase, ProjectGroup
from routing.projects import records
from routing.projects.refusals import CaseNotOpen, HeldElsewhere
from routing.projects.schemas import CaseLinked
from routing.states import OPEN, State
from services.clocks import now
from services.identity import Actor
from services.problems import NotFound, invalid


async def link(
    session: AsyncSession, project: Project, told: Sequence[CaseLinked], hand: Hand, *, actor: Actor, city: City
) -> None:
    """Raises NoSuchOrder for what the actor does not see, CaseNotOpen, HeldElsewhere, Invalid for a group."""
    groups = set(await session.scalars(select(ProjectGroup.grid).where(ProjectGroup.project == project.id)))
    for each in sorted(told, key=lambda case: case.case_no):
        await orders.find(session, each.case_no, actor=actor)
        order = await orders.lock(session, each.case_no)
        assert order is not None
        await _link_one(session, project, order, _group(each, order, groups, city), hand)


async def _link_one(session: AsyncSession, project: Project, order: Order, group: str | None, hand: Hand) -> None:
    if State(order.state).stage not in OPEN:
        raise CaseNotOpen(case_no=order.case_no, state=order.state)
    wanted = select(ProjectCase).where(ProjectCase.case_no == order.case_no, ProjectCase.held)
    held = await session.scalar(wanted)
    if held is not None and held.project != project.id:
        raise HeldElsewhere(case_no=order.case_no)
    row = held or await session.get(ProjectCase, (project.id, order.case_no))
    if row is None:
        row = ProjectCase(project=project.id, case_no=order.case_no, district=order.district)
        session.add(row)
    row.grid, row.linked_at, row.held = group, now(), True
    notice = f"已纳入“{project.name}”项目统筹解决"
    await records.note(session, order, project, hand, "linked", facts={"group": group}, notice=notice)


def _group(told: CaseLinked, order: Order, groups: set[str], city: City) -> str | None:
    """The building group of the project that a case is counted in. Raises Invalid for one that is not its own."""
    if told.group is not None:
        if told.group not in groups:
            raise invalid("cases", "are counted in a group of the project", "name one of its groups")
        return told.group
    chain = [grid.code for grid in city.chain(order.grid)] if order.grid and order.grid in city else []
    return next((code for code in chain if code in groups), None)


async def unlink(session: AsyncSession, project: Project, case_no: str, hand: Hand) -> None:
    """Raises NotFound where the project does not hold it."""
    order = await orders.lock(session, case_no)
    row = await session.get(ProjectCase, (project.id, case_no), with_for_update=True)
    if order is None or row is None or not row.held:
        raise NotFound("This project holds no such case.")
    row.held = False
    await records.note(session, order, project, hand, "unlinked")


async def held_cases(session: AsyncSession, project: UUID) -> list[ProjectCase]:
    wanted = select(ProjectCase).where(ProjectCase.project == project, ProjectCase.held)
    return list(await session.scalars(wanted.order_by(ProjectCase.case_no)))


async def let_go(session: AsyncSession, project: UUID) -> None:
    await session.execute(update(ProjectCase).where(ProjectCase.project == project).values(held=False))


def check_groups(codes: Iterable[str], city: City) -> list[tuple[str, str]]:
    """Codes and names of the building groups, or of whole grids above them. Raises Invalid for anything finer."""
    found = []
    for code in dict.fromkeys(codes):
        if code not in city:
            raise invalid("groups", "are codes of building groups or of grids above", "look them up under /v1/grids")
        grid = city.grid(code)
        if grid.kind in (GridKind.CITY, GridKind.DISTRICT):
            raise invalid("groups", "lie inside a street", "name building groups, micro-grids or committees")
        found.append((code, grid.name))
    return found
