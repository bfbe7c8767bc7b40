"""What intake does when another service speaks: the copy of the order follows routing, the surveys follow feedback."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake import relay
from intake.bridge import changes
from intake.codes import codes_due
from intake.models import EvaluationStaff, OrderEntry, Report
from intake.notices import planning
from intake.open311.offers import lists_published
from services import identity
from services.ended_sessions import sessions_ended
from services.events import Envelope
from services.inbox import Handler
from services.messages import (
    AccessChanged,
    CodesDue,
    ListsPublished,
    OrderMoved,
    SessionsEnded,
    StaffChanged,
    SurveyDue,
    SurveyEnded,
)
from services.roles import OF_EVALUATION

SAME = (
    "state", "outcome", "round", "item_type", "issue", "issue_name", "grade", "merged_into", "case_due", "state_due",
    "contact_due", "contacted_at", "accepted_at", "handled_at", "closed_at", "public_answer", "officer",
)  # fmt: skip


class UnknownCase(LookupError):
    """An order moved whose report is not here, though every case begins here: a person must look."""


async def order_moved(session: AsyncSession, message: OrderMoved, envelope: Envelope) -> None:
    """Keep the entry; let the copy follow where this is newer than what it shows."""
    report = await session.get(Report, message.case_no, with_for_update=True)
    if report is None:
        raise UnknownCase(UnknownCase.__doc__)
    if await _keep(session, message):
        await changes.moved(session, report, message)
        report.copied += 1
    if envelope.sequence > report.seen_sequence:
        report.seen_sequence = envelope.sequence
        follow(report, message)
        await planning.order_moved(session, report, message)


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
    report.accused_path = message.accused
    report.as_of = message.at


async def access_changed(session: AsyncSession, message: AccessChanged, _: Envelope) -> None:
    """Without what is not routing's to say: who calls back and evaluates, and anything about those people."""
    ours = set(await session.scalars(select(EvaluationStaff.person)))
    theirs = {
        "people": tuple(fact for fact in message.people if fact.id not in ours),
        "grants": tuple(fact for fact in message.grants if fact.person not in ours and fact.role not in OF_EVALUATION),
        "keys": tuple(fact for fact in message.keys if fact.person not in ours),
    }
    await identity.copy(session, message.model_copy(update=theirs))


async def staff_changed(session: AsyncSession, message: StaffChanged, _: Envelope) -> None:
    """The evaluation body's own people, in no other role than theirs."""
    people = [fact for fact in message.people if not await _known_otherwise(session, fact.id)]
    named = {fact.id for fact in people}
    if named:
        rows = [{"person": person} for person in named]
        await session.execute(insert(EvaluationStaff).values(rows).on_conflict_do_nothing())
    grants = tuple(fact for fact in message.grants if fact.role in OF_EVALUATION and fact.person in named)
    keys = tuple(fact for fact in message.keys if fact.person in named)
    changed = AccessChanged(units=message.units, people=tuple(people), grants=grants, keys=keys)
    await identity.copy(session, changed)


async def _known_otherwise(session: AsyncSession, person: UUID) -> bool:
    """Whether routing told of this person: feedback cannot take over somebody else's."""
    known = await session.get(identity.Person, person)
    return known is not None and await session.get(EvaluationStaff, person) is None


async def survey_due(session: AsyncSession, message: SurveyDue, envelope: Envelope) -> None:
    await relay.survey_due(session, message, envelope)
    if message.link:
        await planning.survey_due(session, message, envelope)


async def survey_ended(session: AsyncSession, message: SurveyEnded, envelope: Envelope) -> None:
    await relay.survey_ended(session, message, envelope)
    await planning.survey_ended(session, message, envelope)


HANDLERS: Mapping[str, Handler] = {
    OrderMoved.type: order_moved,
    CodesDue.type: codes_due,
    SurveyDue.type: survey_due,
    SurveyEnded.type: survey_ended,
    AccessChanged.type: access_changed,
    SessionsEnded.type: sessions_ended,
    StaffChanged.type: staff_changed,
    ListsPublished.type: lists_published,
}
