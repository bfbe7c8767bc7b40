"""What a text speaks of, by words that mean the same (电瓶车, 非机动车), and what it complains of, whatever the thing.

Both are read from tables beside this file, as regular expressions over plain writing.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Subject:
    """`weight` is 3 where it makes out the matter, 2 for a thing of many matters, 1 for what many complain of."""

    name: str
    weight: int
    words: re.Pattern[str]


@cache
def subjects() -> tuple[Subject, ...]:
    rows = _rows("subjects.csv")
    return tuple(Subject(row["subject"], int(row["weight"]), re.compile(row["words"])) for row in rows)


@cache
def aspects() -> Mapping[str, re.Pattern[str]]:
    return {row["aspect"]: re.compile(row["words"]) for row in _rows("aspects.csv")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("routing.repeats").joinpath(name).read_text("utf-8")
    return csv.DictReader(text.splitlines())


@cache
def venues() -> Mapping[str, re.Pattern[str]]:
    return {row["venue"]: re.compile(row["words"]) for row in _rows("venues.csv")}


def found_in(text: str) -> frozenset[str]:
    """The kinds of shop or stall that a plain text names."""
    return frozenset(name for name, words in venues().items() if words.search(text))


def spoken_of(text: str) -> Mapping[str, int]:
    """The subjects of a plain text with their weights."""
    return {each.name: each.weight for each in subjects() if each.words.search(text)}


def complained_of(text: str) -> Mapping[str, float]:
    """What is wrong by a plain text, each by how often it is said."""
    counted = {name: len(words.findall(text)) for name, words in aspects().items()}
    return {name: float(min(count, MOST)) for name, count in counted.items() if count}


MOST = 3
