"""How much a word or a part of a name costs, in tenths of a natural logarithm: counted once, from a word list.

The list is `dict.txt` of the locked package jieba: words of one to four characters with how often they were seen,
and, of its entries marked as persons, only how often each character is a surname or stands in a given name. jieba
itself is never imported.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

from services.redaction.lexicon import COMPOUND, GIVEN, KIN, NEVER_GIVEN, PARTIES, ROLES, SURNAMES, TITLES, WORDS

SEEN, LONGEST = 4, 4
"""A word seen less often, or longer, is left out."""
OWN = 60
"""How often the filter's own words count as seen, at least."""
KNOWN, UNKNOWN_SURNAME = 4.0, 2.0
"""What is added to the count of each known given-name character, and of each known surname."""

Entry = tuple[str, int, str]


Costs = dict[str, int]


@dataclass(frozen=True)
class Chances:
    """Of words, of surnames, of a given name of one character, and of the first and second of two."""

    words: Costs
    surname: Costs
    only: Costs
    first: Costs
    second: Costs


@cache
def chances() -> Chances:
    """Read and counted at the first text that asks: about a second."""
    file = Path(str(distribution("jieba").locate_file("jieba/dict.txt")))
    with file.open(encoding="utf-8") as lines:
        return counted(lines)


def counted(lines: Iterable[str]) -> Chances:
    """From lines of a word, its count and its kind, with blanks between them."""
    entries = [entry for line in lines if (entry := _entry(line))]
    names = {place: _costs(counts) for place, counts in _of_names(entries).items()}
    return Chances(words=_costs(_words(entries)), **names)


def _entry(line: str) -> Entry | None:
    word, seen, kind = line.split()
    hanzi = all("\u4e00" <= char <= "\u9fff" for char in word)
    return (word, int(seen), kind) if hanzi and len(word) <= LONGEST else None


def _words(entries: list[Entry]) -> dict[str, float]:
    seen = {
        word: float(count)
        for word, count, kind in entries
        if not kind.startswith("nr") and (count >= SEEN or len(word) == 1)
    }
    for word in (*WORDS, *PARTIES, *KIN, *ROLES, *TITLES):
        seen[word] = max(seen.get(word, 0.0), OWN)
    return seen


def _of_names(entries: list[Entry]) -> dict[str, dict[str, float]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for surname, given in _persons(entries):
        counts["surname"][surname] += 1
        for place, char in zip(("only",) if len(given) == 1 else ("first", "second"), given, strict=True):
            counts[place][char] += 1
    known = GIVEN - NEVER_GIVEN
    return {
        "surname": {char: counts["surname"][char] + UNKNOWN_SURNAME for char in SURNAMES | COMPOUND},
        **{
            place: {char: counts[place][char] + (KNOWN if char in known else 0) for char in known | {*counts[place]}}
            for place in ("only", "first", "second")
        },
    }


def _persons(entries: list[Entry]) -> Iterator[tuple[str, str]]:
    for word, _, kind in entries:
        size = 2 if word[:2] in COMPOUND else 1
        if kind in ("nr", "nrfg") and word[:size] in SURNAMES | COMPOUND and 1 <= len(word) - size <= 2:
            yield word[:size], word[size:]


def _costs(counts: dict[str, float]) -> Costs:
    total = math.log(sum(counts.values()))
    return {word: round(10 * (total - math.log(count or 0.5))) for word, count in counts.items()}
