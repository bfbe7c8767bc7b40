"""A draft is tried on past orders before it is published: who would gain, who would lose, and for which orders."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from small_city import ANYWHERE, CODES, DAY, ISSUES, SINCE, city, issue, lists

from routing.coverage import Lead, Spot, who_leads
from routing.lists import IssueList, Lists, Power, Responsibility, ResponsibilityList, ScopeKind
from routing.replay import Differences, PastOrder, replay
from services.limits import Limit, LimitUnit

CITY = city()
MICRO, COMMITTEE, ELSEWHERE = "310101023001001", "310101023001", "310101024001"
GREENING = "310101-greening"
OLD = lists(ANYWHERE)


def draft(*rows: Responsibility) -> Lists:
    return lists(ANYWHERE, *rows)


def row(name: str, **changes: object) -> Responsibility:
    return replace(ANYWHERE, row=name, **changes)


def order(number: int, **changes: object) -> PastOrder:
    return replace(PastOrder(case_no=f"C{number}", issue="06", grid=MICRO, day=DAY, lead=GREENING), **changes)


def played(orders: Iterable[PastOrder], new: Lists, day: date | None = None) -> Differences:
    return replay(orders, OLD, new, CITY, day=day)


class TestWhatWouldChange:
    def test_the_same_lists_change_nothing(self) -> None:
        found = played([order(1), order(2, grid=ELSEWHERE)], OLD)
        assert (found.orders, found.lead, found.terms, found.unplaced) == (2, 0, 0, 0)
        assert (found.by_unit, found.by_issue, found.flows) == ((), (), ())

    def test_another_lead_is_shown_by_unit_by_issue_and_by_flow_with_the_orders(self) -> None:
        orders = [order(1), order(2), order(3, grid=ELSEWHERE), order(4, issue="05-01")]
        found = played(orders, draft(row("new", issue="06", lead="@committee")))
        assert (found.orders, found.lead, found.terms) == (4, 3, 0)
        assert [(each.unit, each.before, each.after, each.gained, each.lost) for each in found.by_unit] == [
            (GREENING, 4, 1, 0, 3),
            (COMMITTEE, 0, 2, 2, 0),
            (ELSEWHERE, 0, 1, 1, 0),
        ]
        (changed,) = found.by_issue
        assert (changed.issue, changed.orders, changed.lead) == ("06", 3, 3)
        assert [(flow.before, flow.after, flow.orders, flow.issues) for flow in found.flows] == [
            (GREENING, COMMITTEE, 2, ("06",)),
            (GREENING, ELSEWHERE, 1, ("06",)),
        ]
        assert [each.order.case_no for each in found.flows[0].examples] == ["C1", "C2"]
        assert (found.flows[0].examples[0].before.row, found.flows[0].examples[0].after.row) == ("any", "new")

    def test_another_row_with_the_same_lead_and_terms_is_no_change(self) -> None:
        assert played([order(1)], draft(row("same", issue="06"))).by_issue == ()

    def test_other_terms_for_the_same_lead_are_told_apart(self) -> None:
        for changes in (
            {"limit": Limit(1, LimitUnit.HOURS)},
            {"power": Power.ENFORCE},
            {"co": ("@street",)},
        ):
            found = played([order(1)], draft(row("terms", issue="06", **changes)))
            assert (found.lead, found.terms, found.flows) == (0, 1, ())
            assert found.by_issue[0].terms == 1

    def test_another_limit_in_the_issue_list_is_a_change_of_terms(self) -> None:
        issues = IssueList((*ISSUES.issues[:3], replace(issue("06"), limit=Limit(1, LimitUnit.HOURS))))
        assert played([order(1)], Lists(issues, ResponsibilityList(issues, (ANYWHERE,)))).terms == 1

    def test_who_really_led_is_compared_with_both_lists(self) -> None:
        orders = [order(1, lead=COMMITTEE), order(2, lead=COMMITTEE), order(3), order(4, lead=None)]
        found = played(orders, draft(row("new", issue="06", lead="@committee")))
        assert (found.as_led_before, found.as_led_after) == (1, 2)

    def test_only_a_few_examples_are_kept_of_many_orders(self) -> None:
        found = played(map(order, range(50)), draft(row("new", issue="06", lead="@committee")))
        assert found.flows[0].orders == 50
        assert len(found.flows[0].examples) == len(found.by_issue[0].examples) == 3


class TestWhatCannotBeDecided:
    def test_where_nobody_would_lead_any_more_it_says_why(self) -> None:
        found = played([order(1)], lists(row("late", valid_from=DAY + timedelta(days=1))))
        (flow,) = found.flows
        assert (flow.before, flow.after) == (GREENING, None)
        assert flow.examples[0].after.why == "条目 late 当日无效，此外没有条目"

    def test_an_issue_that_the_draft_drops_has_no_lead(self) -> None:
        issues = IssueList(ISSUES.issues[:3])
        found = played([order(1)], Lists(issues, ResponsibilityList(issues, (ANYWHERE,))))
        assert found.flows[0].after is None
        assert found.flows[0].examples[0].after.why == "问题清单中没有 06"

    def test_rows_that_tie_lead_nobody(self) -> None:
        found = played([order(1)], draft(row("a", issue="06"), row("b", issue="06")))
        assert "a、b" in found.flows[0].examples[0].after.why

    def test_an_order_whose_grid_is_gone_is_only_counted(self) -> None:
        found = played([order(1, grid="310199"), order(2)], draft())
        assert (found.orders, found.unplaced, found.lead) == (2, 1, 0)


class TestTheDay:
    def test_each_order_is_decided_on_its_own_day(self) -> None:
        new = draft(row("new", issue="06", lead="@committee", valid_from=DAY))
        found = played([order(1), order(2, day=DAY - timedelta(days=1))], new)
        assert [each.order.case_no for each in found.flows[0].examples] == ["C1"]

    def test_a_draft_that_begins_later_can_be_tried_as_of_that_day(self) -> None:
        new = draft(row("new", issue="06", lead="@committee", valid_from=DAY + timedelta(days=30)))
        assert played([order(1)], new).lead == 0
        assert played([order(1)], new, day=DAY + timedelta(days=30)).lead == 1


class TestTheLines:
    def test_the_totals_and_each_flow_are_told_by_name(self) -> None:
        found = played([order(1), order(2)], draft(row("new", issue="06", lead="@committee")))
        assert found.told(CITY) == (
            "2 件：2 件换主办，0 件只换协办、时限或权限，0 件无法重判",
            f"单位{GREENING} → 单位{COMMITTEE}：2 件（06）。例：C1（06，{MICRO}，2025-03-03）："
            f"{GREENING}（条目 any） → {COMMITTEE}（条目 new）",
        )

    def test_the_rest_is_counted(self) -> None:
        orders = [order(1), order(2, grid=ELSEWHERE), order(3, issue="05-01")]
        lines = played(orders, draft(row("new", lead="@committee", issue="06"))).told(CITY, most=1)
        assert lines[-1] == "另有 1 种去向，共 1 件"


ORDERS = st.lists(
    st.builds(
        PastOrder,
        case_no=st.integers(1, 999).map(str),
        issue=st.sampled_from([*(each.code for each in ISSUES), "07"]),
        grid=st.sampled_from([*CODES, "310199"]),
        day=st.dates(SINCE, date(2025, 12, 31)),
        lead=st.sampled_from([None, GREENING, COMMITTEE]),
    ),
    max_size=20,
)
DRAFTS = st.lists(
    st.builds(
        lambda **changes: row("x", scope_kind=ScopeKind.SUBTREE, **changes),
        issue=st.sampled_from(["05", "05-08", "06", "*"]),
        scope=st.sampled_from(CODES),
        lead=st.sampled_from(["@committee", "@area", "@village", "310104-greening"]),
        valid_from=st.sampled_from([SINCE, DAY]),
    ),
    max_size=6,
).map(lambda rows: draft(*(replace(each, row=f"x{nth}") for nth, each in enumerate(rows))))


@settings(max_examples=60, deadline=None)
@given(ORDERS, DRAFTS)
def test_the_counts_are_those_of_deciding_each_order_by_itself(orders: list[PastOrder], new: Lists) -> None:
    def lead(held: Lists, each: PastOrder) -> str | None:
        if each.issue not in held.issues:
            return None
        spot = Spot.of(each.grid, CITY)
        found = who_leads(held.issues.find(each.issue), spot, held.responsibilities, CITY, each.day)
        return found.unit.code if isinstance(found, Lead) else None

    placed = [each for each in orders if each.grid in CODES]
    moved = [(before, after) for each in placed if (before := lead(OLD, each)) != (after := lead(new, each))]
    found = played(orders, new)
    assert (found.orders, found.unplaced, found.lead) == (len(orders), len(orders) - len(placed), len(moved))
    assert {(flow.before, flow.after): flow.orders for flow in found.flows} == Counter(moved)
    for unit in found.by_unit:
        assert unit.after - unit.before == unit.gained - unit.lost
        assert unit.gained == sum(after == unit.unit for _, after in moved)
    assert sum(each.lead for each in found.by_issue) == len(moved)
