"""What a move needs, what stands against it, who else has to agree, and what it brings about: rule by rule."""

from datetime import date
from typing import Any

import pytest
from paper_order import PLACED, SECONDS, TOLD, PaperOrder, order_at, somebody

from routing.facts import By
from routing.lifecycle import Decision, apply, check_second, needs_second_person
from routing.moves import MOVES
from routing.refusals import (
    AppealedAlready,
    AppealTooLate,
    CheckerIsHandler,
    DisputedAlready,
    EvidenceMissing,
    GoesBack,
    InTeamAlready,
    MergesIntoItself,
    NeedMissing,
    NotInTeam,
    NotOneOf,
    NotYourOrder,
    OldRound,
    OutsideSubtree,
    OwnTeam,
    ParentNotOpen,
    ProposesItself,
    Refused,
    ReservedForDepartment,
    RulerIsParty,
    SamePerson,
    WrongRole,
)
from routing.states import Effect, Move
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


@pytest.mark.parametrize("name", list(Move))
def test_every_move_is_made_when_nothing_stands_against_it(name: str) -> None:
    assert not move(name).proposal_only


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, all_ in NEEDS.items() for field in all_.split()])
def test_a_move_is_refused_without_what_it_needs(name: str, field: str) -> None:
    blanks: list[Any] = [None] if field == "round" else [None, "", "  ", []]
    for blank in blanks:
        refusal = refused(NeedMissing, name, **{field: blank})
        assert refusal.field == field
        assert field in refusal.detail
        assert field in refusal.remedy


@pytest.mark.parametrize("name", [name for name in Move if name not in NEEDS and name != "register"])
def test_these_moves_need_nothing_told(name: str) -> None:
    facts = {key: value for key, value in TOLD.get(name, {}).items() if key in MOVES[Move(name)].facts}
    assert not apply(order_at(READY[name][0]), name, READY[name][1], **facts).proposal_only


def test_a_report_has_a_text_or_an_issue() -> None:
    assert refused(NeedMissing, "register", PaperOrder(), text=" ").field == "text"
    assert move("register", PaperOrder(), text=None, issue="0901").to_state == "discover.registered"


def test_a_new_class_is_an_issue_or_a_type() -> None:
    assert refused(NeedMissing, "reclassify", issue=None).field == "issue"
    assert not move("reclassify", issue=None, item_type="request").proposal_only


def test_a_ruling_that_it_is_not_for_us_tells_the_legal_route() -> None:
    refusal = refused(NeedMissing, "rule", decision="not_accepted", unit=None)
    assert refusal.field == "legal_route"
    assert move("rule", decision="not_accepted", unit=None, legal_route="the court").outcome == "not_accepted"


@pytest.mark.parametrize(("name", "field"), [("rule", "decision"), ("judge", "verdict"), ("follow", "outcome")])
def test_a_word_nobody_knows_is_refused(name: str, field: str) -> None:
    refusal = refused(NotOneOf, name, **{field: "perhaps"})
    assert refusal.field == field
    assert "perhaps" not in refusal.detail + refusal.remedy


def test_the_matcher_redirects_only_for_a_list_or_a_place() -> None:
    matcher = somebody("matcher")
    assert refused(NeedMissing, "redirect", by=matcher, cause=None).field == "cause"
    assert refused(NotOneOf, "redirect", by=matcher, cause="it felt like it").field == "cause"
    assert move("redirect", by=matcher, cause="list_published").to_state == "handle.dispatched"
    assert move("redirect", cause=None).to_state == "handle.dispatched"


def test_evidence_is_shown_where_the_closing_condition_asks_for_it() -> None:
    assert refused(EvidenceMissing, "report_done", order_at("handle.working", evidence_needed=True)).field == "evidence"
    assert refused(EvidenceMissing, "report_done", order_at("handle.working", evidence_needed=True), evidence=[])
    done = move("report_done", order_at("handle.working", evidence_needed=True), evidence=["photo"])
    assert done.to_state == "supervise.checking"


@pytest.mark.parametrize(
    ("name", "fact"), [(name, fact) for name, rule in MOVES.items() for fact in rule.facts if name != "appeal"]
)
def test_a_fact_that_the_caller_forgot_is_the_callers_fault(name: str, fact: str) -> None:
    state, by = READY[name]
    told = {key: value for key, value in TOLD[name].items() if key != fact}
    order = order_at(state, round=2) if name == "judge" else order_at(state)
    told |= {"verdict": "unresolved", "round": 2} if name == "judge" else {}
    if fact == "unit_is_grassroots":
        told["reserved"] = True
    with pytest.raises(TypeError, match=fact):
        apply(order, name, by, **told)
    assert order.state == state


# Who asks


@pytest.mark.parametrize("name", ["send_back", "approve"])
@pytest.mark.parametrize("stance", [{"in_team": True}, {"handled": True}])
def test_nobody_checks_their_own_work(name: str, stance: dict[str, bool]) -> None:
    assert refused(CheckerIsHandler, name, by=somebody("supervisor", covers=True, **stance))


@pytest.mark.parametrize("stance", [{"party": True}, {"in_team": True}])
def test_nobody_rules_in_their_own_matter(stance: dict[str, bool]) -> None:
    assert refused(RulerIsParty, "rule", by=somebody("supervisor", covers=True, **stance))


@pytest.mark.parametrize("name", ["resume", "raise_level", "supervise"])
def test_a_supervisor_leaves_the_own_teams_orders_to_others(name: str) -> None:
    assert refused(OwnTeam, name, by=somebody("supervisor", covers=True, in_team=True))


@pytest.mark.parametrize("name", ["send_back", "approve", "rule", "resume", "raise_level", "supervise"])
def test_a_supervisor_of_another_subtree_is_refused(name: str) -> None:
    assert refused(NotYourOrder, name, by=somebody("supervisor"))


def test_only_who_made_the_report_settles_it_on_the_spot() -> None:
    assert refused(NotYourOrder, "settle_on_spot", by=somebody("clerk", in_lead=True, covers=True))


def test_only_a_co_unit_arrives() -> None:
    assert refused(NotYourOrder, "arrive", by=somebody("officer", unit="fire", in_lead=True, in_team=True))
    assert refused(NotYourOrder, "arrive", by=somebody("officer", in_lead=True))


def test_the_co_unit_makes_contact_but_the_lead_reports_done() -> None:
    co_unit = somebody("officer", unit="police", in_team=True)
    assert move("contact", by=co_unit).to_state == "handle.working"
    for name in ("accept", "dispute", "report_done"):
        assert refused(NotYourOrder, name, by=co_unit)


def test_a_wrong_role_hears_whose_it_is() -> None:
    refusal = refused(WrongRole, "accept", by=somebody("dispatcher", **EVERYWHERE))
    assert refusal.roles == ("officer",)
    assert refusal.remedy == "It is for: officer."
    assert refused(WrongRole, "judge", by=somebody("evaluator")).roles == ("feedback",)


def test_a_role_that_comes_as_text_slips_past_no_rule() -> None:
    officer = By("officer", "first", in_lead=True, in_team=True)
    assert move("hand_over", by=officer, second=None).proposal_only
    refused(AppealTooLate, "appeal", by=By("reporter", "first"), within_window=False)
    refused(NeedMissing, "redirect", by=By("matcher", "first"), cause=None)


# What the order and the lists say


@pytest.mark.parametrize("name", ["route", "dispatch", "redirect", "rule", "transfer"])
def test_a_reserved_matter_never_goes_to_the_grass_roots(name: str) -> None:
    assert refused(ReservedForDepartment, name, reserved=True, unit_is_grassroots=True).field == "unit"
    assert move(name, reserved=True, unit_is_grassroots=False).lead_unit == "other"
    assert move(name, reserved=False, unit_is_grassroots=True).lead_unit == "other"


def test_a_unit_disputes_once() -> None:
    assert refused(DisputedAlready, "dispute", order_at("handle.working", disputed_by=("grid",)))
    assert move("dispute", order_at("handle.working", disputed_by=("street",))).effects == {Effect.DISPUTED}


def test_a_case_is_disputed_twice() -> None:
    assert refused(DisputedAlready, "dispute", order_at("handle.working", disputed_by=("street", "roads")))


def test_a_unit_cannot_propose_itself() -> None:
    assert refused(ProposesItself, "dispute", proposed_unit="grid").field == "proposed_unit"


@pytest.mark.parametrize("target", ["b", "a", "first"])
def test_a_transfer_never_goes_back(target: str) -> None:
    order = order_at("handle.working", lead_unit="b", led_by=("first", "a", "b"))
    assert refused(GoesBack, "transfer", order, unit=target).field == "unit"
    assert move("transfer", order, unit="c").new_lead == "c"


def test_a_transfer_stays_in_the_leaders_subtree() -> None:
    assert refused(OutsideSubtree, "transfer", unit_in_subtree=False).field == "unit"


@pytest.mark.parametrize("state", ["merged", "closed"])
def test_an_order_is_merged_only_into_an_open_one(state: str) -> None:
    assert refused(ParentNotOpen, "merge", parent_state=state).field == "parent"


def test_an_order_is_not_merged_into_itself() -> None:
    assert refused(MergesIntoItself, "merge", parent="1").field == "parent"


@pytest.mark.parametrize("unit", ["grid", "police"])
def test_who_is_on_the_order_is_not_summoned(unit: str) -> None:
    assert refused(InTeamAlready, "summon", unit=unit).field == "unit"


def test_only_a_co_unit_is_released() -> None:
    assert refused(NotInTeam, "release", unit="grid").field == "unit"


@pytest.mark.parametrize("round_", [1, 3])
def test_a_verdict_on_another_round_is_refused(round_: int) -> None:
    assert refused(OldRound, "judge", order_at("feedback.surveying", round=2), round=round_).field == "round"


def test_a_case_is_appealed_once() -> None:
    for voice in ("reporter", "feedback"):
        assert refused(AppealedAlready, "appeal", order_at("closed", appealed=True), somebody(voice))


def test_the_reporter_appeals_in_the_window_and_feedback_also_later() -> None:
    assert refused(AppealTooLate, "appeal", within_window=False)
    assert move("appeal", by=somebody("feedback"), within_window=False).effects >= {Effect.APPEALED}


def test_facts_of_an_appeal_are_asked_for_where_they_count() -> None:
    with pytest.raises(TypeError, match="within_window"):
        apply(order_at("closed"), "appeal", somebody("reporter"), unit_above=None)
    with pytest.raises(TypeError, match="unit_above"):
        apply(order_at("closed"), "appeal", somebody("feedback"))


# The second person

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


# What a move brings about


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
