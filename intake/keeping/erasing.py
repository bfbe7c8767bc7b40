"""A part of a case is erased: here at once, in routing and feedback by `report.erased`; the case stays as a number.

What stays is what figures are made of: channel, kind, issue, grid, unit, times, outcome. The timeline's digests stay
too, so the chain still verifies; the words they were made of are gone.
"""

from collections.abc import Sequence
from contextlib import suppress
from enum import StrEnum

from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters
from intake.keeping.holds import refuse_held
from intake.keeping.records import Erasure, Export
from intake.models import OrderEntry, Report, Reporter, RevealRequest, SealedWords
from intake.notices import choices
from intake.open311.records import Open311Picture, Open311Post
from intake.vault import Vault, VaultError
from services import audit
from services.clocks import now
from services.identity import Actor
from services.messages import ReportErased
from services.messaging import tell
from services.problems import Conflict
from services.queue import Entry
from services.retention import leftovers

LEDGER = "note_erasures"
"""The job that copies new erasures to the log outside the database."""


class Part(StrEnum):
    """What can be erased of a case by itself; `everything` is all of it."""

    ORIGINALS = "originals"
    PHOTOS = "photos"
    SURVEY_PHOTOS = "survey_photos"
    SURVEY_WORDS = "survey_words"
    EVERYTHING = "everything"


class ErasedCase(Conflict):
    """What was known of this case's reporter was erased: nothing can be added in their name."""

    remedy = "Post a new report; the old number may be named in it."


async def erase(
    session: AsyncSession, vault: Vault, report: Report, part: Part, *, cause: str, by: Actor | None = None,
    held: bool = True,
) -> bool:  # fmt: skip
    """Erase it and say so; False where it is gone already. The report's row is locked.

    Raises OnHold, unless a hold is not to be looked at (`held=False`, after a restore).
    """
    if held:
        await refuse_held(session, report.case_no)
    row = {"case_no": report.case_no, "part": part.value, "at": now(), "cause": cause, "by_person": by and by.person}
    noted = insert(Erasure).values(row).on_conflict_do_nothing().returning(Erasure.case_no)
    if await session.scalar(noted) is None:
        return False
    await forget(session, vault, report, part)
    await audit.record(
        session, "report.erased", report.case_no, actor=by, voice=None if by else "clock", part=part.value, cause=cause
    )
    if part is not Part.ORIGINALS:
        report.told += 1
        told = ReportErased(case_no=report.case_no, parts=(part.value,), at=row["at"])
        await tell(session, told, sequence=report.told, also=[Entry(LEDGER, b"", dedupe=LEDGER)])
    return True


async def forget(session: AsyncSession, vault: Vault, report: Report, part: Part) -> None:
    """What intake itself holds of this part; harmless when repeated."""
    reporter = await session.get_one(Reporter, report.reporter, with_for_update=True)
    if part in (Part.ORIGINALS, Part.EVERYTHING):
        reporter.original = None
        await session.execute(delete(SealedWords).where(SealedWords.reporter == reporter.id))
        await session.execute(delete(Open311Picture).where(Open311Picture.case_no == report.case_no))
        elsewhere = update(Open311Post).where(Open311Post.case_no == report.case_no)
        await session.execute(elsewhere.values(media_url=None))
    if part is Part.EVERYTHING:
        if reporter.wrapped_key is not None:
            await _forget_choice(session, vault, reporter)
            await reporters.erase(session, reporter)
        _blank(report)
        await session.flush()
        await _forget_beside(session, report.case_no)


async def _forget_choice(session: AsyncSession, vault: Vault, reporter: Reporter) -> None:
    """What the person said about notices. Where the number does not open, its own rule ends it: erasing goes on."""
    with suppress(VaultError):
        await choices.forget(session, vault, reporter.id, reporters.open_field(vault, reporter, "phone"))


def _blank(report: Report) -> None:
    """The row without words, door and point. Its digests go too: neither body nor code is known again."""
    report.text, report.body_digest, report.status_digest, report.reachable = "", b"", None, False
    report.address = report.lon = report.lat = report.crs = report.public_answer = None
    report.settled_done = "" if report.settled_done is not None else None


async def _forget_beside(session: AsyncSession, case_no: str) -> None:
    await leftovers.clear(session, case_no)
    await session.execute(update(OrderEntry).where(OrderEntry.case_no == case_no).values(note=None))
    asked = update(RevealRequest).where(RevealRequest.case_no == case_no)
    await session.execute(asked.values(reason="", refusal=None))
    await session.execute(delete(Export).where(Export.case_no == case_no))
    await session.execute(text("SELECT forget_words(:case_no)"), {"case_no": case_no})


async def parts_gone(session: AsyncSession, case_no: str) -> Sequence[str]:
    """The parts of a case that were erased."""
    return (await session.scalars(select(Erasure.part).where(Erasure.case_no == case_no))).all()


async def refuse_erased(session: AsyncSession, case_no: str) -> None:
    """Raises ErasedCase."""
    if Part.EVERYTHING in await parts_gone(session, case_no):
        raise ErasedCase
