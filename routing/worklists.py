"""Lists of orders: what the actor may see, narrowed by one filter that lists, counts and exports share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from routing.lists.rows import Grade
from routing.models import Order
from routing.standing import visible
from routing.states import Outcome, Stage, State
from services.identity import Actor
from services.moments import Moment
from services.problems import invalid
from services.requests import cursor, position

Sort = Literal["received", "due"]


class Filters(BaseModel):
    """What a list is narrowed by; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")
    state: State | None = None
    stage: Stage | None = None
    outcome: Outcome | None = None
    issue: str | None = Field(None, max_length=40, description="An issue, or a class with all its issues.")
    grid: str | None = Field(None, max_length=64, description="A grid and all below it.")
    unit: str | None = Field(None, max_length=64, description="A lead unit and all below it.")
    grade: Grade | None = None
    channel: str | None = Field(None, max_length=40)
    due_before: Moment | None = Field(None, description="The next deadline lies before.")
    overdue: bool | None = Field(None, description="The next deadline has passed, or has not.")
    received_from: Moment | None = Field(None, description="Received at or after.")
    received_to: Moment | None = Field(None, description="Received before.")
    mine: bool = Field(False, description="Given to me, or reported done by me.")
    q: str | None = Field(None, max_length=100, description="Words of the text, or a case number.")
    sort: Sort = Field("received", description="`received`: newest first; `due`: what is due first.")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)
    count: bool = Field(False, description="Count all there are, by the same filter.")


async def page(
    session: AsyncSession, filters: Filters, *, actor: Actor, at: datetime
) -> tuple[Sequence[Order], str | None]:
    """One page, and the cursor of the next where there is one."""
    wanted = narrowed(select(Order), filters, actor=actor, at=at).options(selectinload(Order.units))
    if filters.cursor:
        wanted = wanted.where(_after(filters))
    wanted = wanted.order_by(*_order(filters.sort)).limit(filters.limit + 1)
    found = (await session.scalars(wanted)).all()
    rows = found[: filters.limit]
    return rows, _cursor(rows[-1], filters.sort) if len(found) > len(rows) else None


async def count(session: AsyncSession, filters: Filters, *, actor: Actor, at: datetime) -> int:
    wanted = narrowed(select(func.count()).select_from(Order), filters, actor=actor, at=at)
    return int(await session.scalar(wanted) or 0)


def narrowed(query: Select[Any], filters: Filters, *, actor: Actor, at: datetime) -> Select[Any]:
    """The one filter. `at` is when overdue begins."""
    equal = {
        Order.state: filters.state,
        Order.outcome: filters.outcome,
        Order.grade: filters.grade,
        Order.channel: filters.channel,
    }
    query = query.where(visible(actor), *(column == value for column, value in equal.items() if value is not None))
    return query.where(*_by_place_and_matter(filters), *_by_time(filters, at), *_by_words(filters, actor))


def _by_place_and_matter(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.stage:
        wanted.append(Order.state.startswith(f"{filters.stage}."))
    if filters.issue:
        wanted.append(or_(Order.issue == filters.issue, Order.issue.startswith(f"{filters.issue}-", autoescape=True)))
    if filters.grid:
        wanted.append(_below(Order.grid_path, filters.grid))
    if filters.unit:
        wanted.append(_below(Order.lead_path, filters.unit))
    return wanted


def _below(path: Any, code: str) -> ColumnElement[bool]:
    """The code is in the chain: the thing itself or anything below it."""
    chain: ColumnElement[bool] = path.contains(f"/{code}/", autoescape=True)
    return chain


def _by_time(filters: Filters, at: datetime) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.due_before:
        wanted.append(Order.due_at < filters.due_before)
    if filters.overdue is not None:
        late = Order.due_at < at
        wanted.append(late if filters.overdue else or_(Order.due_at.is_(None), ~late))
    if filters.received_from:
        wanted.append(Order.received_at >= filters.received_from)
    if filters.received_to:
        wanted.append(Order.received_at < filters.received_to)
    return wanted


def _by_words(filters: Filters, actor: Actor) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.mine:
        wanted.append(or_(Order.officer == actor.person, Order.handler == actor.person))
    if filters.q:
        wanted.append(or_(Order.case_no == filters.q, Order.text.icontains(filters.q, autoescape=True)))
    return wanted


def _order(sort: Sort) -> tuple[ColumnElement[Any], ...]:
    """What is never due comes last."""
    if sort == "due":
        return Order.due_at.asc(), Order.case_no.asc()
    return Order.received_at.desc(), Order.case_no.desc()


def _cursor(last: Order, sort: Sort) -> str:
    return cursor(sort=sort, at=last.due_at if sort == "due" else last.received_at, case=last.case_no)


def _after(filters: Filters) -> ColumnElement[bool]:
    found = position(filters.cursor or "")
    try:
        at, case = found["at"] and datetime.fromisoformat(found["at"]), str(found["case"])
        if found["sort"] != filters.sort or (filters.sort == "received" and not at):
            raise ValueError
    except (KeyError, TypeError, ValueError):
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None
    if filters.sort == "received":
        return tuple_(Order.received_at, Order.case_no) < tuple_(at, case)
    later = and_(Order.due_at == at if at else Order.due_at.is_(None), Order.case_no > case)
    return or_(later, Order.due_at > at, Order.due_at.is_(None)) if at else later
