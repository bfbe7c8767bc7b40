"""What each difference and agreement counts, as set by hand; the direction of each is never changed by learning."""

from collections.abc import Mapping
from dataclasses import dataclass

CONSTANT = "constant"

PLACE: Mapping[str, float] = {
    CONSTANT: -0.5,
    "name": 4.0, "other_name": -4.0, "unknown": 0.0,
    "site": 1.0, "other_site": -5.0,
    "venue": 0.5, "other_venue": -4.0,
    "house": 3.0, "other_house": -12.0, "crossing": -9.0,
    "same_grid": 1.0, "other_grid": -6.0, "other_district": -6.0,
    "village": 1.5, "other_village": -12.0,
    "building": 2.0, "other_building": -14.0,
    "unit": 0.5, "other_unit": -9.0,
    "floor": 0.5, "other_floor": -3.0, "other_floor_of_address": -5.0,
    "room": 2.0, "other_room": -9.0,
    "exit": 1.0, "other_exit": -9.0,
    "side": 0.5, "other_side": -4.0,
    "phase": 0.5, "other_phase": -9.0,
}  # fmt: skip
MATTER: Mapping[str, float] = {
    CONSTANT: -3.0,
    "subjects": 2.0, "all_subjects": 2.0, "subject": 2.0,
    "other_subject": -0.5, "other_matter": -2.0, "no_subject": -1.0,
    "aspects": 2.0, "thing_and_aspect": 3.0, "other_aspects": -2.0,
    "few_subjects": 0.0, "issues": 4.0, "few_issues": 2.0, "other_issue": -2.0, "other_wish": -1.0,
    "chased": 1.0, "again": -5.0, "opposite": -2.0, "kinship": 2.0, "other_thing_told": -0.5,
    "grams": 4.0, "pairs": 4.0,
    "thing": 1.0, "other_thing": -9.0,
}  # fmt: skip


@dataclass(frozen=True)
class Weights:
    """Of the two probabilities whose product is that of a repeat: the same place, and the same matter."""

    place: Mapping[str, float]
    matter: Mapping[str, float]


BY_HAND = Weights(PLACE, MATTER)
