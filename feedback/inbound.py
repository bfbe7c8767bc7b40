"""What feedback does when routing or intake speaks; any order of arrival comes to the same end."""

from sqlalchemy.ext.asyncio import AsyncSession

from feedback import cases, forgetting, staff, surveys
from feedback.terms import terms
from services.ended_sessions import sessions_ended
from services.messages import AccessChanged, OrderHandled, OrderMoved, ReportErased, SessionsEnded
from services.messaging import Envelope, Handler
from services.settings import Settings


def handlers(settings: Settings | None = None) -> dict[str, Handler]:
    """What is done on each kind of message, by the terms of this city; without settings, by the environment's."""

    async def order_handled(session: AsyncSession, handled: OrderHandled, envelope: Envelope) -> None:
        await surveys.issue(session, handled, envelope.sequence, terms(settings or Settings()))

    async def order_moved(session: AsyncSession, moved: OrderMoved, envelope: Envelope) -> None:
        await cases.copy(session, moved, envelope.sequence)

    async def access_changed(session: AsyncSession, changed: AccessChanged, _: Envelope) -> None:
        await staff.copy_others(session, changed)

    async def report_erased(session: AsyncSession, erased: ReportErased, _: Envelope) -> None:
        await forgetting.erased(session, erased)

    return {
        ReportErased.type: report_erased,
        OrderHandled.type: order_handled,
        OrderMoved.type: order_moved,
        AccessChanged.type: access_changed,
        SessionsEnded.type: sessions_ended,
    }
