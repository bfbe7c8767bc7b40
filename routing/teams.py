"""The units on an order: who leads it, who has joined, since when and until when."""

from collections.abc import Mapping
from datetime import datetime

from routing.lifecycle import Decision
from routing.models import Order, OrderUnit, TeamRole
from services.identity import Unit
from services.ids import new_id

Units = Mapping[str, Unit]


def change(order: Order, decision: Decision, units: Units, at: datetime, *, arrive_by: datetime | None = None) -> None:
    """Let those go who are no longer on it and take in who is new, with the name and path they have now."""
    wanted = {(TeamRole.CO.value, code) for code in decision.co_units}
    if decision.lead_unit:
        wanted.add((TeamRole.LEAD.value, decision.lead_unit))
    for stint in order.team:
        if (stint.role, stint.unit) not in wanted:
            stint.until = at
    present = {(stint.role, stint.unit) for stint in order.team}
    for role, code in sorted(wanted - present):
        order.units.append(_joined(order, role, code, units, at, arrive_by if role == TeamRole.CO else None))
    _show_lead(order)


def _joined(order: Order, role: str, code: str, units: Units, at: datetime, arrive_by: datetime | None) -> OrderUnit:
    known = units.get(code) or next(stint for stint in reversed(order.units) if stint.unit == code)
    return OrderUnit(
        id=new_id(),
        case_no=order.case_no,
        district=order.district,
        unit=code,
        name=known.name,
        path=known.path,
        role=role,
        since=at,
        arrive_by=arrive_by,
    )


def _show_lead(order: Order) -> None:
    lead = current_lead(order)
    order.lead_unit = lead.unit if lead else None
    order.lead_name = lead.name if lead else None
    order.lead_path = lead.path if lead else None


def current_lead(order: Order) -> OrderUnit | None:
    return next((stint for stint in order.team if stint.role == TeamRole.LEAD), None)


def mark_disputed(order: Order, at: datetime) -> None:
    """The lead unit has used its one dispute."""
    lead = current_lead(order)
    if lead:
        lead.disputed_at = at


def mark_arrived(order: Order, unit: str | None, at: datetime) -> None:
    for stint in order.team:
        if stint.role == TeamRole.CO and stint.unit == unit and stint.arrived_at is None:
            stint.arrived_at = at
