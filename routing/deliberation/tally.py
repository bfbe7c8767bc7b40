"""Counting a vote: whether it decides, for what, and why not. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from routing.deliberation.thresholds import Threshold

ABSTAIN = "abstain"
"""弃权: takes part and agrees to nothing; every vote offers it."""


class Because(StrEnum):
    """Why a vote decided, or did not."""

    DECIDED = "decided"
    TOO_FEW = "too_few_took_part"
    NO_MAJORITY = "no_option_has_the_majority"
    AREA_NOT_SHOWN = "area_not_shown"
    TOO_LITTLE_AREA = "too_little_area_took_part"
    AREA_DISAGREES = "too_little_area_agrees"


@dataclass(frozen=True, slots=True)
class Areas:
    """Shares of the private area: whose owners took part, and of those, who agreed to the winning option."""

    participated: Fraction
    agreed: Fraction


@dataclass(frozen=True, slots=True)
class Count:
    """`option` is what was decided; None where nothing was."""

    option: str | None
    because: Because
    voted: int
    entitled: int
    votes: Mapping[str, int]


class CountImpossible(ValueError):
    """More have voted than are entitled, or an option has fewer than no votes."""


def count(votes: Mapping[str, int], *, entitled: int, threshold: Threshold, areas: Areas | None = None) -> Count:
    """Count the votes of each option, abstentions among them. At most one option can have the majority."""
    voted = sum(votes.values())
    if entitled < 1 or voted > entitled or any(number < 0 for number in votes.values()):
        raise CountImpossible(CountImpossible.__doc__)
    first = _first(votes, voted, threshold)
    because = _because(first, voted, entitled, threshold, areas)
    return Count(first if because is Because.DECIDED else None, because, voted, entitled, dict(votes))


def _first(votes: Mapping[str, int], voted: int, threshold: Threshold) -> str | None:
    """The option that enough of those who voted agree to."""
    chosen = (option for option in votes if option != ABSTAIN and voted)
    return next((option for option in chosen if threshold.agrees(Fraction(votes[option], voted))), None)


def _because(first: str | None, voted: int, entitled: int, threshold: Threshold, areas: Areas | None) -> Because:
    if voted == 0 or not threshold.takes_part(Fraction(voted, entitled)):
        return Because.TOO_FEW
    if first is None:
        return Because.NO_MAJORITY
    return _by_area(threshold, areas) if threshold.by_area else Because.DECIDED


def _by_area(threshold: Threshold, areas: Areas | None) -> Because:
    if areas is None:
        return Because.AREA_NOT_SHOWN
    if not threshold.takes_part(areas.participated):
        return Because.TOO_LITTLE_AREA
    return Because.DECIDED if threshold.agrees(areas.agreed) else Because.AREA_DISAGREES
