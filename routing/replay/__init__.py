"""What would change if a draft of the lists had been in force: past orders decided again. Pure, read-only."""

from routing.replay.deciding import replay
from routing.replay.differences import (
    Answer,
    Change,
    Differences,
    Example,
    Flow,
    IssueChange,
    PastOrder,
    UnitChange,
)

__all__ = [
    "Answer",
    "Change",
    "Differences",
    "Example",
    "Flow",
    "IssueChange",
    "PastOrder",
    "UnitChange",
    "replay",
]
