"""The audit, chained by hash: each entry is bound to all before it, a minute after it was written at the latest.

A chain that every writer had to hold would make them wait for each other. So entries are written free, and one
worker links them; the daily seal (`sealing`) takes the chain's head along. What is over by the rule of its class may
go: its link stays, so that the chain holds without it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from fastapi.encoders import jsonable_encoder
from sqlalchemy import BigInteger, ColumnElement, LargeBinary, delete, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services import audit
from services.audit import AuditEntry
from services.clocks import now
from services.database import Floor, rows_changed, service_of
from services.retention.rules import Rules
from services.timeline import START

MARGIN, AT_ONCE = 100_000, 2_000
"""Entries before the last one linked that are looked at again: their transactions may have ended later. Ten bulk
requests under way at once write so many."""
FIELDS = ("id", "at", "person", "key", "voice", "action", "subject", "facts", "cases")
EVERYDAY = ("case.read", "cases.listed", "refused", "sign_in.", "token.made")
"""How everyday actions begin: kept for a time of their own, shorter than that of all else."""


@dataclass(frozen=True)
class Kept:
    """How long the audit is kept, as the city's retention rules say; they are the one place that does."""

    lasting: timedelta
    everyday: timedelta

    @classmethod
    def by(cls, rules: Rules) -> Self:
        return cls(rules["audit"].keep, rules["audit_everyday"].keep)

    def of(self, action: str) -> timedelta:
        return self.everyday if action.startswith(EVERYDAY) else self.lasting


class AuditLink(Floor):
    """One entry's place in the chain; `digest` covers the link before, the entry's own digest, and when it may go."""

    __tablename__ = "audit_links"
    __table_args__ = ({"info": {"append_only": True}},)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry: Mapped[int] = mapped_column(BigInteger, unique=True)
    at: Mapped[datetime]
    action: Mapped[str]
    entry_digest: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True)
class Broken:
    """The first link that does not hold, and why."""

    number: int
    what: str


def digest_of(row: Mapping[str, Any]) -> bytes:
    """SHA-256 over an entry in one canonical spelling (times in UTC microseconds)."""
    facts = {name: row[name] for name in FIELDS} | {"at": round(row["at"].timestamp() * 1_000_000)}
    canonical = json.dumps(jsonable_encoder(facts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).digest()


def chained(previous: bytes, entry: bytes, at: datetime, action: str) -> bytes:
    """Time and action are bound too: by them a link says whether its entry may be gone."""
    rule = f"{round(at.timestamp() * 1_000_000)} {action}".encode()
    return hashlib.sha256(previous + entry + rule).digest()


async def head(session: AsyncSession) -> AuditLink | None:
    return await session.scalar(select(AuditLink).order_by(AuditLink.number.desc()).limit(1))


async def link(session: AsyncSession) -> int:
    """Link what is not linked yet, in the order of writing; how many. One at a time does it."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"audit {service_of(session)}"))))
    number = 0
    while rows := await _unlinked(session):
        await _link(session, rows)
        number += len(rows)
    return number


async def _unlinked(session: AsyncSession) -> Sequence[AuditEntry]:
    last = await session.scalar(select(func.max(AuditLink.entry))) or 0
    linked = exists().where(AuditLink.entry == AuditEntry.id, AuditLink.entry > last - MARGIN)
    wanted = select(AuditEntry).where(AuditEntry.id > last - MARGIN, ~linked).order_by(AuditEntry.id).limit(AT_ONCE)
    return (await session.scalars(wanted)).all()


async def _link(session: AsyncSession, rows: Sequence[AuditEntry]) -> None:
    last = await head(session)
    number, previous, links = last.number if last else 0, last.digest if last else START, list[dict[str, Any]]()
    for row in rows:
        entry = digest_of(_plain(row))
        number, previous = number + 1, chained(previous, entry, row.at, row.action)
        links.append(
            {
                "number": number,
                "entry": row.id,
                "at": row.at,
                "action": row.action,
                "entry_digest": entry,
                "digest": previous,
            }
        )
    await session.execute(insert(AuditLink), links)
    session.expunge_all()


def _plain(row: AuditEntry) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


async def verify(session: AsyncSession, kept: Kept) -> tuple[int, Broken | None]:
    """How many links there are up to the first that does not hold, and that one."""
    number, previous = 0, START
    while found := await _some(session, number):
        for each, row in found:
            number += 1
            if what := _fault(each, row, number, previous, kept):
                return number, Broken(number, what)
            previous = each.digest
        session.expunge_all()
    return number, None


async def _some(session: AsyncSession, after: int) -> Sequence[Any]:
    wanted = select(AuditLink, AuditEntry).outerjoin(AuditEntry, AuditEntry.id == AuditLink.entry)
    return (
        await session.execute(wanted.where(AuditLink.number > after).order_by(AuditLink.number).limit(AT_ONCE))
    ).all()


def _fault(each: AuditLink, row: AuditEntry | None, number: int, previous: bytes, kept: Kept) -> str | None:
    if each.number != number:
        return "a link is missing"
    if each.digest != chained(previous, each.entry_digest, each.at, each.action):
        return "the link was written anew"
    if row is None:
        return None if each.at + kept.of(each.action) <= now() else "the entry is gone before its time"
    return None if digest_of(_plain(row)) == each.entry_digest else "the entry was changed"


async def over(session: AsyncSession, kept: Kept, at: datetime) -> dict[str, int]:
    """How many entries are past their time, by the class of the retention rules."""
    found = {}
    for name, wanted in _classes(kept, at).items():
        found[name] = await session.scalar(select(func.count()).select_from(AuditEntry).where(wanted)) or 0
    return found


async def forget(session: AsyncSession, kept: Kept) -> int:
    """Delete what is over by its rule and linked, and write down how many. The owner alone may do it."""
    past = or_(*_classes(kept, now()).values())
    linked = exists().where(AuditLink.entry == AuditEntry.id)
    gone = await session.execute(delete(AuditEntry).where(past, linked).execution_options(synchronize_session=False))
    number = rows_changed(gone)
    if number:
        await audit.record(session, "audit.forgotten", "audit", voice="owner", entries=number)
    return number


def _classes(kept: Kept, at: datetime) -> dict[str, ColumnElement[bool]]:
    """What is over of each class."""
    everyday = or_(*(AuditEntry.action.startswith(name, autoescape=True) for name in EVERYDAY))
    return {
        "audit": ~everyday & (AuditEntry.at <= at - kept.lasting),
        "audit_everyday": everyday & (AuditEntry.at <= at - kept.everyday),
    }
