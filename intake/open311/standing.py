"""How a case stands, in Open311's two words and in mySociety's many. Nothing is fixed before the citizen's verdict."""

from collections.abc import Mapping

WORDS = frozenset({
    "OPEN", "CLOSED", "FIXED", "IN_PROGRESS", "PLANNED", "ACTION_SCHEDULED", "INVESTIGATING", "DUPLICATE",
    "NOT_COUNCILS_RESPONSIBILITY", "NO_FURTHER_ACTION", "INTERNAL_REFERRAL", "CANCELLED", "REOPEN", "FOR_TRIAGE",
    "UNCHANGED",
})  # fmt: skip
"""mySociety's, as clients send them."""
OF_STATE: Mapping[str, str] = {
    "discover.registered": "INVESTIGATING",
    "discover.triage": "FOR_TRIAGE",
    "handle.dispatched": "INVESTIGATING",
    "handle.disputed": "INTERNAL_REFERRAL",
    "handle.working": "IN_PROGRESS",
    "handle.deferred": "PLANNED",
    "supervise.checking": "IN_PROGRESS",
    "feedback.surveying": "IN_PROGRESS",
    "merged": "DUPLICATE",
}
OF_OUTCOME: Mapping[str, str] = {
    "resolved": "FIXED",
    "settled_on_spot": "FIXED",
    "not_surveyed": "CLOSED",
    "unresolved": "NO_FURTHER_ACTION",
    "unreachable": "NO_FURTHER_ACTION",
    "not_accepted": "NOT_COUNCILS_RESPONSIBILITY",
    "handed_over": "NOT_COUNCILS_RESPONSIBILITY",
    "withdrawn": "CANCELLED",
}
CLOSED = "closed"
AGAIN = frozenset({"judge", "appeal"})
"""Moves that take a case up once more, where they do not close it."""
RAISED = "raise_level"
SAID: Mapping[str, str] = {
    "INVESTIGATING": "已受理，正在确定承办单位或等待签收",
    "FOR_TRIAGE": "正在人工研判",
    "INTERNAL_REFERRAL": "正在确定由哪个单位办理",
    "IN_PROGRESS": "正在办理",
    "PLANNED": "暂缓办理，到期复核",
    "DUPLICATE": "与同一事项合并办理",
    "REOPEN": "再次办理",
    "FIXED": "已解决",
    "CLOSED": "已办结",
    "NO_FURTHER_ACTION": "已按规定办结",
    "NOT_COUNCILS_RESPONSIBILITY": "不属于本市受理范围，或已移交有权处理的机关",
    "CANCELLED": "反映人已撤回",
}
"""What is said of a status where routing said nothing of its own."""


def status(state: str) -> str:
    return "closed" if state == CLOSED else "open"


def extended(state: str, outcome: str | None, *, move: str | None = None) -> str:
    """mySociety's word for a state and what led to it."""
    if state == CLOSED:
        return OF_OUTCOME.get(outcome or "", "CLOSED")
    if move in AGAIN and state != "handle.deferred":
        return "REOPEN"
    if move == RAISED:
        return "INTERNAL_REFERRAL"
    return OF_STATE.get(state, "OPEN")
