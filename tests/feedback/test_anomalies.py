"""What is too good to be true is found on synthetic months, honest months raise few alarms, small numbers none."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.anomalies import TESTS, Ending, History, Rated, search
from feedback.anomalies.chances import benjamini_hochberg, binomial_tail, calibrated, mixed_tail
from feedback.anomalies.synthetic import history, rehearse

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def exact(hits: int, trials: int, chance: float) -> float:
    return sum(math.comb(trials, k) * chance**k * (1 - chance) ** (trials - k) for k in range(hits, trials + 1))


@given(st.integers(0, 30), st.integers(0, 30), st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_a_binomial_tail_is_exact(hits: int, trials: int, chance: float) -> None:
    assert binomial_tail(hits, trials, chance) == pytest.approx(exact(hits, trials, chance), abs=1e-12)


@given(st.integers(0, 12), st.integers(1, 8), st.integers(1, 8), st.floats(0.05, 0.95), st.floats(0.05, 0.95))
@settings(max_examples=60, deadline=None)
def test_a_mixed_tail_is_the_sum_over_both_parts(hits: int, one: int, two: int, p: float, q: float) -> None:
    wanted = sum((exact(k, one, p) - exact(k + 1, one, p)) * exact(max(hits - k, 0), two, q) for k in range(one + 1))
    found = mixed_tail(hits, {p: one, q: two}) if p != q else binomial_tail(hits, one + two, p)
    assert found == pytest.approx(wanted, abs=1e-9)


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    found = benjamini_hochberg([0.01, 0.04, 0.03, 0.5])
    assert found == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])


def test_where_honest_units_spread_wider_an_odd_one_is_less_odd_and_few_units_are_left_alone() -> None:
    wide = [binomial_tail(60 + shift, 120, 0.5) for shift in (-20, -15, -12, -8, -4, 0, 4, 8, 12, 15, 20)]
    assert calibrated(wide)[-1] > 50 * wide[-1]
    assert calibrated(wide[-3:]) == wide[-3:]


def rated(unit: str, number: int, *, satisfied: bool = True, **facts: object) -> Rated:
    at = AT + timedelta(hours=7 * number)
    return Rated(f"{unit}-{number}", unit, "1", satisfied, at, **facts)


def peers(units: int = 20, each: int = 60) -> list[Rated]:
    """A city where three of four are satisfied, always."""
    return [rated(f"p{unit}", n, satisfied=n % 4 != 0) for unit in range(units) for n in range(each)]


def subjects(ratings: Sequence[Rated], endings: Sequence[Ending] = ()) -> set[tuple[str, str]]:
    return {(each.test, each.subject) for each in search(History(ratings, endings))}


def test_all_satisfied_is_told_with_its_statistic_and_every_case() -> None:
    found = search(History([*peers(), *(rated("odd", n) for n in range(40))], []))
    (told,) = [each for each in found if each.test == "all_satisfied"]
    assert (told.subject, len(told.cases), told.statistic["name"]) == ("odd", 40, "product of peers' rates")
    assert told.p_value == pytest.approx(0.75**40, rel=0.05)


@pytest.mark.parametrize("number", [3, 10, 19])
def test_few_ratings_never_make_a_unit_odd(number: int) -> None:
    assert subjects([*peers(), *(rated("few", n) for n in range(number))]) == set()


def test_a_unit_whose_issues_please_everywhere_is_not_odd() -> None:
    easy = [
        Rated(f"e{unit}-{n}", f"e{unit}", "2", n % 50 != 0, AT + timedelta(hours=n))
        for unit in range(20) for n in range(60)
    ]  # fmt: skip
    mine = [Rated(f"m-{n}", "m", "2", True, AT + timedelta(hours=n)) for n in range(60)]
    assert subjects([*peers(), *easy, *mine]) == set()


def paged(unit: str, number: int, minutes: float, network: str, after: timedelta) -> Rated:
    at = AT + timedelta(minutes=minutes)
    return Rated(f"{unit}-{number}", unit, "1", number % 4 != 0, at, at - after, network)


def city_pages() -> list[Rated]:
    """Pages answered all over the city, one every half hour in each unit."""
    return [
        paged(f"c{unit}", n, 300 * n + 11 * unit, f"n{unit}-{n}", timedelta(hours=5)) for unit in range(20)
        for n in range(25)
    ]  # fmt: skip


def test_a_burst_is_told_unless_the_links_came_together_too() -> None:
    after = timedelta(hours=9)
    crowd = [paged("odd", n, 1000 + n / 2, f"o{n}", after) for n in range(8)]
    assert ("bursts", "odd") in subjects([*city_pages(), *crowd])
    together = [paged("odd", n, 1000 + n / 2, f"o{n}", timedelta(minutes=30)) for n in range(8)]
    assert ("bursts", "odd") not in subjects([*city_pages(), *together])


def test_one_network_of_one_unit_is_told_and_a_carriers_network_is_not() -> None:
    after = timedelta(hours=5)
    office = [paged("odd", n, 700 * n, "office", after) for n in range(9)]
    assert ("one_network", "odd") in subjects([*city_pages(), *office])
    carrier = [
        paged(f"c{unit}", 100 + n, 650 * n + unit, "carrier", after) for unit in range(20) for n in range(8)
    ]  # fmt: skip
    assert {test for test, _ in subjects([*city_pages(), *carrier])} & {"one_network"} == set()


def test_answers_seconds_after_their_link_are_told() -> None:
    quick = [paged("odd", n, 433 * n, f"o{n}", timedelta(seconds=6)) for n in range(6)]
    slow = [paged("odd", 50 + n, 433 * n + 60, f"s{n}", timedelta(hours=3)) for n in range(10)]
    found = search(History([*city_pages(), *quick, *slow], []))
    (told,) = [each for each in found if each.test == "seconds_after_link"]
    assert (told.subject, list(told.cases)) == ("odd", [each.case_no for each in quick])


def test_withdrawals_that_cluster_are_told_with_the_withdrawn_cases() -> None:
    endings = [Ending(f"p{u}-{n}", f"p{u}", "1", n % 25 == 0) for u in range(20) for n in range(100)]
    pressed = [Ending(f"odd-{n}", "odd", "1", n % 3 == 0) for n in range(60)]
    found = search(History([], [*endings, *pressed]))
    assert [(each.test, each.subject, len(each.cases)) for each in found] == [("withdrawals_cluster", "odd", 20)]
    assert search(History([], endings)) == []


def test_an_empty_month_has_no_findings() -> None:
    assert search(History([], [])) == []


def test_planted_gaming_is_found_and_honest_months_raise_few_alarms() -> None:
    rates = rehearse(3)
    for name in ("all_satisfied", "bursts", "one_network", "seconds_after_link"):
        assert rates[name]["found"] >= 2 / 3, name
    honest = sum(each["false_alarms_in_an_honest_month"] for each in rates.values())
    assert honest <= 2
    assert rates.keys() == TESTS.keys()


def test_the_same_seed_is_the_same_month() -> None:
    assert history(4) == history(4)
    assert history(4) != history(5)
