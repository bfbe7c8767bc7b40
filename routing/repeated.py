"""Repeats of an order in the database: which open orders tell the same event, for whoever merges them.

The numbers of the caller's other open cases only widen the search and raise the score; no reason tells of them.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Select, case, false, func, literal_column, or_, select
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
    judged = await asyncio.to_thread(partial(_judged, found, reported, desk))
    enough = [
        Likely(order, judgement, order.case_no in parted)
        for order, judgement in judged
        if judgement.probability >= terms.agreed.repeats.propose_from
    ]
    return sorted(enough, key=lambda each: (-each.judgement.probability, each.order.case_no))


async def _candidates(
    session: AsyncSession, reported: Reported, desk: _Desk, terms: Terms, seen: ColumnElement[bool]
) -> list[Order]:
    around = desk.vicinity.around(reported.grid, terms.agreed.repeats.near_metres) if reported.grid else ()
    found = await session.scalars(wanted(reported, around, seen))
    return [order for order in found if not _split(order, reported)]


def wanted(reported: Reported, around: Sequence[str], seen: ColumnElement[bool] = EVERY) -> Select[Order]:
    """Open orders of the place and its neighbours, and those of the links: by index, never more than MOST."""
    placed = Order.grid.in_(around) if around else false()
    linked = Order.case_no.in_(reported.links) if reported.links else false()
    unended: ColumnElement[str] = literal_column(f"'{State.CLOSED.value}'")
    found = select(Order).where(or_(placed, linked), Order.state != unended, Order.state != State.MERGED, seen)
    found = found.where(Order.case_no != reported.case_no)
    return found.order_by(case((linked, 0), else_=1), *_closest(reported), Order.received_at.desc()).limit(MOST)


def _closest(reported: Reported) -> list[ColumnElement[int]]:
    if reported.issue is None:
        return []
    same, same_class = Order.issue == reported.issue, func.left(Order.issue, 2) == reported.issue[:2]
    return [case((same, 0), (same_class, 1), else_=2)]


def _split(order: Order, reported: Reported) -> bool:
    """Two parts of one report were told apart by a person."""
    whole = {order.split_from, order.case_no} & {reported.split_from, reported.case_no}
    return bool(whole - {None, ""})


def _judged(found: Sequence[Order], reported: Reported, desk: _Desk) -> list[tuple[Order, Judgement]]:
    mine = desk.telling(reported.text, reported.address, reported.grid)
    return [(order, _judge(order, mine, reported, desk)) for order in found]


def _judge(order: Order, mine: Telling, reported: Reported, desk: _Desk) -> Judgement:
    """Whatever is still open is not over, however long ago it began."""
    hours = abs((reported.at - order.received_at).total_seconds()) / HOUR
    theirs = desk.telling(order.text, order.told_address, order.grid)
    return repeats.judge(theirs, mine, hours=hours, linked=order.case_no in reported.links)


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
