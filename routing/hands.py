"""Who makes a move, as it is signed in the timeline and in the audit."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from routing.facts import By
from routing.models import Order
from routing.states import Voice
from services import audit
from services.identity import Actor


@dataclass(frozen=True)
class Hand:
    """Who makes a move as seen from the order, whose key was used, and who agreed to it as second person."""

    by: By
    actor: Actor | None = None
    second: By | None = None

    @classmethod
    def voice(cls, voice: Voice) -> "Hand":
        """Somebody without a key."""
        return cls(By.voice(voice))


def signature(hand: Hand) -> dict[str, Any]:
    """As timeline entries are signed: of two persons, by the one who asked for the move."""
    person = UUID(hand.by.person) if hand.actor else None
    return {"by_role": hand.by.role.value, "by_person": person, "by_unit": hand.by.unit}


async def record(session: AsyncSession, order: Order, action: str, hand: Hand, **facts: Any) -> None:
    """The audit entry of what was done to an order, by the key that was used."""
    voice = None if hand.actor else hand.by.role.value
    await audit.record(session, f"order.{action}", order.case_no, actor=hand.actor, voice=voice, **facts)
