"""The shape of the table of moves: what there is to say about one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from routing import branches
from routing.branches import Condition, Team
from routing.facts import Actor, Asked, By, Order
from routing.states import Effect, Outcome, Stage, State
from services.limits import Limit
from services.roles import Role

Relation = Callable[[Order, By], None]
Guard = Callable[[Asked], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One way a move leads; the first one whose condition holds is taken. `to` is None where the order stays."""

    source: tuple[State | Stage, ...]
    to: State | None
    outcome: Outcome | Callable[[Asked], Outcome] | None = None
    when: Condition | None = None
    team: Callable[[Asked], Team] = branches.same_team
    next_round: bool = False
    effects: tuple[Effect, ...] = ()
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """A field that must be told; `a|b` is one or the other."""

    field: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Second:
    """Another person who has to agree before the move is made."""

    role: Role
    relation: Relation
    when: Condition | None = None
    why: str | None = None
    """What the second person is told, where the move does not say it by itself."""


@dataclass(frozen=True, slots=True)
class Rule:
    """All there is to know about a move.

    `needs` and `optional` are told by the asker, `facts` looked up by the service (they may be empty, but must be
    given). `bars` are guards that need nothing told, so that a page can leave out what they forbid.
    """

    term: str
    who: Mapping[Actor, Relation]
    steps: tuple[Step, ...]
    needs: tuple[str | Need, ...] = ()
    optional: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    bars: tuple[Guard, ...] = ()
    guards: tuple[Guard, ...] = ()
    second: Second | None = None
