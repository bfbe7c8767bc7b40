"""Every state × every move × everybody, against the tables of the design as they are written down here by hand."""

from dataclasses import dataclass
from itertools import product
from threading import Thread

import pytest
from paper_order import SECONDS, TOLD, PaperOrder, order_at, somebody

from routing.facts import By
from routing.lifecycle import MACHINE, apply, moves_from, possible, transitions
from routing.moves import MOVES
from routing.refusals import IllegalMove, NotForYou, Refused, WrongRole
from routing.states import Move, Outcome, Stage, State, Voice
from services.roles import Role

DISCOVER = ["discover.registered", "discover.triage"]
HANDLE = ["handle.dispatched", "handle.working", "handle.disputed", "handle.deferred"]
OPEN = [*DISCOVER, *HANDLE, "supervise.checking", "feedback.surveying"]
STATES = [*OPEN, "merged", "closed"]
WORDS = {"discover.*": DISCOVER, "handle.*": HANDLE, "open": OPEN, "-": [""]}
OUTCOMES = [
    "resolved", "unresolved", "unreachable", "not_surveyed", "settled_on_spot", "not_accepted", "handed_over",
    "withdrawn",
]  # fmt: skip
ROLES = [
    "hotline", "clerk", "dispatcher", "officer", "leader", "supervisor", "caller", "evaluator", "editor", "publisher",
    "auditor", "administrator", "subscriber",
]  # fmt: skip
"""Those of the design, and the reader of the feed of events (decision 21)."""
VOICES = ["matcher", "clock", "feedback", "reporter", "parent"]

TABLE = """
register       |              | -                                  | discover.registered    | hotline clerk officer dispatcher reporter
settle_on_spot |              | discover.registered                | closed:settled_on_spot | clerk@report officer@report hotline@report
route          |              | discover.registered                | handle.dispatched      | matcher
route          | no unit      | discover.registered                | discover.triage        | matcher
ask            |              | discover.triage                    | =                      | dispatcher@over
dispatch       |              | discover.triage                    | handle.dispatched      | dispatcher@over
redirect       |              | handle.*                           | handle.dispatched      | dispatcher@over matcher
redirect       | no unit      | handle.*                           | discover.triage        | dispatcher@over matcher
reclassify     |              | discover.triage handle.*           | =                      | dispatcher@over
merge          |              | discover.* handle.*                | merged                 | dispatcher@over matcher
follow         |              | merged                             | closed:resolved        | parent
follow         | not accepted | merged                             | closed:not_accepted    | parent
follow         | handled again | merged                            | =                      | parent
unmerge        |              | merged                             | discover.triage        | dispatcher@over
decline        |              | discover.*                         | closed:not_accepted    | dispatcher@over
hand_over      |              | discover.* handle.*                | closed:handed_over     | dispatcher@over officer@on
accept         |              | handle.dispatched                  | handle.working         | officer@lead clock
contact        |              | handle.*                           | =                      | officer@team
dispute        |              | handle.dispatched handle.working   | handle.disputed        | officer@lead
rule           |              | handle.disputed                    | handle.dispatched      | supervisor@rules
rule           | ruled out    | handle.disputed                    | closed:not_accepted    | supervisor@rules
transfer       |              | handle.dispatched handle.working   | handle.dispatched      | leader@lead
summon         |              | handle.working                     | =                      | leader@lead
arrive         |              | handle.working                     | =                      | officer@co leader@co
release        |              | handle.working                     | =                      | leader@lead
extend         |              | handle.working                     | =                      | leader@lead
defer          |              | handle.working                     | handle.deferred        | leader@lead
resume         |              | handle.deferred                    | handle.working         | supervisor@others clock
raise_level    |              | handle.dispatched handle.working   | handle.dispatched      | supervisor@others clock
raise_level    |              | handle.disputed                    | handle.dispatched      | supervisor@others clock
raise_level    |              | discover.triage supervise.checking | =                      | supervisor@others clock
raise_level    | at the top   | handle.dispatched handle.working   | =                      | supervisor@others clock
raise_level    | at the top   | handle.disputed                    | =                      | supervisor@others clock
raise_level    | at the top   | discover.triage supervise.checking | =                      | supervisor@others clock
chase          |              | open merged                        | =                      | reporter
supervise      |              | open merged                        | =                      | supervisor@others clock
note           |              | open merged closed                 | =                      | officer@on leader@on dispatcher@on supervisor@on reporter feedback
report_done    |              | handle.working                     | supervise.checking     | officer@lead
send_back      |              | supervise.checking                 | handle.working         | supervisor@checks
approve        |              | supervise.checking                 | feedback.surveying     | supervisor@checks
approve        | anonymous    | supervise.checking                 | closed:not_surveyed    | supervisor@checks
approve        | praise       | supervise.checking                 | closed:not_surveyed    | supervisor@checks
approve        | suggestion   | supervise.checking                 | closed:not_surveyed    | supervisor@checks
judge          |              | feedback.surveying                 | closed:resolved        | feedback
judge          | unreachable  | feedback.surveying                 | closed:unreachable     | feedback
judge          | 1st failed   | feedback.surveying                 | handle.dispatched      | feedback
judge          | 2nd failed   | feedback.surveying                 | handle.dispatched      | feedback
judge          | last failed  | feedback.surveying                 | closed:unresolved      | feedback
judge          | review named | feedback.surveying                 | handle.deferred        | feedback
withdraw       |              | open merged                        | closed:withdrawn       | reporter
withdraw       | others wait  | open merged                        | =                      | reporter
withdraw       | hazard       | discover.* handle.*                | =                      | reporter
withdraw       | hazard       | supervise.checking                 | =                      | reporter
withdraw       | hazard       | feedback.surveying merged          | closed:withdrawn       | reporter
appeal         |              | closed                             | handle.dispatched      | reporter feedback
appeal         | nobody led   | closed                             | discover.triage        | reporter feedback
appeal         | declined     | closed                             | discover.triage        | reporter feedback
appeal         | settled      | closed                             | discover.triage        | reporter feedback
appeal         | was merged   | closed                             | merged                 | reporter feedback
"""  # noqa: E501

GIVEN: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "": ({}, {}),
    "no unit": ({}, {"unit": None}),
    "not accepted": ({}, {"outcome": "not_accepted"}),
    "handled again": ({}, {"outcome": None, "round": 2}),
    "ruled out": ({}, {"decision": "not_accepted", "unit": None, "legal_route": "the court"}),
    "at the top": ({}, {"unit_above": None}),
    "anonymous": ({"has_reporter": False}, {}),
    "praise": ({"item_type": "praise"}, {}),
    "suggestion": ({"item_type": "suggestion"}, {}),
    "unreachable": ({}, {"verdict": "unreachable"}),
    "1st failed": ({}, {"verdict": "unresolved"}),
    "2nd failed": ({"round": 2}, {"verdict": "unresolved", "round": 2}),
    "last failed": ({"round": 3}, {"verdict": "unresolved", "round": 3}),
    "review named": ({"round": 3, "review_date": "2026-09-01"}, {"verdict": "unresolved", "round": 3}),
    "others wait": ({}, {"others_wait": True}),
    "hazard": ({"hazard": True}, {}),
    "nobody led": ({"lead_unit": None, "led_by": ()}, {}),
    "declined": ({"outcome": "not_accepted"}, {}),
    "settled": ({"outcome": "settled_on_spot"}, {}),
    "was merged": ({"parent": "2"}, {}),
}
"""What is special in a line: about the order, and about what is told."""

STANCES: dict[str, tuple[dict[str, object], str]] = {
    "a stranger": ({}, ""),
    "the lead": ({"unit": "grid", "in_lead": True, "in_team": True, "covers": True}, "lead team over on"),
    "above the lead": (
        {"unit": "street", "in_lead": True, "covers": True},
        "lead team over on others checks rules",
    ),
    "the co-unit": ({"unit": "police", "in_team": True}, "team co on"),
    "over it": ({"unit": "centre", "covers": True}, "over on others checks rules"),
    "over it, in the team": ({"unit": "centre", "covers": True, "in_team": True}, "team over on"),
    "over it, handled it": ({"unit": "centre", "covers": True, "handled": True}, "over on others rules"),
    "over it, a party": ({"unit": "centre", "covers": True, "party": True}, "over on others checks"),
    "made the report": ({"unit": "station", "reported": True}, "report"),
}
"""How somebody can stand to the order, and in which relations of the table that is."""


@dataclass
class Case:
    """The lines of one move under the same circumstances: where it leads from each state, and for whom."""

    move: str
    given: str
    leads: dict[str, str]
    by: dict[str, str]


def _cases() -> list[Case]:
    cases: dict[tuple[str, str], Case] = {}
    for line in TABLE.strip().splitlines():
        move, given, start, to, who = (cell.strip() for cell in line.split("|"))
        by = dict((*name.split("@"), "any")[:2] for name in who.split())
        case = cases.setdefault((move, given), Case(move, given, {}, by))
        for word in start.split():
            case.leads |= dict.fromkeys(WORDS.get(word, [word]), to)
    return list(cases.values())


CASES = _cases()


def _expected(case: Case, state: str, actor: str, relations: str) -> type[Refused] | str:
    if state not in case.leads:
        return IllegalMove
    if actor not in case.by:
        return WrongRole
    if case.by[actor] not in ("any", *relations.split()):
        return NotForYou
    return case.leads[state]


def _found(order: PaperOrder, case: Case, by: By) -> type[Refused] | str:
    before = dict(vars(order))
    told = {**TOLD.get(case.move, {}), **GIVEN[case.given][1]}
    try:
        decision = apply(order, case.move, by, second=SECONDS.get(case.move), **told)
    except Refused as refusal:
        assert vars(order) == before
        return next(kind for kind in (IllegalMove, WrongRole, NotForYou, Refused) if isinstance(refusal, kind))
    assert (order.state, order.outcome) == (decision.to_state, decision.outcome)
    assert vars(order) | {"state": "", "outcome": ""} == before | {"state": "", "outcome": ""}
    if (order.state, order.outcome) == (before["state"], before["outcome"]) and case.leads[order.state] == "=":
        return "="
    return f"{order.state}:{order.outcome}" if order.outcome else order.state


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.move} {case.given}".strip())
def test_every_state_and_everybody_as_the_design_has_it(case: Case) -> None:
    wrong = []
    for state, actor, (stance, (facts, relations)) in product(["", *STATES], [*ROLES, *VOICES], STANCES.items()):
        order = order_at(state, **GIVEN[case.given][0])
        found = _found(order, case, somebody(actor, **facts))
        expected = _expected(case, state, actor, relations)
        if found != expected:
            wrong.append((state, actor, stance, found, expected))
    assert wrong == []


def test_the_words_are_those_of_the_design() -> None:
    assert sorted(State) == sorted(STATES)
    assert sorted(Outcome) == sorted(OUTCOMES)
    assert sorted(Role) == sorted(ROLES)
    assert sorted(Voice) == sorted(VOICES)
    assert sorted(Move) == sorted({case.move for case in CASES}) == sorted(MOVES)


def test_no_way_exists_beside_those_of_the_design() -> None:
    drawn = {
        (edge["trigger"], state, edge["dest"] or "=")
        for edge in transitions()
        for state in STATES
        if state == edge["source"] or state.startswith(edge["source"] + ".")
    }
    written = {(case.move, state, to.split(":")[0]) for case in CASES for state, to in case.leads.items() if state}
    assert drawn == written


def test_each_outcome_is_reached_by_the_moves_of_the_design() -> None:
    ways = {
        outcome: {case.move for case in CASES if f"closed:{outcome}" in case.leads.values()} for outcome in OUTCOMES
    }
    assert ways == {
        "resolved": {"judge", "follow"},
        "unresolved": {"judge"},
        "unreachable": {"judge"},
        "not_surveyed": {"approve"},
        "settled_on_spot": {"settle_on_spot"},
        "not_accepted": {"decline", "rule", "follow"},
        "handed_over": {"hand_over"},
        "withdrawn": {"withdraw"},
    }


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_a_merged_order_ends_like_its_parent(outcome: str) -> None:
    order = order_at("merged")
    apply(order, "follow", somebody("parent"), outcome=outcome)
    assert (order.state, order.outcome) == ("closed", outcome)


@pytest.mark.parametrize("role", ["caller", "evaluator", "editor", "publisher", "auditor", "administrator"])
def test_these_roles_can_do_nothing_to_an_order(role: str) -> None:
    everything = {key: value for facts, _ in STANCES.values() for key, value in facts.items()}
    assert [possible(order_at(state), somebody(role, **everything)) for state in ["", *STATES]] == [[]] * 11


def test_a_stage_holds_its_states() -> None:
    assert {stage: [state for state in State if state.stage is stage] for stage in Stage} == {
        "discover": DISCOVER,
        "handle": HANDLE,
        "supervise": ["supervise.checking"],
        "feedback": ["feedback.surveying"],
    }
    assert State.MERGED.stage is None
    assert State.CLOSED.stage is None
    assert MACHINE.get_nested_state_names() == [
        "discover", *DISCOVER, "handle", *HANDLE, "supervise", "supervise.checking", "feedback", "feedback.surveying",
        "merged", "closed",
    ]  # fmt: skip


def test_a_move_of_a_stage_starts_from_each_of_its_states() -> None:
    assert {source for source, _ in _ends("contact")} == {"handle"}
    assert all(Move.CONTACT in moves_from(state) for state in HANDLE)


def test_no_step_names_a_stage_beside_one_of_its_own_states() -> None:
    """The machine tries a state's own steps before its stage's, which would change the order of the choice."""
    for move in Move:
        sources = {source for source, _ in _ends(move)}
        assert not {source for source in sources if source.partition(".")[0] in sources - {source}}


def test_every_way_ends_in_a_step_without_a_condition() -> None:
    for rule in MOVES.values():
        last = {source: step for step in rule.steps for source in step.source}
        assert all(step.when is None for step in last.values())


def _ends(move: str) -> list[tuple[str, str | None]]:
    return [(edge["source"], edge["dest"]) for edge in transitions() if edge["trigger"] == move]


def test_the_machine_keeps_no_order() -> None:
    apply(order_at("handle.dispatched"), "accept", somebody("clock"))
    assert MACHINE.models == []


def test_a_state_may_come_as_text_or_as_a_word_and_leaves_as_a_word() -> None:
    for state in ("handle.dispatched", State.DISPATCHED):
        order = order_at(state)
        apply(order, "accept", somebody("clock"))
        assert order.state is State.WORKING


def test_an_illegal_move_tells_what_is_possible() -> None:
    with pytest.raises(IllegalMove) as refused:
        apply(order_at("merged"), "accept", somebody("clock"))
    assert refused.value.possible == ("follow", "unmerge", "chase", "supervise", "note", "withdraw")
    assert str(refused.value) == "The move accept is not possible from merged."
    assert refused.value.remedy == "Possible from there: follow, unmerge, chase, supervise, note, withdraw."


def test_an_unknown_move_is_an_illegal_one() -> None:
    with pytest.raises(IllegalMove, match="asked for is not possible from handle"):
        apply(order_at("handle.working"), "vanish", somebody("clock"))
    assert moves_from("") == [Move.REGISTER]


def test_an_order_is_registered_once() -> None:
    order = PaperOrder()
    decision = apply(order, "register", somebody("hotline"), text="路灯不亮")
    assert (decision.from_state, decision.to_state, decision.round) == (None, "discover.registered", 1)
    with pytest.raises(IllegalMove):
        apply(order, "register", somebody("hotline"), text="路灯不亮")


def test_what_is_possible_is_what_the_table_allows() -> None:
    handler = somebody("officer", unit="grid", in_lead=True, in_team=True)
    assert possible(order_at("handle.dispatched"), handler) == ["hand_over", "accept", "contact", "dispute", "note"]
    assert possible(order_at("handle.working"), handler) == ["hand_over", "contact", "dispute", "note", "report_done"]
    assert possible(order_at("handle.working", disputed_by=("grid",)), handler) == [
        "hand_over", "contact", "note", "report_done",
    ]  # fmt: skip
    assert possible(order_at("closed"), somebody("reporter")) == ["note", "appeal"]
    assert possible(order_at("closed", appealed=True), somebody("reporter")) == ["note"]
    assert possible(PaperOrder(), somebody("clerk")) == ["register"]


def test_threads_do_not_disturb_each_other() -> None:
    ended: list[str] = []

    def work() -> None:
        for _ in range(100):
            order = order_at("handle.dispatched")
            apply(order, "accept", somebody("clock"))
            apply(order, "report_done", somebody("officer", in_lead=True), **TOLD["report_done"])
            ended.append(order.state)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == ["supervise.checking"] * 800
