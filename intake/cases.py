"""Reading: who may see which case, one filter for every list, and the face that a case shows (never the person's)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from intake import numbers
from intake.channels import Channel
from intake.models import Report
from intake.numbers import CaseNumberError
from intake.schemas import ExternalId
from services.identity import Actor, Grant
from services.moments import Moment
from services.problems import NotFound, invalid
from services.requests import cursor, position
from services.roles import Role

READERS = (
    Role.HOTLINE, Role.CLERK, Role.OFFICER, Role.LEADER, Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR,
)  # fmt: skip
Stage = Literal["discover", "handle", "supervise", "feedback"]


class Filters(BaseModel):
    """What a list is narrowed by; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")
    state: str | None = Field(None, max_length=40, examples=["handle.working"])
    stage: Stage | None = None
    outcome: str | None = Field(None, max_length=40, examples=["resolved"])
    channel: Channel | None = None
    external_id: ExternalId | None = None
    received_from: Moment | None = Field(None, description="Received at or after, with offset.")
    received_to: Moment | None = Field(None, description="Received before, with offset.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


def visible(actor: Actor, roles: Iterable[Role] = READERS) -> ColumnElement[bool]:
    """The cases that these roles of the actor may see.

    Who posted a case sees it while they hold that role where they posted it. A clerk sees what the own unit's subtree
    took down; officers, leaders and the desks what a unit of their subtree leads. A case that nobody leads yet is seen
    by the desks over the unit that took it down, and by those at the top of the tree. Who works in an accused unit
    sees only what they took down themselves.
    """
    return or_(false(), *(_seen(actor, grant) for grant in actor.of(*roles)))


def _seen(actor: Actor, grant: Grant) -> ColumnElement[bool]:
    free = or_(Report.accused_path.is_(None), not_(func.starts_with(grant.path, Report.accused_path)))
    mine = and_(Report.by_person == actor.person, Report.by_path.startswith(grant.path, autoescape=True))
    led = and_(free, Report.lead_path.startswith(grant.path, autoescape=True))
    taken = and_(free, Report.by_path.startswith(grant.path, autoescape=True))
    match grant.role:
        case Role.HOTLINE:
            return mine
        case Role.CLERK:
            return or_(mine, taken)
        case Role.OFFICER:
            return or_(mine, led)
        case Role.LEADER:
            return led
        case Role.DISPATCHER | Role.SUPERVISOR | Role.AUDITOR:
            unled = and_(free, Report.lead_path.is_(None))
            return or_(led, unled if _at_the_top(grant) else and_(unled, taken))
        case _:
            return false()


def _at_the_top(grant: Grant) -> bool:
    return grant.path.count("/") == 2


async def find(
    session: AsyncSession, case_no: str, *, actor: Actor, roles: Iterable[Role] = READERS, lock: bool = False
) -> Report:
    """The case, if it is the actor's to see; NotFound for any other. `lock` makes other writers wait."""
    try:
        numbers.parse(case_no)
    except CaseNumberError as error:
        raise NotFound(str(error)) from None
    query = select(Report).where(Report.case_no == case_no, visible(actor, roles))
    report = await session.scalar(query.with_for_update() if lock else query)
    if report is None:
        raise NotFound
    return report


async def known(session: AsyncSession, case_no: str) -> str | None:
    """The number, if there is such a case, whoever asks: for the audit of a refusal, never for an answer."""
    if not numbers.valid(case_no):
        return None
    found: str | None = await session.scalar(select(Report.case_no).where(Report.case_no == case_no))
    return found


async def page(session: AsyncSession, actor: Actor, filters: Filters) -> tuple[Sequence[Report], str | None]:
    """One page, newest first, and the cursor of the next one."""
    query = filtered(select(Report).where(visible(actor)), filters)
    if filters.cursor:
        query = query.where(tuple_(Report.received_at, Report.case_no) < _after(filters.cursor))
    query = query.order_by(Report.received_at.desc(), Report.case_no.desc()).limit(filters.limit + 1)
    found = (await session.scalars(query)).all()
    rows = found[: filters.limit]
    more = len(found) > filters.limit
    return rows, cursor(at=rows[-1].received_at, case=rows[-1].case_no) if more else None


def filtered(query: Select[Any], filters: Filters) -> Select[Any]:
    """The one filter of lists, counts and exports."""
    equal = {
        Report.state: filters.state,
        Report.outcome: filters.outcome,
        Report.channel: filters.channel,
        Report.external_id: filters.external_id,
    }
    query = query.where(*(column == value for column, value in equal.items() if value is not None))
    if filters.stage:
        query = query.where(Report.state.startswith(f"{filters.stage}."))
    if filters.received_from:
        query = query.where(Report.received_at >= filters.received_from)
    if filters.received_to:
        query = query.where(Report.received_at < filters.received_to)
    return query


def _after(sent: str) -> tuple[datetime, str]:
    found = position(sent)
    try:
        return datetime.fromisoformat(found["at"]), str(found["case"])
    except (KeyError, TypeError, ValueError):
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
