"""Why a move is refused. Each class is one rule; its docstring is what the person reads.

Refused
├── IllegalMove                what is not possible from the state
├── NotForYou                  who asks
│   ├── WrongRole, NotYourOrder, SamePerson
│   └── OwnTeam ── CheckerIsHandler, RulerIsParty
├── NotTold                    what was told
│   ├── NeedMissing ── EvidenceMissing, ResultNotNamed
│   └── NotOneOf
└── AgainstTheRules            what the order or the lists say
    ├── ReservedForDepartment, DisputedAlready, ProposesItself, GoesBack, OutsideSubtree
    ├── ParentNotOpen, MergesIntoItself, InTeamAlready, NotInTeam
    ├── Deliberating, AgainstResult
    └── OldRound, AppealedAlready, AppealTooLate
"""

from collections.abc import Iterable


class Refused(Exception):
    """The lifecycle refuses this move."""

    field: str | None = None
    remedy: str = ""

    def __init__(self, detail: str = "") -> None:
        self.detail = detail or " ".join((type(self).__doc__ or "").split())
        super().__init__(self.detail)


class IllegalMove(Refused):
    """This move is not possible from the order's state."""

    def __init__(self, move: str, state: str, possible: Iterable[str]) -> None:
        self.move, self.state, self.possible = move, state, tuple(possible)
        super().__init__(f"The move {move} is not possible from {state or 'an order that does not exist yet'}.")
        self.remedy = f"Possible from there: {', '.join(self.possible)}."


class NotForYou(Refused):
    """Somebody else has to do this."""


class WrongRole(NotForYou):
    """None of your roles may do this."""

    def __init__(self, roles: Iterable[str]) -> None:
        self.roles = tuple(roles)
        super().__init__()
        self.remedy = f"It is for: {', '.join(self.roles)}."


class NotYourOrder(NotForYou):
    """Your unit does not stand in the relation to this order that the move needs."""

    remedy = "Ask somebody of the unit that is responsible, or of the one above it."


class OwnTeam(NotForYou):
    """A supervisor never acts on an order that the own team handles."""

    remedy = "Ask a supervisor of a unit above, who belongs neither to the lead nor to a co-unit."


class CheckerIsHandler(OwnTeam):
    """Nobody checks their own work: you reported it done, or belong to the team that handled it."""


class RulerIsParty(OwnTeam):
    """Nobody rules in their own matter: your unit disputes the order, or is the one proposed for it."""

    remedy = "Ask a supervisor above both units."


class SamePerson(NotForYou):
    """The second person is somebody else than the first."""

    remedy = "Let another person with the role complete or refuse the proposal."


class NotTold(Refused):
    """Something that the move needs was not told."""


class NeedMissing(NotTold):
    """This move needs a field that is missing or empty."""

    def __init__(self, field: str, detail: str = "", remedy: str = "") -> None:
        names = " or ".join(field.split("|"))
        super().__init__(detail or f"This move needs {names}.")
        self.field = field.partition("|")[0]
        self.remedy = remedy or f"Fill in {names}."


class EvidenceMissing(NeedMissing):
    """The closing condition of this issue asks for evidence."""

    def __init__(self) -> None:
        super().__init__("evidence", type(self).__doc__ or "", "Add a photo or a document that shows the result.")


class ResultNotNamed(NeedMissing):
    """Residents have decided about this order, and their result binds: name the result that was carried out."""

    def __init__(self, deliberation: object, option: str | None) -> None:
        remedy = f'Send `result` as {{"deliberation": "{deliberation}", "option": "{option}"}}.'
        super().__init__("result", " ".join((type(self).__doc__ or "").split()), remedy)


class NotOneOf(NotTold):
    """The field has a value that is not among those it can have."""

    def __init__(self, field: str, allowed: Iterable[str]) -> None:
        super().__init__()
        self.field = field
        self.remedy = f"Choose one of: {', '.join(allowed)}."


class AgainstTheRules(Refused):
    """The order, or a list, stands against it."""


class ReservedForDepartment(AgainstTheRules):
    """The law reserves this matter to a functional department; it never goes to the grass roots."""

    field = "unit"
    remedy = "Name the department, or publish a list row that hands the matter down with its legal basis."


class DisputedAlready(AgainstTheRules):
    """An order is disputed at most once by a unit and twice in all; what was ruled then binds."""

    remedy = "Handle it, or ask for help by summoning co-units."


class ProposesItself(AgainstTheRules):
    """The unit that disputes an order cannot be the one it proposes."""

    field = "proposed_unit"
    remedy = "Propose the unit that is responsible in your view."


class GoesBack(AgainstTheRules):
    """A transfer never goes back to a unit that has led the order."""

    field = "unit"
    remedy = "Name another unit of your subtree, or dispute the order."


class OutsideSubtree(AgainstTheRules):
    """A transfer stays inside the subtree of your own unit."""

    field = "unit"
    remedy = "Name a unit of your subtree, or dispute the order."


class ParentNotOpen(AgainstTheRules):
    """An order is merged only into one that is open and not itself merged."""

    field = "parent"
    remedy = "Name the open order that the other one was merged into, or leave this one on its own."


class MergesIntoItself(AgainstTheRules):
    """An order cannot be merged into itself."""

    field = "parent"
    remedy = "Name the other order."


class InTeamAlready(AgainstTheRules):
    """This unit is the lead or a co-unit already."""

    field = "unit"
    remedy = "Summon a unit that is not yet on the order."


class NotInTeam(AgainstTheRules):
    """This unit is no co-unit of the order."""

    field = "unit"
    remedy = "Name one of its co-units."


class Deliberating(AgainstTheRules):
    """Residents are deliberating about this order; it is not done before they have come to an end."""

    remedy = "Close the deliberation when its time is over, or withdraw it with a reason."


class AgainstResult(AgainstTheRules):
    """What was done is not what the residents decided; their result binds the handling."""

    field = "result"
    remedy = "Carry out the option that was decided, deliberate anew, or ask a supervisor to set the result aside."


class OldRound(AgainstTheRules):
    """The verdict is on another round than the one that runs."""

    field = "round"
    remedy = "Keep it as a note; the round that runs has its own survey."


class AppealedAlready(AgainstTheRules):
    """A case can be appealed once."""

    remedy = "Report the matter anew, if it goes on."


class AppealTooLate(AgainstTheRules):
    """The time to appeal is over."""

    remedy = "Report the matter anew, if it goes on."
