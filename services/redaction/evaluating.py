"""How well redaction works on texts with known answers: what had to be hidden, what had to stay, string by string."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from services.redaction import redact

HIDE, KEEP = "must_hide", "must_keep"


def evaluate(cases: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`recall` and `kept` as shares of the strings, null where there were none, and each string that went wrong.

    A case is `{id, text, must_hide, must_keep}`. A string that its own text does not hold is only counted as absent.
    """
    asked: Counter[str] = Counter()
    misses: list[dict[str, str]] = []
    texts = absent = 0
    for case in cases:
        texts += 1
        redacted = redact(case["text"]).text
        for promise, string in _promises(case):
            if string not in case["text"]:
                absent += 1
                continue
            asked[promise] += 1
            if (string in redacted) is (promise == HIDE):
                misses.append({"id": str(case["id"]), "promise": promise, "string": string, "redacted": redacted})
    wrong = Counter(miss["promise"] for miss in misses)
    return {
        "texts": texts,
        "recall": _share(asked[HIDE], wrong[HIDE]),
        "kept": _share(asked[KEEP], wrong[KEEP]),
        "asked": {HIDE: asked[HIDE], KEEP: asked[KEEP]},
        "absent": absent,
        "misses": misses,
    }


def _promises(case: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    return [(promise, string) for promise in (HIDE, KEEP) for string in case.get(promise, ())]


def _share(asked: int, wrong: int) -> float | None:
    return (asked - wrong) / asked if asked else None
