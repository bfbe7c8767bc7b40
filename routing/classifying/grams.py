"""What a text looks like to the model: its letters, its pairs of neighbours, and pairs of letters that stand close."""

import re
from collections import Counter
from collections.abc import Iterator
from math import log

from routing.places.letters import folded

BREAKS = re.compile(r"[^\w~]+")
SENTENCES = re.compile(r"[。!?;\n！？；]+")
DIGITS = re.compile(r"\d+")
NEAR = 5
"""How far apart two letters still make a pair."""
BLOCKS = 3
SHORTEST_SENTENCE = 4

Grams = tuple[Counter[str], ...]
Vector = dict[str, float]


def sentences(told: str) -> list[str]:
    """The sentences of a text; one that has none is its own."""
    parts = [part for part in SENTENCES.split(told) if len(part) >= SHORTEST_SENTENCE]
    return parts or [told]


def grams(told: str) -> Grams:
    """How often each letter, each two neighbours, and each pair of near letters (marked ~, in either order) occur."""
    stretches = [stretch for stretch in BREAKS.split(DIGITS.sub("0", folded(told))) if stretch]
    letters = Counter(letter for stretch in stretches for letter in stretch)
    neighbours = Counter(two for stretch in stretches for two in _neighbours(stretch))
    return letters, neighbours, Counter(two for stretch in stretches for two in _near(stretch))


def _neighbours(stretch: str) -> Iterator[str]:
    return (stretch[place : place + 2] for place in range(len(stretch) - 1))


def _near(stretch: str) -> Iterator[str]:
    """Each pair once for a place of its first letter; word order is free: 垃圾没人扔, 没人扔垃圾."""
    for place, letter in enumerate(stretch):
        for other in set(stretch[place + 1 : place + 1 + NEAR]):
            yield f"~{letter}{other}" if letter < other else f"~{other}{letter}"


def vector(told: str, idf: dict[str, float]) -> Vector:
    """A text as the model weighs it."""
    return weighed(grams(told), idf)


def weighed(counts: Grams, idf: dict[str, float]) -> Vector:
    """All kinds of grams as one vector of length 1: each kind has the same share of it."""
    return {gram: value for block in counts for gram, value in _block(block, idf).items()}


def _block(counts: Counter[str], idf: dict[str, float]) -> Vector:
    """Rare grams count more, repeated ones little more."""
    known = {gram: (1 + log(count)) * weight for gram, count in counts.items() if (weight := idf.get(gram)) is not None}
    length = (BLOCKS * sum(value * value for value in known.values())) ** 0.5
    return {gram: value / length for gram, value in known.items()} if length else {}
