"""A project begins: its cause, its lead and task force, its groups and milestones, and the cases it holds."""

from sqlalchemy.ext.asyncio import AsyncSession

from routing.catalogue import current
from routing.models import Milestone, Project, ProjectGroup, ProjectMember
from routing.models.projects import Progress, ProjectState
from routing.projects import records
from routing.projects.finding import check_leads, own_unit, units_named
from routing.projects.linking import check_groups, link
from routing.projects.schemas import MilestoneTold, NewProject
from routing.words import hidden
from services.clocks import now
from services.identity import Actor, Unit
from services.ids import new_id
from services.roles import Role


async def open_(session: AsyncSession, told: NewProject, *, actor: Actor) -> Project:
    """Raises NotYourUnit, NoSuchOrder, CaseNotOpen, HeldElsewhere, Invalid."""
    lead = await own_unit(session, actor, told.lead_unit, Role.LEADER, field="lead_unit")
    members = [unit for unit in await units_named(session, told.members, "members") if unit.code != lead.code]
    city = (await current(session)).city
    groups = check_groups(told.groups, city)
    project = _row(told, lead, actor, city.grid(groups[0][0]).district)
    session.add(project)
    await session.flush()
    session.add_all(
        [
            *(_member(project, unit) for unit in members),
            *(_group(project, code, name) for code, name in groups),
            *(milestone(project, each) for each in told.milestones),
        ]
    )
    await session.flush()
    await records.keep(session, "project.opened", project.id, actor, lead=lead.code, cases=len(told.cases))
    hand = records.hand_of(actor, check_leads(actor, project))
    await link(session, project, told.cases, hand, actor=actor, city=city)
    return project


def _row(told: NewProject, lead: Unit, actor: Actor, district: str) -> Project:
    return Project(
        id=new_id(),
        district=district,
        name=hidden(told.name),
        root_cause=hidden(told.root_cause),
        lead_unit=lead.code,
        lead_name=lead.name,
        lead_path=lead.path,
        state=ProjectState.OPEN,
        opened_at=now(),
        opened_by=actor.person,
        due_on=told.due_on,
    )


def _member(project: Project, unit: Unit) -> ProjectMember:
    return ProjectMember(project=project.id, unit=unit.code, district=project.district, name=unit.name, path=unit.path)


def _group(project: Project, code: str, name: str) -> ProjectGroup:
    return ProjectGroup(
        project=project.id,
        grid=code,
        district=project.district,
        name=name,
        progress=Progress.WAITING,
        changed_at=now(),
    )


def milestone(project: Project, told: MilestoneTold) -> Milestone:
    return Milestone(
        id=new_id(), project=project.id, district=project.district, name=hidden(told.name), due_on=told.due_on
    )
