"""How the two lists lie in the database: a version's rows, written in bulk and read back as they were."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.lists import Issue, IssueList, Lists, Power, Responsibility, ResponsibilityList, ScopeKind
from routing.lists.rows import Grade
from routing.models import IssueRow, ResponsibilityRow
from services.limits import Limit, LimitUnit

AT_ONCE = 1000

Kept = tuple[Sequence[IssueRow], Sequence[ResponsibilityRow]]


async def rows_of(session: AsyncSession, version: int) -> Kept:
    """The rows of one version, each list in its own order."""
    issues = select(IssueRow).where(IssueRow.version == version).order_by(IssueRow.position)
    duties = select(ResponsibilityRow).where(ResponsibilityRow.version == version).order_by(ResponsibilityRow.position)
    return (await session.scalars(issues)).all(), (await session.scalars(duties)).all()


async def lists_at(session: AsyncSession, version: int) -> Lists:
    return lists_from(*await rows_of(session, version))


def lists_from(issues: Sequence[IssueRow], duties: Sequence[ResponsibilityRow]) -> Lists:
    known = IssueList(tuple(map(_issue, issues)))
    return Lists(known, ResponsibilityList(known, tuple(map(_responsibility, duties))))


async def put_lists(session: AsyncSession, version: int, lists: Lists) -> None:
    """All rows of a version that has none yet."""
    await put(session, IssueRow, [issue_row(issue, version, place) for place, issue in enumerate(lists.issues)])
    rows = lists.responsibilities.rows
    await put(session, ResponsibilityRow, [duty_row(row, version, place) for place, row in enumerate(rows)])


async def put(session: AsyncSession, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), AT_ONCE):
        await session.execute(insert(table), [dict(row) for row in rows[start : start + AT_ONCE]])


def plain(row: Any) -> dict[str, Any]:
    """A dataclass's fields as columns: tuples are lists, words are text."""
    values = {name: getattr(row, name) for name in row.__dataclass_fields__}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def issue_row(issue: Issue, version: int, position: int) -> dict[str, Any]:
    row = plain(issue)
    limit = row.pop("limit")
    return {**row, "limit_amount": limit.amount, "limit_unit": limit.unit, "version": version, "position": position}


def duty_row(duty: Responsibility, version: int, position: int) -> dict[str, Any]:
    row = plain(duty)
    limit = row.pop("limit")
    amount, unit = (limit.amount, limit.unit) if limit else (None, None)
    return {**row, "limit_amount": amount, "limit_unit": unit, "version": version, "position": position}


def _issue(row: IssueRow) -> Issue:
    return Issue(
        code=row.code,
        parent=row.parent,
        name=row.name,
        grade=Grade(row.grade),
        limit=Limit(row.limit_amount, LimitUnit(row.limit_unit)),
        filing_condition=row.filing_condition,
        closing_condition=row.closing_condition,
        evidence=row.evidence,
        reserved_to=row.reserved_to,
        reserved_basis=row.reserved_basis,
        public=row.public,
        phrases=tuple(row.phrases),
        questions=tuple(row.questions),
        keywords=tuple(row.keywords),
    )


def _responsibility(row: ResponsibilityRow) -> Responsibility:
    return Responsibility(
        row=row.row,
        issue=row.issue,
        scope_kind=ScopeKind(row.scope_kind),
        scope=row.scope,
        lead=row.lead,
        co=tuple(row.co),
        power=Power(row.power),
        limit=_limit(row.limit_amount, row.limit_unit),
        legal_basis=row.legal_basis,
        handed_down=row.handed_down,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _limit(amount: int | None, unit: str | None) -> Limit | None:
    return Limit(amount, LimitUnit(unit)) if amount is not None and unit is not None else None
