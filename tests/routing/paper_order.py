"""An order on paper, for tests of the lifecycle: no row, no session; and what makes every move acceptable."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from routing.facts import By
from routing.lifecycle import Decision
from routing.states import Effect, Voice
from services.roles import Role

CLOSED_AS = {"closed": "resolved"}


@dataclass
class PaperOrder:
    """Led by an area grid under a street, with the police as co-unit."""

    state: str = ""
    outcome: str | None = None
    case_no: str = "1"
    parent: str | None = None
    item_type: str = "complaint"
    lead_unit: str | None = "grid"
    co_units: tuple[str, ...] = ("police",)
    led_by: tuple[str, ...] = ("grid",)
    disputed_by: tuple[str, ...] = ()
    round: int = 1
    rounds_allowed: int = 3
    has_reporter: bool = True
    evidence_needed: bool = False
    hazard: bool = False
    review_date: date | None = None
    appealed: bool = False
    deliberating: bool = False
    bound_by: str | None = None
    bound_option: str | None = None


def order_at(state: str, **facts: Any) -> PaperOrder:
    return PaperOrder(**{"state": state, "outcome": CLOSED_AS.get(state), **facts})


def somebody(role: str, person: str = "first", **stance: Any) -> By:
    """A role or a voice, standing to the order as told."""
    return By(Role(role) if role in set(Role) else Voice(role), person, **stance)


PLACED: dict[str, Any] = {"unit": "other", "reserved": False, "unit_is_grassroots": True, "unit_accused": None}
TOLD: dict[str, dict[str, Any]] = {
    "register": {"text": "路灯不亮"},
    "settle_on_spot": {"done": "换了灯泡"},
    "route": {"explanation": "one row fits", **PLACED},
    "ask": {"missing": "which house"},
    "dispatch": PLACED,
    "redirect": {"reason": "another unit has it", "cause": "place_amended", **PLACED},
    "reclassify": {"issue": "0901", "reason": "it is about lamps", "told_item_type": "complaint"},
    "merge": {"parent": "2", "parent_state": "handle.working"},
    "follow": {"outcome": "resolved"},
    "unmerge": {"reason": "another lamp"},
    "decline": {"reason": "a private contract", "legal_route": "the court of the district"},
    "hand_over": {"receiver": "110", "reference": "A-17", "at": "2026-03-02T09:00:00+08:00"},
    "contact": {"at": "2026-03-02T09:00:00+08:00", "how": "phone", "result": "wrong number"},
    "dispute": {"reason": "not our road", "legal_basis": "row 12", "proposed_unit": "roads"},
    "rule": {"decision": "dispatch", **PLACED},
    "transfer": {"unit_in_subtree": True, **PLACED},
    "summon": {"unit": "fire", "unit_accused": None},
    "release": {"unit": "police"},
    "extend": {"new_limit": "15 working days", "reason": "parts are ordered"},
    "defer": {"review_date": date(2026, 9, 1), "reason": "after the rains"},
    "raise_level": {"unit_above": "street"},
    "note": {"text": "the shop opens at ten"},
    "report_done": {"done": "lamp replaced", "public_answer": "路灯已修好"},
    "send_back": {"finding": "still dark"},
    "approve": {"finding": "seen, it is lit"},
    "judge": {"verdict": "resolved", "round": 1, "unit_above": "street"},
    "withdraw": {"others_wait": False},
    "appeal": {"within_window": True, "unit_above": "street"},
}
"""What is told with each move where nothing stands against it."""

SECONDS: dict[str, By] = {
    "decline": somebody("dispatcher", "second", covers=True),
    "reclassify": somebody("dispatcher", "second", covers=True),
    "hand_over": somebody("supervisor", "second", covers=True),
    "extend": somebody("supervisor", "second", covers=True),
    "defer": somebody("supervisor", "second", covers=True),
}


def write(order: PaperOrder, decision: Decision, told: dict[str, Any]) -> None:
    """What a caller writes of a decision."""
    if decision.new_lead:
        order.led_by = (*order.led_by, decision.new_lead)
    if Effect.DISPUTED in decision.effects and order.lead_unit:
        order.disputed_by = (*order.disputed_by, order.lead_unit)
    order.lead_unit, order.co_units = decision.lead_unit, tuple(sorted(decision.co_units))
    order.round = decision.round
    order.appealed = order.appealed or Effect.APPEALED in decision.effects
    if decision.move in ("defer", "report_done"):
        order.review_date = told.get("review_date")
    if decision.move in ("merge", "unmerge"):
        order.parent = told.get("parent")
