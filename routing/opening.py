"""A report becomes an order: registered, matched, and on its way to a unit, to triage, or settled already."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing import deadlines, matched, repeated
from routing.facts import By
from routing.hands import Hand
from routing.matched import Matched
from routing.models import Order
from routing.moving import make
from routing.refusals import ReservedForDepartment
from routing.states import Move, Voice
from routing.terms import Terms
from services.clocks import now
from services.messages import Location, ReportReceived
from services.roles import Role


async def open_order(session: AsyncSession, report: ReportReceived, terms: Terms) -> Order:
    """The one order of this report: where there is one already, that one, as it stands."""
    known = await session.get(Order, report.case_no)
    if known:
        return known
    order = _blank(report, terms, now())
    with session.no_autoflush:
        found = matched.left_to_a_person(await matched.answer(session, order, terms), report.unmapped)
        matched.describe(order, found)
        await _register(session, order, report, terms)
        if report.settled:
            await _settle(session, order, report, terms)
        else:
            _start_clocks(order, terms)
            if not await repeated.merge_on_arrival(session, order, terms):
                await _route(session, order, found, terms)
    return order


def _blank(report: ReportReceived, terms: Terms, at: datetime) -> Order:
    """Everything that was told, and nothing that was decided."""
    place, point, settled = report.place, report.place.location, report.settled
    return Order(
        **_told(report),
        state="",
        told_address=place.address,
        told_grid=place.grid,
        told_district=place.district,
        **_point(point),
        open_cases=list(report.open_cases),
        settled_done=settled.done if settled else None,
        settled_at=settled.at if settled else None,
        settled_unit=settled.unit if settled else None,
        settled_by=settled.by if settled else None,
        rounds_allowed=terms.agreed.rounds,
        state_since=at,
        round_since=at,
        **NOTHING_YET,
        evidence=[],
    )


NOTHING_YET: dict[str, Any] = {
    **dict.fromkeys(("levels_raised", "disputes", "chases", "waiting_children", "proposals_pending"), 0),
    **dict.fromkeys(("case_step", "state_step", "clock_failures"), 0),
    **dict.fromkeys(("supervised", "appealed", "reporter_left", "hazard", "evidence_needed"), False),
    **dict.fromkeys(("entries", "told"), 0),
    "round": 1,
}


def _told(report: ReportReceived) -> dict[str, Any]:
    same = ("case_no", "channel", "item_type", "text", "issue", "received_at", "confidential", "reporter", "split_from")
    return {name: getattr(report, name) for name in same}


def _point(point: Location | None) -> dict[str, Any]:
    return {name: getattr(point, name) if point else None for name in ("lon", "lat", "crs")}


async def _register(session: AsyncSession, order: Order, report: ReportReceived, terms: Terms) -> None:
    """Told to nobody: intake knows that it registered it, and what comes next is told at once."""
    session.add(order)
    told: dict[str, Any] = {"text": report.text, "issue": report.issue or order.issue, "channel": report.channel}
    told |= {"item_type": report.item_type, "received_at": report.received_at, "split_from": report.split_from}
    hand = Hand.voice(Voice.REPORTER)
    await make(session, order, Move.REGISTER, hand, told=told, terms=terms, silent=True)


async def _settle(session: AsyncSession, order: Order, report: ReportReceived, terms: Terms) -> None:
    assert report.settled is not None
    by = By(Role(report.settled.by), person="", unit=report.settled.unit, reported=True)
    told = {"done": report.settled.done, "at": report.settled.at}
    await make(session, order, Move.SETTLE_ON_SPOT, Hand(by), told=told, terms=terms)


def _start_clocks(order: Order, terms: Terms) -> None:
    """The first contact is owed to whoever can be contacted."""
    if order.reporter:
        order.contact_due = deadlines.contact_due(order.received_at, terms)


async def _route(session: AsyncSession, order: Order, found: Matched, terms: Terms) -> None:
    hand, told = Hand.voice(Voice.MATCHER), found.told()
    try:
        await make(session, order, Move.ROUTE, hand, told=told, terms=terms)
    except ReservedForDepartment:
        unplaced = {name: value for name, value in told.items() if name not in ("unit", "co_units")}
        await make(session, order, Move.ROUTE, hand, told=unplaced, terms=terms)
