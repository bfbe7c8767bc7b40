"""The evaluation body's own people and keys: made here by its own administrator, out of reach of those it judges."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Staff
from services.audit import record
from services.clocks import now
from services.identity import Actor, Key, Person, RoleGrant, Unit, copy, mint
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, StaffChanged, UnitFact
from services.messaging import tell
from services.problems import NotFound, Problem
from services.roles import OF_EVALUATION, Role
from services.rooms import Sample

CENTRE = "EVAL"
"""The unit of the evaluation body; it stands beside the tree of those who are judged."""


class NotOurAdministrator(Problem):
    """Only the evaluation body's own administrator makes its people and keys."""

    status = 403
    title = "Not our administrator"
    remedy = "Ask an administrator of the unit named here; those who are judged do not choose who judges."


def must_be_ours(actor: Actor) -> None:
    """Raises NotOurAdministrator unless the actor administers the evaluation body itself."""
    if not any(grant.unit == CENTRE for grant in actor.of(Role.ADMINISTRATOR)):
        raise NotOurAdministrator(unit=CENTRE, roles=[Role.ADMINISTRATOR])


async def appoint(
    session: AsyncSession, *, name: str, roles: Iterable[Role], machine: bool = False, by: Actor | None = None
) -> tuple[UUID, list[dict[str, Any]]]:
    """A new person with these roles in the evaluation body: the id and the grants."""
    person = uuid4()
    row = {"id": person, "name": name, "machine": machine, "active": True, "version": 1}
    await session.execute(insert(Person), row)
    made_by = by.person if by else None
    await session.execute(insert(Staff), {"person": person, "appointed_by": made_by, "appointed_at": now()})
    grants: list[dict[str, Any]] = [
        {"id": uuid4(), "person": person, "role": role.value, "unit": CENTRE, "ended_at": None, "version": 1}
        for role in sorted(set(roles))
    ]
    await session.execute(insert(RoleGrant), grants)
    named = [grant["role"] for grant in grants]
    await record(session, "person.appointed", str(person), actor=by, voice=_voice(by), roles=named)
    return person, grants


async def hand_key(
    session: AsyncSession, *, person: UUID, expires_at: datetime | None = None, by: Actor | None = None
) -> tuple[str, str]:
    """A new key for one of the staff: its id, and the key itself, to be shown once. Raises NotFound for others."""
    if await session.get(Staff, person) is None:
        raise NotFound("Nobody of the evaluation body has this id.")
    key, key_id, digest = mint()
    row = {"id": key_id, "person": person, "digest": digest, "expires_at": expires_at, "revoked_at": None, "version": 1}
    await session.execute(insert(Key), row)
    await record(session, "key.made", key_id, actor=by, voice=_voice(by), person=str(person))
    await tell_of(session, [person])
    return key_id, key


async def revoke_key(session: AsyncSession, *, key: str, by: Actor) -> None:
    """The key is good for nothing from now on; once revoked it stays so. Raises NotFound for a key of others."""
    row = await session.get(Key, key)
    if row is None or await session.get(Staff, row.person) is None:
        raise NotFound("The evaluation body has handed out no such key.")
    if row.revoked_at is None:
        row.revoked_at, row.version = now(), row.version + 1
        await record(session, "key.revoked", key, actor=by, person=str(row.person))
        await session.flush()
        await tell_of(session, [row.person])


async def dismiss(session: AsyncSession, *, person: UUID, by: Actor) -> None:
    """Somebody no longer acts for the evaluation body, with any key. Raises NotFound for others."""
    row = await session.get(Person, person)
    if row is None or await session.get(Staff, person) is None:
        raise NotFound("Nobody of the evaluation body has this id.")
    if row.active:
        row.active, row.version = False, row.version + 1
        await record(session, "person.dismissed", str(person), actor=by)
        await session.flush()
        await tell_of(session, [person])


async def tell_of(session: AsyncSession, people: Sequence[UUID] | None = None) -> None:
    """Tell intake (callers reach a person there) and routing of these people as they are now; without a choice of all.

    An administrator is not told of: nobody administers there.
    """
    chosen = select(Staff.person) if people is None else select(Staff.person).where(Staff.person.in_(people))
    grants = await _all(session, RoleGrant, RoleGrant.person.in_(chosen), RoleGrant.role.in_(OF_EVALUATION))
    holders = {grant.person for grant in grants}
    persons = await _all(session, Person, Person.id.in_(holders))
    keys = await _all(session, Key, Key.person.in_(holders))
    units = await _all(session, Unit, Unit.code == CENTRE)
    if holders:
        facts = {
            "units": tuple(UnitFact.model_validate(row, from_attributes=True) for row in units),
            "people": tuple(PersonFact.model_validate(row, from_attributes=True) for row in persons),
            "grants": tuple(GrantFact.model_validate(row, from_attributes=True) for row in grants),
            "keys": tuple(KeyFact.model_validate(row, from_attributes=True) for row in keys),
        }
        await tell(session, StaffChanged.model_validate(facts), sequence=int(now().timestamp()))


async def _all(session: AsyncSession, rows: Any, *wanted: Any) -> Sequence[Any]:
    return (await session.scalars(select(rows).where(*wanted))).all()


async def is_ours(session: AsyncSession, person: UUID) -> bool:
    """Whether somebody is of the evaluation body: then nobody else vouches for them."""
    return await session.get(Staff, person) is not None


async def may_keep_account(session: AsyncSession, by: Actor, person: UUID) -> None:
    """Raises NotOurAdministrator, NotFound for somebody who is not of the evaluation body."""
    must_be_ours(by)
    if not await is_ours(session, person):
        raise NotFound("Nobody of the evaluation body has this id.")


async def copy_others(session: AsyncSession, changed: AccessChanged) -> None:
    """The copy of `access.changed`, without what is not routing's to say: our staff, their keys, our own roles."""
    people = {fact.id for fact in changed.people} | {fact.person for fact in changed.grants}
    people |= {fact.person for fact in changed.keys}
    ours = await _staff_among(session, people)
    our_keys = await _held_by_staff(session, Key, [fact.id for fact in changed.keys])
    our_grants = await _held_by_staff(session, RoleGrant, [fact.id for fact in changed.grants])
    grants = [fact for fact in changed.grants if fact.role not in OF_EVALUATION and fact.unit != CENTRE]
    theirs = {
        "units": tuple(fact for fact in changed.units if fact.code != CENTRE or fact.closed_at is None),
        "people": tuple(fact for fact in changed.people if fact.id not in ours),
        "keys": tuple(fact for fact in changed.keys if fact.person not in ours and fact.id not in our_keys),
        "grants": tuple(fact for fact in grants if fact.person not in ours and fact.id not in our_grants),
    }
    await copy(session, changed.model_copy(update=theirs))


async def make_samples(session: AsyncSession, samples: Sequence[Sample]) -> None:
    """The sample keys of the evaluation body, and its unit where routing has not told of it yet; harmless repeated."""
    unit = {"code": CENTRE, "name": "群众满意度测评中心", "level": "city", "path": f"/{CENTRE}/", "version": 0}
    await session.execute(upsert(Unit).values(unit | {"parent": None, "closed_at": None}).on_conflict_do_nothing())
    for sample in samples:
        if sample.unit == CENTRE and not await _held_by_staff(session, Key, [sample.key_id]):
            await _make_sample(session, sample)
    if samples:
        await tell_of(session)


async def _make_sample(session: AsyncSession, sample: Sample) -> None:
    person, _ = await appoint(session, name=sample.name, roles=[sample.role], machine=True)
    row = {"person": person, "digest": sample.digest, "expires_at": None, "revoked_at": None, "version": 1}
    held = upsert(Key).values(id=sample.key_id, **row)
    await session.execute(held.on_conflict_do_update(index_elements=["id"], set_=row))


async def _staff_among(session: AsyncSession, people: Iterable[UUID]) -> set[UUID]:
    found = await session.scalars(select(Staff.person).where(Staff.person.in_(people)))
    return set(found.all())


async def _held_by_staff(session: AsyncSession, rows: Any, ids: Sequence[Any]) -> set[Any]:
    held = select(rows.id).join(Staff, Staff.person == rows.person).where(rows.id.in_(ids))
    return set((await session.scalars(held)).all())


def _voice(by: Actor | None) -> str | None:
    return None if by else "system"
