"""What stands against a step of a deliberation."""

from services.problems import Conflict, NotFound, Problem


class NotTheLead(Problem):
    """This is for a leader of the order's lead unit, or of one above it."""

    status = 403
    title = "Not the lead"
    remedy = "Ask the leader of the unit that has the order."


class NotOnTheOrder(Problem):
    """This is for officers and leaders of the order's team."""

    status = 403
    title = "Not on the order"
    remedy = "Ask somebody of the lead or of a co-unit."


class NotOverIt(Problem):
    """This is for a supervisor over the order who does not belong to its team."""

    status = 403
    title = "Not over it"
    remedy = "Ask a supervisor of a unit above."


class NotWorkedOn(Conflict):
    """Residents are asked about an order that is being worked on."""

    remedy = "Accept the order first; what is closed or disputed has nothing to deliberate about."


class OneAtATime(Conflict):
    """A deliberation about this order is running, or waits for its time to be granted."""

    remedy = "Close or withdraw that one first."


class NotRunning(Conflict):
    """This deliberation is not running."""


class StillRunning(Conflict):
    """The vote is still running: its time is not over, and not everybody who has a code has voted."""

    remedy = "Close it when its time is over."


class ObjectionUnanswered(Conflict):
    """Every objection gets an answer before the end."""

    remedy = "Send an answer for each statement named in `unanswered`."


class NothingDecided(Conflict):
    """Only a result can be set aside, and this deliberation has none."""


class NoSuchCode(NotFound):
    """This code is not known, or its vote is over."""

    remedy = "Compare it with the sheet or message, letter by letter; after the end of the vote no code is valid."


class CodeSpent(Conflict):
    """This code has voted; a vote is given once and never changed."""


class VotingOver(Conflict):
    """The time to vote is over."""


class NoSuchDeliberation(NotFound):
    """There is no such deliberation, or its order is not yours to see."""
