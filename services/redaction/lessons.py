"""What the judge learns from: of each text with known answers, the places that hide somebody and those that do not.

A place to hide is shown as it would stand if only the rules had overlooked it: all else that is hidden lies behind
barriers. Names are shown again with other names in their place, so that the place is learned and not the name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from services.redaction import lexicon, redact
from services.redaction.chances import chances
from services.redaction.doorlike import door_candidates, of_door
from services.redaction.judging import of_name
from services.redaction.likeness import HANZI
from services.redaction.namelike import name_candidates
from services.redaction.sheet import Kind, Place, Span, cover, fold

AGAIN, MADE_UP, BESIDE, KEPT = 2, 0.5, 0.5, 3.0
"""How often a name is shown with another in its place; what such a lesson weighs, a wrong cut, and what must stay."""
MADE, AMID = 4000, 6
FAMILIAR = 125
"""A word that costs less is common enough to stand for a name that is a word (明月, 冷静)."""
_NAME = re.compile(rf"[{HANZI}]{{2,4}}")
_DOOR = re.compile(r"[\dA-Za-z一二三四五六七八九十〇零底单元室楼层幢栋门号弄支梯座房左右手东西南北前后中间厢\-#]+")
_PLACE = re.compile(
    rf"[{HANZI}]{{2,6}}(?:路|街|巷|弄|苑|园|村|小区|家|里|桥|城|湾|庄|广场|公寓|名邸|府|坊|站|社区|街道|大厦|镇|店|店铺|超市|银行|公司|市场|医院|学校|小学|中学|中心|局|所|江|河|湖|泰|地|国际)"
    rf"|[{HANZI}]{{3}}"
)
_TITLED = re.compile(r".{1,2}(?:先生|女士|小姐|夫妇)|.*[室号楼]")
_HOUSE = re.compile(r"\d+(?:幢|栋|号楼|弄)(?=..)")
_CALLED = re.compile(rf"[叫我](?=[{HANZI}]{{2,3}}\Z)")


@dataclass(frozen=True)
class Lesson:
    features: list[str]
    hides: bool
    weight: float = 1.0


@dataclass(frozen=True)
class Answers:
    """Of one text: the plain text, everything hidden in it, and which of that are names and doors."""

    plain: str
    hidden: list[Span]
    names: list[Place]
    doors: list[Place]
    stays: list[Place]

    def weight(self, start: int, end: int) -> float:
        """Of a lesson that nobody stands here."""
        return KEPT if any(start < stop and end > at for at, stop in self.stays) else 1.0

    def all_but(self, start: int, end: int) -> str:
        return cover(self.plain, [span for span in self.hidden if span.end <= start or span.start >= end])


def lessons(cases: Iterable[Mapping[str, Any]], random: Random) -> tuple[list[Lesson], list[Lesson]]:
    """Of names and of doors. A case without strings to hide names nobody but whom the rules find."""
    names: list[Lesson] = []
    doors: list[Lesson] = []
    others, told = made_up(random), list(cases)
    places = sorted({string for case in told for string in case.get("must_keep", ()) if _PLACE.fullmatch(string)})
    for case in told:
        known = answers(case)
        names += _of_names(known, others, random)
        doors += _of_doors(known)
        if moved := elsewhere(case, places, random):
            names += _of_names(answers(moved), [], random)
    return names, doors


def elsewhere(case: Mapping[str, Any], places: list[str], random: Random) -> dict[str, Any] | None:
    """The same complaint at the places of other texts; none where it names no place."""
    here = [string for string in case.get("must_keep", ()) if _PLACE.fullmatch(string)]
    moved, text = [], case["text"]
    for string in here:
        moved.append(random.choice(places))
        text = text.replace(string, moved[-1])
    return {"text": text, "must_hide": case["must_hide"], "must_keep": moved} if here else None


def answers(case: Mapping[str, Any]) -> Answers:
    text = case["text"]
    found = redact(text, judge=None).spans
    names: set[Place] = set()
    doors: set[Place] = set()
    overlooked: list[Span] = []
    for place in _places(text, case.get("must_hide", ())):
        covered = [span for span in found if span.start < place[1] and span.end > place[0]]
        for span in covered or _overlooked(text, *place):
            overlooked += [] if covered else [span]
            whole = _NAME.fullmatch(text, span.start, span.end)
            if span.kind is Kind.DOOR or (span.kind is Kind.NAME and whole):
                (doors if span.kind is Kind.DOOR else names).add((span.start, span.end))
    return Answers(
        fold(text),
        _apart([*found, *overlooked]),
        sorted(names),
        sorted(doors),
        list(_places(text, case.get("must_keep", ()))),
    )


def _places(text: str, strings: Iterable[str]) -> Iterator[Place]:
    return (match.span() for string in strings for match in re.finditer(re.escape(string), text))


def _overlooked(text: str, start: int, end: int) -> list[Span]:
    """What the rules did not find: a name, a door without its house, or something else that nothing is learned of."""
    string = text[start:end]
    if _NAME.fullmatch(string) and not _TITLED.fullmatch(string):
        return [Span(start + len(match[0]) if (match := _CALLED.match(string)) else start, end, Kind.NAME)]
    if _DOOR.fullmatch(string):
        return [Span(start + len(match[0]) if (match := _HOUSE.match(string)) else start, end, Kind.DOOR)]
    return [Span(start, end, Kind.HANDLE)]


def _apart(spans: list[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in sorted(spans):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def _of_names(known: Answers, others: list[str], random: Random) -> Iterator[Lesson]:
    sheet = cover(known.plain, known.hidden)
    yield from (Lesson(of_name(sheet, *place), False, known.weight(*place)) for place in name_candidates(sheet))
    for start, end in known.names if others else ():
        sheet = known.all_but(start, end)
        yield from _named(sheet, start, end, 1.0)
        for _ in range(AGAIN):
            other = random.choice(others)
            yield from _named(sheet[:start] + other + sheet[end:], start, start + len(other), MADE_UP)


def _named(sheet: str, start: int, end: int, weight: float) -> Iterator[Lesson]:
    """The name, and the wrong cuts around it."""
    yield Lesson(of_name(sheet, start, end), hides=True, weight=weight)
    for at, stop in name_candidates(sheet[: end + AMID]):
        if at < end and stop > start and (at, stop) != (start, end):
            yield Lesson(of_name(sheet, at, stop), hides=False, weight=weight * BESIDE)


def _of_doors(known: Answers) -> Iterator[Lesson]:
    sheet = cover(known.plain, known.hidden)
    yield from (Lesson(of_door(sheet, *place), False, known.weight(*place)) for place in door_candidates(sheet))
    for start, end in known.doors:
        sheet = known.all_but(start, end)
        for at, stop in door_candidates(sheet):
            if at < end and stop > start:
                yield Lesson(of_door(sheet, at, stop), hides=at >= start and stop <= end)


def made_up(random: Random) -> list[str]:
    """Names put together from known characters, and every third a word that could be a name."""
    given = sorted(lexicon.GIVEN - lexicon.NEVER_GIVEN)
    rare = sorted(set(chances().surname) - lexicon.SURNAMES)
    surnames = sorted(lexicon.CLEAR) * 3 + sorted(lexicon.EVERYDAY) * 2 + rare
    words = sorted(word for word, cost in chances().words.items() if _is_like_a_name(word, cost))
    return [
        random.choice(words)
        if random.random() > 0.65
        else random.choice(surnames) + "".join(random.choices(given, k=random.choice((1, 2, 2))))
        for _ in range(MADE)
    ]


def _is_like_a_name(word: str, cost: int) -> bool:
    surname = word[0] in lexicon.SURNAMES - lexicon.FUNCTION_WORDS
    return surname and 2 <= len(word) <= 3 and cost < FAMILIAR and lexicon.GIVEN.issuperset(word[1:])
