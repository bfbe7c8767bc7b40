"""Finding by what people type: part of a name, of a code, or the initials of its pinyin (`rj` for 瑞金).

A letter stands for itself and for every character of the city's names that can be read with it, so a character with
two readings (长 is c and z) is found by both.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeVar

Row = TypeVar("Row")
LETTER = re.compile("[a-z]")


class Initials:
    """Which characters of some names begin with a letter; made once for a snapshot, at the first search by letters."""

    def __init__(self, names: Iterable[str]) -> None:
        table: dict[str, list[str]] = defaultdict(list)
        for character in sorted({each for name in names for each in name}):
            for letter in letters(character):
                table[letter].append(character)
        self._characters: Mapping[str, str] = {letter: "".join(found) for letter, found in table.items()}

    def pattern(self, wanted: str) -> re.Pattern[str]:
        """What to look for in a name."""
        return re.compile("".join(self._one(each) for each in wanted.lower()))

    def _one(self, wanted: str) -> str:
        if not LETTER.fullmatch(wanted):
            return re.escape(wanted)
        return f"[{wanted}{wanted.upper()}{re.escape(self._characters.get(wanted, ''))}]"


PLAIN = Initials(())


@cache
def letters(character: str) -> frozenset[str]:
    """The first letters of a Chinese character's readings; none for anything else."""
    if character.isascii():
        return frozenset()
    # Loaded at the first search and without its phrases: character by character they are not asked, and hold 45 MB.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, pinyin

    readings = pinyin(character, style=Style.FIRST_LETTER, heteronym=True, errors="ignore")
    return frozenset(letter for each in readings for letter in each if LETTER.fullmatch(letter))


def by_letters(wanted: str) -> bool:
    """Whether a search asks for initials at all."""
    return LETTER.search(wanted.lower()) is not None


def fitting(
    rows: Iterable[Row],
    pattern: re.Pattern[str],
    names: Callable[[Row], Iterable[str]],
    words: Callable[[Row], Iterable[str]] = lambda _: (),
    literal: str = "",
) -> list[Row]:
    """The rows that fit: first those that begin with it, then those that hold it, then those whose words do.

    `words` are sentences: only what was typed is looked for in them, initials would be everywhere.
    """
    starting, holding, saying = list[Row](), list[Row](), list[Row]()
    for row in rows:
        texts = tuple(names(row))
        if any(pattern.match(text) for text in texts):
            starting.append(row)
        elif any(pattern.search(text) for text in texts):
            holding.append(row)
        elif literal and any(literal in text.lower() for text in words(row)):
            saying.append(row)
    return starting + holding + saying
