"""Which way a move leads where there are several, and who is on the order afterwards.

Conditions answer yes or no; teams give the lead unit and the co-units after the move. The docstrings are the words
of the manual.
"""

from collections.abc import Callable

from routing.facts import Asked
from routing.states import ItemType, Outcome, Ruling, Verdict, Voice
from services.roles import Role

Condition = Callable[[Asked], bool]
Team = tuple[str | None, frozenset[str]]

UNSURVEYED = frozenset({ItemType.SUGGESTION, ItemType.PRAISE})
TO_TRIAGE = frozenset({Outcome.NOT_ACCEPTED, Outcome.SETTLED_ON_SPOT})


def unit_is_named(asked: Asked) -> bool:
    """where a unit is named"""
    return asked.has("unit")


def by_matcher(asked: Asked) -> bool:
    """from the matcher"""
    return asked.by.role == Voice.MATCHER


def ruled_to_unit(asked: Asked) -> bool:
    """where it is ruled to a unit"""
    return asked.word("decision", Ruling) is Ruling.DISPATCH


def ruled_out(asked: Asked) -> bool:
    """where it is ruled not to be accepted"""
    return asked.word("decision", Ruling) is Ruling.NOT_ACCEPTED


def unit_is_above(asked: Asked) -> bool:
    """where a unit is above"""
    return asked.fact("unit_above") is not None


def nobody_to_ask(asked: Asked) -> bool:
    """where there is nobody to ask; praise and suggestions"""
    return not asked.order.has_reporter or asked.order.item_type in UNSURVEYED


def found_resolved(asked: Asked) -> bool:
    """resolved"""
    return asked.word("verdict", Verdict) is Verdict.RESOLVED


def found_unreachable(asked: Asked) -> bool:
    """unreachable"""
    return asked.word("verdict", Verdict) is Verdict.UNREACHABLE


def second_is_next(asked: Asked) -> bool:
    """unresolved, the 2nd handling is next: the same unit"""
    return round_is_left(asked) and asked.order.round == 1


def round_is_left(asked: Asked) -> bool:
    """unresolved, a later handling is next: one level up"""
    return asked.order.round < asked.order.rounds_allowed + asked.order.appealed


def review_is_named(asked: Asked) -> bool:
    """unresolved at the last round, the handler named a review date"""
    return asked.order.review_date is not None


def others_wait(asked: Asked) -> bool:
    """while others wait for it"""
    return bool(asked.fact("others_wait"))


def is_hazard(asked: Asked) -> bool:
    """a hazard that is not handled yet"""
    return asked.order.hazard


def has_parent(asked: Asked) -> bool:
    """where it was merged into another order"""
    return asked.order.parent is not None


def nobody_led(asked: Asked) -> bool:
    """where no unit led it, or it was not accepted or settled on the spot"""
    return asked.order.lead_unit is None or asked.order.outcome in TO_TRIAGE


def parent_is_handled_again(asked: Asked) -> bool:
    """where the parent is handled again"""
    return not asked.has("outcome")


def officer_without_emergency(asked: Asked) -> bool:
    """from an officer, except in an emergency"""
    return asked.by.role == Role.OFFICER and asked.told.get("emergency") is not True


def asks_for_less(asked: Asked) -> bool:
    """where what is or was a complaint becomes an inquiry, or what is surveyed becomes praise or a suggestion"""
    new = asked.told.get("item_type")
    stood = {asked.order.item_type, asked.fact("told_item_type")}
    return (new == ItemType.INQUIRY and ItemType.COMPLAINT in stood) or (new in UNSURVEYED and not stood <= UNSURVEYED)


def unit_is_accused(asked: Asked) -> bool:
    """where the words accuse a unit it would go to, or one above it"""
    return bool(asked.fact("unit_accused")) and asked.by.role != Voice.MATCHER


def same_team(asked: Asked) -> Team:
    return asked.order.lead_unit, frozenset(asked.order.co_units)


def no_team(asked: Asked) -> Team:
    return None, frozenset()


def named_team(asked: Asked) -> Team:
    """The unit named, with the co-units named beside it: those of the last lead go with it."""
    lead = asked.told["unit"]
    return lead, frozenset(asked.told.get("co_units") or ()) - {lead}


def team_within(asked: Asked) -> Team:
    """Another unit of the same subtree; who was summoned stays."""
    lead = asked.told["unit"]
    return lead, frozenset(asked.order.co_units) - {lead}


def team_above(asked: Asked) -> Team:
    """The unit above, or at the top the same; who was summoned stays."""
    lead = asked.fact("unit_above") or asked.order.lead_unit
    return lead, frozenset(asked.order.co_units) - {lead}


def team_with(asked: Asked) -> Team:
    return asked.order.lead_unit, frozenset(asked.order.co_units) | {asked.told["unit"]}


def team_without(asked: Asked) -> Team:
    return asked.order.lead_unit, frozenset(asked.order.co_units) - {asked.told["unit"]}


def parents_outcome(asked: Asked) -> Outcome:
    """the parent's outcome"""
    return asked.word("outcome", Outcome)
