"""JSON out: figures opened to what they are made of, the cases behind them, exclusions. No person anywhere."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from feedback.breakdowns import Piece
from feedback.exclusions import Shown as Excluded
from feedback.fates import Choice
from feedback.figures import Figure, Opened
from feedback.formulas import Formulas


class Interval(BaseModel):
    """Wilson's, at 95 %."""

    low: float
    high: float


class Shown(BaseModel):
    """A rate with everything it is made of. Over nothing there is no rate: the value is null."""

    value: float | None
    interval: Interval | None
    small: bool
    numerator: float
    denominator: int
    parts: Mapping[str, int]
    excluded: Mapping[str, int]


class CompositeShown(BaseModel):
    """综合指数. Null where one of its rates is over nothing."""

    value: float | None
    weights: Mapping[str, float]
    small: bool


class Period(BaseModel):
    """Reports received from (included) to (excluded)."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)
    start: datetime = Field(alias="from")
    end: datetime = Field(alias="to")


class RatesShown(BaseModel):
    """The rates of the version by name, and the composite (none before version 2026.2)."""

    cases: int
    rates: dict[str, Shown]
    composite: CompositeShown | None


class Head(BaseModel):
    """What every answer about figures says first: by which formula, for which choice, as of when."""

    formula: str
    rule: str
    weights: dict[str, float]
    minimum: int
    period: Period
    grid: str | None
    unit: str | None
    issue: str | None
    channel: str | None
    as_of: datetime


class FiguresSeen(Head, RatesShown):
    """先行联系率、按时办结率、解决率、满意率、退单率、重办率、回访核实率、综合指数 of one choice of cases."""


class PieceSeen(RatesShown):
    """One part. `rank` is null where there are too few answers for an order."""

    code: str
    name: str
    rank: int | None


class PiecesSeen(Head):
    by: str
    items: list[PieceSeen]


class CaseSeen(BaseModel):
    """A case behind a figure, and what it is to the rate."""

    case_no: str
    received_at: datetime
    channel: str
    issue: str | None
    grid: str | None
    lead: str | None
    fate: str


class CasesSeen(BaseModel):
    formula: str
    rate: str
    part: str
    as_of: datetime
    items: list[CaseSeen]
    next: str | None


class RateMeaning(BaseModel):
    chinese: str
    meaning: str
    parts: dict[str, float]


class FormulaSeen(BaseModel):
    """One version of the method, with the city's weights in it."""

    version: str
    rule: str
    weights: dict[str, float]
    minimum: int
    public_minimum: int
    rates: dict[str, RateMeaning]
    composite: dict[str, float]


class FormulaList(BaseModel):
    items: list[FormulaSeen]


class RulingSeen(BaseModel):
    agreed: bool
    reason: str
    by_person: UUID
    at: datetime


class ExclusionSeen(BaseModel):
    """An exclusion or an undoing, who asked, and what the second person said."""

    id: UUID
    case_no: str
    state: str
    undoes: UUID | None
    rates: list[str]
    ground: str
    reason: str
    evidence: str
    by_person: UUID
    at: datetime
    ruling: RulingSeen | None


class ExclusionPage(BaseModel):
    items: list[ExclusionSeen]
    next: str | None


def head(choice: Choice, formulas: Formulas, as_of: datetime) -> Head:
    return Head(
        formula=formulas.version,
        rule=formulas.rule,
        weights=dict(formulas.weights),
        minimum=formulas.minimum,
        period=Period(start=choice.start, end=choice.end),
        grid=choice.grid,
        unit=choice.unit,
        issue=choice.issue,
        channel=choice.channel,
        as_of=as_of,
    )


def shown(figures: Opened) -> RatesShown:
    made = figures.composite
    return RatesShown(
        cases=figures.cases,
        rates={name: _rate(each) for name, each in figures.rates.items()},
        composite=CompositeShown(value=made.value, weights=made.weights, small=made.small) if made else None,
    )


def piece(each: Piece) -> PieceSeen:
    return PieceSeen(**dict(shown(each.figures)), code=each.code, name=each.name, rank=each.rank)


def formula(each: Formulas) -> FormulaSeen:
    rates = {
        name: RateMeaning(chinese=rate.chinese, meaning=rate.meaning, parts=each.parts(name))
        for name, rate in each.rates.items()
    }
    return FormulaSeen(**{**dict(each), "rates": rates})


def exclusion(each: Excluded) -> ExclusionSeen:
    row, told = each.row, each.ruling
    ruling = RulingSeen(agreed=told.agreed, reason=told.reason, by_person=told.by_person, at=told.at) if told else None
    names = ("id", "case_no", "undoes", "rates", "ground", "reason", "evidence", "by_person", "at")
    return ExclusionSeen(**{name: getattr(row, name) for name in names}, state=each.state, ruling=ruling)


def _rate(figure: Figure) -> Shown:
    sure = figure.interval
    return Shown(
        value=figure.value,
        interval=Interval(low=sure[0], high=sure[1]) if sure else None,
        small=figure.small,
        numerator=figure.numerator,
        denominator=figure.denominator,
        parts=figure.parts,
        excluded=figure.excluded,
    )
