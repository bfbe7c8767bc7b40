"""How many cases stand how in each part of a place, by the same filter as the lists that lead to them."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import worklists
from routing.list_filters import Narrowing, part_of
from routing.named_lists import Worklist, is_open
from routing.states import Stage, State
from services.identity import Actor

COLUMNS: Mapping[str, Narrowing] = {
    "discover": Narrowing(stage=Stage.DISCOVER),
    "handle": Narrowing(stage=Stage.HANDLE),
    "supervise": Narrowing(stage=Stage.SUPERVISE),
    "feedback": Narrowing(stage=Stage.FEEDBACK),
    "due_today": Narrowing(worklist=Worklist.DUE_TODAY),
    "overdue": Narrowing(worklist=Worklist.OVERDUE),
    "disputed": Narrowing(state=State.DISPUTED),
}
"""The four stages share out all that is open; the others are counted among them."""
Tally = Mapping[str, int]


async def by_part(
    session: AsyncSession, place: str, *, everywhere: bool, actor: Actor, at: datetime, zone: ZoneInfo
) -> dict[str, Tally]:
    """By the grids right below a place; under "" what lies in none of them. `everywhere` adds what the actor sees
    outside the place or without one."""
    asked = Narrowing() if everywhere else Narrowing(grid=place)
    found = await worklists.wanted(session, asked, actor=actor, at=at, zone=zone)
    columns = [
        func.count().filter(and_(*(await worklists.wanted(session, each, actor=actor, at=at, zone=zone)).holds))
        for each in COLUMNS.values()
    ]
    part = part_of(place).label("part")
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for way in found.parts:
        query = select(part, *columns).where(way, *found.holds, is_open()).group_by(part)
        for row in await session.execute(query):
            tallies[row[0]].update(dict(zip(COLUMNS, map(int, row[1:]), strict=True)))
    return {code: {name: tally[name] for name in COLUMNS} for code, tally in tallies.items()}
