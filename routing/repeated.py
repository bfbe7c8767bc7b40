"""Repeats of an order in the database: which open orders tell the same event, for whoever merges them.

The numbers of the caller's other open cases only widen the search and raise the score; no reason tells of them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, case, false, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import orders, repeats
from routing.catalogue import Catalogue, current
from routing.hands import Hand
from routing.merging import HasChildren
from routing.models import Order
from routing.moving import make
from routing.orders import EVERY
from routing.parting import parted_from
from routing.refusals import Refused
from routing.repeats import Judgement, Telling
from routing.states import OPEN, Move, State, Voice
from routing.terms import Terms
from routing.vicinity import Vicinity

MOST = 24
"""Orders that are compared; those of the same issue and the newest first."""
KEPT = 4096
HOUR = 3600
Compared = Row[Any]
COMPARED: tuple[Any, ...] = (
    Order.case_no, Order.split_from, Order.text, Order.told_address, Order.grid, Order.received_at,
)  # fmt: skip
"""What is read of the orders that are compared."""


@dataclass(frozen=True)
class Reported:
    """What is known of the report whose repeats are looked for."""

    text: str
    address: str | None
    grid: str | None
    issue: str | None
    at: datetime
    case_no: str = ""
    split_from: str | None = None
    links: Sequence[str] = ()

    @classmethod
    def of(cls, order: Order) -> "Reported":
        return cls(
            text=order.text,
            address=order.told_address,
            grid=order.grid,
            issue=order.issue,
            at=order.received_at,
            case_no=order.case_no,
            split_from=order.split_from,
            links=tuple(order.open_cases),
        )


@dataclass(frozen=True)
class Likely:
    """An open order that likely tells the same; `parted` where a person has already said that it does not."""

    order: Order
    judgement: Judgement
    parted: bool


@dataclass
class _Desk:
    """The newest snapshot's neighbours, and what was read of texts under it."""

    vicinity: Vicinity
    read: OrderedDict[tuple[str, str | None, str | None], Telling] = field(default_factory=OrderedDict)

    def telling(self, text: str, address: str | None, grid: str | None) -> Telling:
        key = (text, address, grid)
        if key not in self.read:
            self.read[key] = repeats.read(text, address, self.vicinity.catalogue, grid=grid)
            if len(self.read) > KEPT:
                self.read.popitem(last=False)
        return self.read[key]


_DESKS: dict[int, _Desk] = {}


def _desk(catalogue: Catalogue) -> _Desk:
    if id(catalogue) not in _DESKS:
        _DESKS.clear()
        _DESKS[id(catalogue)] = _Desk(Vicinity(catalogue))
    return _DESKS[id(catalogue)]


async def likely(
    session: AsyncSession, reported: Reported, terms: Terms, *, seen: ColumnElement[bool] = EVERY
) -> list[Likely]:
    """The open orders from the preset's `propose_from` on, the likeliest first."""
    desk = _desk(await current(session))
    found = await _candidates(session, reported, desk, terms, seen)
    parted = await parted_from(session, reported.case_no) if reported.case_no and found else frozenset()
    least = terms.agreed.repeats.propose_from
    judged = await asyncio.to_thread(partial(_judged, found, reported, desk, least))
    rows = await _orders(session, judged)
    enough = [Likely(rows[case_no], judgement, case_no in parted) for case_no, judgement in judged.items()]
    return sorted(enough, key=lambda each: (-each.judgement.probability, each.order.case_no))


async def _orders(session: AsyncSession, numbers: Collection[str]) -> dict[str, Order]:
    """Few of those compared are alike: only these are read whole."""
    if not numbers:
        return {}
    return {order.case_no: order for order in await session.scalars(select(Order).where(Order.case_no.in_(numbers)))}


async def _candidates(
    session: AsyncSession, reported: Reported, desk: _Desk, terms: Terms, seen: ColumnElement[bool]
) -> list[Compared]:
    around = desk.vicinity.around(reported.grid, terms.agreed.repeats.near_metres) if reported.grid else ()
    found = await session.execute(wanted(reported, around, seen))
    return [order for order in found if not _split(order, reported)]


def wanted(reported: Reported, around: Sequence[str], seen: ColumnElement[bool] = EVERY) -> Select[Any]:
    """Open orders of the place and its neighbours, and those of the links: by index, never more than MOST."""
    placed = Order.grid.in_(around) if around else false()
    linked = Order.case_no.in_(reported.links) if reported.links else false()
    unended: ColumnElement[str] = literal_column(f"'{State.CLOSED.value}'")
    found = select(*COMPARED).where(or_(placed, linked), Order.state != unended, Order.state != State.MERGED, seen)
    found = found.where(Order.case_no != reported.case_no)
    return found.order_by(case((linked, 0), else_=1), *_closest(reported), Order.received_at.desc()).limit(MOST)


def _closest(reported: Reported) -> list[ColumnElement[int]]:
    if reported.issue is None:
        return []
    same, same_class = Order.issue == reported.issue, func.left(Order.issue, 2) == reported.issue[:2]
    return [case((same, 0), (same_class, 1), else_=2)]


def _split(order: Compared, reported: Reported) -> bool:
    """Two parts of one report were told apart by a person."""
    whole = {order.split_from, order.case_no} & {reported.split_from, reported.case_no}
    return bool(whole - {None, ""})


def _judged(found: Sequence[Compared], reported: Reported, desk: _Desk, least: float) -> dict[str, Judgement]:
    """Those that are likely enough, by their numbers."""
    mine = desk.telling(reported.text, reported.address, reported.grid)
    judged = {order.case_no: _judge(order, mine, reported, desk, least) for order in found}
    return {case_no: each for case_no, each in judged.items() if each and each.probability >= least}


def _judge(order: Compared, mine: Telling, reported: Reported, desk: _Desk, least: float) -> Judgement | None:
    """Whatever is still open is not over, however long ago it began. None where it lies too far off."""
    theirs, linked = desk.telling(order.text, order.told_address, order.grid), order.case_no in reported.links
    if repeats.apart(theirs, mine, least=least, linked=linked):
        return None
    hours = abs((reported.at - order.received_at).total_seconds()) / HOUR
    return repeats.judge(theirs, mine, hours=hours, linked=linked)


async def merge_on_arrival(session: AsyncSession, order: Order, terms: Terms, *, held: bool = False) -> bool:
    """Merge a report that has just come, or was amended, where the city lets the matcher do so and it is sure.

    Whether it did. Where the report's own order is `held` already, a parent that somebody else holds is left to them:
    two who wait for one another would both be thrown out.
    """
    sure = terms.agreed.repeats.merge_from
    if sure is None:
        return False
    for each in await likely(session, Reported.of(order), terms):
        if each.judgement.probability < sure:
            return False
        fits = not each.parted and each.order.item_type == order.item_type
        if fits and (not held or await _free(session, each.order)) and await _merged(session, order, each, terms):
            return True
    return False


async def _free(session: AsyncSession, order: Order) -> bool:
    mine = select(Order.case_no).where(Order.case_no == order.case_no).with_for_update(skip_locked=True)
    return await session.scalar(mine) is not None


async def _merged(session: AsyncSession, order: Order, likely_: Likely, terms: Terms) -> bool:
    """The parent is locked first; where it ended meanwhile, the report goes its own way."""
    parent = await orders.lock(session, likely_.order.case_no)
    if parent is None or State(parent.state).stage not in OPEN:
        return False
    told = {"parent": parent.case_no, "because": list(likely_.judgement.agree)}
    try:
        await make(session, order, Move.MERGE, Hand.voice(Voice.MATCHER), told=told, terms=terms)
    except (Refused, HasChildren):
        return False
    return True
