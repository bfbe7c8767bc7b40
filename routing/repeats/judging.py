"""How likely two reports tell the same: the same place, the same matter, the first still open. With reasons."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log

from routing.repeats.comparing import compare, placed
from routing.repeats.telling import Telling
from routing.repeats.weights import CONSTANT, Weights

LINK = 1.0
"""What it adds to the log odds that the caller has the other case open; it is never among the reasons."""
CERTAIN = 0.9999
HOURS = 24


@dataclass(frozen=True, slots=True)
class Judgement:
    """`agree` and `differ` are the reasons in words, all of them from what was told of place, time and matter."""

    probability: float
    place: float
    matter: float
    agree: tuple[str, ...]
    differ: tuple[str, ...]


@cache
def trained() -> Weights:
    """The weights that ship with the software."""
    told = json.loads(files("routing.repeats").joinpath("weights.json").read_text("utf-8"))
    return Weights(told["place"], told["matter"])


def judge(
    first: Telling,
    second: Telling,
    *,
    hours: float,
    closed: bool = False,
    linked: bool = False,
    weights: Weights | None = None,
) -> Judgement:
    """Whether the second is the same event as the first, `hours` before it; not where the first is over (`closed`)."""
    known, found = weights or trained(), compare(first, second)
    place, matter = _share(known.place, found.place), _share(known.matter, found.matter)
    probability = _probability(place, matter, linked=linked)
    when = _apart(hours)
    if closed:
        return Judgement(
            0.0, place, matter, found.agree, (f"前一件已经办结（{when}）：再次发生的是新的一件", *found.differ)
        )
    return Judgement(probability, round(place, 4), round(matter, 4), (*found.agree, when), found.differ)


def apart(
    first: Telling, second: Telling, *, least: float, linked: bool = False, weights: Weights | None = None
) -> bool:
    """Whether the place alone says that `judge` stays below `least`, whatever the matters are: they are not read."""
    place = _share((weights or trained()).place, placed(first, second))
    return _probability(place, 1.0, linked=linked) < least


def _probability(place: float, matter: float, *, linked: bool) -> float:
    """Rises with both."""
    both = min(place * matter, CERTAIN)
    return round(_sigmoid(log(max(both, 1e-9) / (1 - both)) + LINK) if linked else both, 4)


def over(hours: float, over_after_days: int) -> bool:
    """Whether a matter counts as over where nobody said so."""
    return hours > over_after_days * HOURS


def _apart(hours: float) -> str:
    if hours < 1:
        return "相隔不到1小时"
    return f"相隔{hours:.0f}小时" if hours < 2 * HOURS else f"相隔{hours / HOURS:.0f}天"


def _share(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return _sigmoid(
        weights[CONSTANT] + sum(weights[name] * value for name, value in features.items() if name in weights)
    )


def _sigmoid(value: float) -> float:
    return 1 / (1 + exp(-max(min(value, 50.0), -50.0)))
