"""What may be asked for: intake's own copy of the public issues, which arrives by message, and services made of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake.open311.questions import Attribute, attributes
from intake.open311.records import OfferedIssue, OfferedPart
from services.events import Envelope
from services.messages import ListsPublished

COMPLEX, URGENT = "complex", "urgent"


async def lists_published(session: AsyncSession, message: ListsPublished, _: Envelope) -> None:
    """Keep this part; what came before goes when the newest version is whole. Any order of arrival, any repeat."""
    part = {name: getattr(message, name) for name in ("version", "part", "parts", "published_at")}
    kept = insert(OfferedPart).values(part).on_conflict_do_nothing().returning(OfferedPart.part)
    if await session.scalar(kept) is None:
        return
    if message.issues:
        await session.execute(insert(OfferedIssue).values(_rows(message)).on_conflict_do_nothing())
    newest = await serving(session)
    if newest is not None:
        for table in (OfferedIssue, OfferedPart):
            await session.execute(delete(table).where(table.version < newest))


def _rows(message: ListsPublished) -> list[dict[str, Any]]:
    return [
        {**issue.model_dump(mode="json"), "version": message.version, "position": message.first + place}
        for place, issue in enumerate(message.issues)
    ]


async def serving(session: AsyncSession) -> int | None:
    """The newest version that has arrived whole."""
    whole = (
        select(OfferedPart.version).group_by(OfferedPart.version).having(func.count() == func.min(OfferedPart.parts))
    )
    return await session.scalar(whole.order_by(OfferedPart.version.desc()).limit(1))


@dataclass(frozen=True)
class Service:
    """One issue as others may ask for it. `code` is never a plain number, which clients would read as one."""

    code: str
    issue: str
    name: str
    description: str
    group: str
    keywords: tuple[str, ...]
    batch: bool
    attributes: tuple[Attribute, ...]

    def face(self) -> dict[str, Any]:
        return {
            "service_code": self.code,
            "service_name": self.name,
            "description": self.description,
            "metadata": bool(self.attributes),
            "type": "batch" if self.batch else "realtime",
            "keywords": ",".join(self.keywords),
            "group": self.group,
        }

    def definition(self) -> dict[str, Any]:
        return {"service_code": self.code, "attributes": [each.face() for each in self.attributes]}


@dataclass(frozen=True)
class Offer:
    """All services of one published version; empty until the lists have arrived."""

    services: tuple[Service, ...] = ()
    changed_at: datetime | None = None

    @cached_property
    def by_code(self) -> dict[str, Service]:
        return {each.code: each for each in self.services}

    @cached_property
    def by_issue(self) -> dict[str, Service]:
        return {each.issue: each for each in self.services}


async def offer(session: AsyncSession) -> Offer:
    version = await serving(session)
    if version is None:
        return Offer()
    rows = select(OfferedIssue).where(OfferedIssue.version == version).order_by(OfferedIssue.position)
    at = select(func.min(OfferedPart.published_at)).where(OfferedPart.version == version)
    return Offer(_services((await session.scalars(rows)).all()), await session.scalar(at))


def _services(rows: Sequence[OfferedIssue]) -> tuple[Service, ...]:
    """A class that an issue of its own already calls `05-00` is not offered: it would have that code too."""
    taken = {row.code for row in rows}
    return tuple(_service(row) for row in rows if _specific(row.code) or f"{row.code}-00" not in taken)


def _specific(code: str) -> bool:
    return "-" in code


def _service(row: OfferedIssue) -> Service:
    """A class asks nothing: what would be asked depends on what it is. A complex matter is answered by a token."""
    specific = _specific(row.code)
    return Service(
        code=row.code if specific else f"{row.code}-00",
        issue=row.code,
        name=row.name if specific else f"{row.name}（其他）",
        description=row.description,
        group=row.group,
        keywords=tuple(word.replace(",", "，") for word in row.keywords),
        batch=row.grade == COMPLEX,
        attributes=attributes(row.questions, urgent=row.grade == URGENT) if specific else (),
    )
