"""Pairs of reports with known answers: judged for figures, or learnt from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from routing.catalogue import Catalogue
from routing.repeats.comparing import Comparison, compare
from routing.repeats.judging import Judgement, judge, over
from routing.repeats.telling import Telling, read

Line = Mapping[str, Any]


def figures(lines: Sequence[Line], catalogue: Catalogue, *, threshold: float, over_after_days: int) -> dict[str, Any]:
    """`precision` and `recall` of what is called the same from the threshold on, and every case with its reasons."""
    cases = [_case(line, catalogue, threshold, over_after_days) for line in lines]
    called, same = [case for case in cases if case["answer"]], [case for case in cases if case["same"]]
    right = sum(case["same"] for case in called)
    return {
        "pairs": len(cases),
        "same": len(same),
        "precision": round(right / len(called), 4) if called else 1.0,
        "recall": round(right / len(same), 4) if same else 1.0,
        "wrong_merges": len(called) - right,
        "missed": len(same) - right,
        "threshold": threshold,
        "over_after_days": over_after_days,
        "cases": cases,
    }


def _case(line: Line, catalogue: Catalogue, threshold: float, over_after_days: int) -> dict[str, Any]:
    found = _judged(line, catalogue, over_after_days)
    return {
        "id": line.get("id"),
        "same": bool(line.get("same")),
        "answer": found.probability >= threshold,
        "probability": found.probability,
        "place": found.place,
        "matter": found.matter,
        "agree": list(found.agree),
        "differ": list(found.differ),
    }


def _judged(line: Line, catalogue: Catalogue, over_after_days: int) -> Judgement:
    first, second = _read(line["a"], catalogue), _read(line["b"], catalogue)
    hours = float(line["a"].get("hours_apart") or 0)
    return judge(first, second, hours=hours, closed=over(hours, over_after_days))


def _read(told: Line, catalogue: Catalogue) -> Telling:
    return read(str(told.get("text") or ""), told.get("address"), catalogue)


def lessons(lines: Iterable[Line], catalogue: Catalogue, *, over_after_days: int) -> list[tuple[Comparison, bool]]:
    """The pairs whose first is still open, compared; how long ago it was is a rule and not learnt."""
    return [
        (compare(_read(line["a"], catalogue), _read(line["b"], catalogue)), bool(line["same"]))
        for line in lines
        if not over(float(line["a"].get("hours_apart") or 0), over_after_days)
    ]
