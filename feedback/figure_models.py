"""The rows behind the figures: one line for each case with its fates, the totals of the lines, and exclusions (剔除).

Lines and totals can be made anew from the raw rows at any time and are never the source of anything. What changed
since a line was made stands in `stale_cases`, written by triggers in the transaction of the change, whoever made it.
Exclusions and their rulings are append-only: one is undone by another row.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from feedback.models import Base


class Line(Base):
    """What one case is to each rate (`fates`, joined by bars) and where it counts. `turns_at`: when a limit passes."""

    __tablename__ = "figure_lines"
    __table_args__ = (
        Index("ix_figure_lines_received_at", "received_at"),
        Index("ix_figure_lines_turns_at", "turns_at", postgresql_where=text("turns_at IS NOT NULL")),
        Index(
            "ix_figure_lines_keys",
            text("figure_keys(day, grid_chain, unit_chain, issue_chain, channel)"),
            postgresql_using="gin",
        ),
    )
    case_no: Mapped[str] = mapped_column(primary_key=True)
    received_at: Mapped[datetime]
    day: Mapped[date]
    grid_chain: Mapped[list[str]] = mapped_column(ARRAY(Text))
    unit_chain: Mapped[list[str]] = mapped_column(ARRAY(Text))
    issue_chain: Mapped[list[str]] = mapped_column(ARRAY(Text))
    channel: Mapped[str]
    fates: Mapped[str]
    turns_at: Mapped[datetime | None]


class Total(Base):
    """How many lines of a day have these fates, below one node of one tree (grid, unit, issue), channel, or in all."""

    __tablename__ = "figure_totals"
    __table_args__ = (
        Index("ix_figure_totals_parent", "facet", "parent", "day"),
        Index("ix_figure_totals_empty", "facet", postgresql_where=text("number = 0")),
    )
    facet: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    parent: Mapped[str] = mapped_column(primary_key=True)
    fates: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]


class DeepCode(Base):
    """A node that lies too deep in some line's chain for the totals to know all of it."""

    __tablename__ = "figure_deep_codes"
    __table_args__ = (Index("ix_figure_deep_codes_parent", "facet", "parent"),)
    facet: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str] = mapped_column(primary_key=True)


class StaleCase(Base):
    """A case that changed since its line was made. Rows are only added, and taken by the one who makes lines."""

    __tablename__ = "stale_cases"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_no: Mapped[str]


class Exclusion(Base):
    """An evaluator asks that a case be left out of some rates, or that an exclusion be undone."""

    __tablename__ = "exclusions"
    __table_args__ = (
        CheckConstraint("cardinality(rates) > 0", name="rates"),
        {"info": {"append_only": True}},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("dossiers.case_no"), index=True)
    undoes: Mapped[UUID | None] = mapped_column(ForeignKey("exclusions.id"), index=True)
    rates: Mapped[list[str]] = mapped_column(ARRAY(Text))
    ground: Mapped[str]
    reason: Mapped[str]
    evidence: Mapped[str]
    by_person: Mapped[UUID]
    at: Mapped[datetime]


class ExclusionRuling(Base):
    """What the second person said to it, once."""

    __tablename__ = "exclusion_rulings"
    __table_args__ = ({"info": {"append_only": True}},)
    exclusion: Mapped[UUID] = mapped_column(ForeignKey("exclusions.id"), primary_key=True)
    agreed: Mapped[bool]
    reason: Mapped[str]
    by_person: Mapped[UUID]
    at: Mapped[datetime]


class PublishedMonth(Base):
    """What the public sees of a month, as it was published: once, so that no difference of editions is told."""

    __tablename__ = "published_months"
    __table_args__ = ({"info": {"append_only": True}},)
    month: Mapped[date] = mapped_column(primary_key=True)
    formula: Mapped[str]
    published_at: Mapped[datetime]
    totals: Mapped[dict[str, Any]]
