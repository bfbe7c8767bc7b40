"""What an administrator reaches: the units of the own subtree, and the people whose roles lie there."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.city import EVALUATION
from services.identity import Actor, RoleGrant, Unit
from services.problems import NotFound, Problem
from services.roles import Role


class NotOnlyYours(Problem):
    """This person also holds roles outside your subtree, so a key of theirs is not yours to make or to revoke."""

    status = 403
    title = "Not only yours"
    remedy = "Ask an administrator above all of this person's units."


async def own_unit(session: AsyncSession, by: Actor, code: str, *, also_closed: bool = False) -> Unit:
    """A unit of the own subtree. Raises NotFound."""
    unit = await session.get(Unit, code)
    if unit is None or (unit.closed_at and not also_closed) or not administers(by, unit.path):
        raise NotFound("Your subtree has no such unit.", unit=code)
    return unit


def administers(by: Actor, path: str) -> bool:
    """The evaluation body's people are its own administrator's, in feedback."""
    return any(each.covers(path) for each in by.of(Role.ADMINISTRATOR)) and not path.startswith(f"/{EVALUATION}/")


async def some_own(session: AsyncSession, by: Actor, person: UUID) -> Sequence[RoleGrant]:
    """The roles the person holds. Raises NotFound unless one of them lies in the own subtree."""
    held = await grants_of(session, person)
    if not any(administers(by, path) for path in await _paths(session, held)):
        raise NotFound("Nobody of your subtree has this id.")
    return held


async def some_seen(session: AsyncSession, by: Actor, person: UUID) -> None:
    """Raises NotFound unless a role of the person lies where the actor administers or audits."""
    paths = await _paths(session, await grants_of(session, person))
    seen = by.of(Role.ADMINISTRATOR, Role.AUDITOR)
    if not any(grant.covers(path) for grant in seen for path in paths):
        raise NotFound("Nobody of your subtree has this id.")


async def all_own(session: AsyncSession, by: Actor, person: UUID) -> None:
    """Who makes a key can act by it: all that the person may do has to lie in the own subtree. Raises NotOnlyYours."""
    held = await some_own(session, by, person)
    if not all(administers(by, path) for path in await _paths(session, held)):
        raise NotOnlyYours


async def grants_of(session: AsyncSession, person: UUID) -> Sequence[RoleGrant]:
    held = select(RoleGrant).where(RoleGrant.person == person, RoleGrant.ended_at.is_(None)).order_by(RoleGrant.id)
    return (await session.scalars(held)).all()


async def _paths(session: AsyncSession, held: Sequence[RoleGrant]) -> Sequence[str]:
    units = select(Unit.path).where(Unit.code.in_({each.unit for each in held}))
    return (await session.scalars(units)).all()


def within(by: Actor, *roles: Role) -> ColumnElement[bool]:
    """Units in the subtree of the actor's grants of these roles."""
    return or_(false(), *(Unit.path.startswith(each.path, autoescape=True) for each in by.of(*roles)))
