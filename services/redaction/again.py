"""What was introduced once is hidden wherever it is said again: a full name, the number of the own room."""

import re
from collections.abc import Iterable, Iterator

from services.redaction.doors import NOT_A_ROOM
from services.redaction.lexicon import COMPOUND, WORD_AFTER
from services.redaction.sheet import Kind, Span

LIMIT = 24
"""How many are looked for again; the bound keeps the work linear in the text."""

_ROOM = re.compile(r"[A-Za-z]?\d{3,5}[A-Za-z]?|[〇零一二三四五六七八九]{3,4}")
_NO_NAME_AFTER = r"(?![路街镇村区弄苑园桥坊巷]|新村|公寓|花园|大厦|广场|[小中大]学|保险|银行|幼儿园|超市|集团|物业)"


def said_again(plain: str, sheet: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Further places on the sheet; `plain` is the sheet before anything was covered."""
    told = {pattern: span for span in spans for pattern in _pattern(plain, span)}
    for pattern, span in list(told.items())[:LIMIT]:
        if span.kind is Kind.DOOR or plain[span.start : span.end] in sheet:  # a pattern is dear to compile
            yield from (Span(*again.span(), span.kind) for again in re.finditer(pattern, sheet))


def _pattern(plain: str, span: Span) -> Iterator[str]:
    """How this may be said again, at most one pattern."""
    said, before = plain[span.start : span.end], plain[max(0, span.start - 1) : span.start]
    if span.kind is Kind.DOOR:
        yield from (f"(?<![0-9A-Za-z第]){room}(?:室|号房|房间|{NOT_A_ROOM})" for room in _ROOM.findall(said)[-1:])
    elif span.kind is Kind.NAME and len(said) > 1 and said not in COMPOUND:
        yield re.escape(said) + _NO_NAME_AFTER
    elif span.kind is Kind.NAME and before in ("老", "小"):
        words = "".join(sorted(WORD_AFTER.get(said, frozenset()) - {"家"}))
        yield f"(?<={before}){re.escape(said)}(?![{words}路街镇村])"  # 老陆 again, but not 老陆路
