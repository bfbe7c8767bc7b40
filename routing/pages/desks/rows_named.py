"""Which matter a row of the responsibility list is about, as its own version of the lists has it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from routing.lists.rows import ANY_ISSUE
from routing.models import IssueRow, ResponsibilityRow

ANYTHING = "各类事项"
Line = Mapping[str, Any]


async def matters_named(session: AsyncSession, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """The lines with `matter`; nothing where the version or the row is not known."""
    known = await _matters(session, {key for line in lines if (key := _key(line))})
    return [{**line, "matter": known.get(_key(line))} for line in lines]


def _key(line: Line) -> tuple[int, str] | None:
    return (int(line["lists"]), line["row"]) if line["row"] and line["lists"] else None


async def _matters(session: AsyncSession, keys: set[tuple[int, str]]) -> dict[tuple[int, str] | None, str]:
    if not keys:
        return {}
    row, issue = ResponsibilityRow, IssueRow
    found = await session.execute(
        select(row.version, row.row, row.issue, issue.name)
        .outerjoin(issue, (issue.version == row.version) & (issue.code == row.issue))
        .where(tuple_(row.version, row.row).in_(sorted(keys)))
    )
    return {(at, name): ANYTHING if code == ANY_ISSUE else called or code for at, name, code, called in found}
