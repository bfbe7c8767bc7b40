"""Two press at once: a sample of the pairs here, all of them by `gridloop campaign races`."""

from collections.abc import AsyncIterator

import pytest
from grid_centre import Centre

from routing.campaigns.hands import Hands
from routing.campaigns.invariants import broken
from routing.campaigns.presses import PRESSES
from routing.campaigns.races import pairs, run, sample
from routing.lifecycle import moves_from
from routing.states import Move, State

NOT_PRESSED = {Move.REGISTER, Move.ROUTE, Move.SETTLE_ON_SPOT, Move.FOLLOW}
"""Made with the report in one transaction, or by the parent's own move."""


@pytest.fixture
async def hands(centre: Centre) -> AsyncIterator[Hands]:
    come = await Hands(centre.app).come()
    yield come
    await come.leave()


def test_every_move_that_is_legal_from_a_state_is_pressed_there() -> None:
    for state in State:
        if state is not State.REGISTERED:
            pressed = {press.move for press in PRESSES[state] if not press.on_parent}
            assert pressed == set(moves_from(state)) - NOT_PRESSED, state


def test_a_sample_is_the_same_for_a_seed_and_reaches_every_standing() -> None:
    chosen = sample(30, seed=7)
    assert chosen == sample(30, seed=7) != sample(30, seed=8)
    assert {pair.standing for pair in chosen} == set(map(str, PRESSES))
    assert len(set(map(str, chosen))) == 30 < len(pairs())


async def test_of_two_who_press_at_once_one_wins_and_everything_holds(hands: Hands) -> None:
    result = await run(hands, sample(20, seed=20250301))
    assert result.faults == []
    assert result.pairs == 20
    assert result.answers["412"] + result.answers["409"] > 0


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("update orders set state = 'handle.working'", "the timeline"),
        ("update orders set state_due = null", "no clock"),
        ("update orders set proposals_pending = 1", "proposals"),
        ("update orders set told = told + 1", "gap"),
        ("update orders set chain = null", "chain"),
        ("delete from pgqueuer where entrypoint = 'to_feedback'", "told were"),
        ("update order_units set role = 'lead' where role = 'co'", "led by"),
    ],
)
async def test_what_does_not_hold_is_noticed(hands: Hands, centre: Centre, statement: str, fault: str) -> None:
    case_no = await hands.report()
    async with hands.database.unit() as session:
        assert await broken(session, case_no) == []
    await centre.rows(f"{statement} returning 1")
    async with hands.database.unit() as session:
        assert fault in str(await broken(session, case_no))
