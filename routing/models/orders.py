"""The order's rows: where it stands, which units have had it, what was disputed, what waits for a second person.

`district` says which part of the city keeps the row; it is set with the order and never changes.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, false, text
from sqlalchemy import Sequence as Numbers
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from routing.lists.rows import Grade
from routing.models.base import Base
from routing.models.catalogue import one_of
from routing.states import ItemType, Move, Outcome, Ruling, State
from services.roles import Role

ACCESS_CHANGES = Numbers("access_changes", metadata=Base.metadata)
"""The sequence of `access.changed`: its subject is nobody's case."""


class TeamRole(StrEnum):
    """主办, 协办."""

    LEAD = "lead"
    CO = "co"


class ProposalState(StrEnum):
    """Until a second person agrees or refuses; a change of the order's state or lead voids it."""

    PENDING = "pending"
    AGREED = "agreed"
    REFUSED = "refused"
    VOID = "void"


class Order(Base):
    """One case as routing works it. It satisfies what `routing.lifecycle` reads of an order.

    `text` and whatever staff wrote are stored redacted. `due_at` is the first clock that somebody has to keep.
    """

    __tablename__ = "orders"
    __table_args__ = (
        one_of("state", State),
        one_of("outcome", Outcome),
        one_of("item_type", ItemType),
        one_of("grade", Grade),
        CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed"),
        Index("ix_orders_lead_unit_state_due_at", "lead_unit", "state", "due_at"),
        Index("ix_orders_desk_unit_state", "desk_unit", "state"),
        Index("ix_orders_state_state_due", "state", "state_due"),
        Index("ix_orders_due_at_case_no", "due_at", "case_no"),
        Index("ix_orders_clock_at_case_no", "clock_at", "case_no", postgresql_where=text("clock_at IS NOT NULL")),
        Index("ix_orders_grid_received_at_open", "grid", "received_at", postgresql_where=text("state <> 'closed'")),
        Index("ix_orders_officer_state", "officer", "state"),
        Index("ix_orders_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_orders_grid_path", "grid_path", postgresql_ops={"grid_path": "text_pattern_ops"}),
    )
    case_no: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str]
    state: Mapped[str]
    outcome: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    # What was reported.
    channel: Mapped[str]
    item_type: Mapped[str]
    text: Mapped[str]
    reporter: Mapped[bool]
    """Whether its own reporter can be asked."""
    confidential: Mapped[bool]
    received_at: Mapped[datetime]
    split_from: Mapped[str | None]
    open_cases: Mapped[list[Any]]
    """Numbers of the same caller's open cases, for finding repeats; shown to nobody."""
    settled_done: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_unit: Mapped[str | None]
    settled_by: Mapped[str | None]

    # The place as told, and the grid it was found to be, as that was named then.
    told_address: Mapped[str | None]
    told_grid: Mapped[str | None]
    told_district: Mapped[str | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    crs: Mapped[str | None]
    grid: Mapped[str | None]
    grid_name: Mapped[str | None]
    grid_path: Mapped[str | None]

    # What it is about.
    issue: Mapped[str | None]
    issue_name: Mapped[str | None]
    grade: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    """The third axis beside issue and item type: urgency, risk, crowd (`routing.tags`)."""
    hazard: Mapped[bool]
    evidence_needed: Mapped[bool]
    issue_limit: Mapped[str | None]
    """The limit of the issue's row, such as `4 work_hours`."""
    duty_limit: Mapped[str | None]
    """The limit of the responsibility's row, which goes before the issue's."""
    explanation: Mapped[dict[str, Any]]

    # Who has it.
    lead_unit: Mapped[str | None]
    lead_name: Mapped[str | None]
    lead_path: Mapped[str | None]
    desk_unit: Mapped[str]
    """Whose dispatcher decides: the unit of the street, or above it, that the place lies in."""
    desk_path: Mapped[str]
    accused_path: Mapped[str | None]
    """Of the highest unit that the words accuse: whoever works there or below neither decides nor sees."""
    officer: Mapped[UUID | None]
    handler: Mapped[UUID | None]
    """Who reported it done."""

    # The clocks, and when things happened.
    case_due: Mapped[datetime | None]
    contact_due: Mapped[datetime | None]
    state_due: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    state_since: Mapped[datetime]
    round_since: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    granted_limit: Mapped[str | None]
    """A limit for the whole case that a supervisor granted."""
    review_date: Mapped[date | None]
    asked_until: Mapped[datetime | None]
    """Until when the reporter's answer is waited for, where something was asked in triage."""

    # What the clock does next, and what it has done: each once for a due date (`agenda.Step`).
    clock_at: Mapped[datetime | None]
    case_step: Mapped[int]
    state_step: Mapped[int]
    contact_missed_at: Mapped[datetime | None]
    raised_to: Mapped[str | None]
    """The desk that was told last, because the one below does not attend to it."""
    clock_failures: Mapped[int]
    clock_error: Mapped[str | None]
    """Why the clock failed here last; the kind of the error and no more."""

    # How it went.
    round: Mapped[int]
    rounds_allowed: Mapped[int]
    supervised: Mapped[bool]
    levels_raised: Mapped[int]
    disputes: Mapped[int]
    chases: Mapped[int]
    appealed: Mapped[bool]
    done: Mapped[str | None]
    """办理情况: what was done, for those inside."""
    public_answer: Mapped[str | None]
    """公开答复: what the citizen reads."""
    evidence: Mapped[list[Any]]
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("orders.case_no"))
    waiting_children: Mapped[int]
    """How many of the orders merged into this one have a reporter who waits for it."""
    reporter_left: Mapped[bool]
    proposals_pending: Mapped[int]

    # What residents decide about it (议事), and what they decided, which binds the handling.
    deliberating: Mapped[bool] = mapped_column(default=False, server_default=false())
    bound_by: Mapped[UUID | None]
    bound_option: Mapped[str | None]

    # The timeline's head, and the number of what was last told.
    entries: Mapped[int]
    chain: Mapped[bytes | None] = mapped_column(LargeBinary)
    told: Mapped[int]

    units: Mapped[list["OrderUnit"]] = relationship(lazy="raise", order_by="OrderUnit.id", back_populates="order")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy's own form)

    @property
    def parent(self) -> str | None:
        return self.merged_into

    @property
    def has_reporter(self) -> bool:
        return (self.reporter and not self.reporter_left) or self.waiting_children > 0

    @property
    def team(self) -> list["OrderUnit"]:
        """The lead and the co-units as they are now."""
        return [unit for unit in self.units if unit.until is None]

    @property
    def co_units(self) -> Collection[str]:
        return {unit.unit for unit in self.team if unit.role == TeamRole.CO}

    @property
    def led_by(self) -> Sequence[str]:
        return [unit.unit for unit in self.units if unit.role == TeamRole.LEAD]

    @property
    def disputed_by(self) -> Collection[str]:
        return [unit.unit for unit in self.units if unit.disputed_at is not None]


class OrderUnit(Base):
    """A unit on an order for a time, under the name and path it then had."""

    __tablename__ = "order_units"
    __table_args__ = (
        one_of("role", TeamRole),
        Index("ix_order_units_path_now", "path", postgresql_ops={"path": "text_pattern_ops"},
              postgresql_where=text("until IS NULL")),
    )  # fmt: skip
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"), index=True)
    district: Mapped[str]
    unit: Mapped[str]
    name: Mapped[str]
    path: Mapped[str]
    role: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    disputed_at: Mapped[datetime | None]
    arrive_by: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    missed_at: Mapped[datetime | None]
    order: Mapped[Order] = relationship(lazy="raise", back_populates="units")


class Dispute(Base):
    """A unit says that the order is not its own (退单), and what was ruled (裁定)."""

    __tablename__ = "disputes"
    __table_args__ = (one_of("decision", Ruling), Index("ix_disputes_case_no", "case_no"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"))
    district: Mapped[str]
    unit: Mapped[str]
    person: Mapped[UUID]
    reason: Mapped[str]
    legal_basis: Mapped[str]
    proposed_unit: Mapped[str]
    raised_at: Mapped[datetime]
    decision: Mapped[str | None]
    ruled_unit: Mapped[str | None]
    ruling: Mapped[str | None]
    """The ruler's reason, or why no ruling was needed."""
    ruled_by: Mapped[UUID | None]
    ruled_at: Mapped[datetime | None]


class Proposal(Base):
    """A move that waits for a second person: as it was asked for, and what became of it."""

    __tablename__ = "proposals"
    __table_args__ = (
        one_of("move", Move),
        one_of("by_role", Role),
        one_of("second_role", Role),
        one_of("state", ProposalState),
        Index("uq_proposals_pending", "case_no", "move", unique=True, postgresql_where=text("state = 'pending'")),
        Index("ix_proposals_case_no", "case_no"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"))
    district: Mapped[str]
    move: Mapped[str]
    needs: Mapped[dict[str, Any]]
    by_person: Mapped[UUID]
    by_role: Mapped[str]
    by_unit: Mapped[str]
    second_role: Mapped[str]
    proposed_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None]


class ListProposal(Base):
    """A row for the responsibility list that a ruling suggests, with its case as the reason."""

    __tablename__ = "list_proposals"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"), index=True)
    district: Mapped[str]
    issue: Mapped[str | None]
    grid: Mapped[str | None]
    unit: Mapped[str | None]
    """Empty where it was ruled that nobody of the city is responsible."""
    reason: Mapped[str]
    proposed_at: Mapped[datetime]
