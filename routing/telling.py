"""What routing tells the others about an order: its public face after every move, and that somebody may be asked."""

import hashlib
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from routing.events import feed
from routing.models import Order, OrderUnit, TeamRole
from services.messages import GridName, Kind, Message, OrderHandled, OrderMoved, UnitName
from services.messaging import tell
from services.outbox import Beside

SAME = (
    "case_no", "state", "outcome", "round", "channel", "item_type", "issue", "issue_name", "grade", "merged_into",
    "received_at", "case_due", "state_due", "contact_due", "contacted_at", "accepted_at", "handled_at", "closed_at",
    "disputes", "public_answer", "officer",
)  # fmt: skip


async def tell_moved(
    session: AsyncSession, order: Order, *, entry: int, move: str, at: datetime, note: str | None
) -> None:
    """The order as it is now, under its next number."""
    face = {name: getattr(order, name) for name in SAME}
    grid = GridName(code=order.grid, name=order.grid_name or "", path=order.grid_path or "") if order.grid else None
    co_units = tuple(_named(unit) for unit in order.team if unit.role == TeamRole.CO)
    named = {"grid": grid, "lead": lead(order), "co_units": co_units, "accused": order.accused_path}
    moved = OrderMoved(**face, **named, entry=entry, move=move, at=at, note=note)
    await _say(session, order, moved, beside=feed.waiting(order, moved))


async def tell_handled(session: AsyncSession, order: Order, kind: Kind, *, answer: str, at: datetime) -> None:
    """Somebody may be asked about this order: after a handling, or as one of a sample."""
    handled = OrderHandled(
        case_no=order.case_no,
        round=order.round,
        kind=kind,
        item_type=order.item_type,
        lead=lead(order),
        public_answer=answer,
        handled_at=at,
    )
    await _say(session, order, handled)


def lead(order: Order) -> UnitName | None:
    if order.lead_unit is None:
        return None
    return UnitName(code=order.lead_unit, name=order.lead_name or "", path=order.lead_path or "")


def _named(unit: OrderUnit) -> UnitName:
    return UnitName(code=unit.unit, name=unit.name, path=unit.path)


async def _say(session: AsyncSession, order: Order, message: Message, *, beside: Beside | None = None) -> None:
    order.told += 1
    await tell(session, message, sequence=order.told, beside=beside)


def in_sample(case_no: str, kind: str, percent: int) -> bool:
    """Whether the case is one of a sample: always the same answer, and nobody can choose it."""
    return int.from_bytes(hashlib.sha256(f"{kind}:{case_no}".encode()).digest()[:4]) % 100 < percent
