"""Exact chances of small numbers, and how many alarms are kept when many are tested at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import bdtrc, ndtr, ndtri

SURE = 38.0  # standard deviations: beyond them a double knows no chance
MANY = 10  # units from which their spread can be told
MAD = 0.6745  # of a normal distribution, in standard deviations


def binomial_tail(hits: int, trials: int, chance: float) -> float:
    """P(X ≥ hits) for X ~ Binomial(trials, chance), exactly."""
    if hits <= 0:
        return 1.0
    return float(bdtrc(hits - 1, trials, min(max(chance, 0.0), 1.0))) if hits <= trials else 0.0


def mixed_tail(hits: int, trials: Mapping[float, int]) -> float:
    """P(X ≥ hits) where X counts hits in trials of unlike chances (Poisson binomial): `trials` by chance, exactly."""
    pmf = np.ones(1)
    for chance, number in trials.items():
        pmf = np.convolve(pmf, _pmf(number, chance))
    return float(min(1.0, pmf[hits:].sum()))


def _pmf(trials: int, chance: float) -> Any:
    tails = np.array([binomial_tail(hits, trials, chance) for hits in range(trials + 1)])
    return tails - np.append(tails[1:], 0.0)


def calibrated(chances: Sequence[float]) -> list[float]:
    """The chances once more, where honest units spread wider than chance alone says (Efron's empirical null).

    The spread is told from the middle of all units, so that a few odd ones do not widen it.
    """
    if len(chances) < MANY:
        return list(chances)
    z = np.clip(-ndtri(np.clip(np.array(chances), 1e-300, 1.0)), -SURE, SURE)
    middle = float(np.median(z))
    spread = max(1.0, float(np.median(np.abs(z - middle))) / MAD)
    return [float(p) for p in ndtr(-(z - max(middle, 0.0)) / spread)]


def benjamini_hochberg(chances: Sequence[float]) -> list[float]:
    """The q-values: keeping those up to a level keeps the share of false alarms among the kept ones below it."""
    number = len(chances)
    order = sorted(range(number), key=lambda each: chances[each])
    found, least = [1.0] * number, 1.0
    for rank in range(number, 0, -1):
        each = order[rank - 1]
        least = min(least, chances[each] * number / rank)
        found[each] = least
    return found
