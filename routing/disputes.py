"""Disputes (退单) and their rulings (裁定): who said what, who decided, and the list row that a ruling suggests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.facts import By
from routing.lifecycle import Decision
from routing.models import Dispute, ListProposal, Order
from routing.states import Effect, Move, State
from services.ids import new_id

Told = Mapping[str, Any]


async def open_dispute(session: AsyncSession, order: Order) -> Dispute | None:
    """The dispute that waits for a ruling, where the order is disputed."""
    if order.state != State.DISPUTED:
        return None
    return (await session.scalars(_waiting(order.case_no))).one_or_none()


async def keep(
    session: AsyncSession, order: Order, decision: Decision, told: Told, by: By, at: datetime, *, unit: str | None
) -> None:
    """Write down a new dispute, a ruling, or that something else overtook the dispute; `unit` led before the move."""
    if decision.move is Move.DISPUTE:
        session.add(_raised(order, told, by, at, str(unit)))
    elif decision.from_state is State.DISPUTED and decision.to_state is not State.DISPUTED:
        dispute = (await session.scalars(_waiting(order.case_no))).one()
        _end(dispute, decision, told, by, at)
    if Effect.PRECEDENT in decision.effects:
        session.add(_precedent(order, decision, told, at))


def _waiting(case_no: str) -> Any:
    return select(Dispute).where(Dispute.case_no == case_no, Dispute.ruled_at.is_(None))


def _raised(order: Order, told: Told, by: By, at: datetime, unit: str) -> Dispute:
    return Dispute(
        id=new_id(),
        case_no=order.case_no,
        district=order.district,
        unit=unit,
        person=UUID(by.person),
        reason=told["reason"],
        legal_basis=told["legal_basis"],
        proposed_unit=told["proposed_unit"],
        raised_at=at,
    )


def _end(dispute: Dispute, decision: Decision, told: Told, by: By, at: datetime) -> None:
    dispute.ruled_at = at
    if decision.move is Move.RULE:
        dispute.decision, dispute.ruled_unit = told["decision"], told.get("unit")
        dispute.ruling = told.get("reason") or told.get("legal_route")
        dispute.ruled_by = UUID(by.person)
    else:
        dispute.ruling = f"overtaken by {decision.move}"


def _precedent(order: Order, decision: Decision, told: Told, at: datetime) -> ListProposal:
    """The case is the reason; a person reads it before anything becomes a list row."""
    return ListProposal(
        id=new_id(),
        case_no=order.case_no,
        district=order.district,
        issue=order.issue,
        grid=order.grid,
        unit=decision.lead_unit if decision.to_state is State.DISPATCHED else None,
        reason=told.get("reason") or told.get("legal_route") or "",
        proposed_at=at,
    )
