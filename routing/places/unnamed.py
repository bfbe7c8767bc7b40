"""A text without the names of its places, which say nothing of the matter: 雁荡居委会楼上漏水 is about water."""

import re
from collections.abc import Iterator

from routing.places.mentions import Mention, Strength
from routing.places.readings import Reading

CONCERNED_BEFORE = re.compile(r"(投诉|举报|控告|状告|检举|批评|表扬|感谢|点赞|不满|问问|咨询|找)$")
CONCERNED_AFTER = re.compile(
    r"的?(工作|书记|主任|社工|干部|窗口|电话|换届|态度|人员|活动室|领导)|不|没有?人|推|说|讲|办|开证明|盖章|收|包庇|敷衍|"
    r"对(?!面)|应该|能不能|要求"
)
STOPS = re.compile(r"[,;。!?、]|$")


def without_places(reading: Reading) -> str:
    """The text as told, less the places named in it; one that is itself what the matter is about stays."""
    kept, last = [], 0
    for start, end in _names(reading):
        kept.append(reading.told[last:start])
        last = max(last, end)
    return "".join((*kept, reading.told[last:]))


def _names(reading: Reading) -> Iterator[tuple[int, int]]:
    text = reading.folded.text
    named = [mention for phrase in reading.phrases for mention in phrase.mentions if mention.strength is Strength.NAMED]
    for mention in sorted(named, key=lambda each: each.start):
        if not _is_concerned(text, mention):
            yield reading.folded.told(mention.start, mention.end)


def _is_concerned(text: str, mention: Mention) -> bool:
    if CONCERNED_AFTER.match(text, mention.end):
        return True
    return CONCERNED_BEFORE.search(text, 0, mention.start) is not None and STOPS.match(text, mention.end) is not None
