"""The verdict by itself: every answer, every silence, and what holds for all of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.questions import Satisfied, Solved, satisfied, solved
from feedback.rules import known
from feedback.verdict import Given, Resolution, decide, is_appeal

RULE = known("2026.1/shanghai-1")
ANSWERS = st.builds(Given, st.sampled_from(Solved), st.sampled_from(Satisfied))
TABLE = [
    (Solved.SOLVED, Satisfied.SATISFIED, Resolution.RESOLVED),
    (Solved.SOLVED, Satisfied.MOSTLY, Resolution.RESOLVED),
    (Solved.SOLVED, Satisfied.UNRATED, Resolution.RESOLVED),
    (Solved.SOLVED, Satisfied.DISSATISFIED, Resolution.RESOLVED),
    (Solved.PARTLY, Satisfied.SATISFIED, Resolution.UNRESOLVED),
    (Solved.PARTLY, Satisfied.DISSATISFIED, Resolution.UNRESOLVED),
    (Solved.UNSOLVED, Satisfied.SATISFIED, Resolution.UNRESOLVED),
    (Solved.UNSOLVED, Satisfied.UNRATED, Resolution.UNRESOLVED),
]


@pytest.mark.parametrize(("solved_", "satisfied_", "expected"), TABLE)
def test_what_the_citizen_says_about_the_matter_decides(
    solved_: Solved, satisfied_: Satisfied, expected: Resolution
) -> None:
    verdict = decide(Given(solved_, satisfied_), attempts=0, expired=False, by=RULE)
    assert verdict is not None
    assert verdict.resolution is expected


def test_the_reason_is_in_words_and_names_both_answers() -> None:
    verdict = decide(Given(Solved.PARTLY, Satisfied.MOSTLY), attempts=1, expired=False, by=RULE)
    assert verdict is not None
    assert verdict.reason == "诉求人答复“部分解决”、满意度“基本满意”，需再次处置"
    assert verdict.rule == "2026.1/shanghai-1"


@pytest.mark.parametrize(
    ("attempts", "expired", "reason"),
    [
        (3, False, "回访 3 次均未联系上诉求人"),
        (5, True, "回访 5 次均未联系上诉求人"),
        (2, True, "回访期限届满，诉求人未作答复"),
    ],
)
def test_silence_ends_as_unreachable(attempts: int, expired: bool, reason: str) -> None:
    verdict = decide(None, attempts=attempts, expired=expired, by=RULE)
    assert verdict is not None
    assert (verdict.resolution, verdict.reason) == (Resolution.UNREACHABLE, reason)


@given(answer=st.none() | ANSWERS, attempts=st.integers(0, 9), expired=st.booleans())
def test_no_silence_is_ever_resolved_and_no_answer_is_ever_lost(
    answer: Given | None, attempts: int, expired: bool
) -> None:
    verdict = decide(answer, attempts=attempts, expired=expired, by=RULE)
    if answer is None:
        open_still = attempts < RULE.attempts and not expired
        assert (verdict is None) is open_still
        assert verdict is None or verdict.resolution is Resolution.UNREACHABLE
    else:
        assert verdict is not None
        assert (verdict.resolution is Resolution.RESOLVED) is (answer.solved is Solved.SOLVED)


@given(answer=ANSWERS, attempts=st.integers(0, 9), expired=st.booleans())
def test_an_answer_means_the_same_however_it_came(answer: Given, attempts: int, expired: bool) -> None:
    assert decide(answer, attempts=attempts, expired=expired, by=RULE) == decide(
        answer, attempts=0, expired=False, by=RULE
    )


def test_both_languages_spell_the_same_answers() -> None:
    assert [solved(word.chinese) for word in Solved] == [solved(word.value) for word in Solved] == list(Solved)
    assert [satisfied(word.chinese) for word in Satisfied] == [satisfied(word) for word in Satisfied] == list(Satisfied)


@pytest.mark.parametrize("word", ["好", "", None, 1, ["解决"]])
def test_another_word_is_refused_with_the_words_that_are_known(word: object) -> None:
    with pytest.raises(ValueError, match=r"解决 \(solved\), 部分解决 \(partly\), 未解决 \(unsolved\)"):
        solved(word)


def test_where_a_city_waits_the_page_stays_open_after_the_last_attempt() -> None:
    waits = replace(RULE, after_attempts="wait")
    assert decide(None, attempts=3, expired=False, by=waits) is None
    over = decide(None, attempts=3, expired=True, by=waits)
    assert over is not None
    assert over.resolution is Resolution.UNREACHABLE


@given(answer=ANSWERS, ended=st.none() | st.sampled_from(Resolution), newer=st.booleans())
def test_only_a_newer_unsolved_about_what_ended_otherwise_is_an_appeal(
    answer: Given, ended: Resolution | None, newer: bool
) -> None:
    appealed = is_appeal(answer, ended_as=ended, newer=newer, by=RULE)
    otherwise = ended in (Resolution.RESOLVED, Resolution.UNREACHABLE)
    assert (appealed is not None) is (answer.solved is Solved.UNSOLVED and otherwise and newer)
