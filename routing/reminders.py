"""What the clock tells people: one row for each role in a unit that must know, beside the timeline's entry.

Whoever holds the role in the unit, or above it, reads it; nothing is ever changed or answered here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.circumstances import codes_above
from routing.models import Order, Reminder, Ring
from services.clocks import now
from services.identity import Actor
from services.ids import new_id
from services.problems import invalid
from services.requests import cursor, position
from services.roles import Role


@dataclass(frozen=True)
class Told:
    """Who is told: a role in the unit at the end of a path."""

    role: Role
    path: str

    @property
    def unit(self) -> str:
        return self.path.strip("/").rpartition("/")[2]


def handlers(path: str | None) -> list[Told]:
    """Those of a unit who handle and lead."""
    return [Told(Role.OFFICER, path), Told(Role.LEADER, path)] if path else []


def above(path: str | None) -> list[Told]:
    """The supervisors of the unit above, or at the top of the top itself."""
    return [Told(Role.SUPERVISOR, up(path) or path)] if path else []


def up(path: str) -> str | None:
    """The path of the unit above: `/31/` from `/31/310101/`."""
    code = next(iter(codes_above(path)), None)
    return path[: path.index(f"/{code}/")] + f"/{code}/" if code else None


async def ring(session: AsyncSession, order: Order, kind: Ring, due: datetime, told: Iterable[Told]) -> None:
    """Tell them, in the transaction of the entry."""
    same: dict[str, Any] = {"case_no": order.case_no, "district": order.district, "at": now(), "kind": kind, "due": due}
    rows = [same | {"id": new_id(), "unit": each.unit, "path": each.path, "role": each.role} for each in told]
    if rows:
        await session.execute(insert(Reminder), rows)


async def page(
    session: AsyncSession, actor: Actor, *, case_no: str | None = None, after: str | None = None, limit: int = 50
) -> tuple[Sequence[Reminder], str | None]:
    """What the actor is told, the newest first, and the cursor of the next page where there is one."""
    wanted = select(Reminder).where(_told_to(actor)).order_by(Reminder.id.desc()).limit(limit + 1)
    if case_no:
        wanted = wanted.where(Reminder.case_no == case_no)
    if after:
        wanted = wanted.where(Reminder.id < _position(after))
    found = (await session.scalars(wanted)).all()
    rows = found[:limit]
    return rows, cursor(id=str(rows[-1].id)) if len(found) > limit else None


def _position(after: str) -> UUID:
    try:
        return UUID(str(position(after)["id"]))
    except (KeyError, ValueError):
        raise invalid("cursor", "is a `next` value of this list", "start again without a cursor") from None


def _told_to(actor: Actor) -> ColumnElement[bool]:
    """By role, in the subtree of each grant; the auditor reads all of it."""
    return or_(false(), *(_of(grant.role, grant.path) for grant in actor.grants))


def _of(role: Role, path: str) -> ColumnElement[bool]:
    inside = Reminder.path.startswith(path, autoescape=True)
    return inside if role is Role.AUDITOR else and_(Reminder.role == role, inside)
