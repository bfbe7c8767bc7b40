"""Words: redacted before they are stored, and kept apart from a timeline's facts, so that they can be erased.

What staff write passes the same filter as what citizens write.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from routing.schemas import BODIES, ReportDone, Told
from services.redaction import redact

Body = TypeVar("Body", bound=Told)
WORDS = frozenset(name for body in BODIES.values() for name in body.free_text()) | {"text"}
KEPT_BY_ROW = frozenset({"explanation", "evidence"})
"""What the order's row keeps and the timeline's facts do not repeat."""


def hidden(words: str) -> str:
    """The words without numbers, names and doors of persons."""
    return redact(words).text


def cleaned(body: Body) -> Body:
    """The body with its free text redacted."""
    told = {name: getattr(body, name) for name in body.free_text()}
    update: dict[str, object] = {name: hidden(words) for name, words in told.items() if words}
    if isinstance(body, ReportDone):
        shown = (piece.model_copy(update={"shows": hidden(piece.shows)}) for piece in body.evidence)
        update["evidence"] = tuple(shown)
    return body.model_copy(update=update)


def words_of(told: Mapping[str, Any]) -> dict[str, str]:
    """The part of what was told that is words."""
    words = {name: str(value) for name, value in told.items() if name in WORDS and value}
    if shown := [piece["shows"] for piece in told.get("evidence") or ()]:
        words["evidence"] = "\n".join(shown)
    return words


def facts_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """The part of what was told that is facts."""
    return {name: value for name, value in told.items() if name not in WORDS | KEPT_BY_ROW}
