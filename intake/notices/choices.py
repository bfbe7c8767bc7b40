"""Who wants to be told, and how: asked before every sending, said at the desk or on one's own status page.

A choice belongs to a number, whatever it reports. It lies under a blind index of its own kind, which matches neither
the index of repeat callers nor any case: who finds a row learns a yes or a no and nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Row, Table, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
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
ASKED_AGAIN = timedelta(days=30)
"""How far `at` may lag behind the last time somebody asked."""
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


@dataclass(frozen=True)
class Said:
    """What came with one report from the person at this number; null where they were not asked."""

    phone: str = field(repr=False)
    sms: bool | None
    wecom: bool | None

    def over(self, before: Choice) -> Choice:
        """What they were not asked now stays as they said it before."""
        now_said = {name: told for name in ("sms", "wecom") if (told := getattr(self, name)) is not None}
        return replace(before, **now_said)


async def of_phone(session: AsyncSession, vault: Vault, phone: str) -> Choice:
    """What the person at this number said; the row goes under today's key when it is found under an older one."""
    indexes = _indexes(vault, phone)
    rows = await _rows(session, indexes)
    if not rows:
        return Choice()
    newest, person = max(rows, key=lambda row: row.at), vault.blind_index(KIND, phone)
    if newest.person == person and newest.at >= now() - ASKED_AGAIN:
        return _choice(newest)
    return await _renewed(session, person, indexes)


async def _renewed(session: AsyncSession, person: bytes, indexes: Sequence[bytes]) -> Choice:
    """Looked at again while nobody else writes it: what was forgotten meanwhile is not written back."""
    await _alone(session, indexes)
    rows = await _rows(session, indexes, lock=True)
    if not rows:
        return Choice()
    found = _choice(max(rows, key=lambda row: row.at))
    await _write(session, {person: found}, instead_of=indexes)
    return found


async def choose(session: AsyncSession, vault: Vault, report: Report, choice: Choice, *, actor: Actor | None) -> None:
    """Write what the reporter of this case said. Raises NobodyToAsk, also where they are erased at this moment."""
    phone = await phone_of(session, vault, report, lock=True)
    await _alone(session, vault.blind_indexes(KIND, phone))
    await say(session, vault, phone, choice)
    voice = None if actor else "reporter"
    told: dict[str, Any] = {"sms": choice.sms, "wecom": choice.wecom, "language": choice.language}
    await audit.record(session, "notices.chosen", report.case_no, actor=actor, voice=voice, **told)


async def say(session: AsyncSession, vault: Vault, phone: str, choice: Choice) -> None:
    """The last word holds; a choice that says nothing is no row."""
    await _write(session, {vault.blind_index(KIND, phone): choice}, instead_of=vault.blind_indexes(KIND, phone))


async def hear(session: AsyncSession, vault: Vault, told: Sequence[Said]) -> None:
    """What came with reports, in their order, over what the same people said before: three statements for all."""
    known = {each.phone: _indexes(vault, each.phone) for each in told}
    searched = sorted({index for indexes in known.values() for index in indexes})
    rows = await _rows(session, searched, lock=True)
    before = {row.person: row for row in rows}
    heard: dict[bytes, Choice] = {}
    for each in told:
        if indexes := known[each.phone]:
            person = vault.blind_index(KIND, each.phone)
            newest = max((before[index] for index in indexes if index in before), key=lambda row: row.at, default=None)
            heard[person] = each.over(heard.get(person) or (_choice(newest) if newest else Choice()))
    await _write(session, heard, instead_of=searched)


async def follow(session: AsyncSession, vault: Vault, reporter: UUID, *, old: str | None, new: str | None) -> None:
    """A number was corrected: what its person said holds for the new one, unless something was said of that already."""
    await _alone(session, [*_indexes(vault, old), *_indexes(vault, new)])
    if old and new and _indexes(vault, new) and await of_phone(session, vault, new) == Choice():
        await say(session, vault, new, await of_phone(session, vault, old))
    await forget(session, vault, reporter, old)


async def forget(session: AsyncSession, vault: Vault, reporter: UUID, phone: str | None) -> None:
    """This reporter's number is gone; what was said of it goes with the last report that has it."""
    indexes = _indexes(vault, phone)
    if not phone or not indexes:
        return
    await _alone(session, indexes)
    same = Reporter.phone_index.in_(vault.blind_indexes("phone", phone))
    if await session.scalar(select(Reporter.id).where(same, Reporter.id != reporter).limit(1)) is None:
        await _write(session, {}, instead_of=indexes)


async def of_report(session: AsyncSession, vault: Vault, report: Report) -> Choice:
    """Raises NobodyToAsk."""
    return await of_phone(session, vault, await phone_of(session, vault, report))


async def phone_of(session: AsyncSession, vault: Vault, report: Report, *, lock: bool = False) -> str:
    """As it stands; with `lock` it stays so until the transaction ends. Raises NobodyToAsk."""
    read: Any = {"with_for_update": {"read": True}, "populate_existing": True} if lock else {}
    phone = reporters.open_field(vault, await session.get_one(Reporter, report.reporter, **read), "phone")
    if phone is None or reporters.index_of(vault, phone) is None:
        raise NobodyToAsk
    return phone


async def under_other_keys(session: AsyncSession, vault: Vault) -> int:
    """Choices that only an older key finds: until their people are written to again, that key must stay."""
    head = vault.index_head
    older = func.substring(NoticeChoice.person, 1, len(head)) != head
    return await session.scalar(select(func.count()).select_from(NoticeChoice).where(older)) or 0


def _indexes(vault: Vault, phone: str | None) -> Sequence[bytes]:
    try:
        return vault.blind_indexes(KIND, phone) if phone else ()
    except NothingToIndex:
        return ()


async def _alone(session: AsyncSession, indexes: Sequence[bytes]) -> None:
    """Until the transaction ends nobody else forgets, moves or renews what these numbers' people said.

    Two who erase the last two reports of a number at once would each see the other's, and leave the choice behind.
    """
    locks = sorted({int.from_bytes(index[-8:], signed=True) for index in indexes})
    for each in locks:
        await session.execute(select(func.pg_advisory_xact_lock(each)))


async def _rows(session: AsyncSession, indexes: Sequence[bytes], *, lock: bool = False) -> Sequence[Row[Any]]:
    """Locked in one order, so that two who write many never wait for each other."""
    if not indexes:
        return ()
    table = cast(Table, NoticeChoice.__table__)
    found = select(table).where(table.c.person == func.any(_array(indexes))).order_by(table.c.person)
    return (await session.execute(found.with_for_update() if lock else found)).all()


async def _write(session: AsyncSession, said: Mapping[bytes, Choice], *, instead_of: Sequence[bytes]) -> None:
    """These choices in place of all that stand under these indexes."""
    if not instead_of:
        return
    table, at = cast(Table, NoticeChoice.__table__), now()
    await session.execute(delete(table).where(table.c.person == func.any(_array(instead_of))))
    rows = [
        {"person": person, "sms": choice.sms, "wecom": choice.wecom, "language": choice.language, "at": at}
        for person, choice in sorted(said.items())
        if choice != Choice()
    ]
    if rows:
        new = insert(table)
        last = {name: new.excluded[name] for name in ("sms", "wecom", "language", "at")}
        await session.execute(new.on_conflict_do_update(index_elements=["person"], set_=last), rows)


def _choice(row: Row[Any]) -> Choice:
    return Choice(row.sms, row.wecom, "en" if row.language == "en" else "zh")


def _array(indexes: Sequence[bytes]) -> Any:
    """As one parameter: a list of thousands would be as many."""
    return bindparam(None, list(indexes), type_=ARRAY(LargeBinary))
