"""Closed, or handled again? Pure: an answer, the attempts and the expiry go in, a verdict with its reason comes out.

The rules are data (`rules.yaml`). 2026.1: what the citizen says about the matter decides. "Solved" closes the case;
"partly solved" is not solved; being dissatisfied with a solved matter counts in the satisfaction rate and handles
nothing again. Where nobody was reached in the attempts allowed, or by the last day, the case closes as unreachable.
Silence is never a "solved". An "unsolved" that comes after a survey ended otherwise is an appeal.
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
    """A rule by its version: what each answer means, and after how many attempts nobody can be reached.

    `after_attempts` is `close`, or `wait`: then the citizen's page stays open to the last day. `appeals` are the
    answers that count as an appeal when they come too late to decide.
    """

    version: str
    attempts: int
    means: Mapping[Solved, Resolution]
    after_attempts: str = "close"
    appeals: frozenset[Solved] = frozenset()


@dataclass(frozen=True)
class Given:
    """What the citizen said; or, `on_site`, what the evaluation body saw where there is nobody to ask."""

    solved: Solved
    satisfied: Satisfied
    on_site: bool = False


@dataclass(frozen=True)
class Verdict:
    """The decision, the reason in words for handler and citizen, and the version of the rule that decided."""

    resolution: Resolution
    reason: str
    rule: str


def decide(answer: Given | None, *, attempts: int, expired: bool, by: Rule) -> Verdict | None:
    """The verdict, or None while the survey must stay open. An answer counts, however many attempts it took."""
    if answer:
        return Verdict(by.means[answer.solved], _words(answer, by.means[answer.solved]), by.version)
    if attempts >= by.attempts and (expired or by.after_attempts == "close"):
        return Verdict(Resolution.UNREACHABLE, f"回访 {attempts} 次均未联系上诉求人", by.version)
    if expired:
        return Verdict(Resolution.UNREACHABLE, "回访期限届满，诉求人未作答复", by.version)
    return None


def is_appeal(answer: Given, *, ended_as: Resolution | None, newer: bool, by: Rule) -> str | None:
    """The reason of an appeal, or None: the answer came after the survey had ended, `ended_as` (None: it was recalled).

    What was said before the answer that counted (`newer` is false) is old news and no appeal; nor is a second
    "unsolved" about what is unresolved already.
    """
    if answer.solved not in by.appeals or ended_as in (None, Resolution.UNRESOLVED) or not newer:
        return None
    if answer.on_site:
        return f"现场复核更正为“{answer.solved.chinese}”，按申诉处理"
    return f"回访结束后诉求人答复“{answer.solved.chinese}”，按申诉处理"


def _words(answer: Given, resolution: Resolution) -> str:
    if answer.on_site:
        return f"现场复核“{answer.solved.chinese}”，" + (
            "维持办结" if resolution is Resolution.RESOLVED else "需再次处置"
        )
    consequence = "予以办结" if resolution is Resolution.RESOLVED else "需再次处置"
    return f"诉求人答复“{answer.solved.chinese}”、满意度“{answer.satisfied.chinese}”，{consequence}"
