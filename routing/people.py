"""People and their roles: an administrator keeps those of the own subtree, and the others are told.

Every change bumps the row's version and is told in the same transaction. Who calls back and who evaluates is not
granted here: those who are judged do not choose who judges.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.access_news import tell_access
from routing.reach import administers, own_unit, some_own, within
from services import audit
from services.clocks import now
from services.identity import Actor, Person, RoleGrant, Unit
from services.ids import new_id
from services.problems import NotFound, Problem, invalid
from services.requests import cursor, position
from services.roles import Role

OF_FEEDBACK = frozenset({Role.CALLER, Role.EVALUATOR})


class GrantedInFeedback(Problem):
    """Callers and evaluators are appointed by the evaluation body, never by those it judges."""

    status = 403
    title = "Granted in feedback"
    remedy = "Ask the evaluation body's own administrator: POST /feedback/v1/people."


@dataclass(frozen=True)
class Wanted:
    """A role in a unit, as it is asked for."""

    role: Role
    unit: str


async def appoint(
    session: AsyncSession, *, by: Actor, name: str, machine: bool, wanted: Sequence[Wanted]
) -> tuple[Person, list[RoleGrant]]:
    """A new person with their first roles. Raises NotFound for a unit outside the subtree, GrantedInFeedback."""
    person = Person(id=new_id(), name=name, machine=machine, active=True, version=1)
    session.add(person)
    grants = [await _granted(session, by, person.id, each) for each in dict.fromkeys(wanted)]
    await audit.record(session, "person.appointed", str(person.id), actor=by, grants=_listed(grants))
    await tell_access(session, people=[person], grants=grants)
    return person, grants


async def grant(session: AsyncSession, *, by: Actor, person: UUID, wanted: Wanted) -> RoleGrant:
    """One more role for somebody of the own subtree; the one they hold already, where it is the same."""
    held = await some_own(session, by, person)
    same = next((each for each in held if (each.role, each.unit) == (wanted.role.value, wanted.unit)), None)
    if same:
        return same
    made = await _granted(session, by, person, wanted)
    await audit.record(session, "grant.made", str(person), actor=by, grants=_listed([made]))
    await tell_access(session, grants=[made])
    return made


async def _granted(session: AsyncSession, by: Actor, person: UUID, wanted: Wanted) -> RoleGrant:
    if wanted.role in OF_FEEDBACK:
        raise GrantedInFeedback(roles=sorted(OF_FEEDBACK))
    await own_unit(session, by, wanted.unit)
    made = RoleGrant(id=new_id(), person=person, role=wanted.role.value, unit=wanted.unit, ended_at=None, version=1)
    session.add(made)
    return made


async def end_grant(session: AsyncSession, *, by: Actor, person: UUID, grant_id: UUID) -> RoleGrant:
    """Ended once, it stays as it ended. Raises NotFound where there is no such grant inside the own subtree."""
    found = await session.get(RoleGrant, grant_id, with_for_update=True)
    unit = await session.get(Unit, found.unit) if found and found.person == person else None
    if found is None or unit is None or not administers(by, unit.path):
        raise NotFound("This person has no such role in your subtree.")
    if found.ended_at is None:
        found.ended_at, found.version = now(), found.version + 1
        await audit.record(session, "grant.ended", str(person), actor=by, grants=_listed([found]))
        await tell_access(session, grants=[found])
    return found


def _listed(grants: Sequence[RoleGrant]) -> list[str]:
    return [f"{each.role}@{each.unit}" for each in grants]


async def page(
    session: AsyncSession, *, by: Actor, unit: str | None, role: Role | None, cursor: str | None, limit: int
) -> tuple[list[tuple[Person, list[RoleGrant]]], str | None]:
    """People with a role in the subtree of whoever asks, by their ids, and the cursor of the next page."""
    held = select(RoleGrant.person).join(Unit, Unit.code == RoleGrant.unit).where(RoleGrant.ended_at.is_(None))
    held = held.where(within(by, Role.ADMINISTRATOR, Role.AUDITOR))
    if unit:
        held = held.where(Unit.path.contains(f"/{unit}/", autoescape=True))
    if role:
        held = held.where(RoleGrant.role == role)
    wanted = select(Person).where(Person.id.in_(held)).order_by(Person.id).limit(limit + 1)
    found = (await session.scalars(wanted.where(Person.id > _after(cursor)) if cursor else wanted)).all()
    rows = found[:limit]
    grants = await _grants(session, [person.id for person in rows])
    return [(person, grants[person.id]) for person in rows], _next(rows, found)


def _after(sent: str) -> UUID:
    try:
        return UUID(str(position(sent).get("id")))
    except ValueError:
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None


def _next(rows: Sequence[Person], found: Sequence[Person]) -> str | None:
    return cursor(id=rows[-1].id) if len(found) > len(rows) else None


async def _grants(session: AsyncSession, people: Sequence[UUID]) -> dict[UUID, list[RoleGrant]]:
    held = select(RoleGrant).where(RoleGrant.person.in_(people), RoleGrant.ended_at.is_(None)).order_by(RoleGrant.id)
    grants: dict[UUID, list[RoleGrant]] = defaultdict(list)
    for each in await session.scalars(held):
        grants[each.person].append(each)
    return grants
