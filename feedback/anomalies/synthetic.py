"""Synthetic histories, honest or with gaming planted in known units: how well the tests do. Nothing here is real.

Honest units differ (some are better), citizens answer by day, some at once; many share their carrier's network, and
some households report again and again.
"""

import math
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from feedback.anomalies.history import Ending, History, Rated
from feedback.anomalies.search import TESTS, search

MONTH = datetime(2026, 3, 1, tzinfo=UTC)
UNITS, ISSUES, CARRIERS = 60, 12, 150
HOURS = [1] * 7 + [4, 8, 12, 14, 14, 10, 8, 10, 10, 9, 8, 9, 10, 11, 10, 6, 2]


def history(seed: int, *, units: int = UNITS, planted: Mapping[str, str] | None = None) -> History:
    """A month of `units` units; `planted` names the gaming (a test's name) by unit (`u0`, `u1`, …)."""
    draw = random.Random(seed)  # noqa: S311 - a play
    liked = [draw.uniform(0.55, 0.92) for _ in range(ISSUES)]
    dropped = [draw.uniform(0.02, 0.06) for _ in range(ISSUES)]
    ratings: list[Rated] = []
    endings: list[Ending] = []
    for number in range(units):
        unit = f"u{number}"
        own, ended = _unit(draw, unit, liked, dropped)
        game = (planted or {}).get(unit)
        ratings += _gamed(draw, own, game) if game else own
        endings += _pressed(draw, ended) if game == "withdrawals_cluster" else ended
    return History(ratings, endings)


def _unit(draw: random.Random, unit: str, liked: list[float], dropped: list[float]) -> tuple[list[Rated], list[Ending]]:
    better, easier = draw.gauss(0, 0.35), draw.gauss(0, 0.3)
    mix = [draw.gammavariate(1, 1) for _ in range(ISSUES)]
    household = f"home-{unit}"
    ratings, endings = [], []
    for number in range(int(draw.lognormvariate(4.6, 0.5))):
        issue = draw.choices(range(ISSUES), mix)[0]
        case_no = f"{unit}-{number}"
        gone = draw.random() < _shifted(dropped[issue], easier)
        endings.append(Ending(case_no, unit, str(issue), gone))
        if gone or draw.random() < 0.35:
            continue
        at = _moment(draw)
        rated = Rated(case_no, unit, str(issue), draw.random() < _shifted(liked[issue], better), at)
        ratings.append(_by_page(draw, rated, household) if draw.random() < 0.45 else rated)
    return ratings, endings


def _by_page(draw: random.Random, rated: Rated, household: str) -> Rated:
    quick = draw.random() < 0.01
    delay = timedelta(seconds=draw.uniform(8, 20)) if quick else timedelta(hours=draw.lognormvariate(1.2, 1.3))
    carrier = min(int(draw.paretovariate(0.9)), CARRIERS)
    network = f"carrier-{carrier}" if draw.random() < 0.7 else f"home-{draw.random()}"
    if draw.random() < 0.03:
        network = household
    return replace(rated, linked_at=rated.at - delay, network=network)


def _moment(draw: random.Random) -> datetime:
    hour = draw.choices(range(24), HOURS)[0]
    return MONTH + timedelta(days=draw.randrange(30), hours=hour, seconds=draw.randrange(3600))


def _shifted(chance: float, by: float) -> float:
    odds = math.log(chance / (1 - chance)) + by
    return 1 / (1 + math.exp(-odds))


def _gamed(draw: random.Random, ratings: list[Rated], game: str) -> list[Rated]:
    """The unit's ratings after somebody helped."""
    if game == "all_satisfied":
        return [replace(each, satisfied=True) for each in ratings]
    if game == "far_from_peers":
        return [replace(each, satisfied=each.satisfied or draw.random() < 0.85) for each in ratings]
    start = _moment(draw)
    helped = draw.sample(range(len(ratings)), min(12, len(ratings))) if game in PLACED else range(len(ratings))
    return [_helped(draw, each, game, start) if place in set(helped) else each for place, each in enumerate(ratings)]


PLACED = ("bursts", "one_network")


def _helped(draw: random.Random, each: Rated, game: str, start: datetime) -> Rated:
    if game == "bursts":
        at = start + timedelta(seconds=draw.uniform(0, 540))
        return replace(each, satisfied=True, at=at, linked_at=at - timedelta(hours=draw.uniform(2, 60)), network="n/a")
    if game == "one_network":
        linked = each.linked_at or each.at - timedelta(hours=5)
        return replace(each, satisfied=True, linked_at=linked, network=f"office-{each.unit}")
    if game == "seconds_after_link" and each.linked_at and draw.random() < 0.4:
        return replace(each, satisfied=True, linked_at=each.at - timedelta(seconds=draw.uniform(3, 15)))
    return each


def _pressed(draw: random.Random, endings: list[Ending]) -> list[Ending]:
    return [replace(each, withdrawn=each.withdrawn or draw.random() < 0.15) for each in endings]


def rehearse(histories: int, *, seed: int = 1) -> dict[str, dict[str, float]]:
    """For each test: the share of planted units found, false alarms per honest month, and among the planted months."""
    planted = {f"u{number * 7}": name for number, name in enumerate(TESTS)}
    seen: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    for number in range(histories):
        for each in search(history(seed + 2 * number)):
            alarms[each.test] += 1
        for each in search(history(seed + 2 * number + 1, planted=planted)):
            game = planted.get(each.subject)
            seen[each.test] += game == each.test
            beside[each.test] += game is None
    return {
        name: {
            "found": seen[name] / histories,
            "false_alarms_in_an_honest_month": alarms[name] / histories,
            "false_alarms_beside_gaming": beside[name] / histories,
        }
        for name in TESTS
    }
