"""What the clock tells people, and the State Council's notices that a city has imported."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base
from routing.models.catalogue import one_of
from services.roles import Role


class Ring(StrEnum):
    """Why the clock tells somebody: 临期提醒, 超期, 提级, and what else a limit brings about."""

    REMINDED = "reminded"
    OVERDUE = "overdue"
    RAISED = "raised"
    CONTACT_OVERDUE = "contact_overdue"
    ARRIVAL_OVERDUE = "arrival_overdue"
    ASK_ENDED = "ask_ended"
    ACCEPTED = "accepted"
    RESUMED = "resumed"


class Reminder(Base):
    """The clock tells those who hold a role in a unit; the timeline has the entry it comes from."""

    __tablename__ = "reminders"
    __table_args__ = (
        one_of("kind", Ring),
        one_of("role", Role),
        Index("ix_reminders_path_role_id", "path", "role", "id", postgresql_ops={"path": "text_pattern_ops"}),
        {"info": {"append_only": True}},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"), index=True)
    district: Mapped[str]
    at: Mapped[datetime]
    kind: Mapped[str]
    due: Mapped[datetime]
    unit: Mapped[str]
    path: Mapped[str]
    role: Mapped[str]


class CalendarNotice(Base):
    """A year whose notice was imported; it goes before what the software knows of that year."""

    __tablename__ = "calendar_notices"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    imported_at: Mapped[datetime]


class CalendarDay(Base):
    """A day of an imported notice that differs from its weekday."""

    __tablename__ = "calendar_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(ForeignKey("calendar_notices.year", ondelete="CASCADE"), index=True)
    working: Mapped[bool]
    name: Mapped[str]
    source: Mapped[str]
