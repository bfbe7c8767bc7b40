"""What a person said about notices, found by a blind index that stands in no other table."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intake.base import Base


class NoticeChoice(Base):
    """Yes or no to each way, for one person whatever they report; null is never asked. No case and no number in it."""

    __tablename__ = "notice_choices"
    __table_args__ = (CheckConstraint("language IN ('zh', 'en')", name="language"),)
    person: Mapped[bytes] = mapped_column(primary_key=True)
    sms: Mapped[bool | None]
    wecom: Mapped[bool | None]
    language: Mapped[str]
    at: Mapped[datetime]
    """When it was said, or asked for since: give or take a month."""
