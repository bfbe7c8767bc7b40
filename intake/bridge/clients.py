"""Whose subscriptions and mappings are whose: a hotline system's own, and those of the systems one administers."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from services.identity import Actor, RoleGrant, Unit
from services.roles import Role


def within_reach(actor: Actor, keepers: Iterable[Role], client: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """The actor is the client as a hotline system, or keeps these things over the unit it is, or was, a hotline of."""
    own = client == actor.person if actor.has((Role.HOTLINE,)) else false()
    held = and_(RoleGrant.person == client, RoleGrant.role == Role.HOTLINE, RoleGrant.unit == Unit.code)
    over = [Unit.path.startswith(grant.path, autoescape=True) for grant in actor.of(*keepers)]
    return or_(own, exists().where(held, or_(false(), *over)))
