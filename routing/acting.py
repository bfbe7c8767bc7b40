"""What the clock does to one order: everything that is due, in the order of its due times, in one transaction.

Where a move of the lifecycle exists it is made, by the clock's voice; all else is an entry of its own kind.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing import clockwork, reminders
from routing.agenda import Act, Call, Step, Which
from routing.hands import Hand, record, signature
from routing.models import Order, OrderUnit, Ring
from routing.moving import make
from routing.reminders import Told, above, handlers, ring
from routing.states import Move, State, Voice
from routing.terms import Terms
from services import timeline
from services.clocks import now
from services.roles import Role

CLOCK = Hand.voice(Voice.CLOCK)
MOST = 16
"""Things that can be due on one order at once, and more: a clock that does not come to rest is an error."""


class Restless(RuntimeError):
    """The clock does not come to rest on this order."""


async def act(session: AsyncSession, order: Order, terms: Terms) -> list[Act]:
    """Do what is due now, and say when to look again. The order is locked, with its units."""
    done: list[Act] = []
    at = now()
    while (call := clockwork.following(order, terms)) and call.at <= at:
        if len(done) == MOST:
            raise Restless
        await ACTS[call.act](session, order, call, terms)
        done.append(call.act)
    clockwork.set_next(order, terms)
    order.clock_failures, order.clock_error = 0, None
    return done


async def _remind(session: AsyncSession, order: Order, call: Call, _: Terms) -> None:
    """A reminder that comes when the limit has passed would say nothing."""
    _step(order, call, Step.REMINDED)
    if call.due > now():
        await _write(session, order, Ring.REMINDED, call)
        await ring(session, order, Ring.REMINDED, call.due, _those_who_have_it(order))


async def _overdue(session: AsyncSession, order: Order, call: Call, _: Terms) -> None:
    _step(order, call, Step.OVERDUE)
    await _write(session, order, Ring.OVERDUE, call)
    await ring(session, order, Ring.OVERDUE, call.due, [*_those_who_have_it(order), *above(_path(order))])


def _path(order: Order) -> str:
    """Of the unit that has it; in triage, of the desk."""
    return order.lead_path or order.desk_path


def _those_who_have_it(order: Order) -> list[Told]:
    if order.state in (State.DISPUTED, State.CHECKING):
        return above(_path(order))
    return handlers(order.lead_path) or [Told(Role.DISPATCHER, order.desk_path)]


async def _raise(session: AsyncSession, order: Order, call: Call, terms: Terms) -> None:
    _step(order, call, Step.RAISED)
    if order.state in clockwork.AT_A_DESK:
        await _raise_desk(session, order, call, terms)
        return
    before = order.lead_unit
    await make(session, order, Move.RAISE_LEVEL, CLOCK, told=_told(call), terms=terms)
    if order.lead_unit == before and order.state_due and order.state_due <= now():
        order.state_step = Step.RAISED  # at the top both clocks have said all they can
    await ring(session, order, Ring.RAISED, call.due, [*handlers(order.lead_path), *above(order.lead_path)])


async def _raise_desk(session: AsyncSession, order: Order, call: Call, terms: Terms) -> None:
    """The next desk up is told, and has the desk's time anew; above the top there is only supervision."""
    desk = next_desk(order)
    if desk:
        order.raised_to = desk
        await make(session, order, Move.RAISE_LEVEL, CLOCK, told={**_told(call), "desk": desk}, terms=terms)
    if not desk or not order.supervised:
        await make(session, order, Move.SUPERVISE, CLOCK, told=_told(call), terms=terms, silent=desk is not None)
    path = path_to(_path(order), order.raised_to)
    role = Role.DISPATCHER if order.state == State.TRIAGE else Role.SUPERVISOR
    await ring(session, order, Ring.RAISED, call.due, {Told(role, path), Told(Role.SUPERVISOR, path)})


def next_desk(order: Order) -> str | None:
    """Above the desk that was told last; None where that is the top."""
    path = reminders.up(path_to(_path(order), order.raised_to))
    return path.strip("/").rpartition("/")[2] if path else None


def path_to(path: str, unit: str | None) -> str:
    """The path as far as a unit on it."""
    at = path.find(f"/{unit}/") if unit else -1
    return path if at < 0 else path[:at] + f"/{unit}/"


async def _accept(session: AsyncSession, order: Order, call: Call, terms: Terms) -> None:
    await make(session, order, Move.ACCEPT, CLOCK, told=_told(call), terms=terms)
    await ring(session, order, Ring.ACCEPTED, call.due, handlers(order.lead_path))


async def _resume(session: AsyncSession, order: Order, call: Call, terms: Terms) -> None:
    await make(session, order, Move.RESUME, CLOCK, told=_told(call), terms=terms)
    await ring(session, order, Ring.RESUMED, call.due, [*handlers(order.lead_path), *above(order.lead_path)])


async def _end_asking(session: AsyncSession, order: Order, call: Call, terms: Terms) -> None:
    """Nobody answered what was asked: the desk decides with what there is."""
    clockwork.attend_anew(order, terms, now())
    order.state_step = Step.RUNS
    await _write(session, order, Ring.ASK_ENDED, call)
    await ring(session, order, Ring.ASK_ENDED, call.due, [Told(Role.DISPATCHER, order.desk_path)])


async def _miss_contact(session: AsyncSession, order: Order, call: Call, _: Terms) -> None:
    order.contact_missed_at = now()
    await _write(session, order, Ring.CONTACT_OVERDUE, call)
    await ring(session, order, Ring.CONTACT_OVERDUE, call.due, _those_who_have_it(order))


async def _miss_arrival(session: AsyncSession, order: Order, call: Call, terms: Terms) -> None:
    """Who was summoned and does not come is supervised; the lead goes on without."""
    absent = _co_unit(order, str(call.unit))
    absent.missed_at = now()
    await _write(session, order, Ring.ARRIVAL_OVERDUE, call, unit=absent.unit)
    await make(session, order, Move.SUPERVISE, CLOCK, told={**_told(call), "absent": absent.unit}, terms=terms)
    told = [*handlers(absent.path), *above(absent.path), *handlers(order.lead_path)]
    await ring(session, order, Ring.ARRIVAL_OVERDUE, call.due, told)


def _co_unit(order: Order, unit: str) -> OrderUnit:
    return next(each for each in order.team if each.unit == unit and each.missed_at is None)


def _step(order: Order, call: Call, step: Step) -> None:
    if call.which is Which.CASE:
        order.case_step = step
    else:
        order.state_step = step


def _told(call: Call) -> Mapping[str, Any]:
    return {"clock": call.which.value, "due": call.due}


async def _write(session: AsyncSession, order: Order, kind: Ring, call: Call, **facts: Any) -> None:
    """An entry that moves nothing."""
    entry = await timeline.append(
        session,
        order,
        kind.value,
        **signature(CLOCK),
        from_state=order.state,
        to_state=order.state,
        facts={**_told(call), "round": order.round, **facts},
    )
    await record(session, order, kind.value, CLOCK, entry=entry)


Doing = Callable[[AsyncSession, Order, Call, Terms], Awaitable[None]]
ACTS: Mapping[Act, Doing] = {
    Act.REMIND: _remind,
    Act.OVERDUE: _overdue,
    Act.RAISE: _raise,
    Act.ACCEPT: _accept,
    Act.RESUME: _resume,
    Act.END_ASKING: _end_asking,
    Act.MISS_CONTACT: _miss_contact,
    Act.MISS_ARRIVAL: _miss_arrival,
}
