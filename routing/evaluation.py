"""The evaluation body's own people as routing knows them: copies from feedback, good for what everybody may read.

routing neither makes, changes nor tells of them: those who are judged do not choose who judges.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.city import EVALUATION
from services import identity
from services.identity import Key, Person, RoleGrant
from services.messages import AccessChanged, StaffChanged
from services.roles import OF_EVALUATION


async def copy_staff(session: AsyncSession, message: StaffChanged) -> None:
    """Their people, keys and roles, in no other role than theirs; nobody else's person or key is taken over."""
    people = [fact for fact in message.people if await _free(session, fact.id)]
    named = {fact.id for fact in people}
    grants = [fact for fact in message.grants if fact.role in OF_EVALUATION and fact.unit == EVALUATION]
    others = await _of_others(session, [fact.id for fact in message.keys], named)
    told = AccessChanged(
        people=tuple(people),
        grants=tuple(fact for fact in grants if fact.person in named),
        keys=tuple(fact for fact in message.keys if fact.person in named and fact.id not in others),
    )
    await identity.copy(session, told)


async def _free(session: AsyncSession, person: UUID) -> bool:
    """Whether the person is unknown here, or known as one of the evaluation body and nothing else."""
    if await session.get(Person, person) is None:
        return True
    held = (await session.scalars(select(RoleGrant).where(RoleGrant.person == person))).all()
    return bool(held) and all(each.unit == EVALUATION and each.role in OF_EVALUATION for each in held)


async def _of_others(session: AsyncSession, keys: Iterable[str], named: set[UUID]) -> set[str]:
    held = await session.execute(select(Key.id, Key.person).where(Key.id.in_(keys)))
    return {key for key, person in held if person not in named}
