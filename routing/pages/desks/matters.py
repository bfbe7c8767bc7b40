"""What the lists and earlier rulings say of a case's matter at its place, for whoever has to rule on a dispute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.catalogue import Catalogue
from routing.city import UnknownCode, UnknownDuty, resolve
from routing.duties import candidates_at, duty_at
from routing.lists import Responsibility
from routing.models import Dispute, Order
from routing.standing import visible
from routing.terms import Terms
from services.identity import Actor

MOST_PRECEDENTS = 5


@dataclass(frozen=True)
class Row:
    """A row of the responsibility list that fits: whom it means here, and whether it leads."""

    row: str
    unit: str
    unit_name: str
    power: str
    basis: str | None
    leads: bool
    loss: str | None


@dataclass(frozen=True)
class Precedent:
    """An earlier ruling on the same issue."""

    case_no: str
    grid_name: str | None
    decision: str
    unit_name: str | None
    ruling: str | None
    ruled_at: datetime


def rows(order: Order, catalogue: Catalogue, terms: Terms) -> list[Row]:
    """Those in force on the day of the report, the one that leads first."""
    known = order.issue and order.issue in catalogue.lists.issues and order.grid in catalogue.city
    if not known or not order.grid or not order.issue:
        return []
    day = order.received_at.astimezone(terms.calendar.zone).date()
    issue = catalogue.lists.issues.find(order.issue)
    duty = duty_at(issue, order.grid, catalogue, day)
    losses = {each.candidate.row.row: each.loss.value for each in duty.decision.losers} if duty else {}
    leading = duty.row.row if duty else None
    found = [
        _row(each.row, order.grid, catalogue, leads=each.row.row == leading, loss=losses.get(each.row.row))
        for each in candidates_at(issue, order.grid, catalogue, day)
        if each.in_force
    ]
    return sorted((row for row in found if row), key=lambda row: not row.leads)


def _row(row: Responsibility, grid: str, catalogue: Catalogue, *, leads: bool, loss: str | None) -> Row | None:
    try:
        unit = resolve(row.lead, grid, catalogue.city)
    except (UnknownDuty, UnknownCode):
        return None
    return Row(row.row, unit.code, unit.name, row.power.value, row.legal_basis, leads, loss)


async def precedents(session: AsyncSession, order: Order, catalogue: Catalogue, *, actor: Actor) -> Sequence[Precedent]:
    """The newest rulings on the same issue among the orders that the actor sees."""
    if order.issue is None:
        return []
    ruled = (
        select(Dispute, Order.grid_name)
        .join(Order, Order.case_no == Dispute.case_no)
        .where(Order.issue == order.issue, Dispute.decision.is_not(None), Dispute.case_no != order.case_no)
        .where(visible(actor))
        .order_by(Dispute.ruled_at.desc())
        .limit(MOST_PRECEDENTS)
    )
    return [
        Precedent(
            row.Dispute.case_no,
            row.grid_name,
            row.Dispute.decision,
            unit_name(row.Dispute.ruled_unit, catalogue),
            row.Dispute.ruling,
            row.Dispute.ruled_at,
        )
        for row in await session.execute(ruled)
    ]


def unit_name(code: str | None, catalogue: Catalogue) -> str | None:
    """Its name today, or the code of one that is no more."""
    try:
        return catalogue.city.unit(code).name if code else None
    except LookupError:
        return code
