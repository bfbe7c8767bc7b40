"""The tests. Each takes the history and tells every unit it tested; only with enough cases is one worth telling."""

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from feedback.anomalies.chances import binomial_tail, calibrated, mixed_tail
from feedback.anomalies.history import History, Rated, Suspect
from feedback.anomalies.peers import Case, Peers, mean

ENOUGH = 20
"""Ratings a unit needs before its satisfaction is compared; cases, before its withdrawals are."""
FURTHER = 0.08
"""How far above its peers a unit's share must lie, beside being unlikely."""
WINDOW, AFTER_LINK = timedelta(minutes=10), timedelta(hours=1)
BURST, CROWD = 5, 6
"""Answers in a window, and from one network, that are worth telling."""
SECONDS = timedelta(seconds=20)
QUICK = 3
WITHDRAWN, TIMES = 5, 2.0
Told = dict[str, float | int | str]


def all_satisfied(history: History) -> list[Suspect]:
    """Everybody is satisfied: the chance of that, given the issues (product of the peers' rates)."""
    peers, found = _ratings(history), []
    for unit, cases in peers.by_unit.items():
        if len(cases) < ENOUGH:
            continue
        trials, everybody = peers.expected(unit), all(case.hit for case in cases)
        p = math.exp(sum(number * math.log(chance) for chance, number in trials.items())) if everybody else 1.0
        told: Told = {
            "name": "product of peers' rates",
            "ratings": len(cases),
            "expected_share": round(mean(trials), 4),
        }
        found.append(Suspect(unit, p, told, [case.case_no for case in cases], everybody))
    return found


def far_from_peers(history: History) -> list[Suspect]:
    """More satisfied people than the peers' rates for the same issues explain (Poisson binomial, calibrated)."""
    peers = _ratings(history)
    return _above(peers, least_hits=ENOUGH, worth=lambda share, expected: share - expected >= FURTHER)


def withdrawals_cluster(history: History) -> list[Suspect]:
    """More cases withdrawn than the peers' rates for the same issues explain (Poisson binomial, calibrated)."""
    endings = (Case(each.case_no, each.unit, each.issue, each.withdrawn) for each in history.endings)
    return _above(Peers(endings), least_hits=WITHDRAWN, worth=lambda share, expected: share >= TIMES * expected)


def bursts(history: History) -> list[Suspect]:
    """Answers of a unit crowd in ten minutes beyond its share of the city's answers then (binomial, by window).

    Only pages answered more than an hour after their link: links sent together explain answers that come together.
    """
    pages = sorted(_pages(history, late=True), key=lambda each: each.at)
    city = [each.at for each in pages]
    found = []
    for unit, own in _by_unit(pages).items():
        if len(own) < BURST:
            continue
        times, share = [each.at for each in own], len(own) / len(pages)
        tried = [_window(times, city, share, first) for first in range(len(own))]
        p, first, hits, trials = min(tried)
        told: Told = {"name": "binomial in a window", "answers": hits, "in_the_city": trials, "share": round(share, 4)}
        told["window_begins"] = times[first].isoformat()
        cases = [each.case_no for each in own[first : first + hits]]
        found.append(Suspect(unit, min(1.0, p * len(tried)), told, cases, hits >= BURST))
    return found


def _window(
    times: Sequence[datetime], city: Sequence[datetime], share: float, first: int
) -> tuple[float, int, int, int]:
    """The chance of as many answers in the window that begins with this one; the one itself is given."""
    end = times[first] + WINDOW
    hits = bisect_right(times, end) - first
    trials = bisect_right(city, end) - bisect_left(city, times[first])
    return binomial_tail(hits - 1, max(trials - 1, hits - 1), share), first, hits, trials


def one_network(history: History) -> list[Suspect]:
    """Many of a unit's answers come from one network, which others hardly use (binomial, by network)."""
    pages = [each for each in _pages(history, late=False) if each.network]
    uses = Counter(each.network for each in pages)
    found = []
    for unit, own in _by_unit(pages).items():
        mine, share = Counter(each.network for each in own), len(own) / len(pages)
        tried = [(binomial_tail(hits - 1, uses[net] - 1, share), net) for net, hits in mine.items() if hits > 1]
        if len(own) < CROWD or not tried:
            continue
        p, network = min(tried, key=lambda each: each[0])
        told: Told = {"name": "binomial in a network", "answers": mine[network], "in_the_city": uses[network]}
        told |= {"share": round(share, 4)}
        cases = [each.case_no for each in own if each.network == network]
        found.append(Suspect(unit, min(1.0, p * len(mine)), told, cases, mine[network] >= CROWD))
    return found


def seconds_after_link(history: History) -> list[Suspect]:
    """Answers within 20 seconds of their link, more often than other units' (binomial)."""
    pages = list(_pages(history, late=False))
    quick = {each.case_no for each in pages if each.linked_at and each.at - each.linked_at <= SECONDS}
    found = []
    for unit, own in _by_unit(pages).items():
        cases = [each.case_no for each in own if each.case_no in quick]
        others = len(pages) - len(own)
        chance = (len(quick) - len(cases) + 1) / (others + 20)
        p = binomial_tail(len(cases), len(own), chance)
        told: Told = {
            "name": "binomial of quick answers",
            "quick": len(cases),
            "answers": len(own),
            "peers": round(chance, 4),
        }
        found.append(Suspect(unit, p, told, cases, len(cases) >= QUICK))
    return found


def _above(peers: Peers, *, least_hits: int, worth: Callable[[float, float], bool]) -> list[Suspect]:
    tested = [unit for unit, cases in peers.by_unit.items() if len(cases) >= ENOUGH]
    expected = {unit: peers.expected(unit) for unit in tested}
    hits = {unit: [case.case_no for case in peers.by_unit[unit] if case.hit] for unit in tested}
    raw = [mixed_tail(len(hits[unit]), expected[unit]) for unit in tested]
    found = []
    for unit, p in zip(tested, calibrated(raw), strict=True):
        number, wanted = len(peers.by_unit[unit]), mean(expected[unit])
        share = len(hits[unit]) / number
        told: Told = {"name": "Poisson binomial, calibrated", "cases": number, "hits": len(hits[unit])}
        told |= {"share": round(share, 4), "expected_share": round(wanted, 4)}
        found.append(Suspect(unit, p, told, hits[unit], len(hits[unit]) >= least_hits and worth(share, wanted)))
    return found


def _ratings(history: History) -> Peers:
    return Peers(Case(each.case_no, each.unit, each.issue, each.satisfied) for each in history.ratings)


def _pages(history: History, *, late: bool) -> list[Rated]:
    """Answers that came by the page; `late`: only those that came well after their link."""
    return [each for each in history.ratings if each.linked_at and (not late or each.at - each.linked_at > AFTER_LINK)]


def _by_unit(ratings: Sequence[Rated]) -> dict[str, list[Rated]]:
    found: dict[str, list[Rated]] = defaultdict(list)
    for each in ratings:
        found[each.unit].append(each)
    return found
