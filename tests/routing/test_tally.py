"""Counting: whatever is voted, at most one option wins, nobody is lost, and another vote for it never takes it away."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.deliberation.tally import ABSTAIN, Areas, Because, Count, CountImpossible, count
from routing.deliberation.thresholds import Threshold, thresholds

RULES = list(thresholds().values())
VOTES = st.dictionaries(st.sampled_from(["a", "b", "c", ABSTAIN]), st.integers(0, 60), min_size=1)
SHARES = st.fractions(0, 1, max_denominator=1000)
AREAS = st.one_of(st.none(), st.builds(Areas, SHARES, SHARES))
MAJOR, ORDINARY, SIMPLE = (thresholds()[name] for name in ("civil_code_278_major", "civil_code_278", "simple_majority"))
ALL = Areas(Fraction(1), Fraction(1))


def counted(votes: dict[str, int], more: int, threshold: Threshold, areas: Areas | None = ALL) -> Count:
    return count(votes, entitled=max(1, sum(votes.values()) + more), threshold=threshold, areas=areas)


@settings(max_examples=200, deadline=None)
@given(VOTES, st.integers(0, 60), st.sampled_from(RULES), AREAS)
def test_what_wins_has_the_majority_of_those_who_voted_and_enough_voted(
    votes: dict[str, int], more: int, threshold: Threshold, areas: Areas | None
) -> None:
    result = counted(votes, more, threshold, areas)
    assert result.voted == sum(votes.values()) <= result.entitled
    assert dict(result.votes) == votes
    assert (result.option is None) == (result.because is not Because.DECIDED)
    if result.option:
        assert result.option != ABSTAIN
        assert 2 * votes[result.option] > result.voted
        assert Fraction(result.voted, result.entitled) >= threshold.participation
        assert not threshold.by_area or areas is not None


@settings(max_examples=200, deadline=None)
@given(VOTES, st.integers(1, 60), st.sampled_from(RULES))
def test_another_vote_for_the_winner_never_takes_it_away(
    votes: dict[str, int], more: int, threshold: Threshold
) -> None:
    entitled = sum(votes.values()) + more
    before = count(votes, entitled=entitled, threshold=threshold, areas=ALL)
    if before.option:
        again = {**votes, before.option: votes[before.option] + 1}
        assert count(again, entitled=entitled, threshold=threshold, areas=ALL).option == before.option


@settings(max_examples=200, deadline=None)
@given(VOTES, st.integers(0, 60), st.sampled_from(RULES))
def test_the_order_of_the_options_decides_nothing(votes: dict[str, int], more: int, threshold: Threshold) -> None:
    turned = dict(reversed(votes.items()))
    assert counted(votes, more, threshold).option == counted(turned, more, threshold).option


@settings(max_examples=200, deadline=None)
@given(VOTES, st.integers(0, 60))
def test_what_wins_by_three_quarters_also_wins_by_a_half(votes: dict[str, int], more: int) -> None:
    if option := counted(votes, more, MAJOR).option:
        assert counted(votes, more, ORDINARY).option == option


@pytest.mark.parametrize(
    ("votes", "entitled", "threshold", "areas", "because"),
    [
        ({"a": 6, "b": 2}, 12, MAJOR, ALL, Because.DECIDED),  # two thirds and three quarters are themselves enough
        ({"a": 5, "b": 2}, 12, MAJOR, ALL, Because.TOO_FEW),
        ({"a": 5, "b": 3}, 12, MAJOR, ALL, Because.NO_MAJORITY),
        ({"a": 5, "b": 3}, 12, ORDINARY, ALL, Because.DECIDED),
        ({"a": 4, "b": 4}, 12, ORDINARY, ALL, Because.NO_MAJORITY),  # 过半数 excludes the half
        ({"a": 4, ABSTAIN: 4}, 12, ORDINARY, ALL, Because.NO_MAJORITY),  # who abstains takes part
        ({"a": 8}, 12, ORDINARY, None, Because.AREA_NOT_SHOWN),
        ({"a": 8}, 12, ORDINARY, Areas(Fraction(1, 2), Fraction(1)), Because.TOO_LITTLE_AREA),
        ({"a": 8}, 12, MAJOR, Areas(Fraction(1), Fraction(7, 10)), Because.AREA_DISAGREES),
        ({"a": 4, "b": 2}, 12, SIMPLE, None, Because.DECIDED),
        ({"a": 0}, 12, SIMPLE, None, Because.TOO_FEW),
    ],
)
def test_worked_by_hand(
    votes: dict[str, int], entitled: int, threshold: Threshold, areas: Areas | None, because: Because
) -> None:
    assert count(votes, entitled=entitled, threshold=threshold, areas=areas).because is because


@pytest.mark.parametrize(("votes", "entitled"), [({"a": 3}, 2), ({"a": -1}, 2), ({}, 0)])
def test_a_count_that_cannot_be_is_refused(votes: dict[str, int], entitled: int) -> None:
    with pytest.raises(CountImpossible):
        count(votes, entitled=entitled, threshold=SIMPLE)


def test_a_rule_under_which_two_options_could_win_is_no_rule() -> None:
    facts = {"title": "-", "participation": Fraction(1, 2), "by_area": False, "source": "-"}
    for agreement, over in [(Fraction(1, 3), True), (Fraction(1, 2), False)]:
        with pytest.raises(ValueError, match="x"):
            Threshold(name="x", agreement=agreement, over=over, **facts)


def test_every_rule_names_its_source() -> None:
    assert all(rule.source for rule in RULES)
