"""A unit that is no more (撤并): what it leads goes where the lists send it now; the place keeps the grid of its day.

A list or a change of the grids that abolishes a unit leaves a job in its own transaction. The job redirects one order
after the other, each in a transaction of its own, and comes back for those that failed.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import matched, orders, steps
from routing.catalogue import current
from routing.hands import Hand
from routing.lifecycle import Decision
from routing.lists import Lists
from routing.matched import Matched
from routing.models import CatalogueState, Order, OrganisationRow
from routing.refusals import ReservedForDepartment
from routing.states import Cause, Move, Stage, State, Voice
from routing.terms import Terms
from services.clocks import now
from services.database import Database
from services.identity import Unit
from services.queue import enqueue

log = structlog.get_logger()
REDIRECT_ABOLISHED = "redirect_abolished"
REASON = "原承办单位已撤并或不再承担此项职责"
HELD = Order.state.startswith(f"{Stage.HANDLE}.")


class CatalogueBehind(Exception):
    """This process does not have the lists yet that abolished the unit."""


class SomeLeft(Exception):
    """Some orders could not be redirected; the others were."""


async def announce(session: AsyncSession, units: Collection[str], cause: Cause) -> int:
    """Leave a job for each of these units that leads an order, in the caller's transaction; the number of jobs."""
    leading = await _leading(session)
    gone = sorted(leading & set(units))
    for unit in gone:
        await enqueue(session, REDIRECT_ABOLISHED, f"{cause} {unit}".encode())
    return len(gone)


async def _leading(session: AsyncSession) -> set[str]:
    return set(await session.scalars(select(Order.lead_unit).where(HELD, Order.lead_unit.is_not(None)).distinct()))


async def announce_left_out(session: AsyncSession, before: Lists, after: Lists, *, day: date) -> int:
    """Leave jobs for the units that the lists before gave something to do and these give nothing."""
    leading = await _leading(session)
    functions = select(Unit.code, Unit.level, OrganisationRow.function).join(
        OrganisationRow, OrganisationRow.unit == Unit.code
    )
    rows = (await session.execute(functions.where(Unit.code.in_(leading)))).all()
    called = {code: {code, f"@{level}.{function}" if function else f"@{level}"} for code, level, function in rows}
    named, still = set(_named(before, day)), set(_named(after, day))
    gone = [code for code, names in called.items() if names & named and not names & still]
    return await announce(session, gone, Cause.LIST_PUBLISHED)


def _named(lists: Lists, day: date) -> Iterator[str]:
    """Whom the rows mean that hold on this day or later."""
    for row in lists.responsibilities.rows:
        if row.valid_to is None or row.valid_to >= day:
            yield row.lead
            yield from row.co


async def redirect_orders(database: Database, payload: bytes, terms: Terms) -> None:
    """The job of one unit; done twice, it finds nothing. Raises CatalogueBehind, SomeLeft: it is tried again."""
    cause, _, unit = payload.decode().partition(" ")
    async with database.unit() as session:
        await _refuse_older(session)
    await _redirect_all(database, [unit], Cause(cause), terms)


async def redirect_left_behind(database: Database, terms: Terms) -> None:
    """What was given to a unit in the very moment that ended it: its job was too early to see that."""
    async with database.unit() as session:
        await _refuse_older(session)
        led_by = select(Order.lead_unit).where(HELD).distinct()
        closed = select(Unit.code).where(Unit.code.in_(led_by), Unit.closed_at.is_not(None))
        gone = (await session.scalars(closed)).all()
    await _redirect_all(database, gone, Cause.UNIT_CLOSED, terms)


async def _refuse_older(session: AsyncSession) -> None:
    newest = await session.scalar(select(CatalogueState.version))
    if newest is not None and (await current(session)).version != newest:
        raise CatalogueBehind


async def _redirect_all(database: Database, units: Iterable[str], cause: Cause, terms: Terms) -> None:
    left = 0
    for unit in units:
        for case_no in await _orders_of(database, unit):
            try:
                async with database.unit() as session:
                    await _redirect_one(session, case_no, unit, cause, terms)
            except Exception as error:
                left += 1
                log.error("order not redirected", case_no=case_no, unit=unit, error=type(error).__name__)
    if left:
        raise SomeLeft(str(left))


async def _orders_of(database: Database, unit: str) -> list[str]:
    async with database.unit() as session:
        return list(
            await session.scalars(select(Order.case_no).where(Order.lead_unit == unit, HELD).order_by("due_at"))
        )


async def _redirect_one(session: AsyncSession, case_no: str, unit: str, cause: Cause, terms: Terms) -> None:
    order = await orders.lock(session, case_no)
    if order and order.lead_unit == unit and State(order.state).stage is Stage.HANDLE:
        with session.no_autoflush:
            await redirect(session, order, cause, terms)


async def go_on(session: AsyncSession, order: Order, decision: Decision, terms: Terms) -> None:
    """An order that comes back into handling to a unit that is closed meanwhile does not stay there."""
    came = decision.from_state is not None and decision.from_state.stage is not Stage.HANDLE
    if came and State(order.state).stage is Stage.HANDLE and await _is_closed(session, order.lead_unit):
        await redirect(session, order, Cause.UNIT_CLOSED, terms)


async def redirect(session: AsyncSession, order: Order, cause: Cause, terms: Terms) -> None:
    """To whom the lists give it today, or to triage where they give it to nobody; the case clock runs on."""
    found = await _whose_now(session, order, terms)
    if found.lead == order.lead_unit and cause is Cause.LIST_PUBLISHED:
        return
    told = {**found.told(), "reason": REASON, "cause": cause}
    if found.lead == order.lead_unit or await _is_closed(session, found.lead):
        told = _unplaced(told)
    order.explanation = found.explanation
    if await _is_closed(session, order.desk_unit):
        order.desk_unit, order.desk_path = found.desk.code, found.desk.path
    hand = Hand.voice(Voice.MATCHER)
    try:
        await steps.take(session, order, Move.REDIRECT, hand, told=told, terms=terms)
    except ReservedForDepartment:
        await steps.take(session, order, Move.REDIRECT, hand, told=_unplaced(told), terms=terms)


def _unplaced(told: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in told.items() if name not in ("unit", "co_units")}


async def _whose_now(session: AsyncSession, order: Order, terms: Terms) -> Matched:
    """By the grid of its day; where that has ended too, by the place as it was told."""
    today = now().astimezone(terms.calendar.zone).date()
    found = await matched.answer(session, order, terms, day=today)
    if found.grid is not None:
        return found
    grid, order.grid = order.grid, None
    told = await matched.answer(session, order, terms, day=today)
    order.grid = grid
    return told


async def _is_closed(session: AsyncSession, unit: str | None) -> bool:
    closed = select(Unit.code).where(Unit.code == unit, Unit.closed_at.is_not(None))
    return unit is not None and await session.scalar(closed) is not None
