"""Second persons, and where an order goes after each move: leads, rounds, levels, outcomes. Pure."""

from datetime import date
from typing import Any

import pytest
from paper_moves import READY, THREE_WORKING_DAYS, move, refused
from paper_order import PLACED, SECONDS, order_at, somebody

from routing.lifecycle import check_second, needs_second_person
from routing.refusals import (
    NeedMissing,
    NotYourOrder,
    OwnTeam,
    Refused,
    RulerIsParty,
    SamePerson,
    WrongRole,
)
from routing.states import Effect, Move

TWO: dict[str, dict[str, Any]] = {
    "decline": {},
    "hand_over": {},
    "reclassify": {"item_type": "inquiry"},
    "extend": {},
    "defer": {},
}


@pytest.mark.parametrize("name", TWO)
def test_without_a_second_person_it_is_a_proposal(name: str) -> None:
    order = order_at(READY[name][0])
    before = dict(vars(order))
    decision = move(name, order, second=None, **TWO[name])
    assert decision.proposal_only
    assert decision.to_state == decision.from_state == before["state"]
    assert vars(order) == before
    assert decision.awaits is not None
    assert decision.awaits.role == SECONDS[name].role


@pytest.mark.parametrize("name", TWO)
def test_a_second_person_completes_it(name: str) -> None:
    assert not move(name, **TWO[name]).proposal_only


@pytest.mark.parametrize("name", TWO)
def test_the_second_person_is_somebody_else(name: str) -> None:
    second = SECONDS[name]
    assert refused(SamePerson, name, second=somebody(second.role, "first", covers=True), **TWO[name])


@pytest.mark.parametrize("name", TWO)
def test_the_second_person_has_the_role_and_stands_over_the_order(name: str) -> None:
    assert refused(WrongRole, name, second=somebody("officer", "second", covers=True), **TWO[name])
    assert refused(NotYourOrder, name, second=somebody(SECONDS[name].role, "second"), **TWO[name])


@pytest.mark.parametrize("name", ["hand_over", "extend", "defer"])
def test_the_supervisor_who_agrees_is_not_of_the_team(name: str) -> None:
    assert refused(OwnTeam, name, second=somebody("supervisor", "second", covers=True, in_team=True))


def test_a_proposal_is_checked_like_the_move() -> None:
    assert refused(NeedMissing, "decline", second=None, reason="")


def test_an_emergency_and_a_dispatcher_hand_over_at_once() -> None:
    assert move("hand_over", second=None, emergency=True).outcome == "handed_over"
    assert move("hand_over", second=None, emergency="yes").proposal_only
    assert move("hand_over", by=somebody("dispatcher", covers=True), second=None).outcome == "handed_over"


def test_what_asks_for_less_needs_two() -> None:
    for told, before, after, two in [
        ("complaint", "complaint", "inquiry", True),
        ("complaint", "complaint", "request", False),
        ("complaint", "request", "inquiry", True),
        ("request", "complaint", "inquiry", True),
        ("request", "request", "inquiry", False),
        ("inquiry", "inquiry", "complaint", False),
        ("complaint", "complaint", "suggestion", True),
        ("request", "request", "praise", True),
        ("inquiry", "praise", "suggestion", True),
        ("suggestion", "suggestion", "praise", False),
        ("complaint", "complaint", None, False),
    ]:
        order = order_at("handle.working", item_type=before)
        made = move("reclassify", order, second=None, item_type=after, told_item_type=told)
        assert made.proposal_only is two, (told, before, after)


def test_whoever_may_complete_a_proposal_may_refuse_it() -> None:
    order, first = order_at("discover.triage"), somebody("dispatcher", covers=True)
    needed = needs_second_person(order, Move.DECLINE, first)
    assert needed is not None
    check_second(order, first, SECONDS["decline"], needed)
    with pytest.raises(SamePerson):
        check_second(order, first, first, needed)
    assert needs_second_person(order, Move.ASK, first) is None


def test_another_lead_comes_with_its_own_co_units() -> None:
    for name in ("redirect", "dispatch", "rule", "route"):
        decision = move(name, co_units=["fire", "other"], **PLACED)
        assert (decision.lead_unit, decision.new_lead, decision.co_units) == ("other", "other", {"fire"})
    assert move("transfer").co_units == {"police"}


def test_in_triage_nobody_leads() -> None:
    for name in ("redirect", "unmerge"):
        decision = move(name, unit=None)
        assert (decision.to_state, decision.lead_unit, decision.co_units) == ("discover.triage", None, frozenset())


def test_who_is_summoned_joins_and_who_is_released_leaves() -> None:
    assert move("summon", unit="fire").co_units == {"police", "fire"}
    assert move("release", unit="police").co_units == frozenset()


def test_a_raised_order_is_led_by_the_unit_above() -> None:
    decision = move("raise_level")
    assert (decision.new_lead, decision.effects) == ("street", {Effect.RAISED})


def test_at_the_top_raising_becomes_supervision() -> None:
    decision = move("raise_level", unit_above=None)
    assert (decision.to_state, decision.new_lead) == ("handle.working", None)
    assert decision.effects == {Effect.SUPERVISED}


@pytest.mark.parametrize("state", ["discover.triage", "supervise.checking"])
def test_raising_what_nobody_handles_moves_nothing(state: str) -> None:
    decision = move("raise_level", order_at(state))
    assert (decision.to_state, decision.new_lead, decision.effects) == (state, None, {Effect.RAISED})


def test_a_ruling_proposes_a_list_row() -> None:
    assert Effect.PRECEDENT in move("rule").effects
    assert Effect.PRECEDENT in move("rule", decision="not_accepted", unit=None, legal_route="the court").effects


def test_the_second_handling_goes_to_the_same_unit_supervised() -> None:
    decision = move("judge", verdict="unresolved")
    assert (decision.round, decision.lead_unit, decision.new_lead) == (2, "grid", None)
    assert (decision.effects, decision.limit) == ({Effect.SUPERVISED}, THREE_WORKING_DAYS)


def test_the_third_handling_goes_one_level_up() -> None:
    decision = move("judge", order_at("feedback.surveying", round=2), verdict="unresolved", round=2)
    assert (decision.round, decision.new_lead, decision.limit) == (3, "street", THREE_WORKING_DAYS)
    assert decision.effects == {Effect.SUPERVISED}


def test_at_the_top_the_third_handling_stays_with_the_unit() -> None:
    order = order_at("feedback.surveying", round=2)
    decision = move("judge", order, verdict="unresolved", round=2, unit_above=None)
    assert (decision.to_state, decision.lead_unit, decision.new_lead) == ("handle.dispatched", "grid", None)


def test_a_deferral_after_the_last_round_is_a_handling_of_its_own() -> None:
    order = order_at("feedback.surveying", round=3, review_date=date(2026, 9, 1))
    decision = move("judge", order, verdict="unresolved", round=3)
    assert (decision.to_state, decision.round, decision.outcome) == ("handle.deferred", 4, None)


def test_the_preset_says_how_many_rounds_there_are() -> None:
    for allowed, ends in [(1, "closed"), (2, "handle.dispatched")]:
        assert (
            move("judge", order_at("feedback.surveying", rounds_allowed=allowed), verdict="unresolved").to_state == ends
        )


def test_an_appeal_gives_one_handling_beyond_the_rounds() -> None:
    decision = move("appeal", order_at("closed", outcome="unresolved", round=3))
    assert (decision.round, decision.new_lead, decision.outcome) == (4, "street", None)
    assert decision.effects == {Effect.APPEALED, Effect.SUPERVISED}
    last = order_at("feedback.surveying", round=4, appealed=True)
    assert move("judge", last, verdict="unresolved", round=4).outcome == "unresolved"
    third = order_at("feedback.surveying", round=3, appealed=True)
    assert move("judge", third, verdict="unresolved", round=3).to_state == "handle.dispatched"


def test_an_appeal_of_a_merged_order_appeals_its_parent() -> None:
    decision = move("appeal", order_at("closed", parent="2"))
    assert decision.effects == {Effect.APPEALED, Effect.PARENT_APPEALED}


def test_who_is_asked_and_what_is_sampled() -> None:
    assert move("approve").effects == {Effect.SURVEYED}
    for name, order in [
        ("approve", order_at("supervise.checking", has_reporter=False)),
        ("settle_on_spot", None),
        ("withdraw", None),
    ]:
        assert move(name, order).effects == {Effect.SAMPLED}


def test_a_hazard_goes_on_without_its_reporter() -> None:
    decision = move("withdraw", order_at("handle.working", hazard=True))
    assert (decision.to_state, decision.effects) == ("handle.working", {Effect.REPORTER_LEFT})


def test_the_order_of_several_ends_with_the_last() -> None:
    assert move("withdraw", others_wait=True).effects == {Effect.REPORTER_LEFT}
    assert move("withdraw", others_wait=False).outcome == "withdrawn"


def test_a_note_on_a_closed_order_leaves_its_outcome() -> None:
    order = order_at("closed", outcome="unreachable")
    assert move("note", order).outcome == "unreachable"
    assert order.outcome == "unreachable"


def test_a_refusal_says_the_rule_and_what_to_do() -> None:
    def below(kind: type[Refused]) -> list[type[Refused]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    for kind in below(Refused)[1:]:
        assert kind.__doc__
        assert len(kind.__doc__.split()) > 4
    assert RulerIsParty().detail.startswith("Nobody rules in their own matter")
    assert RulerIsParty().remedy == "Ask a supervisor above both units."
