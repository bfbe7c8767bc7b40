"""The append-only timeline of a case, chained by hash: the chain holds digests, the words lie apart and are erasable.

Each service keeps the timeline of what it owns. An entry's digest covers the entry before it, its own facts and the
digests of its words, so a changed, missing or exchanged entry breaks the chain and an erased word does not.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from fastapi.encoders import jsonable_encoder
from sqlalchemy import BigInteger, Identity, UniqueConstraint, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.clocks import now
from services.database import Floor

START = b"\0" * 32


class Entry(Floor):
    """One thing that happened to a case: who (by role and ids), which move, from where to where."""

    __tablename__ = "timeline"
    __table_args__ = (UniqueConstraint("case_no", "number"), {"info": {"append_only": True}})
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_no: Mapped[str]
    number: Mapped[int]
    at: Mapped[datetime]
    move: Mapped[str]
    by_role: Mapped[str]
    by_person: Mapped[UUID | None]
    by_unit: Mapped[str | None]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    facts: Mapped[dict[str, Any]]
    word_digests: Mapped[dict[str, Any]]
    previous: Mapped[bytes]
    digest: Mapped[bytes]


class Words(Floor):
    """The words of an entry, redacted like the report; erasing them leaves the chain whole."""

    __tablename__ = "timeline_words"
    case_no: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[dict[str, Any]]
    salt: Mapped[bytes]


class Chained(Protocol):
    """The row a timeline belongs to: it carries the number of entries and the last digest."""

    case_no: Any
    entries: Any
    chain: Any


async def append(session: AsyncSession, owner: Chained, move: str, **facts: Any) -> int:
    """Append one entry and move the owner's chain on; the entry's number (1, 2, …) per case. Facts as in `drawn_up`.

    The owner's row is written by the same transaction, so two appends to one case cannot both commit.
    """
    row, words = drawn_up(owner, move, **facts)
    await session.execute(insert(Entry), row)
    if words:
        await session.execute(insert(Words), words)
    owner.entries, owner.chain = row["number"], row["digest"]
    return int(row["number"])


def drawn_up(
    owner: Chained,
    move: str,
    *,
    by_role: str,
    by_person: UUID | None = None,
    by_unit: str | None = None,
    at: datetime | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
    facts: Mapping[str, Any] | None = None,
    words: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The rows of an entry and of its words, to be written as they are; then the owner's chain has moved on."""
    number, salt = int(owner.entries) + 1, secrets.token_bytes(16)
    row: dict[str, Any] = {
        "case_no": owner.case_no,
        "number": number,
        "at": at or now(),
        "move": move,
        "by_role": by_role,
        "by_person": by_person,
        "by_unit": by_unit,
        "from_state": from_state,
        "to_state": to_state,
        "facts": json.loads(json.dumps(dict(facts or {}), default=jsonable_encoder)),
        "word_digests": {name: word_digest(salt, text) for name, text in (words or {}).items()},
    }
    previous = owner.chain or START
    row |= {"previous": previous, "digest": entry_digest(previous, row)}
    told = {"case_no": owner.case_no, "number": number, "words": dict(words), "salt": salt} if words else None
    return row, told


def word_digest(salt: bytes, text: str) -> str:
    return hashlib.sha256(salt + text.encode()).hexdigest()


FIELDS = (
    "case_no",
    "number",
    "at",
    "move",
    "by_role",
    "by_person",
    "by_unit",
    "from_state",
    "to_state",
    "facts",
    "word_digests",
)


def entry_digest(previous: bytes, row: Mapping[str, Any]) -> bytes:
    """SHA-256 over the digest before and the entry's facts in one canonical spelling (times in UTC microseconds)."""
    facts = {name: row[name] for name in FIELDS}
    facts["at"] = round(row["at"].timestamp() * 1_000_000)
    canonical = json.dumps(facts, default=jsonable_encoder, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + canonical.encode()).digest()


async def entries(session: AsyncSession, case_no: str) -> list[tuple[Entry, Mapping[str, str]]]:
    """The entries of a case in order, each with its words (none where there were none or they are erased)."""
    statement = (
        select(Entry, Words.words)
        .outerjoin(Words, (Words.case_no == Entry.case_no) & (Words.number == Entry.number))
        .where(Entry.case_no == case_no)
        .order_by(Entry.number)
    )
    return [(entry, words or {}) for entry, words in (await session.execute(statement)).all()]


async def first_broken(session: AsyncSession, case_no: str, *, chain: bytes, count: int) -> int | None:
    """The number of the first entry that does not fit the chain, or None; `chain` and `count` are the owner's."""
    previous, number = START, 0
    for number, (entry, _) in enumerate(await entries(session, case_no), start=1):
        row = {name: getattr(entry, name) for name in FIELDS}
        if entry.number != number or entry.previous != previous or entry.digest != entry_digest(previous, row):
            return number
        previous = entry.digest
    return None if (previous, number) == (chain or START, count) else number + 1
