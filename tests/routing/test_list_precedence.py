"""Which row wins and why: examples, the hard rule, and what holds for any list."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.lists import (
    ANY_ISSUE,
    Decision,
    Grade,
    Issue,
    IssueList,
    Loss,
    OverlappingRows,
    Power,
    Responsibility,
    ResponsibilityList,
    ScopeKind,
    decide,
    grassroots,
    may_lead,
    specificity,
)
from services.limits import Limit, LimitUnit

DAY = date(2025, 3, 3)
MICRO, COMMITTEE, AREA, STREET = "310101023001001", "310101023001", "310101023P02", "310101023"
CHAIN = (MICRO, COMMITTEE, AREA, STREET, "310101", "31")
KINDS = ("micro", "committee", "area", "street", "district", "city")


def issue(code: str, reserved_to: str | None = None) -> Issue:
    return Issue(
        code=code,
        parent=code[:2] if "-" in code else None,
        name=f"事项{code}",
        grade=Grade.SIMPLE,
        limit=Limit(5, LimitUnit.WORKING_DAYS),
        filing_condition="属实",
        closing_condition="办结",
        evidence=False,
        reserved_to=reserved_to,
        reserved_basis="某法" if reserved_to else None,
        public=True,
        phrases=("没人管",),
        questions=(),
        keywords=(),
    )


WASTE, SIGNS = issue("05-01"), issue("05-08", "greening")
ISSUES = IssueList((issue("05"), WASTE, SIGNS, issue("06")))
PLAIN = Responsibility(
    row="r",
    issue="05-01",
    scope_kind=ScopeKind.SUBTREE,
    scope=STREET,
    lead="@street",
    co=(),
    power=Power.COORDINATE,
    limit=None,
    legal_basis=None,
    handed_down=False,
    valid_from=date(2024, 1, 1),
    valid_to=None,
)


def row(**changes: object) -> Responsibility:
    return replace(PLAIN, **changes)


def kind_row(kind: str, **changes: object) -> Responsibility:
    return row(scope_kind=ScopeKind.KIND, scope=kind, **changes)


def judged(rows: Iterable[Responsibility], about: Issue = WASTE) -> Decision:
    fitting = ResponsibilityList(ISSUES, tuple(rows)).candidates(about.code, CHAIN, KINDS, DAY)
    return decide(about, fitting, grassroots)


def won(decision: Decision) -> Responsibility:
    assert decision.winner is not None
    return decision.winner.row


class TestPrecedence:
    def test_the_deeper_subtree_comes_first(self) -> None:
        wide, narrow = row(row="w", scope=STREET), row(row="n", scope=AREA)
        decision = judged([wide, narrow])
        assert won(decision) == narrow
        assert [loser.loss for loser in decision.losers] == [Loss.WIDER_GRID]

    def test_the_kind_of_the_nearer_grid_comes_first(self) -> None:
        far, near = row(row="f", scope_kind=ScopeKind.KIND, scope="area"), kind_row("committee", row="n")
        assert won(judged([far, near])) == near

    def test_any_issue_comes_last(self) -> None:
        star = row(row="s", issue=ANY_ISSUE, scope=MICRO)
        anywhere = row(row="a", scope_kind=ScopeKind.ANYWHERE, scope=None)
        assert won(judged([star, anywhere])) == anywhere
        assert won(judged([star])) == star

    def test_a_row_that_is_not_in_force_loses_and_says_so(self) -> None:
        ended = row(row="e", scope=AREA, valid_to=DAY - timedelta(days=1))
        to_come = row(row="c", scope=COMMITTEE, valid_from=DAY + timedelta(days=1))
        current = row(row="n", scope=STREET)
        decision = judged([ended, to_come, current])
        assert won(decision) == current
        assert {loser.candidate.row.row: loser.loss for loser in decision.losers} == {
            "e": Loss.NOT_IN_FORCE,
            "c": Loss.NOT_IN_FORCE,
        }

    def test_both_ends_of_the_validity_belong_to_it(self) -> None:
        only = row(valid_from=DAY, valid_to=DAY)
        assert won(judged([only])) == only

    def test_a_row_for_another_place_or_matter_is_no_candidate(self) -> None:
        assert specificity(row(scope="310104003"), WASTE, CHAIN, KINDS) is None
        assert specificity(row(issue="06"), WASTE, CHAIN, KINDS) is None

    def test_equally_specific_rows_are_an_error_never_a_choice(self) -> None:
        with pytest.raises(OverlappingRows) as caught:
            judged([row(row="a"), row(row="b")])
        assert caught.value.rows == ("a", "b")


class TestTheHardRule:
    def test_a_reserved_matter_never_goes_to_the_grass_roots(self) -> None:
        assert "不得派至街道及以下" in (may_lead(SIGNS, row(issue="05-08"), True) or "")
        assert may_lead(SIGNS, None, True) is not None

    def test_a_department_may_lead_it(self) -> None:
        assert may_lead(SIGNS, None, False) is None

    def test_what_is_not_reserved_may_go_anywhere(self) -> None:
        assert may_lead(WASTE, None, True) is None

    def test_a_row_that_hands_it_down_with_its_basis_lifts_it(self) -> None:
        handed = row(issue="05-08", handed_down=True, legal_basis="某条例")
        assert may_lead(SIGNS, handed, True) is None

    def test_handing_down_without_a_basis_or_a_whole_class_lifts_nothing(self) -> None:
        assert may_lead(SIGNS, row(issue="05-08", handed_down=True, legal_basis=None), True) is not None
        assert may_lead(SIGNS, row(issue="05", handed_down=True, legal_basis="某条例"), True) is not None

    def test_a_row_it_forbids_loses_to_a_less_specific_one(self) -> None:
        forbidden = row(row="f", issue="05-08", scope=COMMITTEE, lead="@committee")
        lawful = row(row="l", issue="05-08", scope_kind=ScopeKind.ANYWHERE, scope=None, lead="@district.greening")
        decision = judged([forbidden, lawful], SIGNS)
        assert won(decision) == lawful
        assert [loser.loss for loser in decision.losers] == [Loss.HARD_RULE]

    def test_where_it_forbids_every_row_nobody_leads(self) -> None:
        decision = judged([row(row="f", issue="05-08", lead="@committee")], SIGNS)
        assert decision.winner is None
        assert [loser.loss for loser in decision.losers] == [Loss.HARD_RULE]


@st.composite
def lists_of_rows(draw: st.DrawFn) -> list[Responsibility]:
    """Rows over a small world, at most one per issue and scope, some of them not in force or forbidden."""
    scopes = [(ScopeKind.SUBTREE, code) for code in (*CHAIN, "310104003")]
    scopes += [(ScopeKind.KIND, kind) for kind in ("micro", "area", "office")]
    keys = [
        (code, *scope) for code in ("05-08", "05", "06", ANY_ISSUE) for scope in [*scopes, (ScopeKind.ANYWHERE, None)]
    ]
    chosen = draw(st.lists(st.sampled_from(keys), unique=True, max_size=12))
    return [
        row(
            row=f"r{nth}",
            issue=code,
            scope_kind=kind,
            scope=scope,
            lead=draw(st.sampled_from(["@committee", "@district.greening"])),
            handed_down=draw(st.booleans()),
            legal_basis="某条例",
            valid_from=draw(st.sampled_from([date(2024, 1, 1), DAY, DAY + timedelta(days=1)])),
        )
        for nth, (code, kind, scope) in enumerate(chosen)
    ]


@given(lists_of_rows(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_never_changes_the_decision(rows: list[Responsibility], chance: random.Random) -> None:
    shuffled = chance.sample(rows, len(rows))
    assert judged(rows, SIGNS) == judged(shuffled, SIGNS)


@given(lists_of_rows())
def test_the_winner_is_the_most_specific_lawful_row_and_every_other_one_has_a_reason(
    rows: list[Responsibility],
) -> None:
    fits = {each.row: fit for each in rows if (fit := specificity(each, SIGNS, CHAIN, KINDS))}
    lawful = [
        each
        for each in rows
        if each.row in fits and each.in_force(DAY) and may_lead(SIGNS, each, grassroots(each.lead)) is None
    ]
    decision = judged(rows, SIGNS)
    assert (decision.winner and decision.winner.row) == max(lawful, key=lambda each: fits[each.row], default=None)
    told = [loser.candidate.row.row for loser in decision.losers] + ([won(decision).row] if decision.winner else [])
    assert sorted(told) == sorted(fits)


@given(lists_of_rows())
def test_candidates_come_most_specific_first(rows: list[Responsibility]) -> None:
    found = ResponsibilityList(ISSUES, tuple(rows)).candidates("05-08", CHAIN, KINDS, DAY)
    assert [each.specificity for each in found] == sorted((each.specificity for each in found), reverse=True)
