"""Who wants to be told, and how: asked before every sending, said at the desk or on one's own status page.

A choice belongs to a number, whatever it reports. It lies under a blind index of its own kind, which matches neither
the index of repeat callers nor any case: who finds a row learns a yes or a no and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters
from intake.models import Report, Reporter
from intake.notices.records import NoticeChoice
from intake.notices.wording import Language
from intake.vault import NothingToIndex, Vault
from services import audit
from services.clocks import now
from services.identity import Actor
from services.problems import Conflict

KIND = "notices"
Consent = Literal["opt_out", "opt_in"]


class NobodyToAsk(Conflict):
    """The reporter of this case left no number, or was erased: there is nobody whose choice it could be."""

    remedy = "Ask for a number with the next report; nothing is sent for this one."


class Way(StrEnum):
    """How a notice reaches somebody, and which field of the vault it needs."""

    WECOM = "wecom"
    SMS = "sms"

    @property
    def field(self) -> str:
        return "wecom_user" if self is Way.WECOM else "phone"


@dataclass(frozen=True)
class Choice:
    """What one person said; null where they were never asked."""

    sms: bool | None = None
    wecom: bool | None = None
    language: Language = "zh"

    def ways(self, consent: Consent) -> Sequence[Way]:
        """The ways that are allowed, the dearer one last. WeCom always takes a yes."""
        sms = self.sms if self.sms is not None else consent == "opt_out"
        return [way for way, may in ((Way.WECOM, self.wecom is True), (Way.SMS, sms)) if may]


async def of_phone(session: AsyncSession, vault: Vault, phone: str) -> Choice:
    """What the person at this number said; the row goes under today's key when it is found under an older one."""
    row = await _row(session, vault, phone)
    if row is None:
        return Choice()
    found = Choice(row.sms, row.wecom, "en" if row.language == "en" else "zh")
    if row.person != vault.blind_index(KIND, phone):
        await session.delete(row)
        await session.flush()
        session.add(_made(vault, phone, found))
    return found


async def choose(session: AsyncSession, vault: Vault, report: Report, choice: Choice, *, actor: Actor | None) -> None:
    """Write what the reporter of this case said. Raises NobodyToAsk."""
    await say(session, vault, await phone_of(session, vault, report), choice)
    voice = None if actor else "reporter"
    told = {"sms": choice.sms, "wecom": choice.wecom, "language": choice.language}
    await audit.record(session, "notices.chosen", report.case_no, actor=actor, voice=voice, **told)


async def say(session: AsyncSession, vault: Vault, phone: str, choice: Choice) -> None:
    """The last word holds; a choice that says nothing is no row."""
    indexes = vault.blind_indexes(KIND, phone)
    await session.execute(delete(NoticeChoice).where(NoticeChoice.person.in_(indexes)))
    if choice != Choice():
        session.add(_made(vault, phone, choice))


async def of_report(session: AsyncSession, vault: Vault, report: Report) -> Choice:
    """Raises NobodyToAsk."""
    return await of_phone(session, vault, await phone_of(session, vault, report))


async def phone_of(session: AsyncSession, vault: Vault, report: Report) -> str:
    phone = reporters.open_field(vault, await session.get_one(Reporter, report.reporter), "phone")
    if phone is None or reporters.index_of(vault, phone) is None:
        raise NobodyToAsk
    return phone


async def under_other_keys(session: AsyncSession, vault: Vault) -> int:
    """Choices that only an older key finds: until their people are written to again, that key must stay."""
    head = vault.index_head
    older = func.substring(NoticeChoice.person, 1, len(head)) != head
    return await session.scalar(select(func.count()).select_from(NoticeChoice).where(older)) or 0


async def _row(session: AsyncSession, vault: Vault, phone: str) -> NoticeChoice | None:
    try:
        indexes = vault.blind_indexes(KIND, phone)
    except NothingToIndex:
        return None
    found = select(NoticeChoice).where(NoticeChoice.person.in_(indexes)).order_by(NoticeChoice.at.desc()).limit(1)
    return (await session.scalars(found)).first()


def _made(vault: Vault, phone: str, choice: Choice) -> NoticeChoice:
    index = vault.blind_index(KIND, phone)
    return NoticeChoice(person=index, sms=choice.sms, wecom=choice.wecom, language=choice.language, at=now())
