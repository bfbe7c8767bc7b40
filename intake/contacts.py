"""A call-back agent reaches the reporter for an open survey: by the relay, or, where that fails, by the number shown.

Either is a disclosure for this survey only, with who, why and until when, committed before anything leaves the vault.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import disclosures, reporters
from intake.disclosures import Receiver
from intake.models import Disclosure, RelayHandle, Report
from intake.relay import Relay, number_behind
from intake.vault import Vault
from services import errands
from services.clocks import now
from services.identity import Actor
from services.problems import Conflict, NotFound, Problem
from services.redaction import redact
from services.roles import Role
from services.settings import Settings

PURPOSE = "contact"
SHOWN_FOR = timedelta(minutes=15)
MOST = 10
"""How often anybody may be put through, or shown the number, for one survey."""


class SurveyOver(Problem):
    """The survey has ended, and with it every way to the person."""

    status = 410
    title = "Survey over"


class NoNumber(Conflict):
    """The reporter left no number."""

    remedy = "Note it as an attempt with the result `no_number`."


class TooManyContacts(Conflict):
    """For this survey the person was reached for as often as is allowed."""

    remedy = "Note the attempts; the survey ends by itself."


class NewContact(BaseModel):
    """For which survey, by which way, and why."""

    model_config = ConfigDict(extra="forbid")
    survey: UUID
    way: Literal["relay", "number"] = "relay"
    reason: Annotated[str, Field(max_length=200)] = ""


class SentContact(NewContact):
    """The same from a program, with the errand that feedback gave it."""

    errand: Annotated[str, Field(max_length=2000, description="Of feedback's `GET /v1/calls/{survey}`.")]


class NotYourErrand(Conflict):
    """This errand is somebody else's, or for another survey."""

    remedy = "Take the survey at feedback, read it there, and send the `errand` of that answer."


def must_be_sent(settings: Settings, case_no: str, told: SentContact, by: Actor) -> None:
    """Only who has taken a survey reaches its person. Raises ErrandNotValid, NotYourErrand."""
    errand = errands.read(settings, "feedback", "intake", PURPOSE, told.errand)
    if (errand.person, dict(errand.facts)) != (by.person, {"survey": str(told.survey), "case_no": case_no}):
        raise NotYourErrand


class ContactMade(BaseModel):
    """How the person is reached, and until when. The number is in the first answer alone."""

    way: str
    until: datetime
    reference: str | None = None
    number: str | None = None


class ReasonMissing(Problem):
    """To be shown a number needs a reason: why the relay did not do."""

    status = 422
    title = "Reason missing"
    remedy = "Send `reason` with a few words, or use the relay."


class RelayAlone(Problem):
    """The reporter asked that nobody learn who reported: the relay connects, no number is shown."""

    status = 403
    title = "By the relay alone"
    remedy = "Call by the relay: `way: relay`."


@dataclass(frozen=True)
class Way:
    """What was logged, and what may now leave the vault."""

    handle: str
    until: datetime
    number: str | None = field(default=None, repr=False)
    """For the relay where it does not know the handle yet; for the caller where the number is to be shown."""


async def open_way(
    session: AsyncSession, case_no: str, told: NewContact, *, vault: Vault, relay: Relay, by: Actor
) -> Way:
    """Log the disclosure; only after the commit may the way be used. Raises NotFound, SurveyOver, NoNumber, …"""
    row = await session.get(RelayHandle, told.survey, with_for_update=True)
    if row is None or row.case_no != case_no:
        raise NotFound("No survey of this case waits here for a call.")
    if row.ended_at or row.until <= now():
        raise SurveyOver
    used = select(func.count()).where(Disclosure.survey == row.survey, Disclosure.person.is_not(None))
    if (await session.scalar(used) or 0) >= MOST:
        raise TooManyContacts(most=MOST)
    to = Receiver(Role.CALLER.value, by)
    if told.way == "number":
        return await _shown(session, row, told, vault=vault, to=to)
    return await _connected(session, row, vault=vault, relay=relay, to=to)


async def _shown(session: AsyncSession, row: RelayHandle, told: NewContact, *, vault: Vault, to: Receiver) -> Way:
    if not told.reason.strip():
        raise ReasonMissing
    if (await session.get_one(Report, row.case_no)).confidential:
        raise RelayAlone
    number = reporters.open_field(vault, await reporters.of_case(session, row.case_no), "phone")
    if number is None:
        raise NoNumber
    until = min(row.until, now() + SHOWN_FOR)
    await disclosures.write(
        session, row.case_no, fields=["phone"], way="shown", purpose="survey", to=to, until=until,
        reason=redact(told.reason).text, survey=row.survey,
    )  # fmt: skip
    return Way(row.handle, until, number)


async def _connected(session: AsyncSession, row: RelayHandle, *, vault: Vault, relay: Relay, to: Receiver) -> Way:
    """Logged each time; the relay is given the number once more, which is harmless where it has it."""
    number = await number_behind(session, vault, row, relay, to=to)
    if number is None:
        raise NoNumber
    return Way(row.handle, row.until, number)
