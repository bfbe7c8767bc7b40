"""One way of writing: half-width, simplified, digits for numerals, no blanks; each letter knows where it stood."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from routing.places.traditional import TO_SIMPLIFIED

DIGITS = dict(zip("〇零○一二三四五六七八九", "000123456789", strict=True))
TENS = {"十": 10, "百": 100, "千": 1000}
NUMBER = re.compile(r"[0-9十百千]+")
ENDS = "。"
"""What a line break is read as."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in the one way of writing; `places[i]` is where its letter i stands in the text as it was told."""

    text: str
    places: tuple[int, ...]

    def told(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original."""
        return self.places[start], self.places[end - 1] + 1


def fold(told: str) -> Folded:
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(told):
        for letter in _letters(char):
            letters.append(letter)
            places.append(place)
    return Folded("".join(letters), tuple(places))


def folded(name: str) -> str:
    return fold(name).text


@lru_cache(8192)
def _letters(char: str) -> str:
    if char == "\n":
        return ENDS
    plain = unicodedata.normalize("NFKC", char).lower()
    return "".join(
        DIGITS.get(simple, simple)
        for letter in plain
        if not letter.isspace() and unicodedata.category(letter) not in ("Cf", "Cc")
        for simple in (TO_SIMPLIFIED.get(letter, letter),)
    )


def number(digits: str) -> int | None:
    """The value of a number in folded writing: 120, 1百2十, 十4; None where it is none (十百)."""
    if digits.isdecimal():
        return int(digits)
    total, rest = 0, digits
    for unit, value in sorted(TENS.items(), key=lambda each: -each[1]):
        if unit in rest:
            before, _, rest = rest.partition(unit)
            if not (before.isdecimal() or before == ""):
                return None
            total += int(before or 1) * value
    rest = rest.lstrip("0")
    return total + int(rest or 0) if rest == "" or rest.isdecimal() else None


def arabic(name: str) -> str:
    """A folded name with its compound numbers in digits: 田林十4村 → 田林14村."""
    return NUMBER.sub(lambda found: str(_value(found.group())), name)


def _value(digits: str) -> int | str:
    value = number(digits) if not digits.isdecimal() else None
    return digits if value is None else value
