"""Makes `chances.json` from a word list with counts: `python -m services.redaction.counting dict.txt`.

The file shipped was made from `dict.txt` of jieba 0.42.1 (MIT licence): words of one to four characters with how
often they were seen, and, of its entries marked as persons, only how often each character is a surname or stands in a
given name. No person's name is kept.
"""

import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from services.redaction.lexicon import COMPOUND, GIVEN, KIN, NEVER_GIVEN, PARTIES, ROLES, SURNAMES, TITLES, WORDS

SEEN, LONGEST = 4, 4
"""A word seen less often, or longer, is left out."""
OWN = 60
"""How often the filter's own words count as seen, at least."""
KNOWN, UNKNOWN_SURNAME = 4.0, 2.0
"""What is added to the count of each known given-name character, and of each known surname."""

Entry = tuple[str, int, str]


def counted(lines: Iterable[str]) -> dict[str, Any]:
    """Costs, in tenths of a natural logarithm, of words and of the characters of names."""
    entries = [entry for line in lines if (entry := _entry(line))]
    return {
        "words": _by_cost(_words(entries)),
        **{place: _by_cost(counts) for place, counts in _of_names(entries).items()},
    }


def _entry(line: str) -> Entry | None:
    word, seen, kind = line.split(" ")
    hanzi = all("\u4e00" <= char <= "\u9fff" for char in word)
    return (word, int(seen), kind.strip()) if hanzi and len(word) <= LONGEST else None


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


def _by_cost(counts: dict[str, float]) -> dict[str, str]:
    total = math.log(sum(counts.values()))
    costs: dict[int, list[str]] = defaultdict(list)
    for word, count in sorted(counts.items()):
        costs[round(10 * (total - math.log(count or 0.5)))].append(word)
    return {str(cost): " ".join(words) for cost, words in sorted(costs.items())}


if __name__ == "__main__":
    made = counted(Path(sys.argv[1]).read_text("utf-8").splitlines())
    text = json.dumps(made, ensure_ascii=False, indent=0, sort_keys=False)
    Path(__file__).with_name("chances.json").write_text(text + "\n", "utf-8")
