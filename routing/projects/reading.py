"""The JSON of projects, resources and needs; progress is told by building groups."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.faces import local
from routing.models import Milestone, Needed, Project, ProjectCase, ProjectGroup, ProjectMember, Resource
from routing.models.projects import Progress
from routing.projects import sharing
from routing.projects.closing import Answer
from routing.projects.finding import visible
from routing.projects.nearness import Fit, share_done
from services.identity import Actor

MOST = 500


class Done(BaseModel):
    """Of so many building groups so many are done."""

    done: int
    of: int


class ProjectFace(BaseModel):
    id: UUID
    version: int
    name: str
    root_cause: str
    lead_unit: str
    lead_name: str
    state: str
    opened_at: datetime
    due_on: date | None
    closed_at: datetime | None
    public_answer: str | None
    groups_done: Done
    cases: int


class GroupSeen(BaseModel):
    grid: str
    name: str
    progress: str
    cases: int


class MilestoneSeen(BaseModel):
    id: UUID
    name: str
    due_on: date
    reached_at: datetime | None


class MemberSeen(BaseModel):
    unit: str
    name: str


class CaseSeen(BaseModel):
    """A case in a project: its number and group; the order itself is seen by whoever may see it."""

    case_no: str
    group: str | None
    held: bool
    answered: str | None
    because: str | None


class ProjectView(ProjectFace):
    done: str | None
    members: list[MemberSeen]
    groups: list[GroupSeen]
    milestones: list[MilestoneSeen]
    linked: list[CaseSeen]
    needs: list["NeedSeen"]


class ProjectPage(BaseModel):
    items: list[ProjectFace]


class ProjectOnOrder(BaseModel):
    """The project that an order belongs to; `proposed_answer` is for its handler, once the project is done."""

    id: UUID
    name: str
    state: str
    held: bool
    answered: str | None
    proposed_done: str | None
    proposed_answer: str | None


class CaseAnswered(BaseModel):
    case_no: str
    answered: str
    because: str | None


class ProjectClosed(BaseModel):
    """The project after its end, and what each of its cases got by it."""

    project: ProjectFace
    answers: list[CaseAnswered]


class ResourceSeen(BaseModel):
    id: UUID
    organisation: str
    kind: str
    title: str
    grid: str
    capacity: int
    left: int
    measure: str
    valid_to: date | None
    unit: str
    state: str

    @classmethod
    def of(cls, row: Resource) -> Self:
        names = [name for name in cls.model_fields if name != "left"]
        return cls(**{name: getattr(row, name) for name in names}, left=row.capacity - row.given)


class NeedSeen(BaseModel):
    id: UUID
    project: UUID | None
    kind: str
    title: str
    grid: str
    amount: int
    met: int
    measure: str
    unit: str
    state: str

    @classmethod
    def of(cls, row: Needed) -> Self:
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ResourcePage(BaseModel):
    items: list[ResourceSeen]


class NeedPage(BaseModel):
    items: list[NeedSeen]


class MatchSeen(BaseModel):
    """A resource that fits, and why; `steps` up the grid tree the two places meet."""

    resource: UUID
    organisation: str
    title: str
    left: int
    steps: int
    enough: bool
    because: str

    @classmethod
    def of(cls, fit: Fit) -> Self:
        offer = fit.offer
        told: dict[str, Any] = {"organisation": offer.organisation, "title": offer.title, "left": offer.left}
        return cls(resource=offer.id, **told, steps=fit.steps, enough=fit.enough, because=fit.because)


class Matches(BaseModel):
    items: list[MatchSeen]


class AllotmentSeen(BaseModel):
    id: UUID
    need: UUID
    resource: UUID
    amount: int
    because: str


async def face(session: AsyncSession, project: Project, zone: ZoneInfo) -> ProjectFace:
    return (await faces(session, [project], zone))[0]


async def faces(session: AsyncSession, projects: Sequence[Project], zone: ZoneInfo) -> list[ProjectFace]:
    """Two statements for all of them: the groups, and how many cases."""
    ids = [project.id for project in projects]
    progress: dict[UUID, list[str]] = {each: [] for each in ids}
    grouped = select(ProjectGroup.project, ProjectGroup.progress).where(ProjectGroup.project.in_(ids))
    for row in await session.execute(grouped):
        progress[row.project].append(row.progress)
    counted = select(ProjectCase.project, func.count().label("number")).where(ProjectCase.project.in_(ids), _counts())
    cases = {row.project: row.number for row in await session.execute(counted.group_by(ProjectCase.project))}
    return [_face(each, progress[each.id], cases.get(each.id, 0), zone) for each in projects]


def _counts() -> Any:
    """Held by it, or answered by its end."""
    return ProjectCase.held | ProjectCase.answered.is_not(None)


def _face(project: Project, progress: Sequence[str], cases: int, zone: ZoneInfo) -> ProjectFace:
    same = ("id", "version", "name", "root_cause", "lead_unit", "lead_name", "state", "due_on", "public_answer")
    done, number = share_done(progress)
    return ProjectFace(
        **{name: getattr(project, name) for name in same},
        opened_at=project.opened_at.astimezone(zone),
        closed_at=local(project.closed_at, zone),
        groups_done=Done(done=done, of=number),
        cases=cases,
    )


async def whole(session: AsyncSession, project: Project, zone: ZoneInfo) -> ProjectView:
    cases = await _all(session, ProjectCase, project.id, ProjectCase.case_no)
    members = await _all(session, ProjectMember, project.id, ProjectMember.unit)
    plain = await face(session, project, zone)
    return ProjectView(
        **plain.model_dump(),
        done=project.done,
        members=[MemberSeen(unit=each.unit, name=each.name) for each in members],
        groups=await _groups(session, project, cases),
        milestones=[
            MilestoneSeen(id=each.id, name=each.name, due_on=each.due_on, reached_at=local(each.reached_at, zone))
            for each in await _all(session, Milestone, project.id, Milestone.due_on)
        ],
        linked=[
            CaseSeen(
                case_no=each.case_no, group=each.grid, held=each.held, answered=each.answered, because=each.because
            )
            for each in cases
        ],
        needs=[NeedSeen.of(each) for each in await _all(session, Needed, project.id, Needed.id)],
    )


async def _all(session: AsyncSession, table: Any, project: UUID, order: Any) -> list[Any]:
    return list(await session.scalars(select(table).where(table.project == project).order_by(order)))


async def _groups(session: AsyncSession, project: Project, cases: Sequence[ProjectCase]) -> list[GroupSeen]:
    counted = [each.grid for each in cases if each.held or each.answered]
    return [
        GroupSeen(grid=each.grid, name=each.name, progress=Progress(each.progress), cases=counted.count(each.grid))
        for each in await _all(session, ProjectGroup, project.id, ProjectGroup.grid)
    ]


async def listed(session: AsyncSession, *, actor: Actor, state: str | None = None) -> Sequence[Project]:
    """The newest ones that the actor sees."""
    wanted = select(Project).where(visible(actor))
    if state:
        wanted = wanted.where(Project.state == state)
    return (await session.scalars(wanted.order_by(Project.id.desc()).limit(MOST))).all()


async def resources(session: AsyncSession) -> Sequence[Resource]:
    """Everybody who works in the city sees what partners offer: that is what the list is for."""
    return (await session.scalars(select(Resource).order_by(Resource.id.desc()).limit(MOST))).all()


async def needs(session: AsyncSession, *, actor: Actor) -> Sequence[Needed]:
    wanted = select(Needed).where(sharing.needs_seen(actor)).order_by(Needed.id.desc()).limit(MOST)
    return (await session.scalars(wanted)).all()


async def on_order(session: AsyncSession, case_no: str) -> list[ProjectOnOrder]:
    wanted = select(Project, ProjectCase).join(ProjectCase, ProjectCase.project == Project.id)
    rows = (await session.execute(wanted.where(ProjectCase.case_no == case_no).order_by(Project.id))).all()
    return [_on_order(project, case) for project, case in rows]


def _on_order(project: Project, case: ProjectCase) -> ProjectOnOrder:
    proposed = case.answered == "proposed"
    return ProjectOnOrder(
        id=project.id,
        name=project.name,
        state=project.state,
        held=case.held,
        answered=case.answered,
        proposed_done=project.done if proposed else None,
        proposed_answer=project.public_answer if proposed else None,
    )


def answered(answers: Sequence[Answer]) -> list[CaseAnswered]:
    return [CaseAnswered(case_no=each.case_no, answered=each.answered, because=each.because) for each in answers]
