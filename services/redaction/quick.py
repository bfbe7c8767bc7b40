"""Patterns that are only tried where they can match: worked out from the pattern itself, so that nobody keeps a list.

Most texts hold no word of most rules. A pattern here first asks whether the sheet holds one of the characters that
every match holds, and is then tried only at characters that a match begins with. What it finds is the same.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

_PARSER: Any = import_module("re._parser")
_AROUND = frozenset({"AT", "ASSERT", "ASSERT_NOT"})
AHEAD = 1
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
_CATEGORIES = {"CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"\s"}
_ALIKE = "ıİſ\u212a"
"""Letters beyond ASCII that are i, s or k where case does not matter."""
WIDEST = 1200
"""A class of more characters tells nothing."""

Chars = frozenset[str]
"""Pieces of a character class: characters, `\\d`, `\\s`."""


class Quick:
    """A compiled pattern and the two conditions."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        tree = _PARSER.parse(pattern, flags)
        first, needed = _first(tree), _needed(tree)
        start = f"(?={_class(first, flags)})" if first else ""
        self.plain = re.compile(pattern, flags)
        self._pattern = re.compile(f"{start}(?:{pattern})", flags) if start else self.plain
        self._needed = re.compile(_class(needed, flags)) if needed else None
        self.match = self.plain.match
        self.fullmatch = self.plain.fullmatch

    def finditer(self, sheet: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        if self._needed and not self._needed.search(sheet):
            return iter(())
        return self._pattern.finditer(sheet, start, end)

    def search(self, sheet: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        return self._pattern.search(sheet, start, end)

    def sub(self, repl: Any, sheet: str) -> str:
        return self._pattern.sub(repl, sheet) if not self._needed or self._needed.search(sheet) else sheet


def _class(chars: Chars, flags: int) -> str:
    """Written so that it needs no flag: both cases stand in it where case does not matter."""
    if flags & re.IGNORECASE:
        chars = chars.union(*({char.lower(), char.upper()} for char in chars if len(char) == 1), _ALIKE)
    single = (char if len(char) > 1 and char[0] == "\\" else re.escape(char) for char in sorted(chars))
    return f"[{''.join(single)}]"


def _first(sequence: Iterable[Any]) -> Chars | None:
    """What a match can begin with; None where that is anything, or nothing at all."""
    chars, empty = _opening(sequence)
    return None if empty else chars


def _opening(sequence: Iterable[Any]) -> tuple[Chars | None, bool]:
    """The first characters, and whether the sequence can also be empty."""
    found: Chars = frozenset()
    for operation, given in sequence:
        chars, empty = _opening_of(str(operation), given)
        if chars is None:
            return None, False
        found |= chars
        if not empty:
            return found, False
    return found, True


def _opening_of(operation: str, given: Any) -> tuple[Chars | None, bool]:
    if operation == "ASSERT" and given[0] == AHEAD and (chars := _first(given[1])):
        return chars, False
    if operation in _AROUND:
        return frozenset(), True
    if operation in _REPEATS:
        chars, empty = _opening(given[2])
        return chars, empty or given[0] == 0
    if operation == "BRANCH":
        parts = [_opening(each) for each in given[1]]
        return _union(chars for chars, _ in parts), any(empty for _, empty in parts)
    if operation == "SUBPATTERN":
        return _opening(given[3]) if not (given[1] or given[2]) else (None, False)
    if operation == "ATOMIC_GROUP":
        return _opening(given)
    return _of_one(operation, given), False


def _needed(sequence: Iterable[Any]) -> Chars | None:
    """Characters of which every match holds at least one, or has one beside it: the fewest that can be told."""
    told = [chars for operation, given in sequence if (chars := _needed_of(str(operation), given))]
    return min(told, key=_breadth, default=None)


def _needed_of(operation: str, given: Any) -> Chars | None:
    if operation in _REPEATS:
        return _needed(given[2]) if given[0] else None
    if operation == "BRANCH":
        return _union(_needed(each) for each in given[1])
    if operation == "SUBPATTERN":
        return _needed(given[3]) if not (given[1] or given[2]) else None
    if operation == "ASSERT":
        return _needed(given[1])
    if operation == "ATOMIC_GROUP":
        return _needed(given)
    return _of_one(operation, given)


def _union(parts: Iterable[Chars | None]) -> Chars | None:
    found: Chars = frozenset()
    for chars in parts:
        if chars is None:
            return None
        found |= chars
    return found if len(found) <= WIDEST else None


def _of_one(operation: str, given: Any) -> Chars | None:
    """Of what matches one character; None where it could be nearly any."""
    if operation == "LITERAL":
        return frozenset({chr(given)})
    return _union(_of_class(str(kind), value) for kind, value in given) if operation == "IN" else None


def _of_class(kind: str, value: Any) -> Chars | None:
    if kind == "LITERAL":
        return frozenset({chr(value)})
    if kind == "RANGE" and value[1] - value[0] < WIDEST:
        return frozenset(map(chr, range(value[0], value[1] + 1)))
    category = _CATEGORIES.get(str(value)) if kind == "CATEGORY" else None
    return frozenset({category}) if category else None


def _breadth(chars: Chars) -> int:
    """How little it tells: digits and blanks stand in most texts."""
    return sum(10 if len(char) > 1 else 1 for char in chars)
