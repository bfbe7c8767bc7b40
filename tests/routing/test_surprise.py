"""The chance of a week: exact where it can be said exactly, honest about small numbers, careful with many cells."""

from math import exp, factorial, lgamma, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.analysis.surprise import adjusted, chance, dispersion

PASTS = st.lists(st.integers(0, 60), min_size=4, max_size=12)


def predicted(past: list[int], count: int) -> float:
    """The negative binomial of Jeffreys' posterior, written down another way."""
    shape, weeks = sum(past) + 0.5, len(past)
    ways = lgamma(shape + count) - lgamma(shape) - log(factorial(count))
    return exp(ways + shape * log(weeks / (weeks + 1)) - count * log(weeks + 1))


@given(st.integers(0, 30), st.integers(4, 12), st.integers(0, 40))
def test_where_the_past_is_even_it_is_the_posterior_prediction(level: int, weeks: int, now: int) -> None:
    past = [level] * weeks
    assert chance(past, now) == pytest.approx(1 - sum(predicted(past, each) for each in range(now)), abs=1e-9)


@given(PASTS, st.integers(0, 60))
def test_more_cases_are_never_less_surprising(past: list[int], now: int) -> None:
    assert 0 <= chance(past, now + 1) <= chance(past, now) <= 1
    assert chance(past, 0) == 1


def test_one_case_after_silence_is_no_alarm_and_many_are() -> None:
    assert chance([0] * 8, 1) > 0.05
    assert chance([0] * 8, 5) < 0.001
    assert chance([10] * 8, 12) > 0.2
    assert chance([10] * 8, 30) < 1e-4


def test_a_past_that_scatters_more_is_surprised_less() -> None:
    assert dispersion([0, 20, 0, 20]) > 1 == dispersion([10, 10, 10, 10])
    assert chance([0, 20, 0, 20], 25) > 10 * chance([10, 10, 10, 10], 25)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_many_looks_make_each_weaker_and_keep_the_order(chances: list[float]) -> None:
    found = adjusted(chances)
    pairs = sorted(zip(chances, found, strict=True))
    assert all(before <= after + 1e-12 and after <= 1 for before, after in pairs)
    assert [after for _, after in pairs] == sorted(found)


def test_the_adjustment_is_benjamini_and_hochbergs() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
