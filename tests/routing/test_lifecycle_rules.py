"""What a move needs, what stands against it, who else has to agree, and what it brings about: rule by rule."""

from typing import Any

import pytest
from paper_moves import EVERYWHERE, NEEDS, READY, move, refused
from paper_order import TOLD, PaperOrder, order_at, somebody

from routing.facts import By
from routing.lifecycle import apply
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
    ReservedForDepartment,
    RulerIsParty,
    WrongRole,
)
from routing.states import Effect, Move


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
