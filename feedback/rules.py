"""The verdict's rules as data: today's for a city, and any earlier one by the version an old verdict names."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from feedback.questions import Solved
from feedback.verdict import Resolution, Rule
from services.presets import Feedback

FILE = Path(__file__).with_name("rules.yaml")
TODAY = "2026.1"


class UnknownRule(LookupError):
    """No rule of this version is in feedback/rules.yaml."""


class RuleChanged(ValueError):
    """A preset says something else than the version of the rule it names: give the change a version of its own."""


def current(agreed: Feedback) -> Rule:
    """Today's rule of a city. Raises UnknownRule, or RuleChanged where the preset differs from the version it names."""
    found = known(f"{TODAY}/{agreed.rule}")
    if (found.attempts, found.after_attempts) != (agreed.attempts, agreed.after_attempts):
        raise RuleChanged(f"{agreed.rule}: {RuleChanged.__doc__}")
    return found


@cache
def known(version: str) -> Rule:
    """The rule of a version such as `2026.1/shanghai-1`. Raises UnknownRule."""
    written = _written()
    meaning, _, city = version.partition("/")
    try:
        said, settled = written["versions"][meaning], written["cities"][city]
    except KeyError:
        raise UnknownRule(f"{version}: {UnknownRule.__doc__}") from None
    means = {Solved(word): Resolution(end) for word, end in said["means"].items()}
    appeals = frozenset(Solved(word) for word in said["appeals"])
    return Rule(version, settled["attempts"], means, settled["after_attempts"], appeals)


@cache
def _written() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found
