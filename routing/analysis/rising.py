"""What is rising where: each matter in each grid in its last week, against the weeks before it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from routing.analysis.scope import Scope, read
from routing.analysis.surprise import adjusted, chance, expected
from routing.city import City, Level

FEWEST = 3
"""Fewer cases than this in a week say nothing, however few there were before."""
SURE = 0.05
COLUMNS = {
    "issue": "事项编码", "issue_name": "事项", "grid": "网格编码", "grid_name": "网格", "count": "本周件数",
    "expected": "往期预期", "past": "往期各周", "chance": "偶然概率", "adjusted": "多重比较后", "rising": "上升",
}  # fmt: skip


class Cell(NamedTuple):
    """A matter in a grid."""

    issue: str
    grid: str


async def rising(
    session: AsyncSession, scoped: Scope, *, weeks: int, level: Level, city: City, zone: str
) -> list[dict[str, Any]]:
    """The last `weeks` + 1 whole weeks of the period; the newest first tested against all before it."""
    found = await read(session, _QUERY, scoped, zone=zone, weeks=weeks)
    counted: dict[Cell, Counter[int]] = {}
    for row in found:
        if grid := at_level(str(row["grid_path"]), level, city):
            counted.setdefault(Cell(row["issue"], grid), Counter())[int(row["back"])] += int(row["cases"])
    return tested(counted, weeks, {row["issue"]: str(row["issue_name"]) for row in found}, city)


def at_level(path: str, level: Level, city: City) -> str | None:
    """The grid of this level in a chain of grids; None where the chain has none."""
    return next((code for code in path.strip("/").split("/") if code in city and city.grid(code).level is level), None)


def tested(
    counted: Mapping[Cell, Counter[int]], weeks: int, names: Mapping[str, str], city: City
) -> list[dict[str, Any]]:
    """The most surprising first. `counted` is by weeks back: 0 is the week that is tested."""
    cells = [cell for cell, by_week in counted.items() if by_week[0] >= FEWEST]
    pasts = {cell: [counted[cell][back] for back in range(weeks, 0, -1)] for cell in cells}
    chances = [chance(pasts[cell], counted[cell][0]) for cell in cells]
    lines = [
        {
            "issue": cell.issue,
            "issue_name": names.get(cell.issue, ""),
            "grid": cell.grid,
            "grid_name": city.grid(cell.grid).name,
            "count": counted[cell][0],
            "expected": round(expected(pasts[cell]), 2),
            "past": _spelled(pasts[cell]),
            "chance": found,
            "adjusted": after,
            "rising": after <= SURE,
        }
        for cell, found, after in zip(cells, chances, adjusted(chances), strict=True)
    ]
    return sorted(lines, key=lambda line: (line["chance"], line["issue"], line["grid"]))


def _spelled(past: Iterable[int]) -> str:
    return " ".join(map(str, past))


_QUERY = """
    , weekly AS (
        SELECT issue, issue_name, grid_path,
            (date_trunc('week', CAST(:until AS timestamptz) AT TIME ZONE :zone)::date
                - date_trunc('week', received_at AT TIME ZONE :zone)::date) / 7 - 1 AS back
        FROM scoped WHERE issue IS NOT NULL AND grid_path IS NOT NULL
    )
    SELECT issue, max(issue_name) AS issue_name, grid_path, back, count(*) AS cases
    FROM weekly WHERE back BETWEEN 0 AND :weeks GROUP BY issue, grid_path, back
"""
