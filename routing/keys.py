"""Keys: made for somebody of the own subtree, shown once, kept as a digest, revoked for good."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing.access_news import tell_access
from routing.reach import all_own
from services import audit
from services.clocks import now
from services.identity import Actor, Key, mint
from services.problems import NotFound, invalid


async def make(session: AsyncSession, *, by: Actor, person: UUID, expires_at: datetime | None) -> tuple[Key, str]:
    """The row of a new key, and the key itself. Raises NotFound, NotOnlyYours."""
    if expires_at is not None and expires_at <= now():
        raise invalid("expires_at", "lies in the future", "leave it out for a key without an end")
    await all_own(session, by, person)
    plain, key_id, digest = mint()
    key = Key(id=key_id, person=person, digest=digest, expires_at=expires_at, revoked_at=None, version=1)
    session.add(key)
    await audit.record(session, "key.made", key_id, actor=by, person=str(person))
    await tell_access(session, keys=[key])
    return key, plain


async def revoke(session: AsyncSession, *, by: Actor, key_id: str) -> Key:
    """Revoked once, it stays as it was revoked. Raises NotFound, NotOnlyYours."""
    key = await session.get(Key, key_id, with_for_update=True)
    if key is None:
        raise NotFound("Nobody of your subtree has this key.")
    await all_own(session, by, key.person)
    if key.revoked_at is None:
        key.revoked_at, key.version = now(), key.version + 1
        await audit.record(session, "key.revoked", key_id, actor=by, person=str(key.person))
        await tell_access(session, keys=[key])
    return key
