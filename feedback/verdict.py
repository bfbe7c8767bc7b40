"""Closed, or handled again? Pure: an answer, the attempts and the expiry go in, a verdict with its reason comes out.

The rule 2026.1: what the citizen says about the matter decides. "Solved" closes the case; "partly solved" is not
solved; being dissatisfied with a solved matter counts in the satisfaction rate and handles nothing again. Where nobody
was reached in the attempts allowed, or by the last day, the case closes as unreachable. Silence is never a "solved".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from feedback.questions import Satisfied, Solved


class Resolution(StrEnum):
    """What a survey ends in."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Rule:
    """A rule by its version: what each answer means, and after how many attempts nobody can be reached."""

    version: str
    attempts: int
    means: Mapping[Solved, Resolution]


@dataclass(frozen=True)
class Given:
    """What the citizen said."""

    solved: Solved
    satisfied: Satisfied


@dataclass(frozen=True)
class Verdict:
    """The decision, the reason in words for handler and citizen, and the version of the rule that decided."""

    resolution: Resolution
    reason: str
    rule: str


MEANS_2026_1 = {
    Solved.SOLVED: Resolution.RESOLVED,
    Solved.PARTLY: Resolution.UNRESOLVED,
    Solved.UNSOLVED: Resolution.UNRESOLVED,
}


def rule(preset: str, attempts: int) -> Rule:
    """The rule of today for a city, whose preset says how many attempts there are."""
    return Rule(f"2026.1/{preset}", attempts, MEANS_2026_1)


def decide(answer: Given | None, *, attempts: int, expired: bool, by: Rule) -> Verdict | None:
    """The verdict, or None while the survey must stay open. An answer counts, however many attempts it took."""
    if answer:
        return Verdict(by.means[answer.solved], _words(answer, by.means[answer.solved]), by.version)
    if attempts >= by.attempts:
        return Verdict(Resolution.UNREACHABLE, f"回访 {attempts} 次均未联系上诉求人", by.version)
    if expired:
        return Verdict(Resolution.UNREACHABLE, "回访期限届满，诉求人未作答复", by.version)
    return None


def _words(answer: Given, resolution: Resolution) -> str:
    consequence = "予以办结" if resolution is Resolution.RESOLVED else "需再次处置"
    return f"诉求人答复“{answer.solved.chinese}”、满意度“{answer.satisfied.chinese}”，{consequence}"
