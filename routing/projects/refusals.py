"""What stands against a step of a project, a need or a resource."""

from services.problems import Conflict, NotFound, Problem


class NoSuchProject(NotFound):
    """There is no such project, or it is not yours to see."""


class NotItsLead(Problem):
    """This is for a leader of the project's lead unit, or of one above it."""

    status = 403
    title = "Not its lead"
    remedy = "Ask the leader of the unit that leads the project."


class NotOfTaskForce(Problem):
    """This is for officers and leaders of the project's lead or of a member unit."""

    status = 403
    title = "Not of the task force"
    remedy = "Ask somebody of the task force, or its lead to take your unit in."


class NotYourUnit(Problem):
    """You act here for a unit of your own subtree."""

    status = 403
    title = "Not your unit"
    remedy = "Name your own unit or one below it."


class ProjectClosed(Conflict):
    """This project is closed."""

    remedy = "What comes after it is a new project."


class HeldElsewhere(Conflict):
    """A case belongs to one project at a time, and this one belongs to another."""

    remedy = "Take it out of that project first."


class CaseNotOpen(Conflict):
    """Only an open case that is not merged into another can be linked."""

    remedy = "Link the order it was merged into, or leave out what is closed."


class NotEnoughLeft(Conflict):
    """The resource has not so much left, or the need is met with less."""

    remedy = "Look at the matches again and give what is left."


class NotOffered(Conflict):
    """The resource or the need was withdrawn, has expired, or is of another kind."""

    remedy = "Choose one of the matches of this need."
