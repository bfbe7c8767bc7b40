"""What stands against a move: the asker's relation to the order, and the rules. A guard raises; it never says no.

Relations look at the order and the asker, guards also at what was told. The docstrings are the words of the manual.
"""

from routing.facts import Asked, By, Order
from routing.refusals import (
    AgainstResult,
    AppealedAlready,
    AppealTooLate,
    CheckerIsHandler,
    Deliberating,
    DisputedAlready,
    EvidenceMissing,
    GoesBack,
    InTeamAlready,
    MergesIntoItself,
    NotInTeam,
    NotYourOrder,
    OldRound,
    OutsideSubtree,
    OwnTeam,
    ParentNotOpen,
    ProposesItself,
    ReservedForDepartment,
    ResultNotNamed,
    RulerIsParty,
)
from routing.states import OPEN, Cause, State, Voice

DISPUTES_PER_CASE = 2


def anyone(order: Order, by: By) -> None:
    """whoever it is"""


def made_report(order: Order, by: By) -> None:
    """with the report"""
    if not by.reported:
        raise NotYourOrder


def of_lead(order: Order, by: By) -> None:
    """of the lead unit or above it"""
    if not by.in_lead:
        raise NotYourOrder


def of_team(order: Order, by: By) -> None:
    """of the lead unit or above it, or of a co-unit"""
    if not (by.in_lead or by.in_team):
        raise NotYourOrder


def of_co_unit(order: Order, by: By) -> None:
    """of a co-unit"""
    if by.unit not in order.co_units:
        raise NotYourOrder


def over_order(order: Order, by: By) -> None:
    """over the order"""
    if not by.covers:
        raise NotYourOrder


def on_order(order: Order, by: By) -> None:
    """on the order or over it"""
    if not (by.in_lead or by.in_team or by.covers):
        raise NotYourOrder


def over_others(order: Order, by: By) -> None:
    """over the order, not of its team"""
    over_order(order, by)
    if by.in_team:
        raise OwnTeam


def checks(order: Order, by: By) -> None:
    """over the order, not of its team and not who handled it"""
    over_order(order, by)
    if by.in_team or by.handled:
        raise CheckerIsHandler


def rules(order: Order, by: By) -> None:
    """over the order, no party to the dispute"""
    over_order(order, by)
    if by.in_team or by.party:
        raise RulerIsParty


def dispute_is_left(asked: Asked) -> None:
    """at most once by a unit and twice in all"""
    disputed = asked.order.disputed_by
    if asked.order.lead_unit in disputed or len(disputed) >= DISPUTES_PER_CASE:
        raise DisputedAlready


def appeal_is_left(asked: Asked) -> None:
    """one for each case, beyond the rounds"""
    if asked.order.appealed:
        raise AppealedAlready


def appeal_is_in_time(asked: Asked) -> None:
    """the reporter in the window, feedback also later"""
    if asked.by.role == Voice.REPORTER and not asked.fact("within_window"):
        raise AppealTooLate


def stays_reserved(asked: Asked) -> None:
    """a matter reserved to a department never goes to the grass roots"""
    if asked.has("unit") and asked.fact("reserved") and asked.fact("unit_is_grassroots"):
        raise ReservedForDepartment


def proposes_another(asked: Asked) -> None:
    """another unit is proposed"""
    if asked.told["proposed_unit"] == asked.order.lead_unit:
        raise ProposesItself


def stays_in_subtree(asked: Asked) -> None:
    """inside the subtree of the leader's own unit"""
    if not asked.fact("unit_in_subtree"):
        raise OutsideSubtree


def goes_on(asked: Asked) -> None:
    """never back to a unit that has led it"""
    if asked.told["unit"] in {asked.order.lead_unit, *asked.order.led_by}:
        raise GoesBack


def names_cause(asked: Asked) -> None:
    """the matcher only when a list or a change of the grids abolished the unit, or the place was amended"""
    if asked.by.role == Voice.MATCHER:
        asked.word("cause", Cause)


def parent_is_open(asked: Asked) -> None:
    """into another order, open and not itself merged"""
    if asked.told["parent"] == asked.order.case_no:
        raise MergesIntoItself
    if State(asked.fact("parent_state")).stage not in OPEN:
        raise ParentNotOpen


def joins(asked: Asked) -> None:
    """a unit that is not yet of the team"""
    if asked.told["unit"] in {asked.order.lead_unit, *asked.order.co_units}:
        raise InTeamAlready


def has_joined(asked: Asked) -> None:
    """a co-unit"""
    if asked.told["unit"] not in asked.order.co_units:
        raise NotInTeam


def shows_evidence(asked: Asked) -> None:
    """evidence where the closing condition asks for it"""
    if asked.order.evidence_needed and not asked.has("evidence"):
        raise EvidenceMissing


def nobody_deliberates(asked: Asked) -> None:
    """not while residents deliberate about it"""
    if asked.order.deliberating:
        raise Deliberating


def keeps_result(asked: Asked) -> None:
    """what residents decided, where they did"""
    bound_by, option = asked.order.bound_by, asked.order.bound_option
    if bound_by is None:
        return
    if not asked.has("result"):
        raise ResultNotNamed(bound_by, option)
    if asked.told["result"] != {"deliberation": str(bound_by), "option": option}:
        raise AgainstResult


def is_this_round(asked: Asked) -> None:
    """about the round that runs"""
    if asked.told["round"] != asked.order.round:
        raise OldRound
