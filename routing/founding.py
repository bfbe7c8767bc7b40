"""An empty installation is filled: the starter city, told to the others, and the sample keys."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.access_news import tell_access, tell_all
from routing.catalogue import import_starter
from routing.city import EVALUATION
from routing.list_news import tell_published
from routing.people import OF_FEEDBACK
from services import audit
from services.accounts.samples import make_sample_accounts
from services.identity import Key, Person, RoleGrant, Unit
from services.ids import new_id
from services.roles import Role
from services.rooms import Sample, Tools


async def starter(tools: Tools, samples: Sequence[Sample]) -> None:
    """All of the city or nothing, then all of the keys or none: what was killed half-way is made the next time.

    The lists are told each time: where they are known already nothing changes, a newer service gets them.
    """
    async with tools.database.unit() as session:
        if not await session.scalar(select(func.count()).select_from(Unit)):
            await import_starter(session)
            await session.flush()
            await tell_all(session)
        await tell_published(session)
    async with tools.database.unit() as session:
        await make_samples(session, samples)
    await make_sample_accounts(tools, [each for each in samples if each.unit != EVALUATION])


async def make_samples(session: AsyncSession, samples: Sequence[Sample]) -> None:
    """A person with one role and one key for each sample that is routing's; those that are there already stay."""
    wanted = [each for each in samples if each.role not in OF_FEEDBACK and each.unit != EVALUATION]
    known = set(await session.scalars(select(Key.id).where(Key.id.in_([each.key_id for each in wanted]))))
    made = [_made(each) for each in wanted if each.key_id not in known]
    if not made:
        return
    people, grants, keys = zip(*made, strict=True)
    session.add_all([*people, *grants, *keys])
    for key in keys:
        await audit.record(session, "key.made", key.id, voice="system", person=str(key.person))
    await tell_access(session, people=people, grants=grants, keys=keys)


def _made(sample: Sample) -> tuple[Person, RoleGrant, Key]:
    person = Person(id=new_id(), name=sample.name, machine=sample.role is Role.HOTLINE, active=True, version=1)
    grant = RoleGrant(id=new_id(), person=person.id, role=sample.role.value, unit=sample.unit, ended_at=None, version=1)
    key = Key(id=sample.key_id, person=person.id, digest=sample.digest, expires_at=None, revoked_at=None, version=1)
    return person, grant, key
