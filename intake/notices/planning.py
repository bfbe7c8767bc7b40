"""What is to be sent: noted in the transaction of the news, with the job that sends it. Nothing is opened here."""

import json
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake.models import Notification, Report
from intake.notices.delivery import once
from intake.notices.occasions import Occasion, occasion_of
from services.clocks import now
from services.events import Envelope
from services.ids import new_id
from services.messages import OrderMoved, SurveyDue, SurveyEnded
from services.queue import Entry, enqueue

JOB = "send_notice"


@dataclass(frozen=True)
class Job:
    """What the queue holds: which notification of which case, never of whom."""

    notification: str
    case_no: str
    occasion: str

    @classmethod
    def read(cls, payload: bytes) -> "Job":
        return cls(**json.loads(payload))

    def written(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def registered(case_no: str) -> Entry:
    """The job of a report that was taken down; its notification is noted by the job, not by the desk's request."""
    named = once(case_no, Occasion.REGISTERED)
    return Entry(JOB, Job(str(named), case_no, Occasion.REGISTERED).written())


async def order_moved(session: AsyncSession, report: Report, message: OrderMoved) -> None:
    """The newest news of an order, where it is something to its reporter and there is a reporter to tell."""
    occasion = occasion_of(message.move, message.state)
    if occasion and report.reachable:
        await note(session, report.case_no, occasion, named=once(report.case_no, f"{occasion} {message.entry}"))


async def note(
    session: AsyncSession, case_no: str, occasion: Occasion, *, named: UUID | None = None, about: UUID | None = None,
    round_: int = 1,
) -> None:  # fmt: skip
    """Once for each name. `about` is the survey or the vote it belongs to."""
    row = _row(named or new_id(), case_no, occasion, about=about, round_=round_)
    made = insert(Notification).values(row).on_conflict_do_nothing().returning(Notification.id)
    if await session.scalar(made):
        await enqueue(session, JOB, Job(str(row["id"]), case_no, occasion).written())


def _row(
    id_: UUID, case_no: str, occasion: Occasion, *, about: UUID | None = None, round_: int = 1, result: str = "pending"
) -> dict[str, object]:
    return {
        "id": id_, "case_no": case_no, "kind": occasion.value, "survey": about, "round": round_, "at": now(),
        "result": result,
    }  # fmt: skip


async def make_sure(session: AsyncSession, job: Job) -> Notification:
    """The locked row of a job."""
    row = _row(UUID(job.notification), job.case_no, Occasion(job.occasion))
    await session.execute(insert(Notification).values(row).on_conflict_do_nothing())
    return await session.get_one(Notification, UUID(job.notification), with_for_update=True)


async def survey_due(session: AsyncSession, message: SurveyDue, _: Envelope) -> None:
    """A link is to be sent; nothing where the survey ended before this came."""
    ended = select(Notification.id).where(Notification.survey == message.survey, Notification.result == "ended")
    if await session.scalar(ended.limit(1)) is None:
        await note(session, message.case_no, Occasion.SURVEY_LINK, about=message.survey, round_=message.round)


async def survey_ended(session: AsyncSession, message: SurveyEnded, _: Envelope) -> None:
    """What is still to be sent for it is not sent any more; also where `survey.due` comes after this."""
    of_survey = Notification.survey == message.survey
    waiting = update(Notification).where(of_survey, Notification.result == "pending")
    await session.execute(waiting.values(result="ended", at=now()))
    if await session.scalar(select(Notification.id).where(of_survey).limit(1)) is None:
        row = _row(
            new_id(), message.case_no, Occasion.SURVEY_LINK, about=message.survey, round_=message.round, result="ended"
        )
        await session.execute(insert(Notification).values(row))
