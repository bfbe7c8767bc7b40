"""The one job that writes to reporters: gather, ask what the person chose, log, open the address, send, note.

The disclosure is committed before anybody has the address. Killed at any instant it is sent again, with the same id.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from intake import disclosures, reporters
from intake.models import Notification
from intake.notices import choices, planning
from intake.notices.choices import Choice, Consent, Way
from intake.notices.contents import Contents, Facts
from intake.notices.delivery import Notice, Notifiers, Undeliverable
from intake.notices.occasions import Occasion
from intake.notices.planning import Job
from intake.notices.wording import Language, Wording
from intake.vault import Vault
from services import audit, tracing
from services.clocks import now
from services.database import Database

PENDING, SENT, ENDED = "pending", "sent", "ended"
NO_ADDRESS, REFUSED, UNDELIVERABLE = "no_address", "refused", "undeliverable"
"""The person left none, said no, or cannot be reached at any that they allow."""


@dataclass(frozen=True)
class Reached:
    """One way to the person, logged and open."""

    way: Way
    address: str = field(repr=False)
    language: Language


class Sender:
    """The job behind every notice."""

    def __init__(
        self, database: Database, vault: Vault, *, contents: Contents, notifiers: Notifiers, wording: Wording,
        consent: Consent,
    ) -> None:  # fmt: skip
        self._database, self._vault, self._contents = database, vault, contents
        self._notifiers, self._wording, self._consent = notifiers, wording, consent

    async def __call__(self, payload: bytes) -> None:
        job = Job.read(payload)
        tracing.about(job.case_no)
        async with self._database.unit() as session:
            row = await planning.make_sure(session, job)
        if row.result != PENDING:
            return
        facts = await self._contents.of(row)
        if facts is None:
            await self._settle(row.id, result=ENDED)
            return
        await self._send(row, facts)

    async def _send(self, row: Notification, facts: Facts) -> None:
        """By the first way that takes it; a way at which nobody is gives way to the next."""
        tried: set[Way] = set()
        while reached := await self._open(row.id, tried):
            notice = self._notice(row, facts, reached.language)
            notifier = self._notifiers[reached.way]
            try:
                with tracing.calling("intake", notifier.name):
                    provider_id = await notifier.send(reached.address, notice)
            except Undeliverable:
                tried.add(reached.way)
                continue
            sent = {"adapter": notifier.name, "template": notice.template, "provider_id": provider_id}
            await self._settle(row.id, result=SENT, **sent)
            return

    def _notice(self, row: Notification, facts: Facts, language: Language) -> Notice:
        occasion = Occasion(row.kind)
        text = self._wording.render(occasion, language, facts)
        return Notice(row.id, occasion, self._wording.version, language, facts, text)

    async def _open(self, notification: UUID, tried: set[Way]) -> Reached | None:
        """The next way with its address, logged; None, and why, where there is none or the matter ended meanwhile."""
        async with self._database.unit() as session:
            row = await session.get_one(Notification, notification, with_for_update=True)
            if row.result != PENDING:
                return None
            reporter = await reporters.of_case(session, row.case_no)
            identity = reporters.opened(self._vault, reporter, [way.field for way in Way])
            choice = await choices.of_phone(session, self._vault, identity.phone) if identity.phone else Choice()
            addresses = {way: getattr(identity, way.field) for way in choice.ways(self._consent)}
            usable = [way for way, address in addresses.items() if address and way in self._notifiers]
            way = next((way for way in usable if way not in tried), None)
            if way is None:
                row.result, row.at = _why_not(identity.phone, usable), now()
                return None
            await self._log(session, row, way)
        return Reached(way, addresses[way], choice.language)

    async def _log(self, session: AsyncSession, row: Notification, way: Way) -> None:
        purpose = "survey link" if row.kind == Occasion.SURVEY_LINK else f"notice {row.kind}"
        of_survey = row.kind == Occasion.SURVEY_LINK
        about: dict[str, Any] = {"survey": str(row.survey), "round": row.round} if of_survey else {}
        await audit.record(
            session, "reveal", row.case_no, voice="system", purpose=purpose, field=way.field,
            adapter=self._notifiers[way].name, **about,
        )  # fmt: skip
        await disclosures.log(
            session, row.case_no, fields=[way.field], way="notice", purpose=purpose, to=disclosures.SYSTEM,
            until=now(), survey=row.survey if about else None,
        )  # fmt: skip

    async def _settle(self, notification: UUID, **done: str | None) -> None:
        async with self._database.unit() as session:
            told = update(Notification).where(Notification.id == notification, Notification.result == PENDING)
            await session.execute(told.values(at=now(), **done))


def _why_not(phone: str | None, usable: list[Way]) -> str:
    if usable:
        return UNDELIVERABLE
    return REFUSED if phone else NO_ADDRESS
