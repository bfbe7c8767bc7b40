"""From which network a page was answered: a keyed digest that shows two answers of one network, and is erased in time.

No address is kept. The digest is good for nothing but the test for many answers from one network (`anomalies`).
"""

from datetime import timedelta

from fastapi import Request
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.digests import digest
from feedback.models import Network
from services.clocks import now
from services.database import rows_changed
from services.limits_of_use import asker

KEPT_FOR = timedelta(days=30)


def network_of(request: Request) -> bytes:
    """The digest of the household that asks: an IPv4 address or the network of an IPv6 one."""
    state = request.app.state
    return digest(state.desk.key, "network", asker(request, state.settings.trusted_proxy))


async def forget_old(session: AsyncSession) -> int:
    """Erase the digests older than 30 days; the number erased."""
    result = await session.execute(delete(Network).where(Network.at < now() - KEPT_FOR))
    return rows_changed(result)
