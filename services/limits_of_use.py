"""How often one address or one key may ask: so many times a minute, counted for all workers together.

What needs no key is counted one by one. What needs one is counted in leases: a process takes a fiftieth of a minute's
share at once, so that the count costs next to nothing, and no process gives more than was left.

An address is never kept: a row is named by a keyed digest of the address and the minute, so that not even two
minutes of the same address can be told to belong together.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from fastapi import Request
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.clocks import now
from services.database import Floor, rows_changed
from services.problems import Problem
from services.settings import Settings

WINDOW = timedelta(minutes=1)
SHARE = 50
"""Into so many leases a minute's share is cut."""
FREE = 1000
"""A thousandth of the share is given by each process uncounted: who asks a little costs no statement."""
HOUSEHOLD = 64
"""Bits of an IPv6 address that name the subscriber: the rest anybody can change as often as they like."""


class RateBucket(Floor):
    """What one address has asked in one minute. Unlogged: after a crash everybody begins anew, and nothing is lost."""

    __tablename__ = "rate_buckets"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    window: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int]


class TooManyRequests(Problem):
    """This address, or this key, has asked as often as it may in a minute."""

    status = 429
    title = "Too many requests"
    remedy = "Ask again after the seconds that `Retry-After` names."


async def within_limits(request: Request) -> None:
    """A dependency of every public route that costs something. Raises TooManyRequests."""
    settings: Settings = request.app.state.settings
    await _one_by_one(request, asker(request, settings.trusted_proxy), settings.public_rate_per_minute)


async def guess_within_limits(request: Request) -> None:
    """A key that is none was sent from this address. Raises TooManyRequests where that goes on and on."""
    settings: Settings = request.app.state.settings
    await _one_by_one(request, f"guess\0{asker(request, settings.trusted_proxy)}", settings.guesses_per_minute)


async def _one_by_one(request: Request, who: str, most: int) -> None:
    window = _window()
    digest = _digest(request.app.state.answer_key, who, window)
    async with request.app.state.database.unit() as session:
        granted = await spend(session, digest, window=window, most=most)
    if not granted:
        raise _too_many(window, most)


async def address_within_limits(request: Request) -> None:
    """Whatever keys come from this address. Raises TooManyRequests."""
    settings: Settings = request.app.state.settings
    await _leased(request, f"address\0{asker(request, settings.trusted_proxy)}", settings.address_rate_per_minute)


async def key_within_limits(request: Request, key: str) -> None:
    """This key, or session, from whatever addresses. Raises TooManyRequests."""
    await _leased(request, f"key\0{key}", request.app.state.settings.key_rate_per_minute)


async def _leased(request: Request, who: str, most: int) -> None:
    state, window = request.app.state, _window()
    leases: Leases = state.leases
    if leases.take(who, window, free=most // FREE):
        return
    digest, size = _digest(state.answer_key, who, window), max(1, most // SHARE)
    async with state.database.unit() as session:
        granted = await lease(session, digest, window=window, most=most, size=size)
    if not granted:
        raise _too_many(window, most)
    leases.put(who, window, granted - 1)


class Leases:
    """What this process may still give in this minute, by who asks."""

    def __init__(self) -> None:
        self._window: datetime | None = None
        self._left: dict[str, int] = {}

    def take(self, who: str, window: datetime, *, free: int) -> bool:
        """One of what is left, if there is any; a minute begins with some that are `free`."""
        if window != self._window:
            self._window, self._left = window, {}
        left = self._left.get(who, free)
        if left > 0:
            self._left[who] = left - 1
        return left > 0

    def put(self, who: str, window: datetime, more: int) -> None:
        if window == self._window:
            self._left[who] = self._left.get(who, 0) + more


async def lease(session: AsyncSession, digest: bytes, *, window: datetime, most: int, size: int) -> int:
    """Count up to `size` more requests in one statement; how many were left of them, 0 where none."""
    first = insert(RateBucket).values(digest=digest, window=window, count=size)
    counted = first.on_conflict_do_update(
        index_elements=[RateBucket.digest], set_={"count": RateBucket.count + size}, where=RateBucket.count < most
    ).returning(RateBucket.count)
    count = await session.scalar(counted)
    return 0 if count is None else min(size, most - (count - size))


def _window() -> datetime:
    return now().replace(second=0, microsecond=0)


def _too_many(window: datetime, most: int) -> TooManyRequests:
    wait = max(1, -int((now() - window - WINDOW).total_seconds() // 1))
    return TooManyRequests(limit=most, headers={"Retry-After": str(wait)})


async def spend(session: AsyncSession, digest: bytes, *, window: datetime, most: int) -> bool:
    """Count one more request in one statement; False, and nothing counted, where `most` were counted before."""
    first = insert(RateBucket).values(digest=digest, window=window, count=1)
    counted = first.on_conflict_do_update(
        index_elements=[RateBucket.digest], set_={"count": RateBucket.count + 1}, where=RateBucket.count < most
    ).returning(RateBucket.count)
    return await session.scalar(counted) is not None


async def forget_old_windows(session: AsyncSession) -> int:
    """Delete the minutes that are over; the number of rows deleted."""
    result = await session.execute(delete(RateBucket).where(RateBucket.window <= now() - WINDOW))
    return rows_changed(result)


def asker(request: Request, trusted_proxy: bool) -> str:
    """The peer; behind a trusted proxy the last hop of X-Forwarded-For, which the proxy itself wrote."""
    peer = request.client.host if request.client else "-"
    forwarded = request.headers.getlist("x-forwarded-for")
    told = forwarded[-1].rpartition(",")[2].strip() if trusted_proxy and forwarded else ""
    return _household(told) or _household(peer) or peer


def _household(text: str) -> str:
    """An IPv4 address as it is, the network of an IPv6 address; empty where it is no address."""
    try:
        found: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return ""
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or IPv6Network((found.packed, HOUSEHOLD), strict=False))
    return str(found)


def _digest(key: bytes, asker: str, window: datetime) -> bytes:
    return hmac.new(key, f"rate\0{asker}\0{window.isoformat()}".encode(), hashlib.sha256).digest()
