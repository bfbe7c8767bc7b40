"""What a city has settled about limits, rounds and surveys: one file per city, each value with its source.

A city of its own copies one of these files; what it does not know is an error, not a default.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from services.calendars import Calendar, china
from services.clocks import WorkHours
from services.limits import Limit, LimitUnit

FOLDER = Path(__file__).parent


class UnknownPreset(LookupError):
    """There is no preset of this name."""


def _limit(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    amount, _, unit = text.partition(" ")
    return Limit(int(amount), LimitUnit(unit))


def _work_hours(spans: Any) -> Any:
    return WorkHours.parse(*spans) if isinstance(spans, list) else spans


LimitText = Annotated[Limit, BeforeValidator(_limit)]
Spans = Annotated[WorkHours, BeforeValidator(_work_hours)]
Count = Annotated[int, Field(ge=1)]
Percent = Annotated[int, Field(ge=0, le=100)]
Weight = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limits(Section):
    """From the report to "done", by item type; the three below replace it where the issue or an extension says so."""

    inquiry: LimitText
    suggestion: LimitText
    praise: LimitText
    request: LimitText
    complaint: LimitText
    complex: LimitText
    utilities: LimitText | None
    emergency: LimitText | None

    def of_item(self, item_type: str) -> Limit:
        limits = {
            "inquiry": self.inquiry,
            "suggestion": self.suggestion,
            "praise": self.praise,
            "request": self.request,
            "complaint": self.complaint,
        }
        return limits[item_type]


class Dispatch(Section):
    """How long an order may wait for a dispatcher."""

    emergency: LimitText
    utilities: LimitText
    other: LimitText


class Disputes(Section):
    per_unit: Count
    per_case: Count


class Repeats(Section):
    """What is proposed as a repeat, called one, and merged without a person; `merge_from: null` merges nothing so."""

    propose_from: Weight
    same_from: Weight
    merge_from: Weight | None
    near_metres: Count


class Routing(Section):
    limits: Limits
    dispatch: Dispatch
    contact: LimitText
    supervised: LimitText
    deemed_acceptance: LimitText
    asking: LimitText
    remind_percent: Annotated[int, Field(ge=1, le=99)]
    raise_after: LimitText
    utility_issues: tuple[str, ...]
    rounds: Count
    appeal_window_days: Count
    over_after_days: Count
    settled_sample_percent: Percent
    withdrawn_sample_percent: Percent
    recheck_sample_percent: Percent
    disputes: Disputes
    repeats: Repeats


class Weights(Section):
    """What an answer between yes and no counts in the satisfaction and the resolution rate."""

    basically_satisfied: Weight
    partly_solved: Weight


class Feedback(Section):
    attempts: Count
    attempt_days: Count
    link_days: Count
    after_attempts: Literal["close", "wait"]
    recheck_percent: Percent
    questions: str
    rule: str
    weights: Weights


class Preset(Section):
    name: str
    zone: ZoneInfo
    work_hours: Spans
    routing: Routing
    feedback: Feedback

    def calendar(self) -> Calendar:
        return _calendar(self.zone)


@cache
def _calendar(zone: ZoneInfo) -> Calendar:
    return china(zone)


def available() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.yaml"))


def load(name: str) -> Preset:
    if name not in available():
        raise UnknownPreset(f"there is no preset {name!r}; there are: {', '.join(available())}")
    return read(FOLDER / f"{name}.yaml")


def read(file: Path) -> Preset:
    """A preset from any file; its name is the file's."""
    values = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Preset.model_validate({"name": file.stem, **values})
