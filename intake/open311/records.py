"""The rows behind Open311: the copy of the public issues, and what a post brought beside the report itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from intake.base import Base

CASE = "reports.case_no"


class OfferedPart(Base):
    """A part of a published version of the issue list that has arrived; a version is served once all of them have."""

    __tablename__ = "offered_parts"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    parts: Mapped[int]
    published_at: Mapped[datetime]


class OfferedIssue(Base):
    """A public row of the issue list, as routing told it."""

    __tablename__ = "offered_issues"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    name: Mapped[str]
    group: Mapped[str]
    description: Mapped[str]
    grade: Mapped[str]
    questions: Mapped[list[Any]]
    keywords: Mapped[list[Any]]


class Open311Post(Base):
    """What a post brought that is no part of the report; `token` where its service hands out tokens."""

    __tablename__ = "open311_posts"
    case_no: Mapped[str] = mapped_column(ForeignKey(CASE), primary_key=True)
    token: Mapped[str | None] = mapped_column(unique=True)
    media_url: Mapped[str | None]


class Open311Picture(Base):
    """A picture that was sent along: made anew without what a camera writes into it, sealed like the reporter."""

    __tablename__ = "open311_pictures"
    __table_args__ = (CheckConstraint("kind IN ('image/jpeg', 'image/png')", name="kind"),)
    case_no: Mapped[str] = mapped_column(ForeignKey(CASE), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    sealed: Mapped[bytes]


class Open311Update(Base):
    """An update that a client posted, by the number it has there: the same one again does nothing."""

    __tablename__ = "open311_updates"
    by_person: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(CASE), primary_key=True)
    update_id: Mapped[str] = mapped_column(primary_key=True)
    entry: Mapped[int]
    """The timeline entry it became, 0 until that is written."""
