"""Fitting the weights on pairs with known answers: each keeps its direction and stays near what was set by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from routing.repeats.comparing import Comparison
from routing.repeats.weights import CONSTANT, MATTER, PLACE, Weights

Array = NDArray[np.float64]
STEPS, RATE = 4000, 12.0
HOLD_PLACE, HOLD_MATTER = 0.008, 0.002
"""What it costs to leave the weights set by hand: some hundred pairs show few of the rare differences."""


def fit(pairs: Sequence[tuple[Comparison, bool]]) -> Weights:
    """The likeliest weights under their directions and the pull of those set by hand."""
    same = np.array([float(answer) for _, answer in pairs])
    place, matter = (
        _matrix([each.place for each, _ in pairs], PLACE),
        _matrix([each.matter for each, _ in pairs], MATTER),
    )
    p0, m0 = np.array(list(PLACE.values())), np.array(list(MATTER.values()))
    p, m = p0.copy(), m0.copy()
    rate = RATE / len(same)
    for _ in range(STEPS):
        here, this = _sigmoid(place @ p), _sigmoid(matter @ m)
        odds = here * this / np.maximum(1 - here * this, 1e-9)
        p = _directed(p - rate * (place.T @ _slope(same, odds, here) + HOLD_PLACE * len(same) * (p - p0)), p0)
        m = _directed(m - rate * (matter.T @ _slope(same, odds, this) + HOLD_MATTER * len(same) * (m - m0)), m0)
    return Weights(_named(PLACE, p), _named(MATTER, m))


def _matrix(rows: Sequence[Mapping[str, float]], names: Mapping[str, float]) -> Array:
    return np.array([[1.0 if name == CONSTANT else row.get(name, 0.0) for name in names] for row in rows])


def _slope(same: Array, odds: Array, share: Array) -> Array:
    """Of the loss by the log odds of one factor."""
    found: Array = np.where(same > 0, -(1 - share), odds * (1 - share))
    return found


def _directed(weights: Array, by_hand: Array) -> Array:
    """No weight changes its sign; the constants, first in each, may."""
    found: Array = np.where(by_hand > 0, np.maximum(weights, 0), np.where(by_hand < 0, np.minimum(weights, 0), weights))
    found[0] = weights[0]
    return found


def _sigmoid(values: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-values))
    return found


def _named(names: Mapping[str, float], values: Array) -> dict[str, float]:
    return {name: round(float(value), 3) for name, value in zip(names, values, strict=True)}
