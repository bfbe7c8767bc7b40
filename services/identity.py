"""Who is asking, and for which part of the unit tree: people, roles and keys as every service keeps them.

routing owns these rows; the copies in intake and feedback arrive by `access.changed`. A key is kept as a digest.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fastapi import Request
from pydantic import BaseModel
from sqlalchemy import Index, bindparam, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.clocks import now
from services.database import Floor
from services.messages import AccessChanged
from services.problems import KeyMissing, KeyUnknown
from services.roles import OF_EVALUATION, Role


class Unit(Floor):
    """A unit of the unit tree. `path` is the chain of codes from the top: `/31/310101/310101023/`."""

    __tablename__ = "units"
    __table_args__ = (Index("ix_units_path", "path", postgresql_ops={"path": "text_pattern_ops"}),)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    level: Mapped[str]
    parent: Mapped[str | None]
    path: Mapped[str]
    closed_at: Mapped[datetime | None]
    version: Mapped[int]


class Person(Floor):
    """Somebody, or a machine, who may act. A name is that of a public role, not of a citizen."""

    __tablename__ = "people"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    machine: Mapped[bool]
    active: Mapped[bool]
    version: Mapped[int]


class RoleGrant(Floor):
    """A role in a unit, from when it was granted to when it ended."""

    __tablename__ = "grants"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[UUID] = mapped_column(index=True)
    role: Mapped[str]
    unit: Mapped[str]
    ended_at: Mapped[datetime | None]
    version: Mapped[int]


class Key(Floor):
    """A key's public half (`id`) and the digest of the whole; the key is shown once and kept nowhere."""

    __tablename__ = "keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[UUID] = mapped_column(index=True)
    digest: Mapped[str]
    scope: Mapped[str | None]
    """What the key may at most: role names, and `read` for reads alone; null is all that its holder may."""
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    version: Mapped[int]


class KeyUse(Floor):
    """When a key was last used in this service, to the minute."""

    __tablename__ = "key_uses"
    key: Mapped[str] = mapped_column(primary_key=True)
    used_at: Mapped[datetime]


class Signer(Floor):
    """The public half of a key that routing signs passes and tokens with."""

    __tablename__ = "signers"
    id: Mapped[str] = mapped_column(primary_key=True)
    public: Mapped[str]
    ended_at: Mapped[datetime | None]
    version: Mapped[int]


@dataclass(frozen=True)
class Grant:
    """A role as held now, with the path of its unit."""

    role: Role
    unit: str
    path: str

    def covers(self, path: str | None) -> bool:
        """Whether a unit's path lies in this grant's subtree."""
        return path is not None and path.startswith(self.path)


@dataclass(frozen=True)
class Actor:
    """Who is asking: a person (or machine) with the grants that hold now."""

    person: UUID
    key: str
    machine: bool
    grants: tuple[Grant, ...]
    scope: str | None = None

    def has(self, roles: Iterable[Role]) -> bool:
        wanted = set(roles)
        return any(grant.role in wanted for grant in self.grants)

    def of(self, *roles: Role) -> tuple[Grant, ...]:
        """The grants of these roles."""
        return tuple(grant for grant in self.grants if grant.role in roles)


def mint() -> tuple[str, str, str]:
    """A new key: the key itself (to show once), its id, its digest. 192 random bits, so a plain digest is enough."""
    key_id = secrets.token_hex(6)
    key = f"gl_{key_id}_{secrets.token_urlsafe(24)}"
    return key, key_id, digest(key)


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def key_from(request: Request) -> str:
    """The key as sent: `Authorization: Bearer …` or `X-API-Key`."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    key = value if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
    if not key.strip():
        raise KeyMissing(headers={"WWW-Authenticate": "Bearer"})
    return key.strip()


async def identify(session: AsyncSession, key: str) -> Actor:
    """The actor behind a key, by one statement, and once a minute one more that notes its use.

    Raises KeyUnknown where the key is unknown, expired or revoked or the person is no longer active.
    """
    parts = key.split("_", 2)
    rows = (await session.execute(_STATEMENT, {"key": parts[1] if len(parts) == 3 else ""})).all()
    if not rows or not hmac.compare_digest(rows[0].digest, digest(key)) or _over(rows[0].expires_at):
        raise KeyUnknown(headers={"WWW-Authenticate": "Bearer"})
    return await _acting(session, rows)


async def holder(session: AsyncSession, key_id: str, person: UUID) -> Actor:
    """The actor of a key that was proven elsewhere, by a token. Raises KeyUnknown where it no longer holds."""
    rows = (await session.execute(_STATEMENT, {"key": key_id})).all()
    if not rows or rows[0].person != person or _over(rows[0].expires_at):
        raise KeyUnknown(headers={"WWW-Authenticate": "Bearer"})
    return await _acting(session, rows)


async def _acting(session: AsyncSession, rows: Sequence[Any]) -> Actor:
    first = rows[0]
    if first.used_at is None or first.used_at <= now() - USE_NOTED_EVERY:
        used = insert(KeyUse).values(key=first.id, used_at=now())
        await session.execute(
            used.on_conflict_do_update(index_elements=[KeyUse.key], set_={"used_at": used.excluded.used_at})
        )
    made = Actor(person=first.person, key=first.id, machine=first.machine, grants=_grants(rows), scope=first.scope)
    return narrowed(made, first.scope)


def _grants(rows: Sequence[Any]) -> tuple[Grant, ...]:
    return tuple(Grant(Role(row.role), row.unit, row.path) for row in rows if row.path)


def narrowed(actor: Actor, scope: str | None) -> Actor:
    """The actor with the grants of the roles in the scope; with all of them where it names none."""
    roles = set((scope or "").split()) - {READ}
    grants = tuple(grant for grant in actor.grants if not roles or grant.role in roles)
    return replace(actor, grants=grants, scope=scope)


async def person_acting(session: AsyncSession, person: UUID, *, key: str) -> tuple[Actor, str] | None:
    """The actor that an active person is now, and the name; `key` is what the audit calls it by."""
    rows = (await session.execute(_OF_PERSON, {"person": person})).all()
    if not rows:
        return None
    return Actor(person=person, key=key, machine=rows[0].machine, grants=_grants(rows)), str(rows[0].name)


def _over(at: datetime | None) -> bool:
    return at is not None and at <= now()


READ = "read"
USE_NOTED_EVERY = timedelta(minutes=1)
_HELD = (RoleGrant.person == Person.id) & RoleGrant.ended_at.is_(None)
_OPEN = (Unit.code == RoleGrant.unit) & Unit.closed_at.is_(None)
_STATEMENT = (
    select(
        Key.id, Key.digest, Key.scope, Key.expires_at, Key.person, KeyUse.used_at,
        Person.machine, RoleGrant.role, RoleGrant.unit, Unit.path,
    )
    .join(Person, Person.id == Key.person)
    .outerjoin(KeyUse, KeyUse.key == Key.id)
    .outerjoin(RoleGrant, _HELD)
    .outerjoin(Unit, _OPEN)
    .where(Key.id == bindparam("key"), Key.revoked_at.is_(None), Person.active)
)  # fmt: skip
_OF_PERSON = (
    select(Person.machine, Person.name, RoleGrant.role, RoleGrant.unit, Unit.path)
    .outerjoin(RoleGrant, _HELD)
    .outerjoin(Unit, _OPEN)
    .where(Person.id == bindparam("person"), Person.active)
    .order_by(RoleGrant.id)
)


async def has_access_rows(session: AsyncSession) -> bool:
    """Whether somebody could sign in: there are keys of those who work here, not of the evaluation body's people alone,
    and the unit of every key's role is known here."""
    unknown = select(Key.id).join(RoleGrant, RoleGrant.person == Key.person)
    unknown = unknown.outerjoin(Unit, Unit.code == RoleGrant.unit).where(Unit.code.is_(None))
    ours = select(Key.id).join(RoleGrant, RoleGrant.person == Key.person).where(RoleGrant.role.not_in(OF_EVALUATION))
    found = await session.execute(select(exists(ours), exists(unknown)))
    keys, gaps = found.one()
    return bool(keys) and not gaps


async def copy(session: AsyncSession, changed: AccessChanged) -> None:
    """Write the rows of `access.changed`, each only where it is newer than the copy here: any order will do."""
    await _upsert(session, Unit, changed.units, "code")
    await _upsert(session, Person, changed.people, "id")
    await _upsert(session, RoleGrant, changed.grants, "id")
    await _upsert(session, Key, changed.keys, "id")
    await _upsert(session, Signer, changed.signers, "id")


async def _upsert(session: AsyncSession, table: type[Any], facts: Sequence[BaseModel], key: str) -> None:
    if not facts:
        return
    statement = insert(table).values([fact.model_dump() for fact in facts])
    newer = {name: statement.excluded[name] for name in type(facts[0]).model_fields if name != key}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[key], set_=newer, where=table.version < statement.excluded.version
        )
    )
