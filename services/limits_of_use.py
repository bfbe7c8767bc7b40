"""How often one address may ask what needs no key: so many times a minute, counted for all workers together.

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
    """This address has asked as often as it may in a minute."""

    status = 429
    title = "Too many requests"
    remedy = "Ask again after the seconds that `Retry-After` names."


async def within_limits(request: Request) -> None:
    """A dependency of every public route that costs something. Raises TooManyRequests."""
    settings: Settings = request.app.state.settings
    most, at = settings.public_rate_per_minute, now()
    window = at.replace(second=0, microsecond=0)
    digest = _digest(request.app.state.answer_key, asker(request, settings.trusted_proxy), window)
    async with request.app.state.database.unit() as session:
        granted = await spend(session, digest, window=window, most=most)
    if not granted:
        wait = max(1, -int((at - window - WINDOW).total_seconds() // 1))
        raise TooManyRequests(limit=most, headers={"Retry-After": str(wait)})


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
