"""The grids as they are, what a file would change of them, and changing them: history stays, units follow.

A grid that changes ends the day before and begins anew under its code; an order keeps the grid of its day.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing import abolished, shelves
from routing.catalogue import NoCatalogue
from routing.city import City, Grid
from routing.drafts import ListRefused
from routing.grid_files import Changes, Form, read
from routing.grid_units import UnitNews, follow
from routing.list_shelves import plain, put
from routing.lists import ListFaults, Lists
from routing.models import AddressRow, CatalogueState, DutyRow, GridRow, Order
from routing.states import Cause
from services import audit
from services.clocks import now
from services.identity import Actor
from services.problems import Problem
from services.roles import Role

AT_ONCE = 5000
MOST_TOLD = 200
"""Codes of each kind in an audit entry."""


class GridsRefused(ListRefused):
    """The file breaks the rules of the grids; nothing of it was kept."""

    title = "Grids refused"


class NotYourGrids(Problem):
    """The file changes grids of units outside your subtree."""

    status = 403
    title = "Not your grids"
    remedy = "Send only the part below your own unit, or ask an editor above both."


@dataclass(frozen=True)
class Effects:
    """What changed beside the grids, and what somebody has to look at now."""

    units: UnitNews
    open_orders: int
    """Led by a unit that is closed now: those in handling are redirected by a job that this transaction leaves."""
    rows_astray: tuple[str, ...]
    """Rows of the published responsibility list that name an ended grid or a closed unit."""


async def kept(session: AsyncSession) -> tuple[City, Lists]:
    """Raises NoCatalogue."""
    if await session.get(CatalogueState, 1) is None:
        raise NoCatalogue
    rows = await shelves.read_city(session)
    return await asyncio.to_thread(shelves.city_of, rows), shelves.lists_of(await shelves.read_lists(session))


async def lock(session: AsyncSession) -> None:
    """One import at a time: the second one reads what the first one left."""
    await session.execute(select(CatalogueState.version).with_for_update())


async def propose(session: AsyncSession, data: bytes, form: Form, *, day: date) -> Changes:
    """What the file would change today. Raises GridsRefused."""
    city, _ = await kept(session)
    try:
        return await asyncio.to_thread(lambda: read(data, form, city, day=day))
    except ListFaults as broken:
        raise GridsRefused(broken) from None


async def apply(session: AsyncSession, changes: Changes, *, day: date, actor: Actor | None) -> Effects:
    """Keep the changes from this day on. Without an actor it is done at the machine itself. Raises NotYourGrids."""
    city, lists = await kept(session)
    if actor:
        _check_own(changes, city, actor)
    if not changes.any:
        return Effects(UnitNews(), 0, ())
    await _end(session, [*changes.ended, *(old for old, _ in changes.changed)], day)
    begun = [*changes.added, *(new for _, new in changes.changed)]
    await put(session, GridRow, [_row(grid, day) for grid in begun])
    await _readdress(session, changes, city)
    await _end_duties(session, changes.ended)
    news = await follow(session, city, changes, day=day)
    await shelves.touch(session)
    await abolished.announce(session, news.closed, Cause.UNIT_CLOSED)
    voice = None if actor else "system"
    await audit.record(session, "grids.changed", "grids", actor=actor, voice=voice, day=str(day), **_facts(changes))
    return Effects(news, await _open_orders(session, news.closed), tuple(_astray(lists, changes, news.closed)))


def _check_own(changes: Changes, city: City, actor: Actor) -> None:
    own = {grant.unit for grant in actor.of(Role.EDITOR)}
    known = {grid.code for grid in city.grids}
    touched = {grid.code for grid in (*changes.ended, *(old for old, _ in changes.changed))} | changes.addresses.keys()
    touched |= {grid.parent for grid in changes.added if grid.parent}
    touched |= {new.parent for old, new in changes.changed if new.parent and new.parent != old.parent}
    alien = sorted(code for code in touched & known if own.isdisjoint(unit.code for unit in city.unit_chain(code)))
    if alien:
        raise NotYourGrids(grids=alien[:MOST_TOLD])


async def _end(session: AsyncSession, grids: Sequence[Grid], day: date) -> None:
    """A row that began this very day held for no day, and goes."""
    for codes in _bunches([grid.code for grid in grids]):
        here = (GridRow.code.in_(codes), GridRow.valid_to.is_(None))
        await session.execute(delete(GridRow).where(*here, GridRow.valid_from >= day))
        await session.execute(update(GridRow).where(*here).values(valid_to=day - timedelta(days=1)))


def _bunches(codes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(codes), AT_ONCE):
        yield codes[start : start + AT_ONCE]


def _row(grid: Grid, day: date) -> dict[str, Any]:
    return {**shelves.grid_row(grid), "valid_from": day, "valid_to": None}


async def _readdress(session: AsyncSession, changes: Changes, city: City) -> None:
    for codes in _bunches(sorted(changes.addresses)):
        await session.execute(delete(AddressRow).where(AddressRow.grid.in_(codes)))
    districts = {grid.code: grid.district for grid in (*city.grids, *changes.added)}
    rows = [address for addresses in changes.addresses.values() for address in addresses]
    await put(session, AddressRow, [{**plain(each), "district": districts[each.grid]} for each in rows])


async def _end_duties(session: AsyncSession, ended: Iterable[Grid]) -> None:
    for codes in _bunches([grid.code for grid in ended]):
        over = update(DutyRow).where(DutyRow.grid.in_(codes), DutyRow.ended_at.is_(None))
        await session.execute(over.values(ended_at=now()))


def _facts(changes: Changes) -> dict[str, Any]:
    told = {
        "added": [grid.code for grid in changes.added],
        "changed": [grid.code for _, grid in changes.changed],
        "ended": [grid.code for grid in changes.ended],
        "readdressed": sorted(changes.addresses),
    }
    return {name: {"count": len(codes), "codes": codes[:MOST_TOLD]} for name, codes in told.items()}


async def _open_orders(session: AsyncSession, closed: Sequence[str]) -> int:
    wanted = select(func.count()).select_from(Order).where(Order.closed_at.is_(None))
    return sum([await session.scalar(wanted.where(Order.lead_unit.in_(codes))) or 0 for codes in _bunches(closed)])


def _astray(lists: Lists, changes: Changes, closed: Sequence[str]) -> Iterator[str]:
    gone = {grid.code for grid in changes.ended} | set(closed)
    for row in lists.responsibilities.rows:
        if row.scope in gone or row.lead in gone or not gone.isdisjoint(row.co):
            yield row.row
