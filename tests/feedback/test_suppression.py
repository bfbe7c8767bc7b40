"""No small number is told, and none can be worked out from what is told."""

import random

import numpy as np
import pytest

from feedback.suppression import Hidden, Tree, hide

SMALL = 10


def equations(tree: Tree, hidden: Hidden) -> tuple[list[str], list[tuple[list[int], float]]]:
    """What an outsider can write down: each total is the sum of its parts; shown numbers are known."""
    totals = {d: sum(streets.values()) for d, streets in tree.items()}
    unknown = [f"d {d}" for d in hidden.districts] + [f"s {d} {s}" for d, s in hidden.streets]
    unknown += ["city"] * hidden.city
    at = {name: number for number, name in enumerate(unknown)}
    rows: list[tuple[list[int], float]] = []

    def write(whole: str, value: int, parts: list[tuple[str, int]]) -> None:
        row, known = [0] * len(unknown), 0.0
        for name, number, sign in [(whole, value, -1), *((name, number, 1) for name, number in parts)]:
            if name in at:
                row[at[name]] += sign
            else:
                known += sign * number
        rows.append((row, -known))

    for d, streets in tree.items():
        write(f"d {d}", totals[d], [(f"s {d} {s}", n) for s, n in streets.items()])
    write("city", sum(totals.values()), [(f"d {d}", n) for d, n in totals.items()])
    return unknown, rows


@pytest.mark.parametrize("seed", range(120))
def test_nothing_small_is_shown_or_follows_from_what_is_shown(seed: int) -> None:
    draw = random.Random(seed)
    tree = {
        f"d{d}": {f"s{s}": draw.choice([0, 1, 3, 9, 10, 12, 40, 300]) for s in range(draw.randint(1, 6))}
        for d in range(draw.randint(1, 5))
    }
    hidden = hide(tree, SMALL)
    for district, streets in tree.items():
        assert all((district, s) in hidden.streets for s, n in streets.items() if n < SMALL)
        assert sum(streets.values()) >= SMALL or district in hidden.districts
    unknown, rows = equations(tree, hidden)
    if not unknown:
        return
    matrix = np.array([row for row, _ in rows], float)
    rank = np.linalg.matrix_rank(matrix)
    for number, name in enumerate(unknown):
        alone = np.zeros((1, len(unknown)))
        alone[0, number] = 1
        assert np.linalg.matrix_rank(np.vstack([matrix, alone])) > rank, f"{name} follows from what is shown"


def test_where_all_is_large_nothing_is_hidden() -> None:
    tree = {"a": {"x": 10, "y": 200}, "b": {"z": 30}}
    assert hide(tree, SMALL) == Hidden(False, frozenset(), frozenset())


def test_one_small_street_takes_the_smallest_neighbour_with_it() -> None:
    tree = {"a": {"x": 3, "y": 200, "z": 50}, "b": {"u": 30, "v": 40}}
    assert hide(tree, SMALL) == Hidden(False, frozenset(), frozenset({("a", "x"), ("a", "z")}))


def test_a_district_of_one_small_street_hides_a_street_of_another_district() -> None:
    tree = {"a": {"x": 3}, "b": {"u": 30, "v": 40}, "c": {"w": 500}}
    assert hide(tree, SMALL) == Hidden(False, frozenset({"a", "b"}), frozenset({("a", "x"), ("b", "u")}))


def test_a_small_city_shows_nothing() -> None:
    assert hide({"a": {"x": 3}}, SMALL).city
