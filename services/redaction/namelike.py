"""Runs of characters that could be a name, and what speaks for and against it, as features of the judge."""

import re
from collections.abc import Iterator, Sequence

from services.redaction import lexicon
from services.redaction.chances import chances
from services.redaction.likeliest import is_other
from services.redaction.likeness import HANZI, TITLE
from services.redaction.sheet import Place
from services.redaction.surroundings import INTRODUCES, PEOPLE, kind_after, kind_before

NO_SURNAME, NO_SURNAME_COUNTED, NO_GIVEN, UNKNOWN = 150, 130, 120, 160
"""What parts of a name, and characters of no word, cost that nothing is known of, in the units of `chances`."""
AMID = "wh"
"""After a word that is no person, or in the middle of characters."""
_RUN = re.compile(rf"[{HANZI}]{{2,}}")


def name_candidates(sheet: str) -> Iterator[Place]:
    """A surname and one or two characters, 小 or 阿 and one, a given name alone, and anything right after a person.

    Nothing amid a sentence: three of four candidates stand there, and hardly one of them is a name.
    """
    for run in _RUN.finditer(sheet):
        for at in range(run.start(), run.end() - 1):
            stops = _stops(sheet, at, run.end())
            if stops and kind_before(sheet, at) not in AMID and not _is_cut(sheet, at):
                for stop in stops:
                    if not _is_something_else(sheet, at, stop):
                        yield at, stop


def _stops(sheet: str, at: int, end: int) -> Sequence[int]:
    if size := surname_size(sheet, at):
        return range(at + size + 1, min(end, at + size + 2) + 1)
    first, second = sheet[at], sheet[at + 1]
    if first in "小老阿" or first == second or (first in lexicon.GIVEN and _is_given(first + second)):
        return (at + 2,)
    if not at or sheet[at - 1] not in INTRODUCES or kind_before(sheet, at) not in "Pp:":
        return ()
    return [
        stop
        for stop in range(at + 2, min(end, at + 3) + 1)
        if not lexicon.NEVER_GIVEN.intersection(sheet[at:stop]) and kind_after(sheet, stop) not in "wh"
    ]


def surname_size(sheet: str, at: int) -> int:
    return 2 if sheet[at : at + 2] in lexicon.COMPOUND else int(sheet[at] in chances().surname)


def _is_given(pair: str) -> bool:
    return lexicon.GIVEN.issuperset(pair) and pair not in chances().words


def _is_something_else(sheet: str, start: int, end: int) -> bool:
    """Cut out of a longer word, a date, a plain word amid others, or what the rules know: a place, a shop, a title."""
    if _is_cut(sheet, end):
        return True
    if sheet[end - 1] in "年月日" or sheet[start + 1 : end] in PEOPLE:
        return True
    size = min(surname_size(sheet, start) or 1, end - start - 1)
    return is_other(sheet, start, start + size, end) or TITLE.search(sheet, start, end) is not None


def _is_cut(sheet: str, at: int) -> bool:
    words = chances().words
    if at > 1 and (sheet[at - 1 : at + 2] in words or sheet[at - 1 : at + 3] in words):
        return True
    return at > 2 and (sheet[at - 2 : at + 1] in words or sheet[at - 2 : at + 2] in words)


def is_word(sheet: str, start: int, end: int) -> bool:
    return sheet[start:end] in chances().words


def inside(sheet: str, start: int, end: int) -> list[str]:
    """How much it looks like a name and how much like words; the first, third and fifth are crossed with the place."""
    words, run = chances().words, sheet[start:end]
    size = min(surname_size(sheet, start), len(run) - 1)
    given, shape = run[size:], f"{size}{len(run) - size}"
    cost = _given_cost(given)
    surname = chances().surname.get(run[:size], NO_SURNAME_COUNTED) if size else NO_SURNAME
    gap = max(-6, min(9, (surname + cost - _as_words(run)) // 15))
    ends, begins = _joined(sheet, start), _joined(sheet, end)
    known = sum(char in lexicon.GIVEN for char in given)
    never = sum(char in lexicon.NEVER_GIVEN for char in given)
    return [
        f"s{shape}{_group(run, size)}", f"n{shape}{min(20, cost // 15)}", f"g{gap}", f"x{ends}{begins}",
        f"i{int(run in words)}{shape}", f"x<{ends}", f"x>{begins}",
        f"h{int(run[:2] in words)}{int(len(run) > 2 and run[1:] in words)}{shape}",
        f"f{run[0]}", f"l{run[-1]}", f"F{run[:2]}", f"k{never}{known}{len(given)}",
    ]  # fmt: skip


def _given_cost(given: str) -> int:
    known = chances()
    if len(given) == 1:
        return known.only.get(given, NO_GIVEN)
    return known.first.get(given[0], NO_GIVEN) + known.second.get(given[-1], NO_GIVEN)


def _as_words(run: str) -> int:
    """What the run costs as words, the cheapest way."""
    words, best = chances().words, [0]
    for end in range(1, len(run) + 1):
        ways = [best[at] + words[run[at:end]] for at in range(end) if run[at:end] in words]
        best.append(min(ways) if ways else best[-1] + UNKNOWN)
    return best[-1]


def _joined(sheet: str, at: int) -> str:
    """Whether a word of two or three characters stands across the border."""
    if not at:
        return "00"
    words = chances().words
    return f"{int(sheet[at - 1 : at + 1] in words)}{int(sheet[at - 1 : at + 2] in words)}"


def _group(run: str, size: int) -> str:
    if size == 1 and run[0] in lexicon.EVERYDAY:
        return "e"
    if size:
        return "c" if run[:size] in lexicon.CLEAR else "r"
    return run[0] if run[0] in "小老阿" else "d" if run[0] == run[1] else "g"


def crossed(sheet: str, start: int, end: int, within: list[str]) -> list[str]:
    """Place and likeness together: a run unlike a name may be one after 姓名：, and hardly amid words."""
    left, right, shape, gap = kind_before(sheet, start), kind_after(sheet, end), within[0], within[2]
    return [
        f"1{left}{shape}", f"2{right}{shape}", f"3{left}{right}", f"4{left}{gap}", f"5{right}{gap}",
        f"6{left}{right}{shape}", f"7{left}{right}{gap}", f"8{left}{within[3]}{within[4]}",
    ]  # fmt: skip
