"""The rows of projects (项目): one cause behind many cases, who works on it, and how far each building group is.

And of the two other lists: what partner organisations offer (资源清单) and what is needed (需求清单).
Progress is kept for building groups and whole grids; there is no column for a door.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base
from routing.models.catalogue import one_of


class ProjectState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Progress(StrEnum):
    """How far a building group is: 未开始, 进行中, 已完成."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"


class Answered(StrEnum):
    """What the project's end brought to a case: reported done, or the answer put before its handler."""

    REPORTED_DONE = "reported_done"
    PROPOSED = "proposed"
    NOT_NEEDED = "not_needed"


class Kind(StrEnum):
    """What is offered or needed: 场地, 人员, 专业服务, 物资设备, 资金."""

    VENUE = "venue"
    PEOPLE = "people"
    SERVICE = "service"
    MATERIAL = "material"
    MONEY = "money"


class OfferState(StrEnum):
    OPEN = "open"
    WITHDRAWN = "withdrawn"


class Project(Base):
    """Many cases with one cause, under one lead unit (专班牵头单位)."""

    __tablename__ = "projects"
    __table_args__ = (
        one_of("state", ProjectState),
        CheckConstraint("(state = 'closed') = (public_answer IS NOT NULL)", name="answered"),
        Index("ix_projects_lead_path", "lead_path", postgresql_ops={"lead_path": "text_pattern_ops"}),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    district: Mapped[str]
    name: Mapped[str]
    root_cause: Mapped[str]
    lead_unit: Mapped[str]
    lead_name: Mapped[str]
    lead_path: Mapped[str]
    state: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[UUID]
    due_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None]
    done: Mapped[str | None]
    public_answer: Mapped[str | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own form)


class ProjectMember(Base):
    """A unit of the task force beside the lead."""

    __tablename__ = "project_members"
    __table_args__ = (Index("ix_project_members_path", "path", postgresql_ops={"path": "text_pattern_ops"}),)
    project: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str]
    name: Mapped[str]
    path: Mapped[str]


class Milestone(Base):
    """What has to be reached by a day (节点)."""

    __tablename__ = "project_milestones"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    project: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), index=True)
    district: Mapped[str]
    name: Mapped[str]
    due_on: Mapped[date]
    reached_at: Mapped[datetime | None]


class ProjectGroup(Base):
    """A building group (楼组), or a whole grid above it, and how far the work there is."""

    __tablename__ = "project_groups"
    __table_args__ = (one_of("progress", Progress),)
    project: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    grid: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str]
    name: Mapped[str]
    progress: Mapped[str]
    changed_at: Mapped[datetime]


class ProjectCase(Base):
    """An order that has the project's cause; at most one project holds it at a time."""

    __tablename__ = "project_cases"
    __table_args__ = (
        one_of("answered", Answered),
        Index("uq_project_cases_held", "case_no", unique=True, postgresql_where=text("held")),
    )
    project: Mapped[UUID] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"), primary_key=True)
    district: Mapped[str]
    grid: Mapped[str | None]
    """The building group it is counted in."""
    linked_at: Mapped[datetime]
    held: Mapped[bool]
    """Whether the project still holds it: not after it was taken out, nor after the project's end."""
    answered: Mapped[str | None]
    because: Mapped[str | None]


class Resource(Base):
    """What a partner organisation offers (资源): an organisation's, never a private person's."""

    __tablename__ = "resources"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("state", OfferState),
        CheckConstraint("given >= 0 AND given <= capacity", name="given"),
        Index("ix_resources_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    district: Mapped[str]
    organisation: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    grid: Mapped[str]
    capacity: Mapped[int]
    measure: Mapped[str]
    given: Mapped[int]
    valid_to: Mapped[date | None]
    unit: Mapped[str]
    path: Mapped[str]
    made_at: Mapped[datetime]
    state: Mapped[str]


class Needed(Base):
    """What a grid or a project needs (需求)."""

    __tablename__ = "needs"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("state", OfferState),
        CheckConstraint("met >= 0 AND met <= amount", name="met"),
        Index("ix_needs_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    district: Mapped[str]
    project: Mapped[UUID | None] = mapped_column(ForeignKey("projects.id"), index=True)
    kind: Mapped[str]
    title: Mapped[str]
    grid: Mapped[str]
    amount: Mapped[int]
    measure: Mapped[str]
    met: Mapped[int]
    unit: Mapped[str]
    path: Mapped[str]
    made_at: Mapped[datetime]
    state: Mapped[str]


class Allotment(Base):
    """So much of a resource is given to a need, and why it was the right one."""

    __tablename__ = "allotments"
    __table_args__ = (CheckConstraint("amount >= 1", name="amount"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    need: Mapped[UUID] = mapped_column(ForeignKey("needs.id"), index=True)
    resource: Mapped[UUID] = mapped_column(ForeignKey("resources.id"), index=True)
    district: Mapped[str]
    amount: Mapped[int]
    because: Mapped[str]
    at: Mapped[datetime]
    by_person: Mapped[UUID]
