"""The facts of a month's report (月报): the figures, the month before, half a year's trend, units, issues, channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Text, func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.breakdowns import Piece, named, pieces
from feedback.exclusions import Ground
from feedback.fates import Choice
from feedback.figure_models import Exclusion, ExclusionRuling
from feedback.figures import Opened, figures
from feedback.formulas import Formulas
from feedback.models import CaseCopy
from feedback.public_totals import month_of

MONTHS = 6
"""How far the trend goes back."""
TREND = ("on_time", "resolution", "satisfaction")


@dataclass(frozen=True)
class Monthly:
    """Everything a report says, whatever it is written in."""

    month: date
    scope: str
    choice: Choice
    formulas: Formulas
    as_of: datetime
    whole: Opened
    before: Opened
    trend: Sequence[tuple[date, Opened]]
    units: Sequence[Piece]
    issues: Sequence[Piece]
    channels: Sequence[Piece]
    exclusions: Mapping[str, int]

    @property
    def title(self) -> str:
        return f"市民诉求办理月报（{self.month.year}年{self.month.month}月）"


async def gather(
    session: AsyncSession, month: date, formulas: Formulas, zone: ZoneInfo, *, unit: str | None, as_of: datetime
) -> Monthly:
    """The facts of one month, of all units or of one and what is below it."""
    choice = month_of(month, zone).within(unit=unit)
    trend = []
    for back in reversed(range(MONTHS)):
        each = _back(month, back)
        found = await figures(session, month_of(each, zone).within(unit=unit), formulas, as_of=as_of)
        trend.append((each, found))
    names = await named(session, {unit: None}) if unit else {}
    return Monthly(
        month=month,
        scope=names.get(unit, unit) if unit else "全市",
        choice=choice,
        formulas=formulas,
        as_of=as_of,
        whole=trend[-1][1],
        before=trend[-2][1],
        trend=trend,
        units=await pieces(session, choice, "unit", formulas, as_of=as_of),
        issues=_most(await pieces(session, choice, "issue", formulas, as_of=as_of)),
        channels=await pieces(session, choice, "channel", formulas, as_of=as_of),
        exclusions=await _exclusions(session, choice),
    )


def _back(month: date, number: int) -> date:
    for _ in range(number):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _most(found: Sequence[Piece], number: int = 10) -> list[Piece]:
    return sorted(found, key=lambda piece: (-piece.figures.cases, piece.code))[:number]


async def _exclusions(session: AsyncSession, choice: Choice) -> dict[str, int]:
    """How many exclusions and undoings were agreed on in the month, by ground, of the cases that the unit leads."""
    unit = choice.named().get("unit")
    path = func.concat("/", func.btrim(CaseCopy.lead_path, "/"), "/", type_=Text)
    led = path.contains(f"/{unit}/", autoescape=True) if unit else true()
    wanted = (
        select(Exclusion.ground, Exclusion.undoes.is_not(None).label("undo"), func.count().label("number"))
        .join(ExclusionRuling, ExclusionRuling.exclusion == Exclusion.id)
        .join(CaseCopy, CaseCopy.case_no == Exclusion.case_no)
        .where(ExclusionRuling.agreed, ExclusionRuling.at >= choice.start, ExclusionRuling.at < choice.end, led)
        .group_by(Exclusion.ground, "undo")
        .order_by(Exclusion.ground, "undo")
    )
    found = (await session.execute(wanted)).all()
    return {f"{'撤销剔除' if row.undo else '剔除'}·{Ground(row.ground).chinese}": row.number for row in found}
