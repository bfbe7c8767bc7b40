"""Figures by place, unit and list row: how often, how long, how it went."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from routing.analysis.scope import LED, Scope, read
from routing.city import City, Level

Line = dict[str, Any]
REPEAT_PLACES = {
    "grid": "网格编码", "grid_name": "网格", "issue": "事项编码", "issue_name": "事项", "cases": "件数",
    "merged": "并单", "again": "办结后再发", "first_at": "首次受理", "last_at": "最近受理",
}  # fmt: skip
SLOW_STEPS = {
    "unit": "单位编码", "unit_name": "单位", "state": "状态", "spells": "次数", "median_hours": "中位时长（小时）",
    "p90_hours": "九成以内（小时）", "total_hours": "合计（小时）", "still": "仍在其中",
}  # fmt: skip
DISPUTED_ROWS = {
    "row": "责任清单行", "lists": "清单版本", "given": "派出", "disputed": "退单", "elsewhere": "裁定他办",
    "kept": "裁定仍办", "not_accepted": "裁定不受理", "open": "待裁定或已另办", "share": "退单率",
}  # fmt: skip
IN_AREA = {"area": "片区编码", "area_name": "片区", "handled": "已办", "inside": "片区内办", "share": "片区内占比"}
VISITS = {
    "grid": "网格编码",
    "grid_name": "网格",
    "found": "走访发现",
    "settled": "当场办结",
    "handed_on": "转办",
    "share": "当场办结率",
}


async def repeat_places(session: AsyncSession, scoped: Scope, *, fewest: int) -> list[Line]:
    """Where the same matter comes again and again; `again` are those that came after an earlier one had closed."""
    return list(await read(session, ENDED + _PLACES, scoped, fewest=fewest))


async def slow_steps(session: AsyncSession, scoped: Scope) -> list[Line]:
    """How long cases stayed in each state under each unit; before a unit leads, under the desk that decides."""
    found = await read(session, LED + SPELLS + _STEPS, scoped)
    return [_rounded(row, "median_hours", "p90_hours", "total_hours") for row in found]


async def disputes_by_row(session: AsyncSession, scoped: Scope) -> list[Line]:
    """Which rows of the responsibility list cause disputes; an empty row is what a person or a ruling decided."""
    return [_shared(row, "disputed", "given") for row in await read(session, LED + ROWED + _ROWS, scoped)]


async def share_in_area(session: AsyncSession, scoped: Scope, *, city: City) -> list[Line]:
    """Of what was handled in each area grid (片区), the share that a unit of the area or below it handled."""
    counted: dict[str, list[int]] = {}
    for row in await read(session, LED + DONE + _HANDLED, scoped):
        if area := _area(str(row["grid_path"]), city):
            handled = counted.setdefault(area, [0, 0])
            handled[0] += row["cases"]
            handled[1] += row["cases"] if f"/{area}/" in str(row["path"]) else 0
    lines = [
        {"area": area, "area_name": city.grid(area).name, "handled": handled, "inside": inside}
        for area, (handled, inside) in sorted(counted.items())
    ]
    return [_shared(line, "inside", "handled") for line in lines]


async def visits(session: AsyncSession, scoped: Scope) -> list[Line]:
    """What was found on visits (走访), and how much of it was settled on the spot, by grid."""
    return [_shared(row, "settled", "found") for row in await read(session, _VISITS, scoped)]


def _area(path: str, city: City) -> str | None:
    codes = path.strip("/").split("/")
    return next((code for code in codes if code in city and city.grid(code).level is Level.AREA), None)


def _shared(row: Mapping[str, Any], part: str, of: str) -> Line:
    """With the share, empty where there is nothing to share."""
    return {**row, "share": round(row[part] / row[of], 4) if row[of] else None}


def _rounded(row: Mapping[str, Any], *names: str) -> Line:
    return {**row, **{name: None if row[name] is None else round(float(row[name]), 2) for name in names}}


ENDED = """
    , ended AS (
        SELECT s.grid, s.issue, min(t.at) AS closed_at FROM scoped AS s
        JOIN timeline AS t ON t.case_no = s.case_no AND t.to_state = 'closed' AND t.from_state <> 'closed'
        GROUP BY s.grid, s.issue
    )
"""
_PLACES = """
    SELECT s.grid, max(s.grid_name) AS grid_name, s.issue, max(s.issue_name) AS issue_name, count(*) AS cases,
        count(*) FILTER (WHERE s.merged_into IS NOT NULL) AS merged,
        count(*) FILTER (WHERE s.merged_into IS NULL AND s.received_at > e.closed_at) AS again,
        min(s.received_at) AS first_at, max(s.received_at) AS last_at
    FROM scoped AS s LEFT JOIN ended AS e ON e.grid = s.grid AND e.issue = s.issue
    WHERE s.grid IS NOT NULL AND s.issue IS NOT NULL
    GROUP BY s.grid, s.issue HAVING count(*) >= :fewest ORDER BY cases DESC, s.grid, s.issue
"""
SPELLS = """
    , stood AS (
        SELECT case_no, number, at, to_state,
            CASE WHEN starts_with(to_state, 'discover.') THEN desk_unit ELSE unit END AS unit
        FROM led WHERE to_state IS NOT NULL
    ), changed AS (
        SELECT *, lag(to_state) OVER each_case AS state_before, lag(unit) OVER each_case AS unit_before
        FROM stood WINDOW each_case AS (PARTITION BY case_no ORDER BY number)
    ), spells AS (
        SELECT case_no, to_state, unit, at, lead(at) OVER (PARTITION BY case_no ORDER BY number) AS until
        FROM changed WHERE to_state IS DISTINCT FROM state_before OR unit IS DISTINCT FROM unit_before
    )
"""
_STEPS = """
    SELECT s.unit, max(u.name) AS unit_name, s.to_state AS state, count(s.until) AS spells,
        extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY s.until - s.at)) / 3600 AS median_hours,
        extract(epoch FROM percentile_cont(0.9) WITHIN GROUP (ORDER BY s.until - s.at)) / 3600 AS p90_hours,
        extract(epoch FROM sum(s.until - s.at)) / 3600 AS total_hours, count(*) - count(s.until) AS still
    FROM spells AS s LEFT JOIN units AS u ON u.code = s.unit
    WHERE s.to_state NOT IN ('closed', 'merged', 'discover.registered')
    GROUP BY s.unit, s.to_state ORDER BY total_hours DESC NULLS LAST, s.unit, s.to_state
"""
ROWED = """
    , sourced AS (
        SELECT case_no, number, move, unit, facts,
            count(*) FILTER (WHERE move IN ('route', 'dispatch', 'redirect', 'rule') AND NOT facts ? 'step')
                OVER (PARTITION BY case_no ORDER BY number) AS source
        FROM led
    ), rowed AS (
        SELECT *, max(facts ->> 'row') OVER given AS list_row, max(facts ->> 'lists') OVER given AS lists
        FROM sourced WINDOW given AS (PARTITION BY case_no, source)
    ), disputes_told AS (
        SELECT d.case_no, d.unit, d.number, before.list_row, before.lists, r.facts AS ruling FROM rowed AS d
        JOIN rowed AS before ON before.case_no = d.case_no AND before.number = d.number
        LEFT JOIN LATERAL (
            SELECT CASE WHEN n.move = 'rule' THEN n.facts END AS facts FROM led AS n
            WHERE n.case_no = d.case_no AND n.number > d.number AND n.to_state <> 'handle.disputed'
            ORDER BY n.number LIMIT 1
        ) AS r ON true
        WHERE d.move = 'dispute'
    ), handed_out AS (
        SELECT case_no, list_row, lists FROM rowed
        WHERE move IN ('route', 'dispatch', 'redirect') AND NOT facts ? 'step' AND facts ? 'lead'
    )
"""
RULED = {
    "elsewhere": "ruling ->> 'decision' = 'dispatch' AND ruling ->> 'unit' <> unit",
    "kept": "ruling ->> 'decision' = 'dispatch' AND ruling ->> 'unit' = unit",
    "not_accepted": "ruling ->> 'decision' = 'not_accepted'",
    "open": "ruling IS NULL",
}
"""How a dispute ended, of `disputes_told`."""
_ROWS = """
    , given AS (
        SELECT list_row, lists, count(*) AS given FROM handed_out GROUP BY list_row, lists
    ), argued AS (
        SELECT list_row, lists, count(*) AS disputed,
            count(*) FILTER (WHERE {elsewhere}) AS elsewhere, count(*) FILTER (WHERE {kept}) AS kept,
            count(*) FILTER (WHERE {not_accepted}) AS not_accepted, count(*) FILTER (WHERE {open}) AS open
        FROM disputes_told GROUP BY list_row, lists
    )
    SELECT a.list_row AS row, a.lists, coalesce(g.given, 0) AS given, a.disputed, a.elsewhere, a.kept, a.not_accepted,
        a.open
    FROM argued AS a LEFT JOIN given AS g
        ON g.list_row IS NOT DISTINCT FROM a.list_row AND g.lists IS NOT DISTINCT FROM a.lists
    ORDER BY a.disputed DESC, a.list_row, a.lists
""".format(**RULED)  # noqa: S608 - our own conditions
DONE = """
    , done AS (
        SELECT DISTINCT ON (l.case_no) l.case_no,
            CASE WHEN l.move = 'settle_on_spot' THEN t.by_unit ELSE l.unit END AS unit
        FROM led AS l JOIN timeline AS t ON t.case_no = l.case_no AND t.number = l.number
        WHERE l.move IN ('report_done', 'settle_on_spot') ORDER BY l.case_no, l.number DESC
    )
"""
_HANDLED = """
    SELECT s.grid_path, u.path, count(*) AS cases FROM done AS d JOIN scoped AS s ON s.case_no = d.case_no
    LEFT JOIN units AS u ON u.code = d.unit WHERE s.grid_path IS NOT NULL GROUP BY s.grid_path, u.path
"""
_VISITS = """
    SELECT s.grid, max(s.grid_name) AS grid_name, count(*) AS found, count(t.case_no) AS settled,
        count(*) - count(t.case_no) AS handed_on
    FROM scoped AS s LEFT JOIN timeline AS t ON t.case_no = s.case_no AND t.move = 'settle_on_spot'
    WHERE s.channel = 'visit' AND s.grid IS NOT NULL GROUP BY s.grid ORDER BY found DESC, s.grid
"""
