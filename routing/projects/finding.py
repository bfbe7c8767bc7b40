"""Who sees a project and who may go on with it: its lead, the units of the task force, and those above them."""

from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.city import EVALUATION
from routing.models import Project, ProjectMember
from routing.models.projects import ProjectState
from routing.projects.refusals import NoSuchProject, NotItsLead, NotOfTaskForce, NotYourUnit, ProjectClosed
from services.access import READERS
from services.identity import Actor, Grant, Unit
from services.problems import VersionStale, invalid
from services.roles import Role


def visible(actor: Actor) -> ColumnElement[bool]:
    """Projects that a unit of the actor's subtrees leads or has joined."""
    return or_(false(), *(_seen(grant) for grant in actor.of(*READERS)))


def _seen(grant: Grant) -> ColumnElement[bool]:
    joined = select(ProjectMember.project).where(
        ProjectMember.project == Project.id, ProjectMember.path.startswith(grant.path, autoescape=True)
    )
    return or_(Project.lead_path.startswith(grant.path, autoescape=True), joined.exists())


async def find(session: AsyncSession, project: UUID, *, actor: Actor) -> Project:
    """To read. Raises NoSuchProject."""
    found = await session.scalar(select(Project).where(Project.id == project, visible(actor)))
    if found is None:
        raise NoSuchProject
    return found


async def lock(session: AsyncSession, project: UUID, *, actor: Actor, version: int | None = None) -> Project:
    """To go on with, while it is open. Raises NoSuchProject, ProjectClosed, VersionStale."""
    wanted = select(Project).where(Project.id == project, visible(actor)).with_for_update(of=Project)
    found = await session.scalar(wanted)
    if found is None:
        raise NoSuchProject
    if version is not None and found.version != version:
        raise VersionStale(version=found.version)
    if found.state != ProjectState.OPEN:
        raise ProjectClosed
    return found


def check_leads(actor: Actor, project: Project) -> Grant:
    """The grant by which the actor leads it. Raises NotItsLead."""
    for grant in actor.of(Role.LEADER):
        if grant.covers(project.lead_path):
            return grant
    raise NotItsLead


async def check_works(session: AsyncSession, actor: Actor, project: Project) -> Grant:
    """Officers and leaders of the lead, of those above it, and of member units. Raises NotOfTaskForce."""
    members = set(await session.scalars(select(ProjectMember.unit).where(ProjectMember.project == project.id)))
    for grant in actor.of(Role.LEADER, Role.OFFICER):
        if grant.covers(project.lead_path) or grant.unit in members:
            return grant
    raise NotOfTaskForce


async def own_unit(session: AsyncSession, actor: Actor, code: str | None, *roles: Role, field: str = "unit") -> Unit:
    """The unit named, in the subtree of one of these roles; without a name the first of the actor's own.

    Raises NotYourUnit, and Invalid where there is no such unit.
    """
    grants = actor.of(*roles)
    unit = await session.get(Unit, code or grants[0].unit)
    if unit is None or unit.closed_at is not None:
        raise invalid(field, "is the code of an open unit", "look the unit up under /v1/units")
    if not any(grant.covers(unit.path) for grant in grants):
        raise NotYourUnit
    return unit


async def units_named(session: AsyncSession, codes: tuple[str, ...], field: str) -> list[Unit]:
    """Raises Invalid for a unit that is unknown or closed, or is the evaluation body's."""
    found = {unit.code: unit for unit in await session.scalars(select(Unit).where(Unit.code.in_(codes)))}
    for code in codes:
        unit = found.get(code)
        if unit is None or unit.closed_at is not None or unit.path.startswith(f"/{EVALUATION}/"):
            raise invalid(field, "is the code of an open unit", "look the unit up under /v1/units")
    return [found[code] for code in dict.fromkeys(codes)]
