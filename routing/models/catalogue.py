"""The catalogue's rows: places, who stands for them, the two lists in their versions, and the model that reads texts.

Whatever the matcher answers from is here. `district` is the column a city is split by; lists and models are small and
the same for all districts of one installation.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy import Sequence as Numbers
from sqlalchemy.orm import Mapped, mapped_column

from routing.city import AddressKind, GridKind, Level, Parity
from routing.lists.rows import Grade, Power, ScopeKind
from routing.models.base import Base
from services.limits import LimitUnit

LIST_NUMBERS = Numbers("list_numbers", metadata=Base.metadata, start=2)
"""The numbers of list versions; that of a discarded draft is never given again. 1 came with the software."""


class ListState(StrEnum):
    """How far a version of the lists has come: 草案, 已校核, 已发布, 已废止."""

    DRAFT = "draft"
    CHECKED = "checked"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"


def one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    """The column holds one of these words."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class GridRow(Base):
    """A place for a time: a boundary that changes ends one row and begins the next, under the same code."""

    __tablename__ = "grids"
    __table_args__ = (
        one_of("kind", GridKind),
        one_of("level", Level),
        CheckConstraint("valid_to >= valid_from", name="valid"),
        Index("ix_grids_parent_code", "parent", "code"),
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]
    name: Mapped[str]
    kind: Mapped[str]
    parent: Mapped[str | None]
    level: Mapped[str]
    district: Mapped[str]
    covered_by: Mapped[str | None]
    boundary: Mapped[dict[str, Any] | None]
    """GeoJSON, WGS-84."""
    boundary_source: Mapped[str | None]
    aliases: Mapped[list[Any]]


class AddressRow(Base):
    """Words that lead to a grid: a road or an estate's houses by number, else a name alone."""

    __tablename__ = "grid_addresses"
    __table_args__ = (one_of("kind", AddressKind), one_of("parity", Parity))
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    grid: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    name: Mapped[str]
    parity: Mapped[str]
    low: Mapped[int | None]
    high: Mapped[int | None]
    district: Mapped[str]


class StationRow(Base):
    """Where people walk in (一网格一阵地)."""

    __tablename__ = "stations"
    grid: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    services: Mapped[list[Any]]
    hours: Mapped[str]
    phone: Mapped[str]
    district: Mapped[str]


class OrganisationRow(Base):
    """What a unit stands for: its function, or a whole grid. The unit itself is the floor's."""

    __tablename__ = "organisations"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="valid"),)
    unit: Mapped[str] = mapped_column(primary_key=True)
    function: Mapped[str | None]
    grid: Mapped[str] = mapped_column(index=True)
    grassroots: Mapped[bool]
    district: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class DutyRow(Base):
    """Who is what in which grid: leader (书记、网格长), second secretary, building leader, partner."""

    __tablename__ = "duties"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    person: Mapped[UUID] = mapped_column(index=True)
    title: Mapped[str]
    unit: Mapped[str] = mapped_column(index=True)
    grid: Mapped[str] = mapped_column(index=True)
    district: Mapped[str]
    ended_at: Mapped[datetime | None]


class ListVersion(Base):
    """One version of both lists together. At most one is published; nobody publishes what they drafted or edited."""

    __tablename__ = "list_versions"
    __table_args__ = (
        one_of("state", ListState),
        CheckConstraint("author <> publisher", name="second_person"),
        CheckConstraint("state <> 'published' OR model IS NOT NULL", name="model"),
        Index("uq_list_versions_published", "state", unique=True, postgresql_where=text("state = 'published'")),
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    author: Mapped[UUID | None]
    """Empty for what came with the software, like `publisher`, and for what was imported at the machine itself."""
    editors: Mapped[list[Any]]
    """Who else changed a row of it, by their ids."""
    publisher: Mapped[UUID | None]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    coverage: Mapped[dict[str, Any] | None]
    """What the check found, and under which version of the catalogue."""
    override: Mapped[str | None]
    """Why it was published though its check found gaps."""
    model: Mapped[str | None] = mapped_column(ForeignKey("classifiers.version"))
    """The model of its issue list; made with the check."""
    revision: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 (SQLAlchemy's own form)


class IssueRow(Base):
    """A row of the issue list (问题清单), at its position in the list."""

    __tablename__ = "issues"
    __table_args__ = (one_of("grade", Grade), one_of("limit_unit", LimitUnit))
    version: Mapped[int] = mapped_column(ForeignKey(ListVersion.number), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    parent: Mapped[str | None]
    name: Mapped[str]
    grade: Mapped[str]
    limit_amount: Mapped[int]
    limit_unit: Mapped[str]
    filing_condition: Mapped[str]
    closing_condition: Mapped[str]
    evidence: Mapped[bool]
    reserved_to: Mapped[str | None]
    reserved_basis: Mapped[str | None]
    public: Mapped[bool]
    phrases: Mapped[list[Any]]
    questions: Mapped[list[Any]]
    keywords: Mapped[list[Any]]


class ResponsibilityRow(Base):
    """A row of the responsibility list (责任清单)."""

    __tablename__ = "responsibilities"
    __table_args__ = (
        one_of("scope_kind", ScopeKind),
        one_of("power", Power),
        CheckConstraint(
            f"limit_unit IN ({', '.join(repr(str(unit)) for unit in LimitUnit)}) "
            "AND limit_amount IS NOT NULL OR limit_unit IS NULL AND limit_amount IS NULL",
            name="limit_unit",
        ),
        CheckConstraint("valid_to >= valid_from", name="valid"),
        Index("ix_responsibilities_version_issue", "version", "issue"),
    )
    version: Mapped[int] = mapped_column(ForeignKey(ListVersion.number), primary_key=True)
    row: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    issue: Mapped[str]
    scope_kind: Mapped[str]
    scope: Mapped[str | None]
    lead: Mapped[str]
    co: Mapped[list[Any]]
    power: Mapped[str]
    limit_amount: Mapped[int | None]
    limit_unit: Mapped[str | None]
    legal_basis: Mapped[str | None]
    handed_down: Mapped[bool]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class ClassifierRow(Base):
    """A model trained on the issue list, by the digest of what it was made from; made once, the same for ever."""

    __tablename__ = "classifiers"
    version: Mapped[str] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]
    weights: Mapped[bytes]


class CatalogueState(Base):
    """One row whose version grows with every change of what the matcher answers from; `city` with those of grids and
    units alone."""

    __tablename__ = "catalogue_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    city: Mapped[int]
