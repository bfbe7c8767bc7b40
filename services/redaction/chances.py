"""How much a word or a part of a name costs, in tenths of a natural logarithm, from `chances.json`; read once."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Costs = dict[str, int]


@dataclass(frozen=True)
class Chances:
    """Of words, of surnames, of a given name of one character, and of the first and second of two."""

    words: Costs
    surname: Costs
    only: Costs
    first: Costs
    second: Costs


@cache
def chances() -> Chances:
    data = json.loads(files(__package__).joinpath("chances.json").read_text("utf-8"))
    return Chances(**{name: _costs(by_cost) for name, by_cost in data.items()})


def _costs(by_cost: dict[str, str]) -> Costs:
    return {word: int(cost) for cost, words in by_cost.items() for word in words.split(" ")}
