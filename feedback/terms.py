"""What a city has settled about surveys, from its preset: how often, how long, by which rule."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from feedback.verdict import Rule, rule
from services.presets import load
from services.settings import Settings


@dataclass(frozen=True)
class Terms:
    """How long a survey and its link live, and the rule that decides."""

    open_for: timedelta
    link_for: timedelta
    rule: Rule


def terms(settings: Settings) -> Terms:
    return _terms(settings.city_preset)


@cache
def _terms(preset: str) -> Terms:
    agreed = load(preset).feedback
    return Terms(
        open_for=timedelta(days=agreed.attempt_days),
        link_for=timedelta(days=agreed.link_days),
        rule=rule(agreed.rule, agreed.attempts),
    )
