"""The rules as the city has set them: for each class how long, after what, ended by what, and on which ground."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from services.settings import Settings

FILE = Path(__file__).parent / "rules.yaml"
SIX_MONTHS = timedelta(days=184)
DAYS = {"years": 365, "days": 1}


class RulesIncomplete(ValueError):
    """A city's retention rules name exactly the classes of this version."""


def _period(text: Any) -> Any:
    """`3 years`, `180 days` or `24 hours`; a year has 365 days."""
    if not isinstance(text, str):
        return text
    amount, _, unit = text.partition(" ")
    if not amount.isdigit() or unit not in (*DAYS, "hours"):
        raise ValueError("is an amount and years, days or hours, such as `180 days`")
    return timedelta(hours=int(amount)) if unit == "hours" else timedelta(days=int(amount) * DAYS[unit])


Period = Annotated[timedelta, BeforeValidator(_period), Field(gt=timedelta())]


class Rule(BaseModel):
    """One class. `part` is what intake has erased of a case; `constant` the clock that a standing rule states."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: str
    keep: Period
    after: str
    by: Literal["case", "row", "standing", "owner", "archive"]
    source: Annotated[str, Field(min_length=5)]
    part: str | None = None
    constant: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> "Rule":
        if (self.by == "case") != (self.part is not None) or (self.by == "standing") != (self.constant is not None):
            raise ValueError("a case's rule names its part, a standing one its constant")
        if self.by == "owner" and self.keep < SIX_MONTHS:
            raise ValueError("the audit is kept for six months at least (网络安全法)")
        return self


Rules = dict[str, Rule]


def read(file: Path) -> Rules:
    """The rules of a file. Raises ValidationError, and RulesIncomplete where a class is missing or unknown."""
    found = {name: Rule.model_validate(told) for name, told in yaml.safe_load(file.read_text("utf-8")).items()}
    if file != FILE:
        _same_classes(found)
    return found


def _same_classes(found: Rules) -> None:
    shipped = read(FILE)
    wrong = set(found) ^ set(shipped)
    wrong |= {name for name in set(found) & set(shipped) if _kind(found[name]) != _kind(shipped[name])}
    if wrong:
        raise RulesIncomplete(f"{RulesIncomplete.__doc__} Look at: {', '.join(sorted(wrong))}.")


def _kind(rule: Rule) -> tuple[str, str | None, str | None]:
    return rule.by, rule.part, rule.constant


def rules(settings: Settings) -> Rules:
    """The city's own, where it has a file of its own; else those that ship."""
    return read(settings.retention_rules or FILE)
