"""intake's rows: the report, the person behind it (sealed), what routing says of it (a copy), and what was sent out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Sequence, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.base import Base
from intake.bridge import records as of_bridge
from intake.channels import Channel, ItemType
from intake.keeping import records as of_keeping
from intake.notices import records as of_notices
from intake.open311 import records as of_open311

REGISTERED = "discover.registered"
"""How a case stands until routing has answered."""
CLOSED = "closed"


BESIDE = (of_bridge, of_keeping, of_notices, of_open311)
"""Further rows of the same metadata: whoever has these has them all."""
BLOCK = 50
SERIALS = Sequence("case_serials", minvalue=0, maxvalue=9_999_950, start=0, increment=BLOCK, cycle=True)
"""Each value begins a block of serials. They come round again after ten million, never within a day."""


def _one_of(column: str, words: type[Channel] | type[ItemType]) -> CheckConstraint:
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class Reporter(Base):
    """The person of one report, and the words as they were told, each sealed under a data key of this row alone.

    Without its key it is erased: nothing sealed is left, and what a backup still has of it opens no more.
    """

    __tablename__ = "reporters"
    __table_args__ = (
        CheckConstraint(
            "wrapped_key IS NOT NULL OR num_nonnulls(name, phone, other_phone, id_number, home, original, phone_index, "
            "other_phone_index, status_code, wecom_user) = 0",
            name="erased",
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    wrapped_key: Mapped[bytes | None]
    name: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    other_phone: Mapped[bytes | None]
    id_number: Mapped[bytes | None]
    home: Mapped[bytes | None]
    """The home address, where the desk was told one; the place of the matter is the report's."""
    original: Mapped[bytes | None]
    phone_index: Mapped[bytes | None] = mapped_column(index=True)
    status_code: Mapped[bytes | None]
    wecom_user: Mapped[bytes | None]
    """By which WeCom (企业微信) knows the person, where they gave it."""
    other_phone_index: Mapped[bytes | None] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]


class SealedWords(Base):
    """Words told later, as they were told; kept only where redaction took something out of them."""

    __tablename__ = "sealed_words"
    reporter: Mapped[UUID] = mapped_column(ForeignKey("reporters.id"), primary_key=True)
    entry: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class Report(Base):
    """What was reported, by whom it was taken down, and below that the copy of its order as routing last told it."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("external_id", "by_person"),
        _one_of("channel", Channel),
        _one_of("item_type", ItemType),
        Index("ix_reports_closed_at", "closed_at", postgresql_where=text("state = 'closed'")),
        Index("ix_reports_received_at_case_no", "received_at", "case_no"),
        Index("ix_reports_open311", "received_at", "case_no", postgresql_where=text("channel = 'open311'")),
        Index("ix_reports_lead_path", "lead_path", postgresql_ops={"lead_path": "text_pattern_ops"}),
        Index("ix_reports_by_path", "by_path", postgresql_ops={"by_path": "text_pattern_ops"}),
    )
    case_no: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    external_id: Mapped[str | None]
    body_digest: Mapped[bytes]
    text: Mapped[str]
    address: Mapped[str | None]
    told_grid: Mapped[str | None]
    told_district: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    crs: Mapped[str | None]
    received_at: Mapped[datetime]
    confidential: Mapped[bool]
    reporter: Mapped[UUID] = mapped_column(ForeignKey("reporters.id"), unique=True)
    reachable: Mapped[bool]
    status_digest: Mapped[bytes | None]
    by_person: Mapped[UUID]
    by_unit: Mapped[str]
    by_path: Mapped[str]
    by_role: Mapped[str]
    settled_done: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_unit: Mapped[str | None]
    settled_by: Mapped[str | None]
    split_from: Mapped[str | None] = mapped_column(ForeignKey("reports.case_no"))
    told: Mapped[int]
    entries: Mapped[int]
    chain: Mapped[bytes | None]
    version: Mapped[int] = mapped_column()

    # Told once with the report, routing's to change from then on.
    item_type: Mapped[str]
    issue: Mapped[str | None]

    # The copy.
    state: Mapped[str]
    outcome: Mapped[str | None]
    round: Mapped[int]
    issue_name: Mapped[str | None]
    grade: Mapped[str | None]
    grid_code: Mapped[str | None]
    grid_name: Mapped[str | None]
    grid_path: Mapped[str | None]
    lead_code: Mapped[str | None]
    lead_name: Mapped[str | None]
    lead_path: Mapped[str | None]
    accused_path: Mapped[str | None]
    """Of the highest unit that the words accuse: nobody there or below sees the case, but who took it down."""
    officer: Mapped[UUID | None]
    """Who works it at routing: for the check of a reveal alone, shown to nobody."""
    co_units: Mapped[list[Any]]
    case_due: Mapped[datetime | None]
    state_due: Mapped[datetime | None]
    contact_due: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    public_answer: Mapped[str | None]
    merged_into: Mapped[str | None]
    seen_sequence: Mapped[int]
    copied: Mapped[int]
    as_of: Mapped[datetime]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own way)


class OrderEntry(Base):
    """An entry of routing's timeline; kept also where it comes too late to change the state."""

    __tablename__ = "order_entries"
    __table_args__ = (Index("ix_order_entries_at_case_no_entry", "at", "case_no", "entry"),)
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"), primary_key=True)
    entry: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    move: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str | None]
    note: Mapped[str | None]


class Disclosure(Base):
    """Personal data that left the vault: which fields, to whom, for what, until when. Written before it is shown."""

    __tablename__ = "disclosures"
    __table_args__ = (Index("ix_disclosures_case_no", "case_no"), {"info": {"append_only": True}})
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"))
    fields: Mapped[list[Any]]
    way: Mapped[str]
    """`notice`, `relay` (a telephone relay got the number, nobody else), or `shown`."""
    purpose: Mapped[str]
    reason: Mapped[str | None]
    person: Mapped[UUID | None]
    role: Mapped[str]
    unit: Mapped[str | None]
    survey: Mapped[UUID | None]
    request: Mapped[UUID | None] = mapped_column(ForeignKey("reveal_requests.id"))
    """The supervisor's grant it rests on, where the case is confidential."""
    at: Mapped[datetime]
    until: Mapped[datetime]


class RevealRequest(Base):
    """A handler asks to be shown fields of a confidential case; a supervisor grants it or refuses."""

    __tablename__ = "reveal_requests"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'granted', 'refused')", name="state"),
        Index("uq_reveal_requests_pending", "case_no", "person", unique=True,
              postgresql_where=text("state = 'pending'")),
        Index("ix_reveal_requests_case_no", "case_no"),
    )  # fmt: skip
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"))
    person: Mapped[UUID]
    unit: Mapped[str]
    fields: Mapped[list[Any]]
    purpose: Mapped[str]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None]


class RelayHandle(Base):
    """By which name a telephone relay reaches the reporter for one survey, from its issue to its end."""

    __tablename__ = "relay_handles"
    survey: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"))
    handle: Mapped[str] = mapped_column(unique=True)
    until: Mapped[datetime]
    bound_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class EvaluationStaff(Base):
    """Who belongs to the evaluation body, as feedback told it: routing's news of access does not reach them."""

    __tablename__ = "evaluation_staff"
    person: Mapped[UUID] = mapped_column(primary_key=True)


class Notification(Base):
    """What was sent to a reporter, or is to be: never to which address, never with which words."""

    __tablename__ = "notifications"
    __table_args__ = (
        CheckConstraint(
            "result IN ('pending', 'sent', 'delivered', 'ended', 'no_address', 'refused', 'undeliverable')",
            name="result",
        ),
        Index("ix_notifications_case_no_at", "case_no", "at"),
        Index("ix_notifications_adapter_provider_id", "adapter", "provider_id",
              postgresql_where=text("provider_id IS NOT NULL")),
    )  # fmt: skip
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"))
    kind: Mapped[str]
    survey: Mapped[UUID | None] = mapped_column(index=True)
    """The survey or the vote it belongs to, where it does."""
    round: Mapped[int]
    adapter: Mapped[str | None]
    at: Mapped[datetime]
    result: Mapped[str]
    template: Mapped[str | None]
    """Key, version and language of the words that were sent."""
    provider_id: Mapped[str | None]


class CodeHandOut(Base):
    """Codes of a deliberation for one grid: how many, and by sheet or message. Which code went to whom is not kept:
    a code is worked out again when it is sent or printed, and who was sent one is a notification."""

    __tablename__ = "code_hand_outs"
    __table_args__ = (CheckConstraint("hand_out IN ('sheet', 'message')", name="hand_out"),)
    deliberation: Mapped[UUID] = mapped_column(primary_key=True)
    grid: Mapped[str] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("reports.case_no"), index=True)
    name: Mapped[str]
    path: Mapped[str]
    question: Mapped[str]
    households: Mapped[int]
    hand_out: Mapped[str]
    closes_at: Mapped[datetime]
    made: Mapped[int | None]
    """How many codes exist; empty until they are made."""
    printed: Mapped[int]
    """How often its sheet was printed."""
