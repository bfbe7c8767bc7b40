"""Of which cases figures are made: those received in a period, in the asker's subtree, narrowed by place and matter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Text

from services.identity import Actor
from services.problems import invalid
from services.roles import Role

READERS = (Role.LEADER, Role.SUPERVISOR, Role.DISPATCHER, Role.AUDITOR)
LONGEST = 400
"""Days of a period."""
Found = Sequence[dict[str, Any]]

SCOPED = """
    WITH scoped AS MATERIALIZED (
        SELECT case_no, channel, issue, issue_name, grid, grid_name, grid_path, desk_unit, received_at, merged_into
        FROM orders
        WHERE received_at >= :since AND received_at < :until
            AND (desk_path LIKE ANY(:paths) OR lead_path LIKE ANY(:paths))
            AND (CAST(:issue AS text) IS NULL OR issue = :issue OR starts_with(issue, :issue || '-'))
            AND (CAST(:grid AS text) IS NULL OR strpos(grid_path, '/' || :grid || '/') > 0)
    )
"""
LED = """
    , told AS (
        SELECT t.case_no, t.number, t.at, t.move, t.to_state, t.facts, s.desk_unit,
            count(*) FILTER (WHERE t.facts ? 'lead') OVER (PARTITION BY t.case_no ORDER BY t.number) AS stint
        FROM timeline AS t JOIN scoped AS s ON s.case_no = t.case_no
    ), led AS (
        SELECT *, max(facts ->> 'lead') OVER (PARTITION BY case_no, stint) AS unit FROM told
    )
"""
"""Every entry with the unit that led then: an entry that gives the case to another one names it."""


@dataclass(frozen=True)
class Scope:
    """Paths of the asker's units, the period, and what narrows it."""

    paths: tuple[str, ...]
    since: datetime
    until: datetime
    issue: str | None = None
    grid: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {
            "paths": [f"{escaped(path)}%" for path in self.paths],
            "since": self.since,
            "until": self.until,
            "issue": self.issue,
            "grid": self.grid,
        }


def escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def scope(
    actor: Actor, *, first: date, last: date, zone: ZoneInfo, issue: str | None = None, grid: str | None = None
) -> Scope:
    """From the first day to the last one, both whole. Raises Invalid."""
    if not first <= last or (last - first).days >= LONGEST:
        raise invalid("first", f"lies before the last day, at most {LONGEST} days", "choose a shorter period")
    since = datetime.combine(first, time(), zone)
    until = datetime.combine(last + timedelta(days=1), time(), zone)
    return Scope(tuple({grant.path for grant in actor.of(*READERS)}), since, until, issue, grid)


async def read(session: AsyncSession, query: str, scoped: Scope, **values: Any) -> Found:
    """The rows of a query over `scoped`."""
    statement = text(SCOPED + query).bindparams(bindparam("paths", type_=ARRAY(Text)))
    found = await session.execute(statement, {**scoped.values, **values})
    return [dict(row) for row in found.mappings()]
