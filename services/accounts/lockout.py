"""Guessing is slow, and nobody can lock others out for ever: failures in a row are counted under three names.

A device that signed in before is counted alone, so a siege of the account does not reach it. Any other is counted
with its address, and with everybody who tries this account, more generously. While a name is locked nothing is
tried and nothing is counted: the wait is never prolonged by trying. Unknown usernames are treated alike.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.accounts.models import Attempts
from services.clocks import now
from services.problems import Problem

FORGOTTEN_AFTER = timedelta(hours=24)


class LockedOut(Problem):
    """Too many attempts failed: nothing is tried until the wait is over."""

    status = 429
    title = "Locked for a while"
    remedy = "Wait as long as `Retry-After` says, or ask your administrator to reset the account."


@dataclass(frozen=True)
class Counter:
    """A name failures are counted under: so many are free, then each wait is twice the last, up to the longest."""

    digest: bytes
    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        over = failures - self.free
        return min(FIRST_WAIT * 2 ** min(over - 1, 16), self.longest) if over > 0 else timedelta()


FIRST_WAIT = timedelta(seconds=30)
HERE, ANYWHERE = (5, timedelta(minutes=15)), (25, timedelta(minutes=15))


def counters(key: bytes, username: str, *, address: str, device: str | None) -> list[Counter]:
    """The names of one attempt; `device` is what `known_device` gave."""
    if device:
        return [Counter(_digest(key, "device", username, device), *HERE)]
    here = Counter(_digest(key, "address", username, address), *HERE)
    return [here, Counter(_digest(key, "anywhere", username), *ANYWHERE)]


async def count(session: AsyncSession, names: Sequence[Counter]) -> bool:
    """Count an attempt before it is made, as if it failed, so that many at once are as slow as one after the other.

    Whether a lock begins with it: this attempt is still made. Raises LockedOut where one of the names is locked;
    then none is counted.
    """
    at = now()
    for each in names:
        row = {"digest": each.digest, "failures": 0, "last_at": at}
        await session.execute(insert(Attempts).values(row).on_conflict_do_nothing())
    wanted = select(Attempts).where(Attempts.digest.in_([each.digest for each in names]))
    rows = {row.digest: row for row in await session.scalars(wanted.order_by(Attempts.digest).with_for_update())}
    until = max((row.locked_until for row in rows.values() if row.locked_until), default=at)
    if until > at:
        raise LockedOut(headers={"Retry-After": str(int((until - at).total_seconds()) + 1)})
    for each in names:
        _counted(rows[each.digest], each, at)
    return any(row.locked_until and row.locked_until > at for row in rows.values())


def _counted(row: Attempts, counter: Counter, at: datetime) -> None:
    row.failures = 1 if row.last_at <= at - FORGOTTEN_AFTER else row.failures + 1
    row.last_at = at
    wait = counter.wait(row.failures)
    row.locked_until = at + wait if wait else None


async def forgive(session: AsyncSession, names: Sequence[Counter]) -> None:
    """It was the right one: the failures before it are forgotten."""
    await session.execute(delete(Attempts).where(Attempts.digest.in_([each.digest for each in names])))


async def forget_old(session: AsyncSession) -> None:
    await session.execute(delete(Attempts).where(Attempts.last_at <= now() - FORGOTTEN_AFTER))


def new_device(key: bytes, username: str) -> str:
    """What a browser keeps after signing in, to be known by."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_digest(key, 'known', username, nonce).hex()}"


def known_device(key: bytes, username: str, cookie: str | None) -> str | None:
    """The device's name where this browser has signed in with this account before."""
    nonce, _, proof = (cookie or "").partition(".")
    wanted = _digest(key, "known", username, nonce).hex()
    return nonce if nonce and hmac.compare_digest(proof.encode(), wanted.encode()) else None


def _digest(key: bytes, *parts: str) -> bytes:
    return hmac.new(key, "\0".join(("attempts", *parts)).encode(), hashlib.sha256).digest()
