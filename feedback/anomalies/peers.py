"""What is to be expected of a unit given its mix of issues: by the other units' cases of the same issues."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PRIOR = 20.0
"""So many cases at the city's own rate stand behind each issue's rate: few cases say little."""


@dataclass(frozen=True)
class Case:
    case_no: str
    unit: str
    issue: str
    hit: bool


class Peers:
    """The rates of a hit by issue; each unit is compared with all others, never with itself."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self.by_unit: dict[str, list[Case]] = defaultdict(list)
        self._all: Counter[str] = Counter()
        self._hits: Counter[str] = Counter()
        for case in cases:
            self.by_unit[case.unit].append(case)
            self._all[case.issue] += 1
            self._hits[case.issue] += case.hit

    def expected(self, unit: str) -> Mapping[float, int]:
        """Trials of this unit by the chance its peers give each."""
        own, own_hits = self._own(unit)
        others, hits = self._all.total() - own.total(), self._hits.total() - own_hits.total()
        overall = (hits + 0.5) / (others + 1)
        trials: Counter[float] = Counter()
        for issue, number in own.items():
            seen, good = self._all[issue] - number, self._hits[issue] - own_hits[issue]
            trials[(good + PRIOR * overall) / (seen + PRIOR)] += number
        return trials

    def _own(self, unit: str) -> tuple[Counter[str], Counter[str]]:
        cases: Sequence[Case] = self.by_unit[unit]
        return Counter(case.issue for case in cases), Counter(case.issue for case in cases if case.hit)


def mean(trials: Mapping[float, int]) -> float:
    """The expected share of hits."""
    return sum(chance * number for chance, number in trials.items()) / sum(trials.values())
