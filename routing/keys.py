"""Keys: made for somebody of the own subtree, shown once, kept as a digest, revoked for good."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.access_news import tell_access
from routing.reach import all_own, some_seen
from services import audit
from services.clocks import now
from services.identity import Actor, Key, KeyUse, mint
from services.problems import Conflict, NotFound, invalid


class KeyOver(Conflict):
    """This key is expired or revoked: there is nothing to replace."""

    title = "Key over"
    remedy = "Make a new one: POST /routing/v1/keys."


async def make(
    session: AsyncSession, *, by: Actor, person: UUID, expires_at: datetime | None, scope: str | None = None
) -> tuple[Key, str]:
    """The row of a new key, and the key itself. Raises NotFound, NotOnlyYours."""
    if expires_at is not None and expires_at <= now():
        raise invalid("expires_at", "lies in the future", "leave it out for a key without an end")
    await all_own(session, by, person)
    plain, key_id, digest = mint()
    key = _made(key_id, person, digest, scope, expires_at)
    session.add(key)
    await audit.record(session, "key.made", key_id, actor=by, person=str(person), scope=scope)
    await tell_access(session, keys=[key])
    return key, plain


async def revoke(session: AsyncSession, *, by: Actor, key_id: str) -> Key:
    """Revoked once, it stays as it was revoked. Raises NotFound, NotOnlyYours."""
    key = await session.get(Key, key_id, with_for_update=True)
    if key is None:
        raise NotFound("Nobody of your subtree has this id.")
    await all_own(session, by, key.person)
    if key.revoked_at is None:
        key.revoked_at, key.version = now(), key.version + 1
        await audit.record(session, "key.revoked", key_id, actor=by, person=str(key.person))
        await tell_access(session, keys=[key])
    return key


async def rotate(session: AsyncSession, *, by: Actor, key_id: str, overlap: timedelta) -> tuple[Key, str]:
    """A new key with the same scope and last day; the old one holds for the overlap only. Raises NotFound, KeyOver."""
    old = await session.get(Key, key_id, with_for_update=True)
    if old is None:
        raise NotFound("Nobody of your subtree has this id.")
    await all_own(session, by, old.person)
    ends = now() + overlap
    if old.revoked_at or (old.expires_at and old.expires_at <= now()):
        raise KeyOver
    plain, new_id, digest = mint()
    key = _made(new_id, old.person, digest, old.scope, old.expires_at)
    old.expires_at, old.version = min(ends, old.expires_at or ends), old.version + 1
    session.add(key)
    await audit.record(session, "key.rotated", key_id, actor=by, person=str(old.person), successor=new_id)
    await tell_access(session, keys=[old, key])
    return key, plain


async def held(session: AsyncSession, *, by: Actor, person: UUID) -> list[tuple[Key, datetime | None]]:
    """The keys of a person, oldest first, with their last use in this service, to the minute. Raises NotFound."""
    await some_seen(session, by, person)
    wanted = select(Key, KeyUse.used_at).outerjoin(KeyUse, KeyUse.key == Key.id).where(Key.person == person)
    return [(key, used_at) for key, used_at in (await session.execute(wanted.order_by(Key.id))).all()]


async def may_keep_account(session: AsyncSession, by: Actor, person: UUID) -> None:
    """Who makes an account hands out its first password, and could act by it. Raises NotFound, NotOnlyYours."""
    await all_own(session, by, person)


def _made(key_id: str, person: UUID, digest: str, scope: str | None, expires_at: datetime | None) -> Key:
    return Key(id=key_id, person=person, digest=digest, scope=scope, expires_at=expires_at, revoked_at=None, version=1)
