"""Erasures go to the log outside the database, and come back from it after the restore of an older backup."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from intake.keeping.erasing import Part, erase
from intake.keeping.records import Erasure
from intake.models import Report
from intake.vault import Vault
from services.database import Database
from services.retention import ledger
from services.retention.ledger import Erased
from services.settings import Settings

LATE = timedelta(days=2)
"""How long before the log's last line an erasure may have been made that is not in it yet."""


async def note(database: Database, settings: Settings) -> int:
    """Copy what the log does not have yet, until there is nothing new; how many lines."""
    file, number, new = ledger.path(settings), 0, 1
    while new:
        new = await asyncio.to_thread(ledger.append, file, await _since(database, ledger.last(file)))
        number += new
    return number


async def _since(database: Database, last: datetime | None) -> list[Erased]:
    """What was erased since the log's last line, and what could have been committed late before it."""
    wanted = select(Erasure.case_no, Erasure.part, Erasure.at).order_by(Erasure.at)
    if last is not None:
        wanted = wanted.where(Erasure.at > last - LATE)
    async with database.unit() as session:
        return [Erased(case_no, part, at) for case_no, part, at in await session.execute(wanted)]


async def erase_again(database: Database, vault: Vault, erased: Sequence[Erased]) -> int:
    """What the log says was erased and this database still has; how many. No hold of the backup's day keeps it: it was
    erased after that day, when no hold was on."""
    number = 0
    for each in erased:
        async with database.unit() as session:
            mine = select(Report).where(Report.case_no == each.case_no).with_for_update()
            report = await session.scalar(mine)
            if report is not None:
                number += await erase(session, vault, report, Part(each.part), cause="restored", held=False)
    return number
