"""What a coverage check found, gathered so that a person reads a few lines instead of every pair."""

from dataclasses import dataclass
from datetime import date

from routing.coverage.leading import Cause


@dataclass(frozen=True, slots=True)
class Interval:
    """Days on which nothing changes, both ends included; without a last day it has no end."""

    first: date
    last: date | None

    def __str__(self) -> str:
        return f"{self.first} 至 {self.last}" if self.last else f"{self.first} 起"


@dataclass(frozen=True, slots=True)
class Example:
    """One of the pairs of a finding, on its first day: the rows that play a part, and why nobody leads."""

    issue: str
    grid: str
    day: date
    rows: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        return f"{self.issue} 在 {self.grid}：{self.why}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A gap or an overlap: each of these issues at each of these grids during the interval, for the same cause."""

    cause: Cause
    about: tuple[str, ...]
    issues: tuple[str, ...]
    grids: tuple[str, ...]
    where: str
    during: Interval
    example: Example

    @property
    def pairs(self) -> int:
        return len(self.issues) * len(self.grids)

    def __str__(self) -> str:
        matters = self.issues[0] if len(self.issues) == 1 else f"{self.issues[0]} 等 {len(self.issues)} 项"
        return f"[{self.cause}] {matters}，{self.where} {len(self.grids)} 个网格，{self.during}。例：{self.example}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The proof, or what speaks against it. `pairs` counts issue × grid, each looked at in all `intervals`."""

    pairs: int
    intervals: tuple[Interval, ...]
    gaps: tuple[Finding, ...]
    overlaps: tuple[Finding, ...]
    astray: tuple[str, ...]
    """Rows that name a grid the city does not have: they never lead, and leave no gap where a wider row serves."""

    @property
    def ok(self) -> bool:
        """Whether every issue has exactly one lead in every grid on every day looked at."""
        return not self.gaps and not self.overlaps

    def told(self, most: int = 20) -> tuple[str, ...]:
        """What to mend, the widest first, in no more than so many lines and one that counts the rest."""
        found = sorted((*self.gaps, *self.overlaps), key=lambda finding: -finding.pairs)
        lines = [str(finding) for finding in found[:most]]
        if len(found) > most:
            rest = sum(finding.pairs for finding in found[most:])
            lines.append(f"另有 {len(found) - most} 处，共 {rest} 对事项与网格")
        return tuple(lines)
