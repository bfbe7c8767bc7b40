"""How the four rates are defined, by version. No official formula is public: these are proposed.

A case counts by the day its report was received. Every case of a choice is in a rate's denominator or in one of its
exclusions, so that the two always add up to all cases.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.presets import load
from services.settings import Settings

VERSION = "2026.1"


@dataclass(frozen=True)
class Rate:
    """What a rate is made of: each part's weight in the numerator; every part is in the denominator."""

    parts: Mapping[str, float]
    meaning: str


@dataclass(frozen=True)
class Formulas:
    """The rates of one version, with the city's weights."""

    version: str
    rule: str
    weights: Mapping[str, float]
    rates: Mapping[str, Rate]


def formulas(settings: Settings) -> Formulas:
    """Today's formulas with the weights of the city's preset."""
    agreed = load(settings.city_preset).feedback
    weights = {"mostly": agreed.weights.basically_satisfied, "partly": agreed.weights.partly_solved}
    return Formulas(VERSION, agreed.rule, weights, rates(mostly=weights["mostly"], partly=weights["partly"]))


def rates(*, mostly: float, partly: float) -> dict[str, Rate]:
    """The four rates of version 2026.1."""
    return {
        "contact": Rate({"in_time": 1, "late": 0}, "先行联系率：按时联系 ÷ 应联系"),
        "on_time": Rate({"in_time": 1, "late": 0}, "按时办结率：按时办结 ÷ 应办结"),
        "resolution": Rate({"solved": 1, "partly": partly, "unsolved": 0}, "解决率：诉求人答复解决 ÷ 有效回访"),
        "satisfaction": Rate(
            {"satisfied": 1, "mostly": mostly, "dissatisfied": 0, "unrated": 0},
            "满意率：(满意 + 权重 × 基本满意) ÷ 有效回访",
        ),
    }
