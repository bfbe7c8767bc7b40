"""`report.erased`: the words and photos of a case go, its facts stay, and its chain of digests still verifies."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from routing.models import (
    Deliberation,
    Dispute,
    ErasedCase,
    ListProposal,
    Order,
    Photo,
    ProjectCase,
    Proposal,
    Statement,
)
from routing.reports import known
from services import audit
from services.messages import ReportErased
from services.retention import leftovers
from services.retention.rules import Rules
from services.retention.runs import Retain, Tally
from services.rooms import Tools

EVERYTHING, PHOTOS = "everything", "photos"
STAYS = ("row", "lists", "legal_basis")
"""What of a match's explanation names the lists and not the words."""


async def erased(session: AsyncSession, message: ReportErased) -> None:
    """Note it and erase what it names. Raises NotYet where the report has not come."""
    order = await known(session, message.case_no)
    rows = [
        {"case_no": order.case_no, "part": part, "district": order.district, "at": message.at} for part in message.parts
    ]
    await session.execute(insert(ErasedCase).values(rows).on_conflict_do_nothing())
    for part in message.parts:
        await forget(session, order, part)
    await audit.record(session, "report.erased", order.case_no, voice="intake", parts=list(message.parts))


async def forget(session: AsyncSession, order: Order, part: str) -> None:
    """Harmless when repeated. The order is locked."""
    case_no = order.case_no
    if part in (EVERYTHING, PHOTOS):
        await session.execute(delete(Photo).where(Photo.case_no == case_no))
    if part == EVERYTHING:
        _blank(order)
        await session.flush()
        await leftovers.clear(session, case_no)
        await _forget_beside(session, case_no)


def _blank(order: Order) -> None:
    """The row without words, door and point; grid, issue, units and times stay."""
    order.text, order.evidence, order.open_cases = "", [], []
    order.told_address = order.lon = order.lat = order.crs = order.done = order.public_answer = None
    order.settled_done = "" if order.settled_done is not None else None
    order.explanation = {name: order.explanation[name] for name in STAYS if name in order.explanation}


async def _forget_beside(session: AsyncSession, case_no: str) -> None:
    """Words of disputes, proposals, projects and deliberations on it; who decided what stays."""
    ruled = {"reason": "", "legal_basis": "", "ruling": None}
    await session.execute(update(Dispute).where(Dispute.case_no == case_no).values(ruled))
    proposed = update(Proposal).where(Proposal.case_no == case_no)
    await session.execute(proposed.values(needs={}, refusal=None))
    await session.execute(update(ListProposal).where(ListProposal.case_no == case_no).values(reason=""))
    await session.execute(update(ProjectCase).where(ProjectCase.case_no == case_no).values(because=None))
    asked = select(Deliberation.id).where(Deliberation.case_no == case_no)
    said = update(Statement).where(Statement.deliberation.in_(asked))
    await session.execute(said.values(text="", answer=func.left(Statement.answer, 0)))
    await session.execute(update(Deliberation).where(Deliberation.case_no == case_no).values(minutes=None))


def retain(tools: Tools) -> Retain:
    """Each night: words and photos that came after their case was erased."""

    async def run(_: Rules, at: datetime) -> Sequence[Tally]:
        tally = Tally("late_words")
        async with tools.database.unit() as session:
            found = (await session.execute(_late())).all()
        for case_no, part in found:
            async with tools.database.unit() as session:
                await forget(session, await known(session, case_no), part)
            tally.due, tally.erased = tally.due + 1, tally.erased + 1
        return [tally]

    return run


def _late() -> Select[str, str]:
    """Erased parts of which something is there again."""
    pictures = exists().where(Photo.case_no == ErasedCase.case_no)
    again = or_(leftovers.has_words(ErasedCase.case_no), Order.text != "", Order.public_answer.is_not(None), pictures)
    of_order = select(ErasedCase.case_no, ErasedCase.part).join(Order, Order.case_no == ErasedCase.case_no)
    part = ErasedCase.part
    return of_order.where(or_((part == EVERYTHING) & again, (part == PHOTOS) & pictures)).limit(2000)
