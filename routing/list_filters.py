"""What a list can be narrowed by: the filters as they are asked for, and as they are understood.

A code that the city has never had is refused by name: an empty list would say that nothing waits there.
"""

import hashlib
import json
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, exists, func, not_, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from routing.catalogue import current
from routing.lists.rows import Grade
from routing.models import OPEN_STATES, IssueRow, Order, OrderText
from routing.named_lists import Worklist, is_open
from routing.standing import below
from routing.states import Outcome, Stage, State
from routing.tags import Tag
from services.identity import Actor, Unit
from services.moments import Moment
from services.problems import invalid

Sort = Literal["received", "due"]
Condition = ColumnElement[bool]
SHORTEST = 2
"""Characters that a text is searched for: pairs of letters are what is indexed."""
OFTEN = 0.02
"""The share of all texts from which on a word is looked for along the list."""


class Narrowing(BaseModel):
    """What a list is narrowed by; all that is given must hold."""

    model_config = ConfigDict(extra="forbid")
    worklist: Worklist | None = Field(None, description="A list that people work by; the others narrow it further.")
    state: State | None = None
    stage: Stage | None = None
    outcome: Outcome | None = None
    open: bool | None = Field(None, description="Not yet closed and not merged, or one of the two.")
    issue: str | None = Field(None, max_length=40, description="An issue, or a class with all its issues.")
    grid: str | None = Field(None, max_length=64, description="A grid and all below it.")
    in_no_part_of: str | None = Field(
        None, max_length=64, description="A grid: what lies in none of the grids right below it, or has no place."
    )
    unit: str | None = Field(None, max_length=64, description="A lead unit and all below it.")
    grade: Grade | None = None
    tag: Tag | None = None
    channel: str | None = Field(None, max_length=40)
    due_before: Moment | None = Field(None, description="The next deadline lies before.")
    overdue: bool | None = Field(None, description="The next deadline has passed, or has not.")
    received_from: Moment | None = Field(None, description="Received at or after.")
    received_to: Moment | None = Field(None, description="Received before.")
    mine: bool = Field(False, description="Given to me, or reported done by me.")
    q: str | None = Field(None, min_length=SHORTEST, max_length=100, description="Words of the text, or a case number.")
    sort: Sort | None = Field(
        None, description="`received`: newest first; `due`: what is due first, the order of every worklist."
    )

    @property
    def sorted_by(self) -> Sort:
        return self.sort or ("due" if self.worklist else "received")

    @property
    def only_open(self) -> bool:
        """Whether it is said that nothing merged or closed is on the list."""
        return self.stage is not None or self.state in OPEN_STATES

    @property
    def mark(self) -> str:
        """Names this list: a cursor of one list is none of another."""
        plain = self.model_dump(mode="json", exclude_none=True, include=set(Narrowing.model_fields))
        told = json.dumps({**plain, "sort": self.sorted_by}, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class Filters(Narrowing):
    """One page of a list."""

    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)
    count: bool = Field(False, description="Count all there are, by the same filter, up to 10,000 (100 with `q`).")


async def understood(session: AsyncSession, asked: Narrowing, *, actor: Actor, at: datetime) -> list[Condition]:
    """The filters as conditions on orders. `at` is when overdue begins. Raises Invalid for a code there is none of."""
    places = [
        *(await _by_issue(session, asked.issue) if asked.issue else ()),
        *(await _by_grid(session, asked.grid) if asked.grid else ()),
        *(await _in_no_part(session, asked.in_no_part_of) if asked.in_no_part_of else ()),
        *(await _by_unit(session, asked.unit) if asked.unit else ()),
    ]
    return [
        *_by_words(asked),
        *places,
        *_by_time(asked, at),
        *await _by_text(session, asked),
        *_by_person(asked, actor),
    ]


async def _by_issue(session: AsyncSession, code: str) -> list[Condition]:
    """A class is itself and what begins with it; an old list's issue is known as long as its list is kept."""
    issues = (await current(session)).lists.issues
    if code not in issues and not await session.scalar(select(exists().where(IssueRow.code == code))):
        raise invalid("issue", "is a code of the issue list", "look it up under /v1/issues")
    if "-" in code:
        return [Order.issue == code]
    return [or_(Order.issue == code, below(Order.issue, f"{code}-"))]


async def _by_grid(session: AsyncSession, code: str) -> list[Condition]:
    """Wherever the grid has hung: an order keeps the chain of its day."""
    paths = (await session.scalars(_PATHS_OF_GRID, {"code": code})).all()
    if not paths:
        raise invalid("grid", "is the code of a grid", "look it up under /v1/grids")
    return [or_(*(below(Order.grid_path, path) for path in paths))]


async def _in_no_part(session: AsyncSession, code: str) -> list[Condition]:
    if not (await session.scalars(_PATHS_OF_GRID, {"code": code})).all():
        raise invalid("in_no_part_of", "is the code of a grid", "look it up under /v1/grids")
    return [part_of(code) == ""]


def part_of(code: str) -> ColumnElement[str]:
    """Which of the grids right below this one an order lies in; empty where in none."""
    below_it = func.split_part(func.coalesce(Order.grid_path, ""), f"/{code}/", 2)
    return func.split_part(below_it, "/", 1)


async def _by_unit(session: AsyncSession, code: str) -> list[Condition]:
    """Orders go along with a unit that is hung elsewhere."""
    path = await session.scalar(select(Unit.path).where(Unit.code == code))
    if path is None:
        raise invalid("unit", "is the code of a unit", "look it up under /v1/units")
    return [below(Order.lead_path, path)]


def _by_words(asked: Narrowing) -> list[Condition]:
    equal = {
        Order.state: asked.state,
        Order.outcome: asked.outcome,
        Order.grade: asked.grade,
        Order.channel: asked.channel,
    }
    wanted: list[Condition] = [column == value for column, value in equal.items() if value is not None]
    if asked.stage:
        wanted.append(Order.state.in_([state for state in State if state.stage is asked.stage]))
    if asked.open is not None:
        wanted.append(is_open() if asked.open else not_(is_open()))
    if asked.tag:
        wanted.append(Order.tags.contains([asked.tag.value]))
    return wanted


def _by_time(asked: Narrowing, at: datetime) -> list[Condition]:
    wanted: list[Condition] = []
    if asked.due_before:
        wanted.append(Order.due_at < asked.due_before)
    if asked.overdue is not None:
        late = Order.due_at < at
        wanted.append(late if asked.overdue else or_(Order.due_at.is_(None), ~late))
    if asked.received_from:
        wanted.append(Order.received_at >= asked.received_from)
    if asked.received_to:
        wanted.append(Order.received_at < asked.received_to)
    return wanted


async def _by_text(session: AsyncSession, asked: Narrowing) -> list[Condition]:
    """All pairs of letters lead to the text by an index; that they stand side by side is looked at afterwards.

    What many texts have is looked for along the list, text by text: the list is soon full.
    """
    if not asked.q:
        return []
    if asked.q.isdecimal() and len(asked.q) == 16:
        return [Order.case_no == asked.q]
    if await session.scalar(_SHARE, {"words": asked.q}) >= OFTEN:
        await session.execute(_ALONG_THE_LIST)
        return [_said_along(asked.q)]
    pairs = select(OrderText.case_no).where(OrderText.pairs.contains(func.text_pairs(asked.q)))
    return [Order.case_no.in_(pairs), Order.text.icontains(asked.q, autoescape=True)]


def _said_along(words: str) -> Condition:
    """The text has these words, as the list is walked by an index that has all but the text: it is read by a select of
    its own, for those alone that nothing else has left out. The planner reckons that every other text has them, and
    walks in the order of the list, in place of reading all texts that could be on it."""
    told = aliased(Order)
    has = func.strpos(func.lower(told.text), func.lower(words)) > 0
    return select(has).where(told.case_no == Order.case_no).correlate(Order).scalar_subquery()


def _by_person(asked: Narrowing, actor: Actor) -> list[Condition]:
    return [or_(Order.officer == actor.person, Order.handler == actor.person)] if asked.mine else []


_SHARE = text("""
    SELECT coalesce(min(coalesce(common.share, 0)), 0)
    FROM unnest(text_pairs(:words)) AS sought (pair)
    LEFT JOIN (
        SELECT pair, share
        FROM pg_stats,
            unnest(CAST(CAST(most_common_elems AS text) AS integer[]), most_common_elem_freqs) AS known (pair, share)
        WHERE schemaname = current_schema() AND tablename = 'order_texts' AND attname = 'pairs'
    ) AS common ON common.pair = sought.pair
""")
"""How many of all texts have the rarest pair of these words, as PostgreSQL last estimated it; 0 where it is rare."""
_ALONG_THE_LIST = text("SELECT set_config('enable_bitmapscan', 'off', true)")
"""For this transaction no whole list is gathered first, which the planner prefers where it reckons with a few rows."""
_PATHS_OF_GRID = text("""
    WITH RECURSIVE up (top, path) AS (
        SELECT parent, '/' || code || '/' FROM grids WHERE code = :code
        UNION
        SELECT grids.parent, '/' || grids.code || up.path FROM grids JOIN up ON grids.code = up.top
    )
    SELECT path FROM up WHERE top IS NULL
""")
