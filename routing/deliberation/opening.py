"""A leader asks the residents: the question, who is entitled, and the time it takes, which a supervisor grants."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import asking
from routing.catalogue import current
from routing.city import City, Grid
from routing.deadlines import limit_of
from routing.deliberation import granting
from routing.deliberation.finding import as_leader
from routing.deliberation.refusals import NotWorkedOn, OneAtATime
from routing.deliberation.schemas import EntitledGrid, Opening
from routing.deliberation.thresholds import thresholds
from routing.models import Deliberation, DeliberationGrid, DeliberationOption, Order, Proposal, ProposalState
from routing.models.deliberation import Standing
from routing.schemas import Extend
from routing.states import State
from routing.terms import Terms
from routing.words import hidden
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.problems import invalid


@dataclass(frozen=True)
class Opened:
    """The deliberation, and the extension that has to be granted before it begins, if any."""

    row: Deliberation
    waits_for: Proposal | None


async def open_(session: AsyncSession, order: Order, told: Opening, *, actor: Actor, terms: Terms) -> Opened:
    """Begin it, or propose its extension. Raises NotTheLead, NotWorkedOn, OneAtATime, Invalid, Refused."""
    hand = as_leader(actor, order)
    if order.state != State.WORKING:
        raise NotWorkedOn(state=order.state)
    await _alone(session, order)
    _check_time(order, told, terms)
    grids = _entitled((await current(session)).city, order, told.grids)
    row = _row(order, told, actor, hand.by.unit or "")
    session.add(row)
    await session.flush()
    session.add_all([*_options(row, told), *(_grid(row, chain, each) for chain, each in grids)])
    await session.flush()
    if told.new_limit is None:
        await granting.begin(session, order, row, hand, terms)
        return Opened(row, None)
    wish = Extend(new_limit=told.new_limit, reason=told.reason, deliberation=row.id)
    row.granted_from = order.case_due
    proposal = await asking.attempt(session, order, wish, actor=actor, terms=terms)
    assert proposal is not None
    await session.flush()
    row.proposal = proposal.id
    return Opened(row, proposal)


async def _alone(session: AsyncSession, order: Order) -> None:
    """One that waits for a proposal that was refused or voided waits for nothing, and gives way."""
    unfinished = (Standing.PROPOSED, Standing.OPEN)
    wanted = select(Deliberation, Proposal.state).outerjoin(Proposal, Proposal.id == Deliberation.proposal)
    wanted = wanted.where(Deliberation.case_no == order.case_no, Deliberation.state.in_(unfinished))
    for row, proposal in (await session.execute(wanted)).all():
        if row.state == Standing.OPEN or proposal == ProposalState.PENDING:
            raise OneAtATime(deliberation=str(row.id))
        row.state, row.closed_at, row.because = Standing.WITHDRAWN, now(), "not granted"


def _check_time(order: Order, told: Opening, terms: Terms) -> None:
    """It ends in the future and inside the order's time, with the extension where one is asked for. Raises Invalid."""
    if told.threshold not in thresholds():
        raise invalid("threshold", "is one of the thresholds", "see /v1/deliberations/thresholds")
    if told.closes_at <= now():
        raise invalid("closes_at", "lies in the future", "give residents the time to hear of it and to answer")
    if told.closes_at > _time_there_is(order, told, terms):
        remedy = "ask for a longer limit, counted from the report, or let it end sooner"
        raise invalid("closes_at" if told.new_limit else "new_limit", "the end lies inside the order's time", remedy)


def _time_there_is(order: Order, told: Opening, terms: Terms) -> datetime:
    if told.new_limit:
        limit = limit_of(f"{told.new_limit.amount} {told.new_limit.unit}")
        assert limit is not None
        return terms.due(order.received_at, limit)
    return order.case_due or told.closes_at


def _entitled(city: City, order: Order, told: tuple[EntitledGrid, ...]) -> list[tuple[tuple[Grid, ...], EntitledGrid]]:
    """Grids of the desk's own territory, none inside another: nobody is counted twice. Raises Invalid."""
    codes = {each.grid for each in told}
    found = []
    for each in told:
        if each.grid not in city:
            raise invalid("grids", "are codes of grids", "look them up under /v1/grids")
        chain = city.chain(each.grid)
        above = {grid.code for grid in chain[1:]}
        if codes & above:
            raise invalid("grids", "do not lie in one another", "name the larger grid or its parts, not both")
        if order.desk_unit not in above | {each.grid}:
            raise invalid("grids", "lie where the order lies", f"name grids inside {order.desk_unit}")
        found.append((chain, each))
    return found


def _row(order: Order, told: Opening, actor: Actor, unit: str) -> Deliberation:
    return Deliberation(
        id=new_id(),
        case_no=order.case_no,
        district=order.district,
        question=hidden(told.question),
        method=told.method,
        threshold=told.threshold,
        entitled=sum(each.households for each in told.grids),
        closes_at=told.closes_at,
        state=Standing.PROPOSED,
        asked_at=now(),
        asked_by=actor.person,
        asked_unit=unit,
    )


def _options(row: Deliberation, told: Opening) -> list[DeliberationOption]:
    return [
        DeliberationOption(
            deliberation=row.id, key=each.key, position=position, district=row.district, text=hidden(each.text)
        )
        for position, each in enumerate(told.options)
    ]


def _grid(row: Deliberation, chain: tuple[Grid, ...], told: EntitledGrid) -> DeliberationGrid:
    return DeliberationGrid(
        deliberation=row.id,
        grid=told.grid,
        district=row.district,
        name=chain[0].name,
        path=f"/{'/'.join(grid.code for grid in reversed(chain))}/",
        households=told.households,
        hand_out=told.hand_out,
    )
