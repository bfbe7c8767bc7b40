"""Case numbers for one process: it takes a block of serials at once from the sequence, in a transaction of their own.

A number that is not used is a gap and nothing more; two processes never hold the same block.
"""

import asyncio
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from intake import numbers
from intake.models import BLOCK, SERIALS
from services.clocks import now
from services.database import Database


class Serials:
    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database, self._zone = database, zone
        self._left = iter(range(0))
        self._refill = asyncio.Lock()

    async def next_number(self) -> str:
        """The number of a case that comes in today, on the city's calendar."""
        return numbers.make(now().astimezone(self._zone).date(), await self._next())

    async def numbers(self, count: int) -> list[str]:
        """Numbers for many cases at once, from blocks of their own: one statement."""
        blocks = -(-count // BLOCK)
        async with self._database.unit() as session:
            firsts = await session.scalars(select(SERIALS.next_value()).select_from(func.generate_series(1, blocks)))
            serials = [first + each for first in firsts for each in range(BLOCK)]
        day = now().astimezone(self._zone).date()
        return [numbers.make(day, serial) for serial in serials[:count]]

    async def _next(self) -> int:
        async with self._refill:
            serial = next(self._left, None)
            if serial is None:
                self._left = iter(await self._block())
                serial = next(self._left)
            return serial

    async def _block(self) -> range:
        async with self._database.unit() as session:
            first: int = await session.scalar(SERIALS.next_value())
        return range(first, first + BLOCK)
