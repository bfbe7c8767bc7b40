"""Lines and totals kept up with the raw rows, so that a month of a large city is answered at once.

A case is *stale* from the commit of a change of its raw rows (triggers note it) until its line is made anew, and when
a limit of it passes. `refresh` makes stale lines anew and moves the totals by the difference. Whoever reads takes the
stale cases out of the totals and counts them from the raw rows instead (`figures`): right at any moment, late or early.
"""

from datetime import datetime

from sqlalchemy import CompoundSelect, Select, Text, cast, delete, func, insert, or_, select, text, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.fates import raw_lines
from feedback.figure_models import DeepCode, Line, StaleCase, Total

DEPTH = 3
"""How deep in a tree totals are kept: city, district, street. What lies deeper is counted from the lines."""
BATCH = 2000
ONE_AT_A_TIME = 20260003
"""The advisory lock of whoever makes lines."""
COLUMNS = ("case_no", "received_at", "day", "grid_chain", "unit_chain", "issue_chain", "channel", "fates", "turns_at")
_CELLS = f"""
    SELECT cell.facet, cell.code, line.day, cell.parent, line.fates, {{sign}}count(*)::int AS number
    FROM figure_lines AS line CROSS JOIN LATERAL (
        SELECT 'all' AS facet, '' AS code, '' AS parent
        UNION ALL SELECT 'channel', line.channel, ''
        UNION ALL SELECT chain.facet, node.code, coalesce(chain.codes[node.depth - 1], '')
        FROM (VALUES ('grid', line.grid_chain), ('unit', line.unit_chain), ('issue', line.issue_chain))
            AS chain (facet, codes), unnest(chain.codes) WITH ORDINALITY AS node (code, depth)
        WHERE node.depth <= {DEPTH} AND node.depth = array_position(chain.codes, node.code)
    ) AS cell {{where}}
    GROUP BY cell.facet, cell.code, line.day, cell.parent, line.fates
"""  # noqa: S608 (a number of our own)
_ADD = "INSERT INTO figure_totals (facet, code, day, parent, fates, number) {cells} "
_MOVE = "ON CONFLICT (facet, code, day, parent, fates) DO UPDATE SET number = figure_totals.number + excluded.number"
_DEEP = f"""
    INSERT INTO figure_deep_codes (facet, code, parent)
    SELECT DISTINCT chain.facet, node.code, chain.codes[node.depth - 1]
    FROM figure_lines AS line, LATERAL (VALUES ('grid', line.grid_chain), ('unit', line.unit_chain))
        AS chain (facet, codes), unnest(chain.codes) WITH ORDINALITY AS node (code, depth)
    WHERE node.depth > {DEPTH} {{also}} ON CONFLICT DO NOTHING
"""  # noqa: S608 (likewise)
_THESE = "line.case_no = ANY(:cases)"


def stale(as_of: datetime) -> CompoundSelect[tuple[str]]:
    """The numbers of the cases whose lines are not to be trusted at this moment."""
    return union(select(StaleCase.case_no), select(Line.case_no).where(Line.turns_at <= as_of))


async def refresh(session: AsyncSession, *, as_of: datetime, zone: str, most: int = BATCH) -> int:
    """Make the lines of some stale cases anew and move the totals; how many notes and cases were taken.

    Nothing is taken where somebody else is at it. The notes are taken first and the raw rows read after: a change that
    is committed in between leaves a note of its own.
    """
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(ONE_AT_A_TIME))):
        return 0
    cases = await _taken(session, as_of, most)
    if not cases:
        return 0
    these = {"cases": cases}
    await session.execute(text(_ADD.format(cells=_CELLS.format(sign="-", where=f"WHERE {_THESE}")) + _MOVE), these)
    fresh = raw_lines(as_of, zone, only=select(func.unnest(cast(cases, ARRAY(Text))))).subquery("fresh")
    write = upsert(Line).from_select(COLUMNS, select(*(fresh.c[name] for name in COLUMNS)))
    anew = {name: write.excluded[name] for name in COLUMNS if name != "case_no"}
    await session.execute(write.on_conflict_do_update(index_elements=["case_no"], set_=anew))
    await session.execute(text(_ADD.format(cells=_CELLS.format(sign="", where=f"WHERE {_THESE}")) + _MOVE), these)
    await session.execute(text(_DEEP.format(also=f"AND {_THESE}")), these)
    await session.execute(delete(Total).where(Total.number == 0))
    return len(cases)


async def _taken(session: AsyncSession, as_of: datetime, most: int) -> list[str]:
    oldest = select(StaleCase.id).order_by(StaleCase.id).limit(most)
    noted = await session.scalars(delete(StaleCase).where(StaleCase.id.in_(oldest)).returning(StaleCase.case_no))
    turned = await session.scalars(select(Line.case_no).where(Line.turns_at <= as_of).limit(most))
    return sorted({*noted, *turned})


async def rebuild(session: AsyncSession, *, as_of: datetime, zone: str) -> None:
    """Throw all lines and totals away and make them from the raw rows. Whoever writes meanwhile is noted as ever."""
    await session.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))
    for table in ("stale_cases", "figure_lines", "figure_totals", "figure_deep_codes"):
        await session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (names of our own)
    fresh = raw_lines(as_of, zone).subquery("fresh")
    await session.execute(insert(Line).from_select(COLUMNS, select(*(fresh.c[name] for name in COLUMNS))))
    cells = _CELLS.format(sign="", where="") + " ORDER BY facet, code, day, parent, fates"
    await session.execute(text(_ADD.format(cells=cells)))
    await session.execute(text(_DEEP.format(also="")))


async def backlog(session: AsyncSession, as_of: datetime) -> int:
    """How many cases wait to have their lines made anew."""
    found = await session.scalar(select(func.count()).select_from(stale(as_of).subquery()))
    return int(found or 0)


def deep(facet: str, *, code: str | None = None, parent: str | None = None) -> Select[tuple[bool]]:
    """Whether some line has this code, or a child of this parent, deeper than totals are kept."""
    wanted = [DeepCode.facet == facet, or_(DeepCode.code == code, DeepCode.parent == parent)]
    return select(select(DeepCode.code).where(*wanted).exists())
