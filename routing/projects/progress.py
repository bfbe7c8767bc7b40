"""How far a project is: building group by building group, and milestone by milestone."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.attributes import flag_modified

from routing.models import Milestone, Project, ProjectGroup
from routing.models.projects import Progress
from routing.projects import records
from routing.projects.finding import check_leads, check_works
from routing.projects.opening import milestone
from routing.projects.schemas import MilestoneTold
from services.clocks import now
from services.identity import Actor
from services.problems import NotFound


async def advance(session: AsyncSession, project: Project, grid: str, progress: Progress, *, actor: Actor) -> None:
    """Raises NotOfTaskForce, and NotFound for a grid that is no group of the project."""
    await check_works(session, actor, project)
    group = await session.get(ProjectGroup, (project.id, grid))
    if group is None:
        raise NotFound("This project has no such building group.")
    group.progress, group.changed_at = progress, now()
    touch(project)
    await records.keep(session, "project.advanced", project.id, actor, grid=grid, progress=progress.value)


async def plan(session: AsyncSession, project: Project, told: MilestoneTold, *, actor: Actor) -> None:
    check_leads(actor, project)
    planned = milestone(project, told)
    session.add(planned)
    touch(project)
    await records.keep(session, "project.planned", project.id, actor, milestone=str(planned.id))


async def reach(session: AsyncSession, project: Project, milestone: UUID, *, actor: Actor) -> None:
    """Raises NotOfTaskForce, NotFound."""
    await check_works(session, actor, project)
    row = await session.get(Milestone, milestone)
    if row is None or row.project != project.id:
        raise NotFound("This project has no such milestone.")
    row.reached_at = row.reached_at or now()
    touch(project)
    await records.keep(session, "project.reached", project.id, actor, milestone=str(milestone))


def touch(project: Project) -> None:
    """What belongs to it changed: whoever writes next has to have read this."""
    flag_modified(project, "name")
