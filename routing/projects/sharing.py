"""What partners offer, what is needed, and what is given of the one for the other: never more than there is."""

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.city import City
from routing.models import Allotment, Needed, Project, Resource
from routing.models.projects import OfferState
from routing.projects import finding, records
from routing.projects.nearness import Fit, Offer, Want, fits
from routing.projects.refusals import NotEnoughLeft, NotOffered, NotYourUnit
from routing.projects.schemas import Given, NewNeed, NewResource
from routing.words import hidden
from services.access import READERS
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.problems import NotFound, invalid
from services.roles import Role


class NoSuchNeed(NotFound):
    """There is no such need, or it is not yours to see."""


class NoSuchResource(NotFound):
    """There is no such resource."""


async def offer(session: AsyncSession, told: NewResource, *, actor: Actor, city: City) -> Resource:
    """Raises NotYourUnit, Invalid."""
    unit = await finding.own_unit(session, actor, told.unit, Role.LEADER)
    row = Resource(
        id=new_id(),
        district=_district(told.grid, city),
        organisation=hidden(told.organisation),
        kind=told.kind,
        title=hidden(told.title),
        grid=told.grid,
        capacity=told.capacity,
        measure=told.measure,
        given=0,
        valid_to=told.valid_to,
        unit=unit.code,
        path=unit.path,
        made_at=now(),
        state=OfferState.OPEN,
    )
    session.add(row)
    await records.keep(session, "resource.offered", row.id, actor)
    return row


async def need(session: AsyncSession, told: NewNeed, *, actor: Actor, city: City) -> Needed:
    """Raises NotYourUnit, NoSuchProject, NotOfTaskForce, Invalid."""
    unit = await finding.own_unit(session, actor, told.unit, Role.LEADER, Role.OFFICER)
    if told.project:
        project = await finding.lock(session, told.project, actor=actor)
        await finding.check_works(session, actor, project)
    row = Needed(
        id=new_id(),
        district=_district(told.grid, city),
        project=told.project,
        kind=told.kind,
        title=hidden(told.title),
        grid=told.grid,
        amount=told.amount,
        measure=told.measure,
        met=0,
        unit=unit.code,
        path=unit.path,
        made_at=now(),
        state=OfferState.OPEN,
    )
    session.add(row)
    await records.keep(session, "need.told", row.id, actor)
    return row


def _district(grid: str, city: City) -> str:
    if grid not in city:
        raise invalid("grid", "is the code of a grid", "look it up under /v1/grids")
    return city.grid(grid).district


async def matches(session: AsyncSession, row: Needed, *, city: City, day: date) -> list[Fit]:
    """Open resources that fit the need, the best first; a resource of any unit may fit."""
    wanted = select(Resource).where(
        Resource.state == OfferState.OPEN, Resource.kind == row.kind, Resource.measure == row.measure,
        Resource.given < Resource.capacity,
    )  # fmt: skip
    offers = [offer_of(each) for each in await session.scalars(wanted.order_by(Resource.id))]
    return fits(want_of(row), offers, city, day)


def offer_of(row: Resource) -> Offer:
    same = {name: getattr(row, name) for name in ("id", "organisation", "title", "kind", "grid", "measure", "valid_to")}
    return Offer(**same, left=row.capacity - row.given)


def want_of(row: Needed) -> Want:
    return Want(kind=row.kind, grid=row.grid, missing=row.amount - row.met, measure=row.measure)


async def give(session: AsyncSession, need_id: UUID, told: Given, *, actor: Actor, city: City, day: date) -> Allotment:
    """So much of a resource for a need, both locked, the resource by a leader of the unit whose list it is on.

    Raises NoSuchNeed, NoSuchResource, NotYourUnit, NotOffered, NotEnoughLeft.
    """
    row = await find_need(session, need_id, actor=actor, lock=True)
    resource = await session.get(Resource, told.resource, with_for_update=True, populate_existing=True)
    if resource is None:
        raise NoSuchResource
    if not any(grant.covers(resource.path) for grant in actor.of(Role.LEADER)):
        raise NotYourUnit
    open_ = resource.state == OfferState.OPEN and row.state == OfferState.OPEN
    found = fits(want_of(row), [offer_of(resource)], city, day) if open_ else []
    if told.amount > min(resource.capacity - resource.given, row.amount - row.met):
        raise NotEnoughLeft(left=resource.capacity - resource.given, missing=row.amount - row.met)
    if not found:
        raise NotOffered
    resource.given, row.met = resource.given + told.amount, row.met + told.amount
    return await _allot(session, row, resource, told.amount, found[0], actor)


async def _allot(
    session: AsyncSession, row: Needed, resource: Resource, amount: int, fit: Fit, actor: Actor
) -> Allotment:
    made = Allotment(
        id=new_id(),
        need=row.id,
        resource=resource.id,
        district=row.district,
        amount=amount,
        because=fit.because,
        at=now(),
        by_person=actor.person,
    )
    session.add(made)
    await records.keep(session, "need.met", row.id, actor, resource=str(resource.id), amount=amount)
    return made


async def withdraw_resource(session: AsyncSession, resource: UUID, *, actor: Actor) -> Resource:
    """What was given of it stays given. Raises NoSuchResource, NotYourUnit."""
    row = await session.get(Resource, resource, with_for_update=True)
    if row is None:
        raise NoSuchResource
    if not any(grant.covers(row.path) for grant in actor.of(Role.LEADER)):
        raise NotYourUnit
    row.state = OfferState.WITHDRAWN
    await records.keep(session, "resource.withdrawn", row.id, actor)
    return row


async def withdraw_need(session: AsyncSession, need_id: UUID, *, actor: Actor) -> Needed:
    """Raises NoSuchNeed, NotYourUnit."""
    row = await find_need(session, need_id, actor=actor, lock=True)
    if not any(grant.covers(row.path) for grant in actor.of(Role.LEADER, Role.OFFICER)):
        raise NotYourUnit
    row.state = OfferState.WITHDRAWN
    await records.keep(session, "need.withdrawn", row.id, actor)
    return row


async def find_need(session: AsyncSession, need_id: UUID, *, actor: Actor, lock: bool = False) -> Needed:
    """Raises NoSuchNeed."""
    wanted = select(Needed).where(Needed.id == need_id, needs_seen(actor))
    row = await session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise NoSuchNeed
    return row


def needs_seen(actor: Actor) -> ColumnElement[bool]:
    """What a unit of the actor's subtrees needs, what a project that they see needs, and what is needed beside them:
    a leader whose list could help sees the needs of the same street."""
    own = [Needed.path.startswith(grant.path, autoescape=True) for grant in actor.of(*READERS)]
    near = [Needed.path.startswith(_street(grant.path), autoescape=True) for grant in actor.of(Role.LEADER)]
    seen = select(Project.id).where(finding.visible(actor))
    return or_(false(), *own, *near, Needed.project.in_(seen))


def _street(path: str) -> str:
    """The part of a path down to the street: city, district, street."""
    codes = path.strip("/").split("/")[:3]
    return f"/{'/'.join(codes)}/"
