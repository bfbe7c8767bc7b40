"""The bridge's rows: changes before and after they are numbered, subscriptions, dead letters, mappings, told codes."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.base import Base


class ToldChange(Base):
    """A change as its own transaction wrote it; it moves on to `case_changes` once it is committed and numbered."""

    __tablename__ = "told_changes"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    client: Mapped[UUID]
    case_no: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    move: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str | None]
    round: Mapped[int]
    at: Mapped[datetime]
    traceparent: Mapped[str | None]


class Change(Base):
    """A change with its place in the order in which everybody sees them: positions become visible in their order."""

    __tablename__ = "case_changes"
    __table_args__ = (Index("ix_case_changes_client_position", "client", "position"), {"info": {"append_only": True}})
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    client: Mapped[UUID]
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"))
    kind: Mapped[str]
    source: Mapped[str]
    move: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str | None]
    round: Mapped[int]
    at: Mapped[datetime]
    traceparent: Mapped[str | None]


CHANGE_FACTS = ("client", "case_no", "kind", "source", "move", "state", "outcome", "round", "at", "traceparent")


class Subscription(Base):
    """Where a client wants to be called back. Its secret is worked out from the salt and kept nowhere."""

    __tablename__ = "subscriptions"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    client: Mapped[UUID] = mapped_column(index=True)
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    url: Mapped[str]
    kinds: Mapped[list[Any]]
    salt: Mapped[bytes]
    old_salt: Mapped[bytes | None]
    old_until: Mapped[datetime | None]
    delivered: Mapped[int] = mapped_column(BigInteger)
    """The position up to which everything is settled: taken by the subscriber, or a dead letter."""
    failures: Mapped[int]
    rest_until: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    """Until when one worker has it in hand: its callbacks go out one after the other."""
    trouble: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]


class DeadLetter(Base):
    """A callback that the subscriber refused to the last attempt; a person may send it again."""

    __tablename__ = "dead_letters"
    subscription: Mapped[UUID] = mapped_column(ForeignKey("subscriptions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(ForeignKey("case_changes.position"), primary_key=True, autoincrement=False)
    attempts: Mapped[int]
    reason: Mapped[str]
    dead_at: Mapped[datetime]
    again_at: Mapped[datetime | None]


class Kind(StrEnum):
    """What a code stands for: 事项, 区域, 诉求类型, 状态."""

    ISSUE = "issue"
    AREA = "area"
    ITEM_TYPE = "item_type"
    STATE = "state"


class MappingVersion(Base):
    """One state of a client's mapping: drafted by one person, published by another."""

    __tablename__ = "mapping_versions"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'published', 'replaced', 'refused')", name="state"),
        Index("uq_mapping_versions_published", "client", unique=True, postgresql_where=text("state = 'published'")),
        Index("ix_mapping_versions_client", "client"),
    )
    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    client: Mapped[UUID]
    state: Mapped[str]
    note: Mapped[str | None]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None]


class MappingRow(Base):
    """Their code and ours; for states ours comes first, since states are told outwards."""

    __tablename__ = "mapping_rows"
    __table_args__ = (
        CheckConstraint("kind IN ('issue', 'area', 'item_type', 'state')", name="kind"),
        Index("ix_mapping_rows_version_kind_theirs", "version", "kind", "theirs"),
    )
    version: Mapped[int] = mapped_column(ForeignKey("mapping_versions.number"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    theirs: Mapped[str]
    ours: Mapped[str]
    name: Mapped[str | None]


class ToldCode(Base):
    """A code as the hotline told it with a case, and what it was taken for; nothing where nobody knew it."""

    __tablename__ = "told_codes"
    __table_args__ = (
        CheckConstraint("kind IN ('issue', 'area', 'item_type')", name="kind"),
        Index("ix_told_codes_unknown", "client", "kind", "code", postgresql_where=text("ours IS NULL")),
    )
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    client: Mapped[UUID]
    code: Mapped[str]
    ours: Mapped[str | None]
    at: Mapped[datetime]
