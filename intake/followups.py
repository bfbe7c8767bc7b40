"""What follows a report: the reporter amends, withdraws, chases or appeals, through whoever takes it down.

Each verb writes the row, the timeline, the audit entry and the message to routing in the session's one transaction.
routing refuses none of them: what is not possible there becomes a note that the citizen is told of.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters
from intake.bridge import changes
from intake.channels import Channel, Desk, OwnHand
from intake.keeping.erasing import refuse_erased
from intake.models import CLOSED, Report, Reporter
from intake.reporters import Identity
from intake.reports import put_place
from intake.schemas import Amendment, Appeal, Chase, Withdrawal
from intake.vault import Vault
from services import audit, timeline
from services.clocks import now
from services.messages import Message, Place, ReportAmended, ReportAppealed, ReportChased, ReportWithdrawn
from services.messaging import tell
from services.problems import Conflict, invalid


class OwnFind(Conflict):
    """An officer came across this on a visit: no reporter is there to withdraw it, to chase or to appeal."""

    remedy = "Amend it, or note on the order what is to be said; a dispatcher ends what is no matter of the city's."


class NotClosedYet(Conflict):
    """An appeal is against how a case was closed, and this one is not closed."""

    remedy = "Send a chase to ask where it stands or an amendment to add something; appeal when it is closed."


async def amend(session: AsyncSession, *, vault: Vault, desk: Desk | OwnHand, report: Report, told: Amendment) -> None:
    """More words, or a better place; of the place, the parts that are told anew."""
    if told == Amendment():
        raise invalid("(body)", "says something", "send a description, an address, a grid_code or a location")
    words, identity = await note(
        session, vault=vault, desk=desk, report=report, move="amend",
        told={"note": told.description, "address": told.address}, facts={"grid": told.grid_code},
    )  # fmt: skip
    put_place(report, identity, told.address, told.grid_code, told.location)
    moved = any((told.address, told.grid_code, told.location))
    place = Place(address=words.get("address"), grid=told.grid_code, location=told.location) if moved else None
    await say(session, report, ReportAmended(case_no=report.case_no, text=words.get("note"), place=place, at=now()))


async def withdraw(
    session: AsyncSession, *, vault: Vault, desk: Desk | OwnHand, report: Report, told: Withdrawal
) -> None:
    await _refuse_own_find(session, report)
    told_words = {"note": told.reason}
    words, _ = await note(session, vault=vault, desk=desk, report=report, move="withdraw", told=told_words)
    await say(session, report, ReportWithdrawn(case_no=report.case_no, reason=words["note"], at=now()))


async def chase(session: AsyncSession, *, vault: Vault, desk: Desk | OwnHand, report: Report, told: Chase) -> None:
    await _refuse_own_find(session, report)
    told_words = {"note": told.description}
    words, _ = await note(session, vault=vault, desk=desk, report=report, move="chase", told=told_words)
    await say(session, report, ReportChased(case_no=report.case_no, text=words.get("note", ""), at=now()))


async def appeal(session: AsyncSession, *, vault: Vault, desk: Desk | OwnHand, report: Report, told: Appeal) -> None:
    """Raises NotClosedYet by the copy; whether the window is still open is routing's to say."""
    await _refuse_own_find(session, report)
    if report.state != CLOSED:
        raise NotClosedYet(state=report.state)
    told_words = {"note": told.reason}
    words, _ = await note(session, vault=vault, desk=desk, report=report, move="appeal", told=told_words)
    await say(session, report, ReportAppealed(case_no=report.case_no, text=words["note"], at=now()))


async def _refuse_own_find(session: AsyncSession, report: Report) -> None:
    """What follows in the name of a reporter needs one. Raises OwnFind."""
    if report.channel != Channel.VISIT or report.reachable:
        return
    reporter = await session.get_one(Reporter, report.reporter)
    if reporter.name is None and reporter.phone is None:
        raise OwnFind


async def note(
    session: AsyncSession,
    *,
    vault: Vault,
    desk: Desk | OwnHand,
    report: Report,
    move: str,
    told: Mapping[str, str | None],
    facts: Mapping[str, Any] | None = None,
) -> tuple[dict[str, str], Identity]:
    """Timeline and audit of a verb; the words as others may read them, and the reporter they were cleared of."""
    reporter = await session.get_one(Reporter, report.reporter)
    if reporter.wrapped_key is None:
        await refuse_erased(session, report.case_no)
    identity = reporters.opened(vault, reporter)
    plain = {name: text for name, text in told.items() if text}
    words = {name: reporters.hide(text, identity) for name, text in plain.items()}
    number = await timeline.append(session, report, move, **desk.signature, facts=facts, words=words)
    if words != plain:
        await reporters.keep_words(session, vault, reporter, number, plain)
    await audit.record(session, move, report.case_no, actor=desk.actor, voice=desk.voice, entry=number)
    await changes.follow_up(session, report, move, now())
    return words, identity


async def say(session: AsyncSession, report: Report, message: Message) -> None:
    """Tell routing, under the case's next number."""
    report.told += 1
    await tell(session, message, sequence=report.told)
