"""What a city has settled about surveys, from its preset: how often, how long, by which rule."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from feedback.questionnaires import questionnaire
from feedback.rules import current
from feedback.verdict import Rule
from services.presets import load
from services.settings import Settings


@dataclass(frozen=True)
class Terms:
    """How long a survey and its link live, what is asked, the rule that decides, and whether a provider is offered it.

    `recheck_percent` of the answers that somebody else took down are asked a second time.
    """

    open_for: timedelta
    link_for: timedelta
    rule: Rule
    questions: str
    recheck_percent: int
    provider: bool = False


def terms(settings: Settings) -> Terms:
    return _terms(settings.city_preset, bool(settings.survey_url))


@cache
def _terms(preset: str, provider: bool) -> Terms:
    agreed = load(preset).feedback
    return Terms(
        open_for=timedelta(days=agreed.attempt_days),
        link_for=timedelta(days=agreed.link_days),
        rule=current(agreed),
        questions=questionnaire(agreed.questions).version,
        recheck_percent=agreed.recheck_percent,
        provider=provider,
    )
