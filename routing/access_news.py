"""Telling the others about units, people, roles and keys, in the transaction of the change."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import ACCESS_CHANGES
from services.identity import Key, Person, RoleGrant, Signer, Unit
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, SignerFact, UnitFact
from services.messaging import tell

AT_ONCE = 500
"""Rows of one `access.changed`."""


async def tell_access(
    session: AsyncSession,
    *,
    units: Sequence[Unit] = (),
    people: Sequence[Person] = (),
    grants: Sequence[RoleGrant] = (),
    keys: Sequence[Key] = (),
    signers: Sequence[Signer] = (),
) -> None:
    """Tell the rows as they are now; each row's version says which news of it is newer."""
    changed = AccessChanged(
        units=tuple(UnitFact.model_validate(row, from_attributes=True) for row in units),
        people=tuple(PersonFact.model_validate(row, from_attributes=True) for row in people),
        grants=tuple(GrantFact.model_validate(row, from_attributes=True) for row in grants),
        keys=tuple(KeyFact.model_validate(row, from_attributes=True) for row in keys),
        signers=tuple(SignerFact.model_validate(row, from_attributes=True) for row in signers),
    )
    await tell(session, changed, sequence=int(await session.scalar(ACCESS_CHANGES) or 0))


async def tell_all(session: AsyncSession) -> None:
    """Everything there is, in messages of a bounded size."""
    for kind, name in ((Unit, "units"), (Person, "people"), (RoleGrant, "grants"), (Key, "keys"), (Signer, "signers")):
        rows: Sequence[Any] = (await session.scalars(select(kind))).all()
        for start in range(0, len(rows), AT_ONCE):
            await tell_access(session, **{name: rows[start : start + AT_ONCE]})


async def tell_signer(session: AsyncSession, signer: Signer) -> None:
    """The others can read what this key signs from now on."""
    await tell_access(session, signers=[signer])
