"""The rules by which a vote decides, from their file: each with its shares and its source."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("thresholds.yaml")
DEFAULT = "simple_majority"


@dataclass(frozen=True, slots=True)
class Threshold:
    """`participation` is a share of all entitled, `agreement` of those who voted; `over`: more than that share."""

    name: str
    title: str
    participation: Fraction
    agreement: Fraction
    over: bool
    by_area: bool
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.participation <= 1 or not Fraction(1, 2) <= self.agreement <= 1:
            raise ValueError(f"{self.name}: a share lies between 0 and 1, that of agreement is at least a half")
        if self.agreement == Fraction(1, 2) and not self.over:
            raise ValueError(f"{self.name}: with half the votes two options could win")

    def takes_part(self, share: Fraction) -> bool:
        return share >= self.participation

    def agrees(self, share: Fraction) -> bool:
        return share > self.agreement if self.over else share >= self.agreement


@cache
def thresholds() -> dict[str, Threshold]:
    """All there are, by name."""
    told: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: _read(name, row) for name, row in told.items()}


def _read(name: str, row: dict[str, Any]) -> Threshold:
    shares = {part: Fraction(str(row[part])) for part in ("participation", "agreement")}
    return Threshold(name=name, **{**row, **shares})
