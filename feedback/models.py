"""feedback's rows: its copy of the order, and what it owns: surveys, attempts, answers, verdicts, links, its staff.

Attempts, answers and verdicts are append-only: the service's own role can neither change nor delete one. A citizen's
words lie with the timeline entry of the answer, redacted and erasable, never in the answer itself.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    and_,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from feedback.questions import Satisfied, Solved
from feedback.verdict import Resolution
from services.database import Columns, room_metadata


class Base(Columns, DeclarativeBase):
    """The tables of this room."""

    metadata = room_metadata()


class Kind(StrEnum):
    """What is asked about: a handling, a matter settled on the spot, a withdrawal, or a second asking."""

    HANDLED = "handled"
    SETTLED = "settled"
    WITHDRAWN = "withdrawn"
    RECHECK = "recheck"


class State(StrEnum):
    """Where a survey stands; all but open are its end."""

    OPEN = "open"
    ANSWERED = "answered"
    EXPIRED = "expired"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


class Via(StrEnum):
    """Which way an answer or an attempt came."""

    CALLBACK = "callback"
    PAGE = "page"
    CALLER = "caller"
    CORRECTION = "correction"
    ON_SITE = "on_site"


def _one_of(column: str, words: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class CaseCopy(Base):
    """The order as routing last told it. `seen` is the sequence of the newest news; older news never overwrites it."""

    __tablename__ = "cases"
    __table_args__ = (Index("ix_cases_received_at", "received_at"),)
    case_no: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    outcome: Mapped[str | None]
    round: Mapped[int]
    channel: Mapped[str]
    item_type: Mapped[str]
    issue: Mapped[str | None]
    grid_code: Mapped[str | None]
    grid_path: Mapped[str | None]
    lead_code: Mapped[str | None]
    lead_path: Mapped[str | None]
    received_at: Mapped[datetime]
    case_due: Mapped[datetime | None]
    contact_due: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    disputes: Mapped[int]
    merged_into: Mapped[str | None]


class Dossier(Base):
    """What feedback itself keeps of a case: how much it told, its chain, and the last news that ends a survey.

    Whoever writes about a case locks this row first, so that all writes about one case come one after another.
    """

    __tablename__ = "dossiers"
    case_no: Mapped[str] = mapped_column(primary_key=True)
    told: Mapped[int]
    entries: Mapped[int]
    chain: Mapped[bytes | None] = mapped_column(LargeBinary)
    ended_by: Mapped[int] = mapped_column(BigInteger)


class Survey(Base):
    """One asking: of one case, one round, one kind. `sequence` is that of the news that it is due."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("case_no", "round", "kind"),
        Index("ix_surveys_state", "state", "id"),
        _one_of("kind", Kind),
        _one_of("state", State),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("dossiers.case_no"))
    round: Mapped[int]
    kind: Mapped[str]
    item_type: Mapped[str]
    lead_code: Mapped[str | None]
    lead_path: Mapped[str | None]
    public_answer: Mapped[str]
    handled_at: Mapped[datetime]
    sequence: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    issued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    link_expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    attempts: Mapped[int]
    questions: Mapped[str] = mapped_column(server_default="2026.1")
    relay: Mapped[str | None]
    """The provider's handle of the person: intake's relay knows whom it reaches."""
    rechecks: Mapped[UUID | None] = mapped_column(ForeignKey("surveys.id"))
    """The survey that this one asks about a second time."""
    taken_by: Mapped[UUID | None]
    taken_until: Mapped[datetime | None]
    traceparent: Mapped[str | None]
    """The trace that it was issued in: its offer and its callback go on from there."""
    version: Mapped[int] = mapped_column(Integer)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)

    @hybrid_property
    def on_site(self) -> bool:
        """A second look at a case with nobody to ask: the evaluation body goes to the spot, and nobody is called."""
        return self.kind == Kind.RECHECK and self.rechecks is None

    @on_site.inplace.expression
    @classmethod
    def _on_site(cls) -> ColumnElement[bool]:
        return and_(cls.kind == Kind.RECHECK, cls.rechecks.is_(None))


class Link(Base):
    """A one-time link by the keyed digest of its token; the token is in the citizen's message and nowhere else."""

    __tablename__ = "links"
    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    survey: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"), index=True)
    issued_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Attempt(Base):
    """Somebody tried to reach the citizen and could not. `late` ones came after the survey's end."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("survey", "content"),
        UniqueConstraint("survey", "message"),
        _one_of("via", Via),
        {"info": {"append_only": True}},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"))
    via: Mapped[str]
    result: Mapped[str]
    called_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    late: Mapped[bool]
    entry: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    message: Mapped[str | None]
    by_person: Mapped[UUID | None]


class Answer(Base):
    """A rating: what the citizen said. One counts; what comes after the survey's end is kept as late.

    `entry` is the number of the timeline entry with the words, `content` a keyed digest that shows repeats. A
    correction is a further row that names in `corrects` the one it supersedes. The valid rating of a survey is the
    newest row that is not late and that no other row corrects; there is never more than one.
    """

    __tablename__ = "answers"
    __table_args__ = (
        UniqueConstraint("survey", "content"),
        UniqueConstraint("survey", "message"),
        Index("uq_answers_counting", "survey", unique=True, postgresql_where=text("NOT late AND corrects IS NULL")),
        UniqueConstraint("corrects"),
        _one_of("via", Via),
        _one_of("solved", Solved),
        _one_of("satisfied", Satisfied),
        {"info": {"append_only": True}},
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    survey: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"))
    via: Mapped[str]
    questions: Mapped[str]
    solved: Mapped[str]
    satisfied: Mapped[str]
    reasons: Mapped[list[Any]]
    called_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    late: Mapped[bool]
    entry: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    message: Mapped[str | None]
    by_person: Mapped[UUID | None]
    unit_contacted: Mapped[bool | None]
    """承办单位是否先行联系: asked from questionnaire 2026.2 on."""
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("answers.id"))


class Correction(Base):
    """A proposal to correct a rating; only a second person's agreement makes the new row. Refused ones stay."""

    __tablename__ = "corrections"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'made', 'refused')", name="state"),
        CheckConstraint("decided_by <> proposed_by", name="second_person"),
        Index("uq_corrections_pending", "answer", unique=True, postgresql_where=text("state = 'pending'")),
        _one_of("solved", Solved),
        _one_of("satisfied", Satisfied),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    answer: Mapped[UUID] = mapped_column(ForeignKey("answers.id"))
    solved: Mapped[str]
    satisfied: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[UUID]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    refusal: Mapped[str | None]


class LateAppeal(Base):
    """An "unsolved" that came after its survey had ended otherwise: once per survey it is told on as an appeal."""

    __tablename__ = "late_appeals"
    __table_args__ = ({"info": {"append_only": True}},)
    survey: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"), primary_key=True)
    answer: Mapped[UUID] = mapped_column(ForeignKey("answers.id"))
    rule: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class Photo(Base):
    """The one picture of an answer, made anew without what a camera writes beside it. Forgotten after a while."""

    __tablename__ = "photos"
    answer: Mapped[UUID] = mapped_column(ForeignKey("answers.id"), primary_key=True)
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    width: Mapped[int]
    height: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)


class Network(Base):
    """From which network a page was answered, as a keyed digest: for the anomaly tests, erased after 30 days."""

    __tablename__ = "networks"
    answer: Mapped[UUID] = mapped_column(ForeignKey("answers.id"), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(index=True)


class Offer(Base):
    """A survey that is offered to the provider, in which batch, and in which batch it was called back."""

    __tablename__ = "offers"
    survey: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"), primary_key=True)
    batch: Mapped[UUID] = mapped_column(index=True)
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    closed_batch: Mapped[UUID | None] = mapped_column(index=True)


class Finding(Base):
    """What a test for gaming found: its statistic and the cases behind it, put before a reviewer. It changes nothing.

    One finding per test, subject and period: a later run of the same period keeps what was found first.
    """

    __tablename__ = "findings"
    __table_args__ = (
        UniqueConstraint("test", "subject", "period_start", "period_end"),
        CheckConstraint("decision IN ('gamed', 'explained', 'unclear')", name="decision"),
        CheckConstraint("(decision IS NULL) = (reviewed_by IS NULL)", name="reviewed"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    test: Mapped[str]
    method: Mapped[str]
    subject: Mapped[str]
    period_start: Mapped[datetime]
    period_end: Mapped[datetime]
    statistic: Mapped[dict[str, Any]]
    p_value: Mapped[float]
    cases: Mapped[list[Any]]
    found_at: Mapped[datetime]
    decision: Mapped[str | None]
    reason: Mapped[str | None]
    reviewed_by: Mapped[UUID | None]
    reviewed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(Integer)
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)


class Verdict(Base):
    """How a survey ended for its case: decided by which rule, for which reason, on which answer (none: by silence)."""

    __tablename__ = "verdicts"
    __table_args__ = (_one_of("verdict", Resolution), {"info": {"append_only": True}})
    survey: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"), primary_key=True)
    answer: Mapped[UUID | None] = mapped_column(ForeignKey("answers.id"))
    verdict: Mapped[str]
    reason: Mapped[str]
    rule: Mapped[str]
    at: Mapped[datetime]


class Staff(Base):
    """A person or machine of the evaluation body: made here, and beyond the reach of routing's messages."""

    __tablename__ = "staff"
    person: Mapped[UUID] = mapped_column(primary_key=True)
    appointed_by: Mapped[UUID | None]
    appointed_at: Mapped[datetime]


class ErasedCase(Base):
    """A part of a case that is gone, as intake told it; what comes late for it goes with the next night."""

    __tablename__ = "erased_cases"
    __table_args__ = ({"info": {"append_only": True}},)
    case_no: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
