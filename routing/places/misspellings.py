"""Names with one wrong letter: looked for only where a suffix or a street in front says that a name must stand here."""

import re
from collections.abc import Iterator, Sequence

from routing.places.edges import ends_a_name, is_han, starts_a_name
from routing.places.mentions import COMMITTEE_SUFFIX, Mention, Strength
from routing.places.names import Kind, Names

LONGEST = 12
SURE = 4
"""Letters of a name whose one error leaves enough of it."""
STREET_END = re.compile(r"街道|镇")
SPEECH = frozenset("的这那个我们你他她它在是有了吗呢啊不没要把被给向到本该各每某,;!?。、:")
"""Letters of speech; a stretch with one of them is no name."""


def misspelt(text: str, kept: Sequence[Mention], names: Names) -> Iterator[Mention]:
    yield from _before(text, kept, names, COMMITTEE_SUFFIX, Kind.COMMITTEE)
    yield from _before(text, kept, names, STREET_END, Kind.STREET)
    yield from _behind_streets(text, kept, names)


def _before(text: str, kept: Sequence[Mention], names: Names, suffix: re.Pattern[str], kind: Kind) -> Iterator[Mention]:
    for found in suffix.finditer(text):
        for end in _ends(text, found.start()):
            for start in range(max(0, end - LONGEST), end - 1):
                if not _taken(kept, start, found.end()) and _credible(text, start, end, kept):
                    grids = names.misspelt(text[start:end], kind)
                    if grids:
                        yield _mention(text, kind, start, end, found.end(), grids)


def _ends(text: str, suffix: int) -> Iterator[int]:
    """光明村委会 is 光明村 with its suffix grown into it."""
    yield suffix
    if text[suffix] == "村":
        yield suffix + 1


def _behind_streets(text: str, kept: Sequence[Mention], names: Names) -> Iterator[Mention]:
    """Without a suffix the name must be long, start where the street's ends, and be no right name of another."""
    for street in kept:
        if street.kind is Kind.STREET and street.strength is Strength.NAMED and not _read(kept, street.end):
            for end in range(street.end + SURE, min(len(text), street.end + LONGEST) + 1):
                name = text[street.end : end]
                if _is_name(name) and not _taken(kept, street.end, end) and ends_a_name(text, end):
                    grids = names.misspelt(name, Kind.COMMITTEE)
                    if grids:
                        yield _mention(text, Kind.COMMITTEE, street.end, end, end, grids)


def _read(kept: Sequence[Mention], start: int) -> bool:
    """Whether a committee's right name starts here."""
    return any(each.kind is Kind.COMMITTEE and each.start == start for each in kept)


def _mention(text: str, kind: Kind, start: int, end: int, whole: int, grids: frozenset[str]) -> Mention:
    return Mention(kind, Strength.MISSPELT, start, whole, grids, text[start:end])


def _taken(kept: Sequence[Mention], start: int, end: int) -> bool:
    named = [each for each in kept if each.strength is Strength.NAMED and not each.torn]
    return any(each.start < end and start < each.end for each in named)


def _credible(text: str, start: int, end: int, kept: Sequence[Mention]) -> bool:
    """The shorter the name, the more must say that it is one."""
    if not _is_name(text[start:end]):
        return False
    length = end - start
    if length == 2:
        upper = [each for each in kept if each.kind in (Kind.STREET, Kind.DISTRICT)]
        return any(each.end == start and each.strength is Strength.NAMED for each in upper)
    return length >= SURE or starts_a_name(text, start, {each.end for each in kept})


def _is_name(stretch: str) -> bool:
    return SPEECH.isdisjoint(stretch) and any(is_han(letter) for letter in stretch)
