"""How a provider and the citizens it calls behave: drawn from a seed, so that a play can be repeated. All synthetic."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from typing import Any

ATTEMPTS = 3
SOLVED: Mapping[str, float] = {"解决": 0.80, "部分解决": 0.08, "未解决": 0.12}
SATISFIED: Mapping[str, Mapping[str, float]] = {
    "解决": {"满意": 0.80, "基本满意": 0.14, "不满意": 0.03, "未评价": 0.03},
    "部分解决": {"满意": 0.10, "基本满意": 0.55, "不满意": 0.30, "未评价": 0.05},
    "未解决": {"满意": 0.02, "基本满意": 0.13, "不满意": 0.80, "未评价": 0.05},
}
MISSED: Mapping[str, float] = {"no_answer": 0.7, "busy": 0.15, "refused": 0.1, "wrong_number": 0.05}
WORDS = ("处理得很快，谢谢。", "希望以后定期检查。", "现场看过，还差一点。", "没有人来过。")


@dataclass
class Temper:
    """`rate`: an attempt reaches the citizen; `duplicates`: a callback is sent again; `faults`: one goes wrong first.

    A simulated hour takes `hour` real seconds.
    """

    rate: float = 0.55
    duplicates: float = 0.1
    faults: float = 0.05
    hour: float = 0.05
    seed: int = 1
    draw: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - a play

    def calls(self, _case_no: str) -> Iterator[tuple[float, dict[str, Any]]]:
        """What comes of one survey, call by call: seconds to wait, then the data. The last may be an answer."""
        for _ in range(ATTEMPTS):
            wait = self.wait()
            if self.draw.random() < self.rate:
                yield wait, self.answer()
                return
            yield wait, {"contacted": False, "result": self._one(MISSED)}

    def wait(self) -> float:
        """Real seconds until the next call."""
        return self.hour * self.draw.lognormvariate(1.0, 0.9)

    def answer(self) -> dict[str, Any]:
        solved = self._one(SOLVED)
        told = {"contacted": True, "solved": solved, "satisfied": self._one(SATISFIED[solved])}
        words = {"words": self.draw.choice(WORDS)} if self.draw.random() < 0.3 else {}
        return {**told, **words, "unit_contacted": self.draw.random() < 0.9}

    def again(self) -> bool:
        return self.draw.random() < self.duplicates

    def faulty(self) -> bool:
        return self.draw.random() < self.faults

    def _one(self, weights: Mapping[str, float]) -> str:
        return self.draw.choices(list(weights), list(weights.values()))[0]


@dataclass
class Scripted(Temper):
    """The same manners with words written beforehand, case by case; about any other case nobody is called."""

    words: dict[str, Iterator[dict[str, Any]]] = field(default_factory=dict)

    def write(self, case_no: str, calls: Sequence[dict[str, Any]]) -> None:
        """What comes of the calls about this case, over all its rounds; the last goes on for ever."""
        self.words[case_no] = chain(calls, repeat(calls[-1]))

    def calls(self, case_no: str) -> Iterator[tuple[float, dict[str, Any]]]:
        for data in islice(self.words.get(case_no, iter(())), ATTEMPTS):
            yield self.wait(), data
            if data["contacted"]:
                return
