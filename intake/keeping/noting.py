"""Erasures go to the log outside the database, and come back from it after the restore of an older backup."""

from collections.abc import Sequence

from sqlalchemy import select

from intake.keeping.erasing import Part, erase
from intake.keeping.records import Erasure
from intake.models import Report
from intake.vault import Vault
from services.database import Database
from services.retention import ledger
from services.retention.ledger import Erased
from services.settings import Settings


async def note(database: Database, settings: Settings) -> int:
    """Copy what the log does not have yet; how many lines."""
    async with database.unit() as session:
        rows = (await session.execute(select(Erasure.case_no, Erasure.part, Erasure.at).order_by(Erasure.at))).all()
    return ledger.append(ledger.path(settings), (Erased(case_no, part, at) for case_no, part, at in rows))


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
