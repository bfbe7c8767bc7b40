"""How long something may take: an amount and the kind of time it is counted in (the clocks turn it into an instant)."""

from dataclasses import dataclass
from enum import StrEnum


class LimitUnit(StrEnum):
    """What one unit of a limit is: a working day and a work hour follow the calendar, an hour runs day and night."""

    WORK_HOURS = "work_hours"
    WORKING_DAYS = "working_days"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit as the lists state it, such as four work hours."""

    amount: int
    unit: LimitUnit

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError(f"a limit is at least 1, not {self.amount}")

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.value}"
