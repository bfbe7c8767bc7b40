"""The life of an order: the only place that decides which move is legal, who may make it and what it needs.

One machine for all orders, made from the table in `moves`. Pure: no session, no clock, no settings; what a move
needs to know is told, what it brings about is in the decision, and the caller writes it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

from transitions import MachineError
from transitions.extensions.nesting import HierarchicalMachine, NestedState

from routing.branches import same_team
from routing.facts import Asked, By, Order
from routing.moves import MOVES
from routing.refusals import IllegalMove, NeedMissing, Refused, SamePerson, WrongRole
from routing.rules import Need, Second, Step
from routing.states import Effect, Move, Outcome, Stage, State
from services.limits import Limit
from services.roles import Role


@dataclass(frozen=True, slots=True)
class Decision:
    """What a move comes to. `state` and `outcome` are on the order already, the rest is for the caller to write."""

    move: Move
    from_state: State | None
    to_state: State
    outcome: Outcome | None
    lead_unit: str | None
    new_lead: str | None
    """The lead unit where it is another one than before."""
    co_units: frozenset[str]
    round: int
    next_round: bool = False
    """Whether another handling begins with it."""
    effects: frozenset[Effect] = frozenset()
    limit: Limit | None = None
    """A limit that the move itself sets, in place of the lists'."""
    awaits: Second | None = None
    """Who has to agree; nothing has changed until then."""

    @property
    def proposal_only(self) -> bool:
        return self.awaits is not None


@dataclass
class _Attempt:
    """What the machine moves in place of the order, so that a refused move leaves no trace on it."""

    asked: Asked
    state: str
    step: Step | None = None
    awaits: Second | None = None


class Nested(NestedState):
    """A state named `handle.working`; set here, since on the library's class it would change for everybody."""

    separator = "."


class Lifecycle(HierarchicalMachine):
    """The machine's class."""

    state_cls = Nested


def apply(order: Order, move: Move | str, by: By, /, *, second: By | None = None, **told: Any) -> Decision:
    """Make a move, or raise the rule that stands against it and leave the order as it is.

    Where another person has to agree and `second` is not given, all else is checked and the decision is a proposal:
    the order has not changed. The same call with `second` completes it.
    """
    attempt = _Attempt(Asked(order, _known(move, order), by, second, told), str(order.state))
    _run(attempt)
    decision = _decide(attempt)
    if not decision.proposal_only:
        order.state, order.outcome = decision.to_state, decision.outcome
    return decision


def possible(order: Order, by: By, /) -> list[Move]:
    """What this actor can do to the order as it stands, provided the needs are told and the lists allow it."""
    return [move for move in moves_from(order.state) if _is_open(Asked(order, move, by, None, {}))]


def moves_from(state: str) -> list[Move]:
    """The moves that exist from a state, whoever makes them."""
    if not state:
        return [Move.REGISTER]
    with _ONE_AT_A_TIME:
        names = set(MACHINE.get_triggers(str(state)))
    return [move for move in Move if move.value in names]


def needs_second_person(order: Order, move: Move, by: By, /, **told: Any) -> Second | None:
    """Who else has to agree to this move as it is told, if anybody."""
    second = MOVES[move].second
    if second is None or (second.when and not second.when(Asked(order, move, by, None, told))):
        return None
    return second


def check_second(order: Order, by: By, second: By, needed: Second, /) -> None:
    """Whether this person may complete or refuse the proposal of another; raises NotForYou where not."""
    if second.person == by.person:
        raise SamePerson
    if second.role != needed.role:
        raise WrongRole([needed.role])
    needed.relation(order, second)


def _known(move: Move | str, order: Order) -> Move:
    try:
        return Move(move)
    except ValueError:
        raise IllegalMove("asked for", order.state, moves_from(order.state)) from None


def _is_open(asked: Asked) -> bool:
    try:
        _check_actor(asked)
        _check_bars(asked)
    except Refused:
        return False
    return True


def _check_actor(asked: Asked) -> None:
    who = MOVES[asked.move].who
    if asked.by.role not in who:
        raise WrongRole([role for role in who if isinstance(role, Role)] or list(who))
    who[asked.by.role](asked.order, asked.by)


def _check_bars(asked: Asked) -> None:
    for bar in MOVES[asked.move].bars:
        bar(asked)


def _check_needs(asked: Asked) -> None:
    for need in MOVES[asked.move].needs:
        need = need if isinstance(need, Need) else Need(need)
        if (need.when is None or need.when(asked)) and not any(map(asked.has, need.field.split("|"))):
            raise NeedMissing(need.field)


def _may(attempt: _Attempt) -> bool:
    """The machine's first condition: raises what stands against the move, and is false for a mere proposal."""
    asked = attempt.asked
    for check in (_check_actor, _check_needs, _check_bars, *MOVES[asked.move].guards):
        check(asked)
    needed = needs_second_person(asked.order, asked.move, asked.by, **asked.told)
    if needed is not None and asked.second is not None:
        check_second(asked.order, asked.by, asked.second, needed)
    attempt.awaits = needed if asked.second is None else None
    return attempt.awaits is None


def _leads(step: Step, attempt: _Attempt) -> bool:
    return step.when is None or step.when(attempt.asked)


def _take(step: Step, attempt: _Attempt) -> None:
    attempt.step = step


def _run(attempt: _Attempt) -> None:
    move = attempt.asked.move
    if (move is Move.REGISTER) == bool(attempt.state):
        raise IllegalMove(move, attempt.state, moves_from(attempt.state))
    if move is Move.REGISTER:
        return _begin(attempt)
    try:
        with _ONE_AT_A_TIME:
            MACHINE.trigger_event(attempt, move.value, attempt)
    except MachineError:
        raise IllegalMove(move, attempt.state, moves_from(attempt.state)) from None


def _begin(attempt: _Attempt) -> None:
    """An order that does not exist yet has no state for the machine to leave."""
    (step,) = MOVES[Move.REGISTER].steps
    if _may(attempt) and step.to:
        _take(step, attempt)
        attempt.state = step.to.value


def _decide(attempt: _Attempt) -> Decision:
    asked, order, step = attempt.asked, attempt.asked.order, attempt.step
    before = State(order.state) if order.state else None
    lead, co_units = (step.team if step else same_team)(asked)
    return Decision(
        move=asked.move,
        from_state=before,
        to_state=State(attempt.state),
        outcome=_outcome(asked, step),
        lead_unit=lead,
        new_lead=lead if before and lead != order.lead_unit else None,
        co_units=co_units,
        round=order.round + bool(step and step.next_round) if before else 1,
        next_round=bool(step and step.next_round),
        effects=frozenset(step.effects if step else ()),
        limit=step.limit if step else None,
        awaits=attempt.awaits,
    )


def _outcome(asked: Asked, step: Step | None) -> Outcome | None:
    """A closed order keeps its outcome while it stays, and loses it when it is opened again."""
    if step is None or step.to is None:
        return Outcome(asked.order.outcome) if asked.order.outcome else None
    return step.outcome(asked) if callable(step.outcome) else step.outcome


def states() -> list[str | dict[str, Any]]:
    """The machine's states: the stages with theirs inside, then those that lie in none."""
    nested = [
        {"name": stage.value, "children": [state.value.partition(".")[2] for state in State if state.stage is stage]}
        for stage in Stage
    ]
    return [*nested, State.MERGED.value, {"name": State.CLOSED.value, "final": True}]


def transitions() -> Iterator[dict[str, Any]]:
    """The machine's transitions: one for each step and source, in the table's order, which is that of the choice."""
    for move, rule in MOVES.items():
        for step in rule.steps:
            for source in step.source:
                yield {
                    "trigger": move.value,
                    "source": source.value,
                    "dest": step.to.value if step.to else None,
                    "conditions": [_may, partial(_leads, step)],
                    "before": partial(_take, step),
                }


MACHINE = Lifecycle(
    model=None,
    states=states(),
    transitions=list(transitions()),
    initial=State.REGISTERED.value,
    auto_transitions=False,
)
_ONE_AT_A_TIME = Lock()
"""The machine notes on itself which scope it is in, so two threads must never be in it at once."""
