"""The rows of a deliberation (议事): what is asked of whom, what was said, which codes may vote, and how they voted.

Nothing here leads to a person: a code is known by its digest alone, a ballot has neither a code nor a time.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base
from routing.models.catalogue import one_of


class Method(StrEnum):
    """How it is decided: 表决, or 协商一致 with its objections on record."""

    VOTE = "vote"
    CONSENSUS = "consensus"


class Standing(StrEnum):
    """How far a deliberation has come: 待批, 进行中, 已形成结果, 未形成结果, 已撤回, 已被取消."""

    PROPOSED = "proposed"
    OPEN = "open"
    DECIDED = "decided"
    UNDECIDED = "undecided"
    WITHDRAWN = "withdrawn"
    SET_ASIDE = "set_aside"


class HandOut(StrEnum):
    """How the codes of a grid reach its households: on paper, one each, or by message to those who reported."""

    SHEET = "sheet"
    MESSAGE = "message"


class Stance(StrEnum):
    """A statement supports, asks or explains, or objects; an objection has to be answered."""

    SUPPORT = "support"
    REMARK = "remark"
    OBJECTION = "objection"


class Speaker(StrEnum):
    """For whom a statement stands; never who it was."""

    RESIDENT = "resident"
    COMMITTEE = "committee"
    PROPERTY = "property"
    DEPARTMENT = "department"
    EXPERT = "expert"


class Deliberation(Base):
    """One question to the residents of some grids, on one order. `option` is what was decided."""

    __tablename__ = "deliberations"
    __table_args__ = (
        one_of("method", Method),
        one_of("state", Standing),
        CheckConstraint("entitled >= 1", name="entitled"),
        CheckConstraint("voted <= entitled", name="voted"),
        CheckConstraint("(state = 'decided') = (option IS NOT NULL) OR state = 'set_aside'", name="option"),
        Index("ix_deliberations_case_no", "case_no"),
        Index("uq_deliberations_running", "case_no", unique=True, postgresql_where=text("state = 'open'")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"))
    district: Mapped[str]
    question: Mapped[str]
    method: Mapped[str]
    threshold: Mapped[str]
    entitled: Mapped[int]
    """How many households may vote, in all its grids."""
    closes_at: Mapped[datetime]
    state: Mapped[str]
    version: Mapped[int] = mapped_column()
    asked_at: Mapped[datetime]
    asked_by: Mapped[UUID]
    asked_unit: Mapped[str]
    opened_at: Mapped[datetime | None]

    # The time that was granted for it: from where the case clock ended before to where it ends now.
    proposal: Mapped[UUID | None] = mapped_column(ForeignKey("proposals.id"))
    granted_limit: Mapped[str | None]
    granted_from: Mapped[datetime | None]
    granted_until: Mapped[datetime | None]

    # How it ended.
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    voted: Mapped[int | None]
    option: Mapped[str | None]
    because: Mapped[str | None]
    minutes: Mapped[str | None]
    area_participated: Mapped[float | None]
    """Percent of the private area whose owners took part, as the owners' own count says."""
    area_agreed: Mapped[float | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own form)


class DeliberationGrid(Base):
    """A grid whose households are entitled, how many there are, and how their codes reach them."""

    __tablename__ = "deliberation_grids"
    __table_args__ = (one_of("hand_out", HandOut), CheckConstraint("households >= 1", name="households"))
    deliberation: Mapped[UUID] = mapped_column(ForeignKey("deliberations.id"), primary_key=True)
    grid: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str]
    name: Mapped[str]
    path: Mapped[str]
    households: Mapped[int]
    hand_out: Mapped[str]


class DeliberationOption(Base):
    """One of the answers to choose from; `votes` is empty until it is closed."""

    __tablename__ = "deliberation_options"
    deliberation: Mapped[UUID] = mapped_column(ForeignKey("deliberations.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    district: Mapped[str]
    text: Mapped[str]
    votes: Mapped[int | None]


class Statement(Base):
    """What somebody said about it, redacted; an objection with how it was answered."""

    __tablename__ = "deliberation_statements"
    __table_args__ = (one_of("stance", Stance), one_of("speaker", Speaker))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deliberation: Mapped[UUID] = mapped_column(ForeignKey("deliberations.id"), index=True)
    district: Mapped[str]
    at: Mapped[datetime]
    stance: Mapped[str]
    speaker: Mapped[str]
    text: Mapped[str]
    answer: Mapped[str | None]


class VotingCode(Base):
    """A code that may vote, by its digest; gone when the vote is closed. No time says when it was spent."""

    __tablename__ = "voting_codes"
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    deliberation: Mapped[UUID] = mapped_column(ForeignKey("deliberations.id"), index=True)
    district: Mapped[str]
    spent: Mapped[bool]


class Ballot(Base):
    """One vote. It names no code and no time, its id is random, and nobody can change it."""

    __tablename__ = "ballots"
    __table_args__ = ({"info": {"append_only": True}},)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    deliberation: Mapped[UUID] = mapped_column(ForeignKey("deliberations.id"), index=True)
    district: Mapped[str]
    option: Mapped[str]
