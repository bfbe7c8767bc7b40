"""Redaction: personal data inside a description is replaced by marks; the place and the facts of the problem stay.

Rules read the text one after the other, each on a sheet where what is already found lies behind barriers; then the
text is read again, until a reading finds nothing new.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.redaction.again import said_again
from services.redaction.digits import numbers
from services.redaction.doors import doors
from services.redaction.handles import HANDLES
from services.redaction.judging import judged
from services.redaction.names import names
from services.redaction.sheet import Kind, Rule, Span, cover, fold, mark

__all__ = ["BY_HAND", "READINGS", "RULES", "Kind", "Redaction", "Rule", "Span", "redact"]

BY_HAND: tuple[Rule, ...] = (*HANDLES, numbers, doors, names)
RULES: tuple[Rule, ...] = (*BY_HAND, judged)
"""What is written by hand, and behind it the learned judge of what that left."""
READINGS = 5
"""The bound keeps the work linear in the text; a real text needs two or three, the last to find nothing."""


@dataclass(frozen=True)
class Redaction:
    """The text with marks, and where in the original they stand for what."""

    text: str
    spans: list[Span]


def redact(text: str, judge: Rule | None = judged) -> Redaction:
    """Never raises, on any text; what is redacted stays as it is when it is redacted again."""
    plain = sheet = fold(text)
    spans: list[Span] = []
    for _ in range(READINGS):
        found, sheet = _read(plain, sheet, spans, BY_HAND)
        if not found and judge:
            found, sheet = _read(plain, sheet, spans, (judge,))
        if not found:
            break
        spans += found
    spans.sort()
    return Redaction(mark(text, spans), spans)


def _read(plain: str, sheet: str, known: list[Span], rules: tuple[Rule, ...]) -> tuple[list[Span], str]:
    """One reading by all rules: what it found, and the sheet with that covered."""
    found: list[Span] = []
    for rule in rules:
        spans = list(rule(sheet))
        sheet = cover(sheet, spans)
        found += spans
    again = list(_apart(said_again(plain, sheet, [*known, *found])))
    return found + again, cover(sheet, again)


def _apart(spans: Iterator[Span]) -> Iterator[Span]:
    """In order, the earlier and longer of two that overlap."""
    end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.start >= end:
            yield span
            end = span.end
