"""The two lists as somebody sends them: a workbook, one or two CSV texts. All or nothing."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from routing.drafts import ListRefused, published
from routing.list_shelves import lists_at
from routing.lists import ListFaults, Lists
from routing.lists.workbook import read_csv, read_workbook, write_csv


async def from_workbook(data: bytes) -> Lists:
    """Raises ListRefused."""
    try:
        return await asyncio.to_thread(read_workbook, data)
    except ListFaults as broken:
        raise ListRefused(broken) from None


async def from_csv(session: AsyncSession, issues: str | None, responsibilities: str | None) -> Lists:
    """A text that is missing stands for the published list. Raises ListRefused."""
    if issues is None or responsibilities is None:
        kept = write_csv(await lists_at(session, (await published(session)).number))
        issues, responsibilities = issues or kept[0], responsibilities or kept[1]
    texts = (issues, responsibilities)
    try:
        return await asyncio.to_thread(lambda: read_csv(*texts))
    except ListFaults as broken:
        raise ListRefused(broken) from None
