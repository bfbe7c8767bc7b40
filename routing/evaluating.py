"""How well texts are read: pure figures over lines with known answers, the same for a person and for a file."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from routing.catalogue import Catalogue
from routing.city import GridKind, UnknownCode
from routing.places import PlaceGuess, Reason
from services.messages import Place

Line = Mapping[str, Any]
BINS = 10
STREET_ENDING = "000"
DISPATCH_LEVELS = (GridKind.CITY, GridKind.DISTRICT, GridKind.STREET, GridKind.COMMITTEE)
"""The levels that an expected place is told in."""


def lines(file: Path) -> list[Line]:
    """The JSON lines of a file. Raises ValueError naming the line that is none."""
    found = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            try:
                found.append(json.loads(line))
            except ValueError as error:
                raise ValueError(f"{file.name}, line {number}: not JSON ({error})") from None
    return found


def issues(catalogue: Catalogue, wanted: Sequence[Line], threshold: float) -> dict[str, Any]:
    """Figures of the issue model alone: `top1` and `top3` count an answer in `also`, `strict` does not;
    `coverage` is the share where it did not abstain, `precision` its accuracy there."""
    cases = [_issue_case(catalogue, line, threshold) for line in wanted]
    answered = [case for case in cases if not case["abstained"]]
    confusion = Counter((case["l1"], case["classes"][0]) for case in cases if not case["right"])
    return {
        "issues": len(cases),
        "top1": _share(case["right"] for case in cases),
        "strict": _share(case["classes"][0] == case["l1"] for case in cases),
        "top3": _share(case["in_three"] for case in cases),
        "coverage": _share(not case["abstained"] for case in cases),
        "precision": _share(case["right"] for case in answered),
        "calibration": _calibration(cases),
        "confusion": [{"expected": one, "answered": other, "times": n} for (one, other), n in confusion.most_common()],
        "threshold": threshold,
        "model": catalogue.classifier.version,
        "cases": cases,
    }


def _issue_case(catalogue: Catalogue, line: Line, threshold: float) -> dict[str, Any]:
    guess = catalogue.classify(str(line["text"]))
    right = {str(line["l1"]), *map(str, line.get("also") or ())}
    classes = [code for code, _ in guess.classes]
    return {
        "id": line.get("id"),
        "l1": line["l1"],
        "classes": classes,
        "issue": guess.issue,
        "also": list(guess.also),
        "confidence": guess.confidence,
        "abstained": guess.confidence < threshold,
        "right": classes[0] in right,
        "in_three": bool(right & set(classes[:3])),
    }


def _calibration(cases: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What it said and what was so, in ten bins of confidence."""
    table = []
    for low in range(BINS):
        inside = [case for case in cases if min(int(case["confidence"] * BINS), BINS - 1) == low]
        if inside:
            said = sum(case["confidence"] for case in inside) / len(inside)
            table.append({"said": round(said, 3), "so": _share(case["right"] for case in inside), "texts": len(inside)})
    return table


def places(catalogue: Catalogue, wanted: Sequence[Line]) -> dict[str, Any]:
    """Figures of the places: `exact` counts a rightly unanswered one, `coarser` is right but not as fine,
    `wrong_with_confidence` is any answer that is neither."""
    cases = [_place_case(catalogue, line) for line in wanted]
    return {
        "places": len(cases),
        "exact": _share(case["verdict"] == "exact" for case in cases),
        "coarser": _share(case["verdict"] == "coarser" for case in cases),
        "wrong": _share(case["verdict"] in ("wrong", "missed") for case in cases),
        "wrong_with_confidence": sum(case["verdict"] == "wrong" for case in cases),
        "cases": cases,
    }


def _place_case(catalogue: Catalogue, line: Line) -> dict[str, Any]:
    guess = catalogue.places.guess(str(line["text"]), Place(district=line.get("hint_district")))
    expected = _expected(catalogue, line.get("expect"))
    answer = _as_told(catalogue, guess, expected)
    return {
        "id": line.get("id"),
        "expect": line.get("expect"),
        "answer": answer,
        "grid": guess.grid,
        "candidates": list(guess.candidates),
        "reason": guess.reason.value,
        "verdict": _verdict(catalogue, answer, expected),
    }


def _expected(catalogue: Catalogue, code: str | None) -> str | None:
    """A street may be told with nine digits or with twelve, ending in three noughts."""
    short = code.removesuffix(STREET_ENDING) if code else None
    return short if short and _knows(catalogue, short) else code


def _knows(catalogue: Catalogue, code: str) -> bool:
    try:
        return catalogue.city.grid(code).code == code
    except UnknownCode:
        return False


def _as_told(catalogue: Catalogue, guess: PlaceGuess, expected: str | None) -> str | None:
    """The answer at the level of the official divisions: a micro-grid counts as its committee, a mall as the street.

    Where a street is expected and a house number of it is known, the answer inside counts as the street.
    """
    if guess.grid is None or guess.grid == expected:
        return guess.grid
    chain = catalogue.city.chain(guess.grid)
    if guess.reason is Reason.ADDRESS and any(each.code == expected for each in chain):
        return expected
    return next((each.code for each in chain if each.kind in DISPATCH_LEVELS), None)


def _verdict(catalogue: Catalogue, answer: str | None, expected: str | None) -> str:
    if answer == expected:
        return "exact"
    if answer is None:
        return "missed"
    if expected and _knows(catalogue, expected) and any(each.code == answer for each in catalogue.city.chain(expected)):
        return "coarser"
    return "wrong"


def _share(answers: Any) -> float:
    told = list(answers)
    return round(sum(told) / len(told), 4) if told else 0.0


def told(figures: Mapping[str, Any]) -> str:
    """The figures for a terminal."""
    rows = [f"{name:>22}  {value}" for name, value in figures.items() if not isinstance(value, list)]
    rows += [
        f"{'calibration':>22}  said {each['said']:.2f}  was {each['so']:.2f}  ({each['texts']} texts)"
        for each in figures.get("calibration", [])
    ]
    rows += [
        f"{'confused':>22}  {each['expected']} as {each['answered']}: {each['times']}"
        for each in figures.get("confusion", [])[:15]
    ]
    return "\n".join(rows)
