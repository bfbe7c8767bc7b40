"""A case for each move in which nothing stands against it, and what it is told."""

from typing import Any

import pytest
from paper_order import SECONDS, TOLD, PaperOrder, order_at, somebody

from routing.facts import By
from routing.lifecycle import Decision, apply
from routing.refusals import (
    Refused,
)
from services.limits import Limit, LimitUnit

THREE_WORKING_DAYS = Limit(3, LimitUnit.WORKING_DAYS)
EVERYWHERE = {"in_lead": True, "in_team": True, "covers": True, "unit": "police", "reported": True}
READY: dict[str, tuple[str, By]] = {
    "register": ("", somebody("hotline")),
    "settle_on_spot": ("discover.registered", somebody("clerk", reported=True)),
    "route": ("discover.registered", somebody("matcher")),
    "ask": ("discover.triage", somebody("dispatcher", covers=True)),
    "dispatch": ("discover.triage", somebody("dispatcher", covers=True)),
    "redirect": ("handle.working", somebody("dispatcher", covers=True)),
    "reclassify": ("handle.working", somebody("dispatcher", covers=True)),
    "merge": ("handle.working", somebody("dispatcher", covers=True)),
    "follow": ("merged", somebody("parent")),
    "unmerge": ("merged", somebody("dispatcher", covers=True)),
    "decline": ("discover.triage", somebody("dispatcher", covers=True)),
    "hand_over": ("handle.working", somebody("officer", in_lead=True, in_team=True)),
    "accept": ("handle.dispatched", somebody("officer", in_lead=True)),
    "contact": ("handle.working", somebody("officer", in_lead=True)),
    "dispute": ("handle.working", somebody("officer", in_lead=True)),
    "rule": ("handle.disputed", somebody("supervisor", covers=True)),
    "transfer": ("handle.working", somebody("leader", in_lead=True)),
    "summon": ("handle.working", somebody("leader", in_lead=True)),
    "arrive": ("handle.working", somebody("officer", unit="police", in_team=True)),
    "release": ("handle.working", somebody("leader", in_lead=True)),
    "extend": ("handle.working", somebody("leader", in_lead=True)),
    "defer": ("handle.working", somebody("leader", in_lead=True)),
    "resume": ("handle.deferred", somebody("supervisor", covers=True)),
    "raise_level": ("handle.working", somebody("supervisor", covers=True)),
    "chase": ("handle.working", somebody("reporter")),
    "supervise": ("handle.working", somebody("supervisor", covers=True)),
    "note": ("handle.working", somebody("reporter")),
    "report_done": ("handle.working", somebody("officer", in_lead=True)),
    "send_back": ("supervise.checking", somebody("supervisor", covers=True)),
    "approve": ("supervise.checking", somebody("supervisor", covers=True)),
    "judge": ("feedback.surveying", somebody("feedback")),
    "withdraw": ("handle.working", somebody("reporter")),
    "appeal": ("closed", somebody("reporter")),
}
"""A state and somebody from whom the move is legal."""
NEEDS: dict[str, str] = {
    "settle_on_spot": "done",
    "route": "explanation",
    "ask": "missing",
    "dispatch": "unit",
    "redirect": "reason",
    "reclassify": "reason",
    "merge": "parent",
    "follow": "outcome",
    "unmerge": "reason",
    "decline": "reason legal_route",
    "hand_over": "receiver reference at",
    "contact": "at how result",
    "dispute": "reason legal_basis proposed_unit",
    "rule": "decision unit",
    "transfer": "unit",
    "summon": "unit",
    "release": "unit",
    "extend": "new_limit reason",
    "defer": "review_date reason",
    "note": "text",
    "report_done": "done public_answer",
    "send_back": "finding",
    "approve": "finding",
    "judge": "verdict round",
}
"""What the design asks for each move, where it is one field."""


def move(name: str, order: PaperOrder | None = None, by: By | None = None, **changes: Any) -> Decision:
    """Make a move that nothing stands against, but for what is changed."""
    state, ready = READY[name]
    changes.setdefault("second", SECONDS.get(name))
    return apply(order or order_at(state), name, by or ready, **{**TOLD.get(name, {}), **changes})


def refused(
    kind: type[Refused], name: str, order: PaperOrder | None = None, by: By | None = None, **changes: Any
) -> Any:
    """Ask for it, see it refused by this rule and the order left as it was."""
    order = order or order_at(READY[name][0])
    before = dict(vars(order))
    with pytest.raises(Refused) as caught:
        move(name, order, by, **changes)
    assert type(caught.value) is kind
    assert vars(order) == before
    return caught.value
