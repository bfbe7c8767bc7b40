"""The lists people work by (工作列表): what waits for whom. Each is a narrowing of the orders its asker may see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, not_, or_, select

from routing.models import OPEN_STATES, Dispute, Order, OrderUnit, Proposal, ProposalState
from routing.standing import OF_UNITS, OVER_PLACES, among, apart, joined_by, outermost, ways
from routing.states import State
from services.identity import Actor
from services.problems import WrongRole
from services.roles import Role

Condition = ColumnElement[bool]


class Worklist(StrEnum):
    """我的, 本单位, 待签收, 今日到期, 已超期, 待核查, 待裁定, 待报到, 待派, 待同意."""

    MINE = "mine"
    UNIT = "unit"
    TO_ACCEPT = "to_accept"
    DUE_TODAY = "due_today"
    OVERDUE = "overdue"
    TO_CHECK = "to_check"
    DISPUTES = "disputes"
    SUMMONS = "summons"
    TRIAGE = "triage"
    TO_AGREE = "to_agree"


@dataclass(frozen=True)
class Asking:
    """Who asks, when, and when that day ends where they are."""

    actor: Actor
    at: datetime
    day_ends: datetime

    def paths(self, *roles: Role) -> set[str]:
        return {grant.path for grant in self.actor.of(*roles)}

    @property
    def units(self) -> set[str]:
        """The units the asker belongs to, in any role."""
        return {grant.unit for grant in self.actor.grants}


@dataclass(frozen=True)
class Kind:
    """Whose list it is, the parts of the orders it is taken from, and what must hold in each."""

    roles: frozenset[Role]
    parts: Callable[[Asking], list[Condition]]
    holds: Callable[[Asking], list[Condition]]


def opened(worklist: Worklist, asking: Asking) -> tuple[list[Condition], list[Condition]]:
    """The parts of a worklist, which share no order, and what must hold in each. Raises WrongRole for others' lists."""
    kind = KINDS[worklist]
    if not asking.actor.has(kind.roles):
        raise WrongRole("This list is for other roles than yours.", roles=sorted(kind.roles))
    return kind.parts(asking), kind.holds(asking)


def open_to(actor: Actor) -> list[Worklist]:
    """The worklists of the roles that the actor holds."""
    return [worklist for worklist in Worklist if actor.has(KINDS[worklist].roles)]


def is_open() -> Condition:
    return Order.state.in_(OPEN_STATES)


def _seen(asking: Asking) -> list[Condition]:
    """All lists of these are of open orders."""
    return ways(asking.actor, only=[is_open()])


def _led_by(*roles: Role) -> Callable[[Asking], list[Condition]]:
    return lambda asking: apart((), outermost(asking.paths(*roles)))


def _at_desk(asking: Asking) -> list[Condition]:
    return apart(outermost(asking.paths(Role.DISPATCHER)), ())


def _awaited(asking: Asking) -> list[Condition]:
    """Summoned units that have not come: the asker's own, not those below them."""
    paths = asking.paths(*OF_UNITS)
    awaited = joined_by(OrderUnit.path.in_(paths), OrderUnit.arrive_by.is_not(None), OrderUnit.arrived_at.is_(None))
    return [among(awaited)]


def _mine(asking: Asking) -> list[Condition]:
    person = asking.actor.person
    return [is_open(), or_(Order.officer == person, Order.handler == person)]


def due_today(asking: Asking) -> Condition:
    return and_(Order.due_at >= asking.at, Order.due_at < asking.day_ends)


def overdue(asking: Asking) -> Condition:
    return Order.due_at < asking.at


def _due_today(asking: Asking) -> list[Condition]:
    return [is_open(), due_today(asking)]


def _overdue(asking: Asking) -> list[Condition]:
    return [is_open(), overdue(asking)]


def _of_others(asking: Asking) -> list[Condition]:
    """Not led or joined by a unit that the asker belongs to."""
    ours = joined_by(OrderUnit.path.in_({grant.path for grant in asking.actor.grants}))
    return [Order.lead_unit.not_in(asking.units), Order.case_no.not_in(ours)]


def _to_check(asking: Asking) -> list[Condition]:
    """Nobody checks their own work (`guards.checks`)."""
    not_handled = or_(Order.handler.is_(None), Order.handler != asking.actor.person)
    return [Order.state == State.CHECKING, not_handled, *_of_others(asking)]


def _to_rule(asking: Asking) -> list[Condition]:
    """Nobody rules in their own matter (`guards.rules`)."""
    ours = or_(Dispute.unit.in_(asking.units), Dispute.proposed_unit.in_(asking.units))
    party = select(Dispute.case_no).where(Dispute.ruled_at.is_(None), ours)
    return [Order.state == State.DISPUTED, not_(Order.case_no.in_(party)), *_of_others(asking)]


def _to_agree(asking: Asking) -> list[Condition]:
    """Somebody else proposed it, and it waits for a second person of a role that the asker holds."""
    roles = [grant.role for grant in asking.actor.of(*DESKS)]
    waiting = select(Proposal.case_no).where(Proposal.state == ProposalState.PENDING, Proposal.second_role.in_(roles))
    return [is_open(), Order.case_no.in_(waiting.where(Proposal.by_person != asking.actor.person))]


def _in(*states: State) -> Callable[[Asking], list[Condition]]:
    return lambda _: [Order.state.in_(states)]


OFFICER, SUPERVISOR, DISPATCHER = (frozenset({role}) for role in (Role.OFFICER, Role.SUPERVISOR, Role.DISPATCHER))
DESKS = DISPATCHER | SUPERVISOR
KINDS: Mapping[Worklist, Kind] = {
    Worklist.MINE: Kind(OFFICER, _seen, _mine),
    Worklist.UNIT: Kind(OF_UNITS, _led_by(*OF_UNITS), lambda _: [is_open()]),
    Worklist.TO_ACCEPT: Kind(OFFICER, _led_by(Role.OFFICER), _in(State.DISPATCHED)),
    Worklist.DUE_TODAY: Kind(OF_UNITS | OVER_PLACES, _seen, _due_today),
    Worklist.OVERDUE: Kind(OF_UNITS | OVER_PLACES, _seen, _overdue),
    Worklist.TO_CHECK: Kind(SUPERVISOR, _led_by(Role.SUPERVISOR), _to_check),
    Worklist.DISPUTES: Kind(SUPERVISOR, _led_by(Role.SUPERVISOR), _to_rule),
    Worklist.SUMMONS: Kind(OF_UNITS, _awaited, _in(State.WORKING)),
    Worklist.TRIAGE: Kind(DISPATCHER, _at_desk, _in(State.TRIAGE, State.REGISTERED)),
    Worklist.TO_AGREE: Kind(DESKS, _seen, _to_agree),
}
