"""How surprising a week is after the weeks before it. Pure.

A week's count is predicted by the weeks before as a negative binomial: a Poisson whose rate is only known from them
(Jeffreys' prior), wider where they scatter more than a Poisson does. The chance of so many or more is the surprise.
"""

from collections.abc import Sequence
from math import exp, lgamma, log, log1p
from statistics import fmean, variance


def chance(past: Sequence[int], now: int) -> float:
    """P(count ≥ now) for the week after `past`, which has two weeks or more."""
    mean = (sum(past) + 0.5) / len(past)
    spread = mean * (1 + 1 / len(past)) * dispersion(past)
    size = mean * mean / (spread - mean)
    return max(0.0, min(1.0, 1.0 - sum(_probability(count, size, mean) for count in range(now))))


def expected(past: Sequence[int]) -> float:
    return (sum(past) + 0.5) / len(past)


def dispersion(past: Sequence[int]) -> float:
    """Variance over mean, never below 1: small counts scatter less only by luck."""
    mean = fmean(past)
    return max(1.0, variance(past) / mean) if mean else 1.0


def _probability(count: int, size: float, mean: float) -> float:
    ways = lgamma(count + size) - lgamma(size) - lgamma(count + 1)
    return exp(ways - size * log1p(mean / size) + count * (log(mean) - log(size + mean)))


def adjusted(chances: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's: of all that are called rising at 0.05, one in twenty is luck."""
    order = sorted(range(len(chances)), key=chances.__getitem__, reverse=True)
    found, least = [0.0] * len(chances), 1.0
    for position, at in enumerate(order):
        least = min(least, chances[at] * len(chances) / (len(chances) - position))
        found[at] = least
    return found
