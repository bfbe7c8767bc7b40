"""Whatever is asked for, in whatever order and by whomever: what must hold of an order always holds."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from paper_order import TOLD, PaperOrder, somebody, write

from routing.facts import By
from routing.lifecycle import Decision, apply, moves_from, possible
from routing.moves import MOVES
from routing.refusals import Refused
from routing.states import Effect, Move, State, Voice
from services.roles import Role

UNITS = ["grid", "other", "street", "roads", "police", "lane", None]
LED = {"handle.dispatched", "handle.working", "handle.disputed", "handle.deferred"} | {
    "supervise.checking",
    "feedback.surveying",
}
STATES = {*LED, "discover.registered", "discover.triage", "merged", "closed"}
FLAGS = ("in_lead", "covers", "reported", "in_team", "party", "handled")
CHANGES: dict[str, list[Any]] = {
    "unit": UNITS,
    "unit_above": ["street", None],
    "decision": ["dispatch", "not_accepted", "perhaps"],
    "legal_route": ["the court"],
    "verdict": ["resolved", "unresolved", "unresolved", "unreachable"],
    "item_type": ["inquiry", "request"],
    "review_date": ["2026-09-01", None],
    "emergency": [True, False],
    "reserved": [True, False],
    "unit_accused": [None, None, "street"],
    "within_window": [True, False],
    "others_wait": [True, False],
    "reason": ["because", ""],
    "outcome": ["resolved", "withdrawn"],
}
RARE = {"settle_on_spot", "decline", "hand_over", "withdraw", "merge", "raise_level", "redirect"}
ORDERS = st.builds(
    PaperOrder,
    lead_unit=st.none(),
    led_by=st.just(()),
    co_units=st.just(()),
    hazard=st.booleans(),
    has_reporter=st.booleans(),
    evidence_needed=st.booleans(),
    item_type=st.sampled_from(["complaint", "inquiry", "praise"]),
    rounds_allowed=st.integers(1, 3),
)
STANCE = st.fixed_dictionaries({name: st.booleans() for name in FLAGS} | {"unit": st.sampled_from(UNITS)})


def _ask(dice: Random, order: PaperOrder) -> tuple[Move, By, By | None, dict[str, Any]]:
    """Mostly what leads on and may well be allowed; sometimes anything by anybody."""
    onward = [move for move in moves_from(order.state) if any(step.to for step in MOVES[move].steps)]
    longer = [move for move in onward if move not in RARE] or onward
    move = dice.choice(dice.choices([longer, onward, list(Move)], [7, 1, 2])[0])
    actor = dice.choice(dice.choices([sorted(MOVES[move].who), [*Role, *Voice]], [9, 1])[0])
    likely = {name: dice.random() < (0.9 if name in FLAGS[:3] else 0.1) for name in FLAGS}
    needed = MOVES[move].second if dice.random() < 0.8 else None
    second = somebody(needed.role, "second", covers=True) if needed else None
    told = {**TOLD.get(move, {}), "round": order.round}
    told |= {name: dice.choice(values) for name, values in CHANGES.items() if dice.random() < 0.5}
    return move, somebody(actor, unit=dice.choice(UNITS), **likely), second, told


def _holds(order: PaperOrder) -> None:
    assert order.state in STATES
    assert (order.outcome is not None) == (order.state == "closed")
    assert order.state not in LED or order.lead_unit is not None
    assert order.lead_unit not in order.co_units
    assert len(set(order.disputed_by)) == len(order.disputed_by) <= 2


def _made_well(before: dict[str, Any], decision: Decision) -> None:
    assert decision.from_state == (before["state"] or None)
    if before["state"] == "closed" and decision.to_state != "closed":
        assert decision.move == "appeal"
        assert not before["appealed"]
        assert Effect.APPEALED in decision.effects
    if decision.round > max(before["round"], 1):
        assert decision.move in ("judge", "appeal")
        assert decision.round == before["round"] + 1


def walk(order: PaperOrder, dice: Random, steps: int) -> set[str]:
    """Ask for one move after the other; the states it went through."""
    seen = set()
    for _ in range(steps):
        before = dict(vars(order))
        move, by, second, told = _ask(dice, order)
        try:
            decision = apply(order, move, by, second=second, **told)
        except Refused:
            assert vars(order) == before
            continue
        if decision.proposal_only:
            assert vars(order) == before
            continue
        _made_well(before, decision)
        write(order, decision, told)
        _holds(order)
        seen.add(order.state)
        if order.state == "closed" and order.appealed:
            break
    return seen


@settings(max_examples=100, deadline=None)
@given(ORDERS, st.integers(0, 2**32), st.integers(1, 200))
def test_no_walk_breaks_what_must_hold(order: PaperOrder, seed: int, steps: int) -> None:
    assert walk(order, Random(seed), steps) <= STATES


def test_walks_go_everywhere() -> None:
    """Else the walks above would prove little."""
    seen = set()
    for seed in range(40):
        seen |= walk(PaperOrder(lead_unit=None, led_by=(), co_units=()), Random(seed), 200)
    assert seen == STATES


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(State), st.sampled_from([*Role, *Voice]), STANCE)
def test_what_is_possible_is_what_nothing_but_the_told_stands_against(state: State, actor: str, stance: Any) -> None:
    """With all that is needed told, a move is made exactly if it was offered."""
    order = PaperOrder(state=state, outcome="resolved" if state == "closed" else None)
    by = somebody(actor, **stance)
    offered = possible(order, by)
    for move in Move:
        fresh = PaperOrder(**vars(order))
        second = MOVES[move].second and somebody(MOVES[move].second.role, "second", covers=True)
        try:
            apply(fresh, move, by, second=second, **TOLD.get(move, {}))
        except Refused:
            assert move not in offered
        else:
            assert move in offered
