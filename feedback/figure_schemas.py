"""JSON in: which figures are wanted, an exclusion, and why one is refused or undone."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from feedback.exclusions import Ground
from feedback.fates import Choice
from feedback.schemas import clean
from services.moments import FIRST, LAST
from services.problems import invalid

MOMENT = timedelta(microseconds=1)
Code = Annotated[str, Field(max_length=64, pattern=r"^[\w./-]+$")]
Version = Annotated[str, Field(max_length=20, pattern=r"^[\w.-]+$")]
RateName = Literal["contact", "on_time", "resolution", "satisfaction", "dispute", "handled_again", "recheck"]
Facet = Literal["grid", "unit", "issue", "channel"]
Format = Literal["csv", "xlsx"]


class FiguresWanted(BaseModel):
    """Which cases: all that is given must hold."""

    model_config = ConfigDict(extra="forbid")
    grid: Code | None = Field(None, description="A grid and all below it.", examples=["310101023"])
    unit: Code | None = Field(None, description="A lead unit and all below it.", examples=["310101023"])
    channel: Code | None = Field(None, examples=["hotline"])
    issue: Code | None = Field(None, description="An issue, or a class and all its issues.", examples=["08", "08-04"])
    formula: Version | None = Field(None, description="A version of the formulas; the newest without it.")
    start: AwareDatetime | date | None = Field(
        None,
        alias="from",
        description="Received from; a day begins in the city's zone. Without it: the month's first.",
    )
    end: AwareDatetime | date | None = Field(
        None,
        alias="to",
        description="Received before this, so a month ends with the next one's first. Without it: now.",
    )

    def choice(self, zone: ZoneInfo, at: datetime) -> Choice:
        """The choice it makes. Raises Invalid for a period that ends before it begins."""
        end = _instant(self.end or at, zone)
        start = _instant(self.start or _month_of(end, zone), zone)
        for field, moment in (("from", start), ("to", end)):
            if not FIRST <= moment < LAST:
                raise invalid(field, "lies between the years 2000 and 2100", "name a day of a case's life")
        if end < start:
            raise invalid("to", "is not before `from`", "exchange the two")
        return Choice(start, end, self.grid, self.unit, self.channel, self.issue, zone.key)


class PiecesWanted(FiguresWanted):
    format: Format = "csv"
    by: Facet = "unit"


class CasesWanted(FiguresWanted):
    """Which part of which rate: a fate by its name, the numerator, the denominator, or what was left out."""

    rate: RateName
    part: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")] = Field(
        "denominator", description="`numerator`, `denominator`, `excluded_all`, or one of `parts` or `excluded`."
    )
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200)


class CasesExported(CasesWanted):
    format: Format = "csv"


class NewExclusion(BaseModel):
    """A case to be left out of some rates. The same request by another evaluator agrees to it."""

    model_config = ConfigDict(extra="forbid")
    case_no: Annotated[str, Field(max_length=32, pattern=r"^[0-9]+$")]
    rates: Annotated[list[RateName], Field(min_length=1, max_length=7)]
    ground: Ground
    reason: Annotated[str, AfterValidator(clean), Field(min_length=4, max_length=500)]
    evidence: Annotated[str, AfterValidator(clean), Field(min_length=4, max_length=500)] = Field(
        description="Where the proof lies: a document's number, an entry of the timeline."
    )


class Undoing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, AfterValidator(clean), Field(min_length=4, max_length=500)]
    evidence: Annotated[str, AfterValidator(clean), Field(min_length=4, max_length=500)]


class Refusal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, AfterValidator(clean), Field(min_length=4, max_length=500)]


def _month_of(end: datetime, zone: ZoneInfo) -> date:
    """The first day of the month that a period ends in; a period that nobody could mean is refused later."""
    return (end.astimezone(zone) - MOMENT).date().replace(day=1) if FIRST <= end < LAST else FIRST.date()


def _instant(moment: datetime | date, zone: ZoneInfo) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), zone)
