"""Units, people, their roles and keys: an administrator keeps those of the own subtree, and the others are told.

Every change bumps the row's version and is told in the same transaction. Who calls back and who evaluates is not
granted here: those who are judged do not choose who judges.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.city import EVALUATION
from routing.ids import new_id
from routing.models import ACCESS_CHANGES
from services import audit
from services.clocks import now
from services.identity import Actor, Key, Person, RoleGrant, Unit, mint
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, UnitFact
from services.messaging import tell
from services.problems import Conflict, NotFound, Problem, invalid
from services.roles import Role

OF_FEEDBACK = frozenset({Role.CALLER, Role.EVALUATOR})
AT_ONCE = 500
"""Rows of one `access.changed`."""


class GrantedInFeedback(Problem):
    """Callers and evaluators are appointed by the evaluation body, never by those it judges."""

    status = 403
    title = "Granted in feedback"
    remedy = "Ask the evaluation body's own administrator: POST /feedback/v1/people."


class NotOnlyYours(Problem):
    """This person also holds roles outside your subtree, so a key of theirs is not yours to make or to revoke."""

    status = 403
    title = "Not only yours"
    remedy = "Ask an administrator above all of this person's units."


class UnitTaken(Conflict):
    """There is a unit of this code already."""

    remedy = "Choose another code."


@dataclass(frozen=True)
class Wanted:
    """A role in a unit, as it is asked for."""

    role: Role
    unit: str


async def add_unit(session: AsyncSession, *, by: Actor, code: str, name: str, level: str, parent: str) -> Unit:
    """A unit below one of the own subtree. Raises NotFound for a parent outside it, UnitTaken."""
    above = await _own_unit(session, by, parent)
    if await session.get(Unit, code):
        raise UnitTaken
    unit = Unit(
        code=code, name=name, level=level, parent=parent, path=f"{above.path}{code}/", closed_at=None, version=1
    )
    session.add(unit)
    await audit.record(session, "unit.added", code, actor=by, parent=parent, level=level)
    await tell_access(session, units=[unit])
    return unit


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
    """One more role for somebody of the own subtree; the grant they have already, where it is the same."""
    held = await grants_of(session, person)
    await _some_own(session, by, held)
    same = next((each for each in held if (each.role, each.unit) == (wanted.role.value, wanted.unit)), None)
    if same:
        return same
    made = await _granted(session, by, person, wanted)
    await audit.record(session, "grant.made", str(person), actor=by, grants=_listed([made]))
    await tell_access(session, grants=[made])
    return made


async def end_grant(session: AsyncSession, *, by: Actor, person: UUID, grant_id: UUID) -> RoleGrant:
    """Raises NotFound where the person has no such grant inside the own subtree. Ended once, it stays as it ended."""
    found = await session.get(RoleGrant, grant_id, with_for_update=True)
    if found is None or found.person != person:
        raise NotFound
    await _own_unit(session, by, found.unit, also_closed=True)
    if found.ended_at is None:
        found.ended_at, found.version = now(), found.version + 1
        await audit.record(session, "grant.ended", str(person), actor=by, grants=_listed([found]))
        await tell_access(session, grants=[found])
    return found


async def make_key(session: AsyncSession, *, by: Actor, person: UUID, expires_at: datetime | None) -> tuple[Key, str]:
    """A key for somebody all of whose roles lie in the own subtree: its row, and the key itself, to be shown once."""
    if expires_at is not None and expires_at <= now():
        raise invalid("expires_at", "lies in the future", "leave it out for a key without an end")
    await _all_own(session, by, person)
    plain, key_id, digest = mint()
    key = Key(id=key_id, person=person, digest=digest, expires_at=expires_at, revoked_at=None, version=1)
    session.add(key)
    await audit.record(session, "key.made", key_id, actor=by, person=str(person))
    await tell_access(session, keys=[key])
    return key, plain


async def revoke_key(session: AsyncSession, *, by: Actor, key_id: str) -> Key:
    """Raises NotFound for a key of nobody in the own subtree. Revoked once, it stays as it was revoked."""
    key = await session.get(Key, key_id, with_for_update=True)
    if key is None:
        raise NotFound
    await _all_own(session, by, key.person)
    if key.revoked_at is None:
        key.revoked_at, key.version = now(), key.version + 1
        await audit.record(session, "key.revoked", key_id, actor=by, person=str(key.person))
        await tell_access(session, keys=[key])
    return key


async def tell_access(
    session: AsyncSession,
    *,
    units: Sequence[Unit] = (),
    people: Sequence[Person] = (),
    grants: Sequence[RoleGrant] = (),
    keys: Sequence[Key] = (),
) -> None:
    """Tell the rows as they are now."""
    changed = AccessChanged(
        units=tuple(UnitFact.model_validate(row, from_attributes=True) for row in units),
        people=tuple(PersonFact.model_validate(row, from_attributes=True) for row in people),
        grants=tuple(GrantFact.model_validate(row, from_attributes=True) for row in grants),
        keys=tuple(KeyFact.model_validate(row, from_attributes=True) for row in keys),
    )
    await session.flush()
    await tell(session, changed, sequence=int(await session.scalar(ACCESS_CHANGES) or 0))


async def tell_all(session: AsyncSession) -> None:
    """Everything there is, in messages of a bounded size."""
    for row, name in ((Unit, "units"), (Person, "people"), (RoleGrant, "grants"), (Key, "keys")):
        rows: Sequence[object] = (await session.scalars(select(row))).all()
        for start in range(0, len(rows), AT_ONCE):
            await tell_access(session, **{name: rows[start : start + AT_ONCE]})  # type: ignore[arg-type]


def of_subtree(by: Actor, *roles: Role) -> Select[tuple[UUID]]:
    """The people with a role that holds in the subtree of these grants of the actor."""
    paths = [each.path for each in by.of(*roles)]
    held = select(RoleGrant.person).join(Unit, Unit.code == RoleGrant.unit).where(RoleGrant.ended_at.is_(None))
    return held.where(_inside(paths))


def _inside(paths: Iterable[str]) -> ColumnElement[bool]:
    return or_(false(), *(Unit.path.startswith(path, autoescape=True) for path in paths))


async def grants_of(session: AsyncSession, person: UUID) -> Sequence[RoleGrant]:
    held = select(RoleGrant).where(RoleGrant.person == person, RoleGrant.ended_at.is_(None)).order_by(RoleGrant.id)
    return (await session.scalars(held)).all()


async def _granted(session: AsyncSession, by: Actor, person: UUID, wanted: Wanted) -> RoleGrant:
    if wanted.role in OF_FEEDBACK:
        raise GrantedInFeedback(roles=sorted(OF_FEEDBACK))
    await _own_unit(session, by, wanted.unit)
    made = RoleGrant(id=new_id(), person=person, role=wanted.role.value, unit=wanted.unit, ended_at=None, version=1)
    session.add(made)
    return made


async def _own_unit(session: AsyncSession, by: Actor, code: str, *, also_closed: bool = False) -> Unit:
    unit = await session.get(Unit, code)
    if unit is None or (unit.closed_at and not also_closed) or not _administers(by, unit.path):
        raise NotFound("Your subtree has no such unit.", unit=code)
    return unit


def _administers(by: Actor, path: str) -> bool:
    return any(each.covers(path) for each in by.of(Role.ADMINISTRATOR)) and not path.startswith(f"/{EVALUATION}/")


async def _some_own(session: AsyncSession, by: Actor, held: Sequence[RoleGrant]) -> None:
    """Raises NotFound unless one of the grants lies in the own subtree."""
    if not any(_administers(by, path) for path in await _paths(session, held)):
        raise NotFound("Nobody of your subtree has this id.")


async def _all_own(session: AsyncSession, by: Actor, person: UUID) -> None:
    """Who makes a key can act by it: all that the person may do has to lie in the own subtree."""
    held = await grants_of(session, person)
    await _some_own(session, by, held)
    if not all(_administers(by, path) for path in await _paths(session, held)):
        raise NotOnlyYours


async def _paths(session: AsyncSession, held: Sequence[RoleGrant]) -> Sequence[str]:
    units = select(Unit.path).where(Unit.code.in_({each.unit for each in held}))
    return (await session.scalars(units)).all()


def _listed(grants: Sequence[RoleGrant]) -> list[str]:
    return [f"{each.role}@{each.unit}" for each in grants]
