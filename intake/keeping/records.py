"""The rows behind retention and rights: what was erased, what must not be, and what was handed out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from intake.base import Base

CASE = "reports.case_no"


class Erasure(Base):
    """A part of a case that is gone, since when and why: its time was over, or the person asked."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("part IN ('originals', 'photos', 'survey_photos', 'survey_words', 'everything')", name="part"),
        CheckConstraint("cause IN ('due', 'asked', 'restored')", name="cause"),
        {"info": {"append_only": True}},
    )
    case_no: Mapped[str] = mapped_column(ForeignKey(CASE), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    cause: Mapped[str]
    by_person: Mapped[UUID | None]


class Hold(Base):
    """A case that must not be erased (留存): asked for by one person and agreed by another, lifted the same way.

    From the asking on nothing of the case is erased: what is gone cannot be brought back by agreeing later.
    """

    __tablename__ = "holds"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'held', 'lifting', 'lifted', 'refused')", name="state"),
        CheckConstraint("agreed_by <> asked_by AND lift_agreed_by <> lift_asked_by", name="second_person"),
        Index("uq_holds_on", "case_no", unique=True, postgresql_where=text("state IN ('asked', 'held', 'lifting')")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(CASE))
    state: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    agreed_by: Mapped[UUID | None]
    agreed_at: Mapped[datetime | None]
    lift_reason: Mapped[str | None]
    lift_asked_by: Mapped[UUID | None]
    lift_asked_at: Mapped[datetime | None]
    lift_agreed_by: Mapped[UUID | None]
    lift_agreed_at: Mapped[datetime | None]


class Export(Base):
    """A copy of all that is held of a case's reporter, made on their request: sealed under the reporter's own key."""

    __tablename__ = "exports"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey(CASE), index=True)
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    sealed: Mapped[bytes | None]
    """Empty until the other services have answered."""


class ProofTries(Base):
    """How many proofs of being a case's reporter did not fit, a day long; one that is under way is counted, too."""

    __tablename__ = "proof_tries"
    case_no: Mapped[str] = mapped_column(ForeignKey(CASE), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime]
