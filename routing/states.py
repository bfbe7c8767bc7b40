"""The words of an order's life: where it stands, how it ends, what can be done to it, who acts without a key."""

from enum import StrEnum


class Stage(StrEnum):
    """The four stages of the loop (发现—处置—监督—反馈), parents of the states."""

    DISCOVER = "discover"
    HANDLE = "handle"
    SUPERVISE = "supervise"
    FEEDBACK = "feedback"


class State(StrEnum):
    """Where an order stands. Before it is registered it has no state, which is written as empty text."""

    REGISTERED = "discover.registered"
    TRIAGE = "discover.triage"
    DISPATCHED = "handle.dispatched"
    WORKING = "handle.working"
    DISPUTED = "handle.disputed"
    DEFERRED = "handle.deferred"
    CHECKING = "supervise.checking"
    SURVEYING = "feedback.surveying"
    MERGED = "merged"
    CLOSED = "closed"

    @property
    def stage(self) -> Stage | None:
        """The stage it lies in; None for merged and closed, which lie in none."""
        parent, _, leaf = self.value.partition(".")
        return Stage(parent) if leaf else None


OPEN = (Stage.DISCOVER, Stage.HANDLE, Stage.SUPERVISE, Stage.FEEDBACK)
"""Every state in which somebody has something to do."""


class Outcome(StrEnum):
    """How a closed order ended."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    NOT_SURVEYED = "not_surveyed"
    SETTLED_ON_SPOT = "settled_on_spot"
    NOT_ACCEPTED = "not_accepted"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """Everything that can be done to an order."""

    REGISTER = "register"
    SETTLE_ON_SPOT = "settle_on_spot"
    ROUTE = "route"
    ASK = "ask"
    DISPATCH = "dispatch"
    REDIRECT = "redirect"
    RECLASSIFY = "reclassify"
    MERGE = "merge"
    FOLLOW = "follow"
    UNMERGE = "unmerge"
    DECLINE = "decline"
    HAND_OVER = "hand_over"
    ACCEPT = "accept"
    CONTACT = "contact"
    DISPUTE = "dispute"
    RULE = "rule"
    TRANSFER = "transfer"
    SUMMON = "summon"
    ARRIVE = "arrive"
    RELEASE = "release"
    EXTEND = "extend"
    DEFER = "defer"
    RESUME = "resume"
    RAISE_LEVEL = "raise_level"
    CHASE = "chase"
    SUPERVISE = "supervise"
    NOTE = "note"
    REPORT_DONE = "report_done"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    JUDGE = "judge"
    WITHDRAW = "withdraw"
    APPEAL = "appeal"


class Voice(StrEnum):
    """Who acts without a key of their own."""

    MATCHER = "matcher"
    """Finds the unit; also when a new list abolishes one, or an amended place has another."""

    CLOCK = "clock"
    """What happens because a limit passed."""

    FEEDBACK = "feedback"
    """The evaluation body, by its messages."""

    REPORTER = "reporter"
    """The citizen, through intake, which is told by page, hotline or clerk."""

    PARENT = "parent"
    """The order this one was merged into."""


class ItemType(StrEnum):
    """What the reporter wants, beside the issue: 咨询, 求助, 投诉举报, 建议, 表扬."""

    INQUIRY = "inquiry"
    REQUEST = "request"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


class Verdict(StrEnum):
    """What feedback decided about a round."""

    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"


class Ruling(StrEnum):
    """How a dispute is decided."""

    DISPATCH = "dispatch"
    NOT_ACCEPTED = "not_accepted"


class Cause(StrEnum):
    """Why the matcher redirects an order that a unit already has."""

    LIST_PUBLISHED = "list_published"
    UNIT_CLOSED = "unit_closed"
    PLACE_AMENDED = "place_amended"


class Effect(StrEnum):
    """What a move brings about beside the state, for the caller to write or to send."""

    SUPERVISED = "supervised"
    """It is under supervision from now on (督办)."""

    RAISED = "raised"
    """It is one level higher now (提级)."""

    DISPUTED = "disputed"
    """The lead unit has used its one dispute."""

    PRECEDENT = "precedent"
    """A row of the responsibility list is proposed, with this case as its reason."""

    SURVEYED = "surveyed"
    """Everybody who reported it is asked."""

    SAMPLED = "sampled"
    """A sample is asked, or checked again."""

    REPORTER_LEFT = "reporter_left"
    """It goes on without this reporter."""

    APPEALED = "appealed"
    """The one appeal is used."""

    PARENT_APPEALED = "parent_appealed"
    """Where the order it was merged into is closed, the appeal is that order's too."""
