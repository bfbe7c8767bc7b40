"""What others may read of every move: first where it was written, then in one line, numbered without a gap."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base


class EventWaiting(Base):
    """Written with the move, in its transaction; gone as soon as it has its place in the line."""

    __tablename__ = "case_events_waiting"
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID]
    district: Mapped[str]
    case_no: Mapped[str]
    lead_path: Mapped[str | None]
    accused_path: Mapped[str | None]
    """Whose people see nothing of it (利益冲突回避), as with the order."""
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]


class CaseEvent(Base):
    """In the line: `position` is given after the commit, by one at a time, so a reader's cursor misses nothing."""

    __tablename__ = "case_events"
    __table_args__ = (Index("ix_case_events_noted_at", "noted_at"),)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[UUID]
    district: Mapped[str]
    case_no: Mapped[str]
    lead_path: Mapped[str | None]
    accused_path: Mapped[str | None]
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    noted_at: Mapped[datetime]
