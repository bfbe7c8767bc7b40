"""The page about the lifecycle is the lifecycle's own."""

from pathlib import Path

from routing.lifecycle import moves_from
from routing.lifecycle_page import diagram, render
from routing.moves import MOVES
from routing.states import Move, State

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"


def test_the_page_is_fresh() -> None:
    assert PAGE.read_text("utf-8") == render()


def test_the_page_names_every_move_with_its_term() -> None:
    for move in Move:
        assert f"| `{move}` {MOVES[move].term} |" in render()


def test_the_diagram_draws_every_state_and_no_move_that_stays() -> None:
    drawn = diagram()
    for state in State:
        assert f"as {state}\n" in drawn
    assert "[*] --> discover.registered" in drawn
    assert "handle.working --> supervise.checking: report_done" in drawn
    assert "contact" not in drawn
    assert "internal" not in drawn


def test_a_table_row_keeps_its_columns() -> None:
    rows = [line for line in render().splitlines() if line.startswith("| `") and "→" in line]
    assert {line.count("|") for line in rows} == {7}
    assert Move.CONTACT in moves_from("handle.working")
