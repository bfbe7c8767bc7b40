"""The telephone relay: connects who calls back with the reporter by a handle, so that nobody else gets the number.

A handle is good for one survey and ends with it. The number lives between the vault and the relay and nowhere else;
each time the relay gets one is a disclosure, written before.
"""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake import disclosures, reporters
from intake.models import RelayHandle
from intake.vault import Vault
from services.clocks import now
from services.database import Database
from services.events import Envelope
from services.messages import SurveyDue, SurveyEnded
from services.queue import enqueue

BIND, UNBIND = "bind_relay", "unbind_relay"
WITHOUT_END = timedelta(days=14)


class Relay(Protocol):
    """A telephone platform. Binding the same handle again, or ending one it does not know, is harmless."""

    name: str

    async def bind(self, handle: str, number: str, until: datetime) -> None:
        """From now on the handle reaches this number, until it ends."""

    async def connect(self, handle: str, agent: str) -> str:
        """Ring the agent and the person behind the handle; the platform's reference of the call."""

    async def end(self, handle: str) -> None:
        """The handle reaches nobody any longer."""


class FakeRelay:
    """A relay that rings nobody and forgets numbers at once: the embedded default, and for plays and tests."""

    name = "fake"

    def __init__(self) -> None:
        self.bound: dict[str, datetime] = {}

    async def bind(self, handle: str, number: str, until: datetime) -> None:
        self.bound[handle] = until

    async def connect(self, handle: str, agent: str) -> str:
        return f"fake-{uuid4().hex[:12]}"

    async def end(self, handle: str) -> None:
        self.bound.pop(handle, None)


RELAYS: Mapping[str, type[Relay]] = {"fake": FakeRelay}


async def survey_due(session: AsyncSession, message: SurveyDue, _: Envelope) -> None:
    """The handle of a survey; a provider's is bound at once, a caller's with the first call."""
    row = {
        "survey": message.survey,
        "case_no": message.case_no,
        "handle": message.relay or new_handle(),
        "until": message.until or now() + WITHOUT_END,
    }
    made = insert(RelayHandle).values(row).on_conflict_do_nothing().returning(RelayHandle.survey)
    if await session.scalar(made) and message.relay:
        await enqueue(session, BIND, json.dumps({"survey": str(message.survey)}).encode())


async def survey_ended(session: AsyncSession, message: SurveyEnded, _: Envelope) -> None:
    """Nobody is reached for it any longer; also where `survey.due` comes after this."""
    over = {"survey": message.survey, "case_no": message.case_no, "handle": new_handle(), "until": now()}
    ended = insert(RelayHandle).values(over | {"ended_at": now()})
    ended = ended.on_conflict_do_update(index_elements=["survey"], set_={"ended_at": now()})
    await session.execute(ended)
    row = await session.get_one(RelayHandle, message.survey, populate_existing=True)
    if row.bound_at:
        await enqueue(session, UNBIND, json.dumps({"handle": row.handle}).encode())


async def bind_anew(session: AsyncSession, case_no: str) -> None:
    """The number behind the handles of a case has changed, or is gone: what the relay holds is replaced or ended."""
    bound = select(RelayHandle.survey).where(RelayHandle.case_no == case_no, RelayHandle.bound_at.is_not(None))
    for survey in (await session.scalars(bound.where(RelayHandle.ended_at.is_(None)))).all():
        await enqueue(session, BIND, json.dumps({"survey": str(survey)}).encode())


def new_handle() -> str:
    return f"rl_{secrets.token_urlsafe(12)}"


async def number_behind(
    session: AsyncSession, vault: Vault, row: RelayHandle, relay: Relay, *, to: disclosures.Receiver
) -> str | None:
    """The number for the relay, with its disclosure; None where the reporter left none. The row is locked."""
    number = reporters.open_field(vault, await reporters.of_case(session, row.case_no), "phone")
    if number:
        await disclosures.write(
            session, row.case_no, fields=["phone"], way="relay", purpose="survey", to=to, until=row.until,
            survey=row.survey, adapter=relay.name,
        )  # fmt: skip
        row.bound_at = now()
    return number


class Binder:
    """The jobs behind a provider's handle: give the number to the relay, and end the handle with the survey."""

    def __init__(self, database: Database, vault: Vault, relay: Relay) -> None:
        self._database, self._vault, self._relay = database, vault, relay

    async def bind(self, payload: bytes) -> None:
        survey = UUID(json.loads(payload)["survey"])
        async with self._database.unit() as session:
            row = await session.get_one(RelayHandle, survey, with_for_update=True)
            if row.ended_at or row.until <= now():
                return
            number = await number_behind(session, self._vault, row, self._relay, to=disclosures.SYSTEM)
            held = row.bound_at is not None
        if number:
            await self._relay.bind(row.handle, number, row.until)
        elif held:
            await self._relay.end(row.handle)

    async def unbind(self, payload: bytes) -> None:
        await self._relay.end(json.loads(payload)["handle"])
