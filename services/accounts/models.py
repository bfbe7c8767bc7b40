"""Accounts, sessions and what guards them; in routing's schema and in feedback's, each for its own people."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from services.database import NAMING, Columns


class Base(Columns, DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class Account(Base):
    """How one person signs in. Without a password they come by OIDC alone; `totp` is sealed, `recovery` are digests."""

    __tablename__ = "accounts"
    person: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str | None] = mapped_column(unique=True)
    password: Mapped[str | None]
    must_change: Mapped[bool]
    totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(BigInteger)
    recovery: Mapped[list[Any]]
    made_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Stage(StrEnum):
    """What a session still waits for; only an open one acts."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - a stage
    ENROL = "enrol"
    OPEN = "open"


class Session(Base):
    """A browser that signed in, or is about to. The cookie's secret is kept as a digest; a new one replaces it at
    every change of what the session may, and the old one holds for a moment longer."""

    __tablename__ = "sessions"
    __table_args__ = (CheckConstraint(f"stage IN ({', '.join(repr(s.value) for s in Stage)})", name="stage"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    old_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    rotated_at: Mapped[datetime]
    person: Mapped[UUID] = mapped_column(index=True)
    stage: Mapped[str]
    method: Mapped[str]
    second_factor: Mapped[bool]
    csrf: Mapped[str]
    rights: Mapped[str]
    pending: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)


class Attempts(Base):
    """Failures in a row under one name: a keyed digest of an account with a device, an address, or anybody."""

    __tablename__ = "sign_in_attempts"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
    locked_until: Mapped[datetime | None]


class Subject(Base):
    """Which of our people an identity provider's subject is: written by an administrator, never by the provider."""

    __tablename__ = "subjects"
    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[UUID] = mapped_column(index=True)
    made_at: Mapped[datetime]


class Trip(Base):
    """A browser sent to the identity provider: its state as a digest, what must come back, and where it goes then."""

    __tablename__ = "oidc_trips"
    state: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    nonce: Mapped[str]
    verifier: Mapped[str]
    next: Mapped[str]
    left_at: Mapped[datetime] = mapped_column(index=True)
