"""What stands before and after a place, as features of the judge: characters, the word, the kind of what is there.

Everything comes from windows of fixed length, and none reads across a barrier; so what a text gives does not depend
on what was hidden in it before.
"""

import re

from services.redaction import lexicon
from services.redaction.chances import chances
from services.redaction.sheet import BARRIER

BEFORE, AFTER, WORD, LONGEST_PERSON = 6, 4, 4, 5
"""How many characters before and after are looked at, the longest word, and word for a person."""
BORDER = "。"
"""The text's own borders read like a stop."""
_STOPS = frozenset(',。;!?、:()“”"\n 【】《》<>/')
_HARD = frozenset(",。;!?\n")
_CUT = re.compile(f"[{BARRIER}]")
PEOPLE = frozenset((*lexicon.PARTIES, *lexicon.KIN, *lexicon.ROLES))
_OF_PEOPLE = frozenset("人员者户客友生主师工手长民")
INTRODUCES = _OF_PEOPLE | {word[-1] for word in PEOPLE} | {":"}
"""After no other character is the kind before a place P, p or a colon."""


def is_barrier(char: str) -> bool:
    return BARRIER[0] <= char <= BARRIER[2]


def left_of(sheet: str, at: int, size: int) -> str:
    """Up to so many characters, with the barrier or the border they begin at."""
    left = _CUT.split(sheet[max(0, at - size) : at])[-1]
    cut = at - len(left)
    return (BORDER if not cut else sheet[cut - 1] if len(left) < size else "") + left


def right_of(sheet: str, at: int, size: int) -> str:
    right = _CUT.split(sheet[at : at + size], maxsplit=1)[0]
    stop = at + len(right)
    return right + (BORDER if stop == len(sheet) else sheet[stop] if len(right) < size else "")


def before(sheet: str, at: int) -> list[str]:
    text = left_of(sheet, at, BEFORE)
    return [
        *(f"b{text[-size:]}" for size in range(1, min(4, len(text)) + 1)),
        *(f"B{place}{text[-place]}" for place in range(2, min(5, len(text)) + 1)),
        f"w{_word_before(text)}",
        f"p{_to_stop(text[::-1])}",
    ]


def after(sheet: str, at: int) -> list[str]:
    text = right_of(sheet, at, AFTER)
    return [
        *(f"a{text[:size]}" for size in range(1, min(3, len(text)) + 1)),
        *(f"A{place}{text[place]}" for place in range(1, min(3, len(text)))),
        f"W{_word_after(text)}",
        f"q{_to_stop(text)}",
    ]


def _to_stop(text: str) -> str:
    """How many characters of the clause stand there."""
    return next((str(many) for many, char in enumerate(text) if _is_stop(char)), "-")


def _is_stop(char: str) -> bool:
    return char in _STOPS or char in _HARD or is_barrier(char)


def _word_before(text: str) -> str:
    words = chances().words
    return next((text[-size:] for size in range(WORD, 1, -1) if text[-size:] in words), text[-1:])


def _word_after(text: str) -> str:
    words = chances().words
    return next((text[:size] for size in range(WORD, 1, -1) if text[:size] in words), text[:1])


def kind_before(sheet: str, at: int) -> str:
    """A word for a person (P), a character that ends one (p), a stop, a number, a mark, a word (w) or neither (h)."""
    char = sheet[at - 1] if at else BORDER
    if (plain := _plain(char)) is not None:
        return plain
    if char in INTRODUCES and any(sheet[max(0, at - size) : at] in PEOPLE for size in range(1, LONGEST_PERSON + 1)):
        return "P"
    if char in _OF_PEOPLE:
        return "p"
    return "w" if len(_word_before(sheet[max(0, at - WORD) : at])) > 1 else "h"


def kind_after(sheet: str, at: int) -> str:
    """As before; v is a character that begins the word after a name."""
    char = sheet[at] if at < len(sheet) else BORDER
    if (plain := _plain(char)) is not None:
        return plain
    if char in lexicon.AFTER_NAMES:
        return "v"
    return "w" if len(_word_after(sheet[at : at + WORD])) > 1 else "h"


def _plain(char: str) -> str | None:
    if is_barrier(char):
        return char
    if char in _HARD:
        return ","
    if char in _STOPS:
        return char
    return "0" if char.isascii() else None
