"""When a reporter is told something, and what a template of that occasion may say. Pure."""

from collections.abc import Mapping
from enum import StrEnum

CLOSED = "closed"
DISPATCHED = "handle.dispatched"
DEFERRED = "handle.deferred"


class Occasion(StrEnum):
    """Why somebody is written to; also the key of the template."""

    REGISTERED = "registered"
    ANSWERED = "answered"
    SURVEY_LINK = "survey_link"
    HANDLED_AGAIN = "handled_again"
    DEFERRED = "deferred"
    CLOSED = "closed"
    APPEAL_HEARD = "appeal_heard"
    VOTING_CODE = "voting_code"


FOLLOWED = frozenset({"case_no", "link"})
ALLOWED: Mapping[Occasion, frozenset[str]] = {
    Occasion.REGISTERED: frozenset({"case_no", "code", "link"}),
    Occasion.ANSWERED: FOLLOWED,
    Occasion.SURVEY_LINK: FOLLOWED,
    Occasion.HANDLED_AGAIN: FOLLOWED,
    Occasion.DEFERRED: FOLLOWED,
    Occasion.CLOSED: FOLLOWED,
    Occasion.APPEAL_HEARD: FOLLOWED,
    Occasion.VOTING_CODE: frozenset({"case_no", "code", "question"}),
}
"""What may stand between braces. None of it says who somebody is, where they live or what they reported; `question` is
what a leader put to the vote."""


def occasion_of(move: str, state: str) -> Occasion | None:
    """What a move of the order is to its reporter; None where the status page is enough.

    Who approves what needs no survey answers and closes at once: that is told as the answer, not twice. What was
    settled on the spot was told on the spot.
    """
    if move == "appeal":
        return Occasion.APPEAL_HEARD
    if move == "approve":
        return Occasion.ANSWERED
    if move == "settle_on_spot":
        return None
    if state == CLOSED:
        return Occasion.CLOSED
    if state == DEFERRED and move in ("defer", "judge"):
        return Occasion.DEFERRED
    return Occasion.HANDLED_AGAIN if move == "judge" and state == DISPATCHED else None
