"""Full names that no phrase announces: 群里莫志凡发了…, 被张建国打伤.

Only where surname and given name hardly can be anything else: a clear surname, known given-name characters, and a word
that ends here. Read over the issue model's 3,280 texts and the sample reports it finds names alone.
"""

import re
from collections.abc import Iterator

from services.redaction import lexicon
from services.redaction.likeness import (
    HANZI,
    TITLE,
    Edge,
    edge_at,
    is_brand,
    is_clear,
    is_hanzi,
    is_place_ahead,
    is_word,
    surname_at,
)
from services.redaction.quick import Quick
from services.redaction.sheet import Place

_BEFORE_TWO = frozenset("我和与跟对被让给向把将由请叫找及的里是系家户人员位名要为从经等室号组村栋楼处上下")
_ROLE_AFTER = re.compile(
    rf"[(](?:{'|'.join((*lexicon.PARTIES, *lexicon.KIN, *lexicon.ROLES))}|[\u4e00-\u9fff]{{0,4}}[方人]|[男女]|住|家住)"
)
_BEFORE_ONE = frozenset("和与跟对被让给由请找及")
_DOCUMENT = frozenset("〔[【字号第")


_PERHAPS = Quick(
    rf"(?=(?:[{''.join(sorted(lexicon.SURNAMES))}]|{'|'.join(sorted(lexicon.COMPOUND))})"
    rf"[{''.join(sorted(lexicon.GIVEN - lexicon.NEVER_GIVEN))}])"
    rf"(?:(?<![{HANZI}])|(?<=[{''.join(sorted(_BEFORE_TWO | _BEFORE_ONE))}]))"
)
"""Where `_name` can find one: most places in a text are none."""


def unannounced(sheet: str) -> Iterator[Place]:
    done = 0
    for place in _PERHAPS.finditer(sheet):
        at = place.start()
        if at >= done and (end := _name(sheet, at)):
            yield at, end
            done = end


def _name(sheet: str, at: int) -> int:
    size = len(surname_at(sheet, at))
    before = sheet[max(0, at - 1) : at]
    if not size or before in lexicon.WORD_BEFORE.get(sheet[at], ()) or is_brand(sheet, at):
        return 0
    for given, openings in ((2, _BEFORE_TWO), (1, _BEFORE_ONE)):
        listed = not is_hanzi(before) and _ROLE_AFTER.match(sheet, at + size + given)
        opens = before in openings or listed or (given == 2 and not is_hanzi(before))
        if opens and _fits(sheet, at, at + size, at + size + given):
            return at + size + given
    return 0


def _fits(sheet: str, at: int, after: int, end: int) -> bool:
    surname, given = sheet[at:after], sheet[after:end]
    if not is_clear(surname, given or "。") or (surname in lexicon.EVERYDAY and sheet[at - 1 : at] == "我"):
        return False
    if TITLE.match(sheet, after) or TITLE.match(sheet, end - 1):
        return False
    known = (
        len(given) == end - after and lexicon.GIVEN.issuperset(given) and not lexicon.NEVER_GIVEN.intersection(given)
    )
    if not known or is_word(surname, given) or sheet[end : end + 1] in _DOCUMENT:
        return False
    return edge_at(sheet, end) >= Edge.SOFT and not any(is_place_ahead(sheet, end - back) for back in (0, 1))
