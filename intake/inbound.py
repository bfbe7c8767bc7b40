"""What intake does when another service speaks: the copy of the order follows routing, the surveys follow feedback."""

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake.codes import codes_due
from intake.models import OrderEntry, Report
from intake.notifications import survey_due, survey_ended
from intake.open311.offers import lists_published
from services import identity
from services.events import Envelope
from services.inbox import Handler
from services.messages import AccessChanged, CodesDue, ListsPublished, OrderMoved, SurveyDue, SurveyEnded

SAME = (
    "state", "outcome", "round", "item_type", "issue", "issue_name", "grade", "merged_into", "case_due", "state_due",
    "contact_due", "contacted_at", "accepted_at", "handled_at", "closed_at", "public_answer",
)  # fmt: skip


class UnknownCase(LookupError):
    """An order moved whose report is not here, though every case begins here: a person must look."""


async def order_moved(session: AsyncSession, message: OrderMoved, envelope: Envelope) -> None:
    """Keep the entry; let the copy follow where this is newer than what it shows."""
    report = await session.get(Report, message.case_no, with_for_update=True)
    if report is None:
        raise UnknownCase(UnknownCase.__doc__)
    if await _keep(session, message):
        report.copied += 1
    if envelope.sequence > report.seen_sequence:
        report.seen_sequence = envelope.sequence
        follow(report, message)


async def _keep(session: AsyncSession, message: OrderMoved) -> bool:
    row = {name: getattr(message, name) for name in ("case_no", "entry", "at", "move", "state", "outcome", "note")}
    kept = insert(OrderEntry).values(row).on_conflict_do_nothing().returning(OrderEntry.entry)
    return (await session.execute(kept)).one_or_none() is not None


def follow(report: Report, message: OrderMoved) -> None:
    """The order's public face, copied whole: what it does not have now, the copy loses too."""
    for name in SAME:
        setattr(report, name, getattr(message, name))
    for kind, named in (("grid", message.grid), ("lead", message.lead)):
        for part in ("code", "name", "path"):
            setattr(report, f"{kind}_{part}", getattr(named, part) if named else None)
    report.co_units = [unit.model_dump() for unit in message.co_units]
    report.as_of = message.at


async def access_changed(session: AsyncSession, message: AccessChanged, _: Envelope) -> None:
    await identity.copy(session, message)


HANDLERS: Mapping[str, Handler] = {
    OrderMoved.type: order_moved,
    CodesDue.type: codes_due,
    SurveyDue.type: survey_due,
    SurveyEnded.type: survey_ended,
    AccessChanged.type: access_changed,
    ListsPublished.type: lists_published,
}
