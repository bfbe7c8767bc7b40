"""The judge behind the rules: a linear model that looks at what they left, and hides what stands where persons stand.

It only adds. The weights are learned by `gridloop cases learn-redaction` from texts with known answers; here they are
looked up and added, in hundredths of a logit.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from services.redaction import lexicon
from services.redaction.doorlike import door_candidates, of_door
from services.redaction.namelike import crossed, inside, is_word, name_candidates
from services.redaction.sheet import Kind, Span
from services.redaction.surroundings import after, before, kind_before

NAME, SHORT, DOUBTFUL, DOOR = -160, -100, 0, -50
"""From what sum on a place is hidden, chosen on sets left out of learning; the first is the least. More is asked of two
characters that begin with an everyday surname; most of a word, alone or after such a surname, and of what ends like
a place."""
_LIKE_PLACES = frozenset("江河湖海桥城街苑村庄")


@dataclass(frozen=True)
class Weights:
    """What a name and a door begin with, and what each feature adds."""

    name: Mapping[str, int]
    door: Mapping[str, int]
    name_from: int
    door_from: int


@cache
def weights() -> Weights:
    return Weights(**json.loads(files(__package__).joinpath("judged.json").read_text("utf-8")))


def judged(sheet: str) -> Iterator[Span]:
    """In order and apart; of two that overlap the surer."""
    taken: set[int] = set()
    kept: list[Span] = []
    for _, span in sorted((*_names(sheet), *_doors(sheet)), key=lambda found: (-found[0], found[1])):
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            kept.append(span)
    yield from sorted(kept)


def of_name(sheet: str, start: int, end: int) -> list[str]:
    """All features of a run."""
    within = inside(sheet, start, end)
    return [*before(sheet, start), *after(sheet, end), *within, *crossed(sheet, start, end, within)]


def _names(sheet: str) -> Iterator[tuple[int, Span]]:
    """What stands before and after a place is added up once for all runs that begin or end there."""
    known, lefts, rights = weights(), dict[int, int](), dict[int, int]()
    for start, end in name_candidates(sheet):
        if start not in lefts:
            lefts[start] = _sum(known.name, before(sheet, start))
        if end not in rights:
            rights[end] = _sum(known.name, after(sheet, end))
        within = inside(sheet, start, end)
        own = _sum(known.name, within) + _sum(known.name, crossed(sheet, start, end, within))
        total = known.name_from + lefts[start] + rights[end] + own
        if total > NAME and total > _least(sheet, start, end):
            yield total, Span(start, end, Kind.NAME)


def _least(sheet: str, start: int, end: int) -> int:
    like_a_place = sheet[end - 1] in _LIKE_PLACES and kind_before(sheet, start) not in "Pp:"
    everyday = sheet[start] in lexicon.EVERYDAY
    if like_a_place or is_word(sheet, start, end) or (everyday and is_word(sheet, start + 1, end) and end - start > 2):
        return DOUBTFUL
    return SHORT if everyday and end - start == 2 else NAME


def _doors(sheet: str) -> Iterator[tuple[int, Span]]:
    for start, end in door_candidates(sheet):
        total = weights().door_from + _sum(weights().door, of_door(sheet, start, end))
        if total > DOOR:
            yield total, Span(start, end, Kind.DOOR)


def _sum(known: Mapping[str, int], features: list[str]) -> int:
    total = 0
    for feature in features:
        if feature in known:
            total += known[feature]
    return total
