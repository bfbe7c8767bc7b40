"""What the tests look at (ratings and endings of one period, by unit) and what they say, with the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Rated:
    """One valid rating. `linked_at` and `network` are there where it came by the page, while it is kept."""

    case_no: str
    unit: str
    issue: str
    satisfied: bool
    at: datetime
    linked_at: datetime | None = None
    network: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """How one case ended."""

    case_no: str
    unit: str
    issue: str
    withdrawn: bool


@dataclass(frozen=True)
class History:
    ratings: Sequence[Rated]
    endings: Sequence[Ending]


@dataclass(frozen=True)
class Suspect:
    """What a test says of one unit: how likely this is by chance, from which numbers, and whether it is worth telling.

    Every unit that was tested is in the family, also where it is not worth telling: so that many tests raise no alarm.
    """

    subject: str
    p_value: float
    statistic: Mapping[str, float | int | str]
    cases: Sequence[str]
    telling: bool


@dataclass(frozen=True)
class Found:
    """A finding: the test, the unit, the named statistic, its chance, and the cases to look at."""

    test: str
    subject: str
    p_value: float
    statistic: Mapping[str, float | int | str]
    cases: Sequence[str]
