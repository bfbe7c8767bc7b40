"""All tests over one history: what is kept when so many units are tested at once (Benjamini-Hochberg, per test)."""

from collections.abc import Callable, Mapping

from feedback.anomalies import suspicions
from feedback.anomalies.chances import benjamini_hochberg
from feedback.anomalies.history import Found, History, Suspect

METHOD = "2026.1"
"""The version of tests and thresholds; every finding names the one it was found by."""
LEVEL = 0.01
"""The share of false alarms that may be among the kept ones."""
TESTS: Mapping[str, Callable[[History], list[Suspect]]] = {
    test.__name__: test
    for test in (
        suspicions.all_satisfied,
        suspicions.far_from_peers,
        suspicions.bursts,
        suspicions.one_network,
        suspicions.seconds_after_link,
        suspicions.withdrawals_cluster,
    )
}


def search(history: History, *, level: float = LEVEL) -> list[Found]:
    """What every test finds, the least likely first."""
    found = [each for name, test in TESTS.items() for each in kept(name, test(history), level)]
    return sorted(found, key=lambda each: each.p_value)


def kept(name: str, suspects: list[Suspect], level: float) -> list[Found]:
    values = benjamini_hochberg([suspect.p_value for suspect in suspects])
    return [
        Found(name, each.subject, each.p_value, {**each.statistic, "q_value": value}, each.cases)
        for each, value in zip(suspects, values, strict=True)
        if each.telling and value <= level
    ]
