"""What a reading of the words comes to: a place with its reason, or what it could be."""

from dataclasses import dataclass
from enum import StrEnum

MOST_CANDIDATES = 12


class Reason(StrEnum):
    """Why a place was taken, or why none was."""

    STREET_AND_COMMITTEE = "street_and_committee"
    UNIQUE_COMMITTEE = "unique_committee"
    SETTLED_BY_DISTRICT = "settled_by_district"
    SETTLED_BY_CALL = "settled_by_call"
    STREET = "street"
    AREA = "area"
    ADDRESS = "address"
    COORDINATES = "coordinates"
    GIVEN = "given"
    NAMESAKES = "namesakes"
    CONTRADICTION = "contradiction"
    SEVERAL_PLACES = "several_places"
    AMBIGUOUS_STREET = "ambiguous_street"
    NOT_ENOUGH = "not_enough"
    NOTHING = "nothing"


CONFIDENCE = {
    Reason.STREET_AND_COMMITTEE: 0.99,
    Reason.UNIQUE_COMMITTEE: 0.95,
    Reason.SETTLED_BY_DISTRICT: 0.95,
    Reason.SETTLED_BY_CALL: 0.85,
    Reason.STREET: 0.95,
    Reason.AREA: 0.9,
    Reason.ADDRESS: 0.92,
    Reason.COORDINATES: 0.98,
    Reason.GIVEN: 0.97,
}
"""How sure each kind of answer is: not measured, but in the order of what it rests on."""
MISSPELT = 0.9
"""A name with a wrong letter takes a tenth off."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """A place, or what it could be."""

    reason: Reason
    grid: str | None = None
    confidence: float = 0.0
    candidates: tuple[str, ...] = ()


def found(reason: Reason, grid: str, *, misspelt: bool = False) -> Ruling:
    return Ruling(reason, grid, CONFIDENCE[reason] * (MISSPELT if misspelt else 1))


def unsettled(reason: Reason, candidates: frozenset[str]) -> Ruling:
    return Ruling(reason, candidates=tuple(sorted(candidates)[:MOST_CANDIDATES]))
