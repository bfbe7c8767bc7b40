"""intake's nightly run: what is due of closed cases, rows that are over, and words that came after an erasure.

Each case is a transaction of its own, so that one that cannot be erased keeps no other from it.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from intake.keeping import noting
from intake.keeping.erasing import Part, erase, forget
from intake.keeping.holds import OnHold
from intake.keeping.records import Erasure, Export, Hold
from intake.models import CLOSED, Disclosure, Notification, OrderEntry, RelayHandle, Report
from intake.notices.records import NoticeChoice
from intake.reporters import vault_of
from intake.vault import Vault
from services.database import Database, rows_changed
from services.retention import leftovers
from services.retention.rules import Rule, Rules
from services.retention.runs import Retain, Tally
from services.rooms import Tools

log = structlog.get_logger()
BATCH = 200
CHOICES = "notice_choices"


def retain(tools: Tools) -> Retain:
    """What intake does by the rules."""

    async def run(rules: Rules, at: datetime) -> Sequence[Tally]:
        vault = vault_of(tools.settings)
        tallies = [
            await _cases(tools.database, vault, name, Part(str(rule.part)), at - rule.keep)
            for name, rule in rules.items()
            if rule.by == "case"
        ]
        tallies += [await _rows(tools.database, name, _over(name, rule, at)) for name, rule in rules.items()
                    if rule.by == "row" and name != CHOICES]  # fmt: skip
        tallies += [await _choices(tools.database, at - rules[CHOICES].keep), await _late_words(tools.database, vault)]
        return [*tallies, await _past(tools.database, at - rules["disclosures"].keep), await _noted(tools)]

    return run


async def _noted(tools: Tools) -> Tally:
    """The log outside the database; where it cannot be written the run says so, and the next one catches up."""
    tally = Tally("erasure_log")
    try:
        tally.due = tally.erased = await noting.note(tools.database, tools.settings)
    except OSError as error:
        log.error("erasures not noted outside the database", error=type(error).__name__)
        tally.failed = 1
    return tally


def due(part: Part, before: datetime) -> ColumnElement[bool]:
    """Closed before then, and not erased yet: neither this part nor everything."""
    gone = exists().where(Erasure.case_no == Report.case_no, Erasure.part.in_({part.value, Part.EVERYTHING.value}))
    return (Report.state == CLOSED) & (Report.closed_at < before) & ~gone


async def _cases(database: Database, vault: Vault, name: str, part: Part, before: datetime) -> Tally:
    tally, after = Tally(name), ""
    while True:
        wanted = select(Report.case_no).where(due(part, before), Report.case_no > after)
        async with database.unit() as session:
            found = (await session.scalars(wanted.order_by(Report.case_no).limit(BATCH))).all()
        for case_no in found:
            await _one(database, vault, case_no, part, before, tally)
        if len(found) < BATCH:
            return tally
        after = found[-1]


async def _one(database: Database, vault: Vault, case_no: str, part: Part, before: datetime, tally: Tally) -> None:
    """Looked at again under the lock: an appeal may have opened it."""
    try:
        async with database.unit() as session:
            mine = select(Report).where(Report.case_no == case_no, due(part, before)).with_for_update()
            report = await session.scalar(mine)
            if report is None:
                return
            tally.due += 1
            await erase(session, vault, report, part, cause="due")
        tally.erased += 1
    except OnHold:
        tally.held += 1
    except Exception as error:
        log.error("not erased", case_no=case_no, part=part.value, error=type(error).__name__)
        tally.failed += 1


Kept = type[Export] | type[RelayHandle] | type[Notification]


def _over(name: str, rule: Rule, at: datetime) -> tuple[Kept, ColumnElement[bool]]:
    """The rows of a class that are over."""
    before = at - rule.keep
    if name == "exports":
        return Export, Export.asked_at < before
    if name == "relay_handles":
        return RelayHandle, RelayHandle.ended_at < before
    return Notification, (Notification.at < before) & (Notification.result != "pending")


async def _rows(database: Database, name: str, over: tuple[Kept, ColumnElement[bool]]) -> Tally:
    """Those of a held case stay."""
    table, old = over
    on_hold = exists().where(Hold.case_no == table.case_no, Hold.state.in_(("asked", "held", "lifting")))
    async with database.unit() as session:
        kept = await session.scalar(select(func.count()).select_from(table).where(old, on_hold)) or 0
        gone = rows_changed(await session.execute(delete(table).where(old, ~on_hold)))
    return Tally(name, due=gone + kept, erased=gone, held=kept)


async def _choices(database: Database, before: datetime) -> Tally:
    """Nobody asked for them since: no case with their number is written to any longer. No hold names them."""
    async with database.unit() as session:
        gone = rows_changed(await session.execute(delete(NoticeChoice).where(NoticeChoice.at < before)))
    return Tally(CHOICES, due=gone, erased=gone)


async def _late_words(database: Database, vault: Vault) -> Tally:
    """Words that reached an erased case afterwards: a note on the closed order, a public answer told again."""
    tally = Tally("late_words")
    async with database.unit() as session:
        found = (await session.scalars(_with_words().limit(10 * BATCH))).all()
    for case_no in found:
        async with database.unit() as session:
            report = await session.get_one(Report, case_no, with_for_update=True)
            await forget(session, vault, report, Part.EVERYTHING)
        tally.due, tally.erased = tally.due + 1, tally.erased + 1
    return tally


def _with_words() -> Select[str]:
    noted = exists().where(OrderEntry.case_no == Erasure.case_no, OrderEntry.note.is_not(None))
    again = or_(noted, leftovers.has_words(Erasure.case_no), Report.text != "", Report.public_answer.is_not(None))
    of_erased = select(Erasure.case_no).join(Report, Report.case_no == Erasure.case_no)
    return of_erased.where(Erasure.part == Part.EVERYTHING.value, again)


async def _past(database: Database, before: datetime) -> Tally:
    async with database.unit() as session:
        return Tally("disclosures", due=await _count(session, before))


async def _count(session: AsyncSession, before: datetime) -> int:
    return await session.scalar(select(func.count()).select_from(Disclosure).where(Disclosure.at < before)) or 0
