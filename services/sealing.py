"""A daily seal over the timelines: one root for all chains that grew, bound to the root before, to be kept elsewhere.

Who owns the database can write a whole chain anew, and it fits. It does not fit the seal; and who writes the seals
anew as well is found by a root that was kept outside.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import BigInteger, ForeignKey, Index, and_, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from services import audit_chain
from services.audit_chain import AuditLink
from services.clocks import now
from services.database import Floor, service_of
from services.timeline import START, Entry

log = structlog.get_logger()
AUDIT = "audit"
"""What stands for the case number where the head is the audit's."""
MARGIN = 100_000
"""Entries before the last one sealed that are looked at again: their transactions may have ended later. Ten bulk
requests under way at once write so many."""


class Seal(Floor):
    """One root: over the heads below it and the root before."""

    __tablename__ = "seals"
    __table_args__ = ({"info": {"append_only": True}},)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(index=True)
    made_at: Mapped[datetime]
    upto: Mapped[int] = mapped_column(BigInteger)
    heads: Mapped[int]
    previous: Mapped[bytes]
    root: Mapped[bytes]


class SealedHead(Floor):
    """How far a case's chain had come, and the digest of its last entry."""

    __tablename__ = "sealed_heads"
    __table_args__ = (Index("ix_sealed_heads_seal", "seal"), {"info": {"append_only": True}})
    case_no: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    seal: Mapped[int] = mapped_column(ForeignKey("seals.number"))
    digest: Mapped[bytes]


@dataclass(frozen=True)
class Root:
    """A root as it is kept elsewhere."""

    service: str
    number: int
    day: date
    root: str


@dataclass(frozen=True)
class Fault:
    """What does not fit: a seal that is not the one kept, or an entry that is not the one sealed."""

    service: str
    seal: int
    what: str
    case_no: str | None = None
    entry: int | None = None


def root_of(previous: bytes, heads: Sequence[tuple[str, int, bytes]]) -> bytes:
    """The Merkle root over the heads in order of case and number, hashed with the root before."""
    level = [
        hashlib.sha256(b"\0" + f"{case_no} {number} ".encode() + digest).digest() for case_no, number, digest in heads
    ]
    while len(level) > 1:
        level = list(_pairs(level))
    return hashlib.sha256(b"\2" + previous + b"".join(level)).digest()


def _pairs(level: Sequence[bytes]) -> Iterator[bytes]:
    """Two by two; one that is left over goes up as it is."""
    for at in range(0, len(level), 2):
        pair = level[at : at + 2]
        yield hashlib.sha256(b"\1" + pair[0] + pair[1]).digest() if len(pair) == 2 else pair[0]


async def seal(session: AsyncSession, zone: ZoneInfo) -> Seal | None:
    """Seal what has grown since the last seal; None where nothing has."""
    last = await session.scalar(select(Seal).order_by(Seal.number.desc()).limit(1))
    heads, upto = await _grown(session, last.upto if last else 0)
    heads = sorted([*heads, *await _audited(session)])
    if not heads:
        return None
    previous = last.root if last else START
    made = Seal(
        number=last.number + 1 if last else 1,
        day=now().astimezone(zone).date(),
        made_at=now(),
        upto=upto,
        heads=len(heads),
        previous=previous,
        root=root_of(previous, heads),
    )
    session.add(made)
    await session.flush()
    rows = [
        {"case_no": case, "number": number, "seal": made.number, "digest": digest} for case, number, digest in heads
    ]
    await session.execute(insert(SealedHead), rows)
    log.info("timelines sealed", service=service_of(session), seal=made.number, heads=made.heads, root=made.root.hex())
    return made


async def daily(session: AsyncSession, zone: ZoneInfo) -> Seal | None:
    """The schedule: one a day, whoever else sealed before."""
    today = now().astimezone(zone).date()
    if await session.scalar(select(Seal.number).where(Seal.day == today).limit(1)):
        return None
    return await seal(session, zone)


async def _grown(session: AsyncSession, upto: int) -> tuple[list[tuple[str, int, bytes]], int]:
    """The last entry of each case that has new ones and is not sealed yet, and the last entry's id of all."""
    recent = select(Entry.case_no, func.max(Entry.number).label("number")).where(Entry.id > upto - MARGIN)
    newest = recent.group_by(Entry.case_no).subquery()
    same = and_(SealedHead.case_no == Entry.case_no, SealedHead.number == Entry.number)
    wanted = (
        select(Entry.case_no, Entry.number, Entry.digest, Entry.id)
        .join(newest, and_(newest.c.case_no == Entry.case_no, newest.c.number == Entry.number))
        .outerjoin(SealedHead, same)
        .where(SealedHead.case_no.is_(None))
    )
    found = (await session.execute(wanted)).all()
    heads = sorted((case_no, number, digest) for case_no, number, digest, _ in found)
    return heads, max((id_ for *_, id_ in found), default=upto)


async def _audited(session: AsyncSession) -> list[tuple[str, int, bytes]]:
    """How far the audit's chain has come, as one more head, unless it is sealed as it is."""
    found = await audit_chain.head(session)
    if found is None:
        return []
    same = select(SealedHead.seal).where(SealedHead.case_no == AUDIT, SealedHead.number == found.number)
    if await session.scalar(same) is not None:
        return []
    return [(AUDIT, found.number, found.digest)]


async def roots(session: AsyncSession) -> list[Root]:
    """All roots of this service, to be kept elsewhere."""
    return [
        Root(service_of(session), each.number, each.day, each.root.hex())
        for each in await session.scalars(select(Seal).order_by(Seal.number))
    ]


async def against(session: AsyncSession, kept: Sequence[Root]) -> list[Fault]:
    """What does not fit the roots that were kept: seals, their heads, or the entries that were sealed."""
    service = service_of(session)
    mine = [each for each in kept if each.service == service]
    faults = [fault for each in mine if (fault := await _unlike(session, each))]
    last = max((each.number for each in mine), default=0)
    return faults + await _rewritten(session, last)


async def _unlike(session: AsyncSession, kept: Root) -> Fault | None:
    found = await session.get(Seal, kept.number)
    if found is None:
        return Fault(kept.service, kept.number, "is gone")
    heads = (
        await session.execute(
            select(SealedHead.case_no, SealedHead.number, SealedHead.digest).where(SealedHead.seal == kept.number)
        )
    ).all()
    made = root_of(found.previous, sorted((case_no, number, digest) for case_no, number, digest in heads))
    if not kept.root == found.root.hex() == made.hex():
        return Fault(kept.service, kept.number, "is not the one that was kept")
    return None


async def _rewritten(session: AsyncSession, last: int) -> list[Fault]:
    """Entries whose digest is not the one that was sealed, up to the last seal that was kept."""
    entry = aliased(Entry)
    same = and_(entry.case_no == SealedHead.case_no, entry.number == SealedHead.number)
    wanted = (
        select(SealedHead.seal, SealedHead.case_no, SealedHead.number)
        .outerjoin(entry, same)
        .where(SealedHead.seal <= last, SealedHead.case_no != AUDIT, entry.digest.is_distinct_from(SealedHead.digest))
        .order_by(SealedHead.seal, SealedHead.case_no)
    )
    of_audit = (
        select(SealedHead.seal, SealedHead.case_no, SealedHead.number)
        .outerjoin(AuditLink, AuditLink.number == SealedHead.number)
        .where(SealedHead.seal <= last, SealedHead.case_no == AUDIT)
        .where(AuditLink.digest.is_distinct_from(SealedHead.digest))
    )
    service, found = service_of(session), [*await session.execute(wanted), *await session.execute(of_audit)]
    return [
        Fault(service, seal_, "was written anew after it was sealed", case_no, number)
        for seal_, case_no, number in found
    ]
