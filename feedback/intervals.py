"""How sure a rate is: Wilson's score interval. E. B. Wilson, JASA 22 (1927) 209–212."""

from math import sqrt

Z = 1.959964
"""95 %."""


def wilson(numerator: float, denominator: int, z: float = Z) -> tuple[float, float]:
    """Between which shares the true one lies; a weighted numerator counts as if so many had said yes."""
    share, square = numerator / denominator, z * z
    middle = share + square / (2 * denominator)
    reach = z * sqrt(share * (1 - share) / denominator + square / (4 * denominator * denominator))
    low, high = (middle - reach) / (1 + square / denominator), (middle + reach) / (1 + square / denominator)
    return round(max(0.0, low), 6), round(min(1.0, high), 6)
