"""What routing does when intake or feedback speaks; any order of arrival comes to the same end."""

from functools import cache

from sqlalchemy.ext.asyncio import AsyncSession

from routing import evaluation, forgetting, reports
from routing.deliberation.voting import register_codes
from routing.opening import open_order
from routing.terms import Terms, terms
from services.messages import (
    CodesMade,
    ReportAmended,
    ReportAppealed,
    ReportChased,
    ReportErased,
    ReportReceived,
    ReportWithdrawn,
    StaffChanged,
    VerdictGiven,
)
from services.messaging import Envelope, Handler
from services.settings import Settings


def handlers(settings: Settings | None = None) -> dict[str, Handler]:
    """What is done on each kind of message, by the terms of this city; without settings, by the environment's."""

    @cache
    def agreed() -> Terms:
        return terms(settings or Settings())

    async def received(session: AsyncSession, message: ReportReceived, _: Envelope) -> None:
        await open_order(session, message, agreed())

    async def amended(session: AsyncSession, message: ReportAmended, envelope: Envelope) -> None:
        await reports.amend(session, message, agreed(), sequence=envelope.sequence)

    async def withdrawn(session: AsyncSession, message: ReportWithdrawn, _: Envelope) -> None:
        await reports.withdraw(session, message, agreed())

    async def chased(session: AsyncSession, message: ReportChased, _: Envelope) -> None:
        await reports.chase(session, message, agreed())

    async def appealed(session: AsyncSession, message: ReportAppealed, _: Envelope) -> None:
        await reports.appeal(session, message, agreed())

    async def judged(session: AsyncSession, message: VerdictGiven, _: Envelope) -> None:
        await reports.judge(session, message, agreed())

    async def erased(session: AsyncSession, message: ReportErased, _: Envelope) -> None:
        await forgetting.erased(session, message)

    async def codes_made(session: AsyncSession, message: CodesMade, _: Envelope) -> None:
        await register_codes(session, message)

    async def staff_changed(session: AsyncSession, message: StaffChanged, _: Envelope) -> None:
        await evaluation.copy_staff(session, message)

    return {
        StaffChanged.type: staff_changed,
        CodesMade.type: codes_made,
        ReportReceived.type: received,
        ReportAmended.type: amended,
        ReportWithdrawn.type: withdrawn,
        ReportChased.type: chased,
        ReportAppealed.type: appealed,
        ReportErased.type: erased,
        VerdictGiven.type: judged,
    }
