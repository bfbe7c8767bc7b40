"""Loading a deliberation with its order: to read it, or to go on with it. It is seen by whoever sees the order."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from routing import guards, orders
from routing.deliberation.refusals import NoSuchDeliberation, NotOnTheOrder, NotOverIt, NotTheLead
from routing.facts import By
from routing.hands import Hand
from routing.models import Deliberation, Order
from routing.refusals import NotForYou
from routing.rules import Relation
from routing.standing import stances, visible
from services.identity import Actor
from services.problems import Problem, VersionStale
from services.roles import Role


@dataclass(frozen=True)
class Talk:
    """A deliberation and the order it is about."""

    row: Deliberation
    order: Order


async def find(session: AsyncSession, deliberation: UUID, *, actor: Actor) -> Talk:
    """To read. Raises NoSuchDeliberation."""
    wanted = select(Deliberation, Order).join(Order, Order.case_no == Deliberation.case_no)
    wanted = wanted.where(Deliberation.id == deliberation, visible(actor)).options(selectinload(Order.units))
    found = (await session.execute(wanted)).one_or_none()
    if found is None:
        raise NoSuchDeliberation
    return Talk(*found)


async def lock(session: AsyncSession, deliberation: UUID, *, actor: Actor, version: int) -> Talk:
    """To go on with: its order locked first, as for every move, then itself, as the actor read it.

    Raises NoSuchDeliberation, and VersionStale where it has changed since.
    """
    seen = await find(session, deliberation, actor=actor)
    order = await orders.lock(session, seen.order.case_no)
    row = await session.scalar(
        select(Deliberation)
        .where(Deliberation.id == deliberation)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    assert order is not None
    assert row is not None
    if row.version != version:
        raise VersionStale(version=row.version)
    return Talk(row, order)


def as_leader(actor: Actor, order: Order) -> Hand:
    """The actor as a leader of the lead unit or above it. Raises NotTheLead."""
    return _standing(actor, order, (Role.LEADER,), guards.of_lead, NotTheLead())


def as_team(actor: Actor, order: Order) -> Hand:
    """The actor as officer or leader of the lead or of a co-unit. Raises NotOnTheOrder."""
    return _standing(actor, order, (Role.LEADER, Role.OFFICER), guards.of_team, NotOnTheOrder())


def as_supervisor(actor: Actor, order: Order) -> Hand:
    """The actor as a supervisor over the order, not of its team. Raises NotOverIt."""
    return _standing(actor, order, (Role.SUPERVISOR,), guards.over_others, NotOverIt())


def _standing(actor: Actor, order: Order, roles: tuple[Role, ...], relation: Relation, otherwise: Problem) -> Hand:
    for by in stances(actor, order):
        if by.role in roles and _holds(relation, order, by):
            return Hand(by, actor)
    raise otherwise


def _holds(relation: Relation, order: Order, by: By) -> bool:
    try:
        relation(order, by)
    except NotForYou:
        return False
    return True
