"""What is sent to reporters: so far a one-time survey link. A way out of the vault, so it is logged like a reveal.

The plain number lives between the vault and the adapter and nowhere else; queue and log hold the case number.
"""

import json
from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

import typer
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from intake import disclosures, reporters
from intake.models import Notification
from intake.vault import Vault
from services import audit
from services.attempts import Unreachable
from services.clocks import now
from services.database import Database
from services.events import Envelope
from services.ids import new_id
from services.messages import SurveyDue, SurveyEnded
from services.messaging import PeerFailed, Peers
from services.queue import enqueue

JOB = "send_survey_link"
SURVEY_LINK = "survey_link"
GONE = (409, 410)
"""How feedback answers when there is nothing to ask any longer."""


class Notifier(Protocol):
    """Tells a person something: by text message, by an app, by letter. Raises where it could not; it is tried again."""

    name: str

    async def send(self, kind: str, to: str, text: str) -> None: ...


class ConsoleNotifier:
    """Writes that a notice went out, and its words, to standard output; never to whom."""

    name = "console"

    async def send(self, kind: str, to: str, text: str) -> None:
        typer.echo(f"{kind}: {text}")


class MuteNotifier:
    """Says nothing to anybody: for plays and measurements, where no citizen waits."""

    name = "mute"

    async def send(self, kind: str, to: str, text: str) -> None:
        """Nothing; the notification is noted as sent all the same."""


NOTIFIERS: Mapping[str, type[Notifier]] = {"console": ConsoleNotifier, "mute": MuteNotifier}


class Link(BaseModel):
    """A fresh one-time address of a survey's page, as feedback hands it out."""

    url: str
    expires_at: Any


async def survey_due(session: AsyncSession, message: SurveyDue, _: Envelope) -> None:
    """Note that a link is to be sent, and the job that sends it; nothing where the survey ended before this came."""
    ended = select(Notification.id).where(Notification.survey == message.survey, Notification.result == "ended")
    if await session.scalar(ended.limit(1)):
        return
    pending = _noted(message, "pending")
    session.add(pending)
    payload = {"notification": str(pending.id), "case_no": message.case_no, "survey": str(message.survey),
               "round": message.round}  # fmt: skip
    await enqueue(session, JOB, json.dumps(payload).encode())


async def survey_ended(session: AsyncSession, message: SurveyEnded, _: Envelope) -> None:
    """What is still to be sent for it is not sent any more; also where `survey.due` comes after this."""
    of_survey = Notification.survey == message.survey
    waiting = update(Notification).where(of_survey, Notification.result == "pending")
    await session.execute(waiting.values(result="ended", at=now()))
    if await session.scalar(select(Notification.id).where(of_survey).limit(1)) is None:
        session.add(_noted(message, "ended"))


def _noted(message: SurveyDue | SurveyEnded, result: str) -> Notification:
    return Notification(
        id=new_id(), case_no=message.case_no, kind=SURVEY_LINK, survey=message.survey,
        round=message.round, adapter=None, at=now(), result=result,
    )  # fmt: skip


class LinkSender:
    """The job behind `survey.due`: fetch a link, open the number, send. Killed on the way, it sends another link."""

    def __init__(self, database: Database, peers: Peers, vault: Vault, notifier: Notifier) -> None:
        self._database, self._peers, self._vault, self._notifier = database, peers, vault, notifier

    async def __call__(self, payload: bytes) -> None:
        job = json.loads(payload)
        notification = UUID(job["notification"])
        if not await self._still_wanted(notification):
            return
        link = await self._link(job["survey"])
        if link is None:
            await self._settle(notification, "ended")
            return
        phone = await self._reveal(notification)
        if phone:
            await self._notifier.send(SURVEY_LINK, phone, words(job["case_no"], link.url))
            await self._settle(notification, "sent")

    async def _still_wanted(self, notification: UUID) -> bool:
        async with self._database.unit() as session:
            result = await session.scalar(select(Notification.result).where(Notification.id == notification))
        return result == "pending"

    async def _link(self, survey: str) -> Link | None:
        try:
            return Link.model_validate(await self._peers.call("feedback", "POST", "/v1/links", {"survey": survey}))
        except PeerFailed as error:
            if error.status in GONE:
                return None
            if error.status is None:
                raise Unreachable(str(error)) from None
            raise

    async def _reveal(self, notification: UUID) -> str | None:
        """The number, with its audit entry committed before anybody has it; None where the survey ended meanwhile."""
        async with self._database.unit() as session:
            row = await session.get_one(Notification, notification, with_for_update=True)
            if row.result != "pending":
                return None
            phone = reporters.open_field(self._vault, await reporters.of_case(session, row.case_no), "phone")
            if phone is None:
                row.result, row.at = "no_address", now()
                return None
            await audit.record(
                session, "reveal", row.case_no, voice="system", purpose="survey link", field="phone",
                survey=str(row.survey), round=row.round, adapter=self._notifier.name,
            )  # fmt: skip
            await disclosures.log(
                session, row.case_no, fields=["phone"], way="notice", purpose="survey link", to=disclosures.SYSTEM,
                until=now(), survey=row.survey,
            )  # fmt: skip
        return phone

    async def _settle(self, notification: UUID, result: str) -> None:
        done = {"result": result, "at": now(), "adapter": self._notifier.name if result == "sent" else None}
        async with self._database.unit() as session:
            await session.execute(update(Notification).where(Notification.id == notification).values(done))


def words(case_no: str, url: str) -> str:
    """What the person reads."""
    return f"您反映的事项（编号 {case_no}）已有办理结果，请点击链接评价：{url}"
