"""Measures: matcher, floor and scan are asked in turn, one question at a time, so that all meet the same machine."""

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from statistics import quantiles
from time import perf_counter_ns
from typing import Any

from shapely import Point, STRtree

from routing.benching import questions
from routing.benching.scan import Scan
from routing.catalogue import Catalogue
from routing.geodesy import to_wgs84
from routing.matching import Match, Question, match

DAY = date(2025, 6, 3)
WARM = 200
SCANNED = 50
"""How many questions the scan is asked; it needs a thousand times as long."""
KINDS = ("coordinates", "address", "free_text")
Ask = Callable[[Question], object]
Matcher = Callable[[Question], Match]


def measure(catalogue: Catalogue, *, number: int, threshold: float) -> dict[str, Any]:
    """Matches per second, p50 and p99 by kind of question, next to floor and scan, and the memory of it all."""

    def ask(question: Question) -> Match:
        return match(question, catalogue, day=DAY, threshold=threshold)

    memory = _loaded(catalogue, ask)
    scan = Scan(catalogue, DAY)
    kinds: Mapping[str, tuple[Sequence[Question], Ask | None]] = {
        "coordinates": (questions.by_coordinates(catalogue, number), _bare_tree(catalogue)),
        "address": (questions.by_address(catalogue, number), None),
        "free_text": (questions.by_free_text(catalogue, number // 4), _bare_model(catalogue)),
    }
    return {
        "micro_grids": sum(grid.geometry is not None for grid in catalogue.city.grids),
        "rows": len(catalogue.lists.responsibilities.rows),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "memory_mb": memory,
        **{kind: _kind(asked, ask, floor, scan) for kind, (asked, floor) in kinds.items()},
    }


def _loaded(catalogue: Catalogue, ask: Matcher) -> float:
    """The memory of a process that serves the city: after it has answered, before anything to compare with is made."""
    for asking in (questions.by_coordinates, questions.by_address, questions.by_free_text):
        for question in asking(catalogue, WARM):
            ask(question)
    return resident()


def _kind(asked: Sequence[Question], ask: Matcher, floor: Ask | None, scan: Scan) -> dict[str, Any]:
    matched, explained, bare = _in_turn(asked, ask, floor or ask)
    ours, told, theirs = (
        _figures(matched),
        _figures(explained),
        _figures([_timed(scan.lead, q) for q in asked[:SCANNED]]),
    )
    figures = {"questions": len(asked), "match": ours, "explained": told, "scan": theirs}
    figures["of_scan"] = _ratio(ours, theirs)
    if floor:
        lowest = _figures(bare)
        figures |= {"floor": lowest, "of_floor": _ratio(ours, lowest), "explained_of_floor": _ratio(told, lowest)}
    return figures


def _ratio(ours: Mapping[str, float], theirs: Mapping[str, float]) -> dict[str, float]:
    """Of the rates, and of the medians, which a busy machine disturbs less."""
    return {
        "rate": round(ours["per_second"] / theirs["per_second"], 3),
        "median": round(theirs["p50_ms"] / ours["p50_ms"], 3),
    }


def _in_turn(asked: Sequence[Question], ask: Matcher, floor: Ask) -> tuple[list[int], list[int], list[int]]:
    """The match alone, the match with its reasons written out as an order keeps them, and the floor."""

    def explain(question: Question) -> object:
        return ask(question).explanation

    matched, explained, bare = [], [], []
    half = len(asked) // 2
    for question, other in zip(asked, (*asked[half:], *asked[:half]), strict=True):
        bare.append(_timed(floor, question))
        matched.append(_timed(ask, question))
        explained.append(_timed(explain, other))  # another one: nothing of it is in the processor's cache
    return matched, explained, bare


def _timed(ask: Ask, question: Question) -> int:
    start = perf_counter_ns()
    ask(question)
    return perf_counter_ns() - start


def _figures(taken: Sequence[int]) -> dict[str, float]:
    cuts = quantiles(taken, n=100)
    return {
        "per_second": round(len(taken) / (sum(taken) / 1e9), 1),
        "p50_ms": round(cuts[49] / 1e6, 4),
        "p99_ms": round(cuts[98] / 1e6, 4),
    }


def _bare_tree(catalogue: Catalogue) -> Ask:
    """The query for a point and nothing more."""
    tree = STRtree([grid.geometry for grid in catalogue.city.grids if grid.geometry is not None])

    def ask(question: Question) -> object:
        assert question.place.location
        return tree.query(Point(to_wgs84(question.place.location)), predicate="intersects")

    return ask


def _bare_model(catalogue: Catalogue) -> Ask:
    return lambda question: catalogue.classifier.classify(question.text)


def resident() -> float:
    """The resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def told(figures: Mapping[str, Any]) -> str:
    """The figures for a terminal."""
    return "\n".join(_lines(figures))


def _lines(figures: Mapping[str, Any]) -> Iterator[str]:
    yield f"{figures['micro_grids']:,} micro-grids, {figures['rows']:,} rows, {figures['memory_mb']} MB resident"
    for kind in KINDS:
        found = figures[kind]
        yield f"by {kind.replace('_', ' ')} ({found['questions']} questions)"
        for name in ("match", "explained", "floor", "scan"):
            if name in found:
                each = found[name]
                yield (
                    f"{name:>18}  {each['per_second']:>11,.1f} per second   "
                    f"p50 {each['p50_ms']:>9.4f} ms   p99 {each['p99_ms']:>9.4f} ms"
                )
        for name in ("of_floor", "explained_of_floor", "of_scan"):
            if name in found:
                ratio = found[name]
                yield f"{name:>18}  {ratio['rate']:.3f} of the rate, {ratio['median']:.3f} of the median"
