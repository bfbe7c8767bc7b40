"""The two lists that ship with the software are whole, lawful and clear at every place of the starter city."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from routing.city import City, GridKind, resolve
from routing.lists import (
    FUNCTIONS,
    ISSUE_COLUMNS,
    RESPONSIBILITY_COLUMNS,
    Decision,
    Grade,
    Lists,
    Loss,
    Responsibility,
    Rule,
    ScopeKind,
    UnknownIssue,
    decide,
    grassroots,
    may_lead,
    starter_lists,
)
from routing.starter.tables import STREET
from services.limits import Limit, LimitUnit

GUIDE = Path(__file__).parents[2] / "docs" / "lists.md"
DAY = date(2025, 3, 3)
CLASSES = (
    "物业管理 房屋住房 违法建设 噪音扰民 市容环卫 停车管理 加装电梯 非机动车充电与消防 市政设施 水电气热讯 园林绿化 "
    "生态环境 交通出行 消费维权 劳动社保 教育文体 医疗卫生 民政养老托幼 公共安全 邻里与社区治理 政务作风 城市更新 其他"
)
AREA, COMMITTEE, MICRO = "310101023P02", "310101023001", "310101023001001"
OFFICE, MALL, BLOCK = "310101023Z01", "310101023Z04", "310101023Z06"
ELSEWHERE = ("31", "310104", "310104003", "310104003002")


@pytest.fixture(scope="module")
def lists() -> Lists:
    return starter_lists()


Judge = Callable[[str, str], Decision]


@pytest.fixture(scope="module")
def judge(lists: Lists, city: City) -> Judge:
    """Decides an issue at a grid of the starter city on an ordinary day."""

    def judged(code: str, grid: str, day: date = DAY) -> Decision:
        chain = city.chain(grid)
        fitting = lists.responsibilities.candidates(code, [g.code for g in chain], [g.kind for g in chain], day)
        return decide(lists.issues.find(code), fitting, lambda lead: resolve(lead, grid, city).grassroots)

    return judged


def won(decision: Decision) -> Responsibility:
    assert decision.winner is not None
    return decision.winner.row


class TestTheIssueListThatShips:
    def test_it_has_the_23_classes_in_order(self, lists: Lists) -> None:
        assert [issue.code for issue in lists.issues.classes] == [f"{nth:02}" for nth in range(1, 24)]
        assert [issue.name for issue in lists.issues.classes] == CLASSES.split()

    def test_it_has_at_least_140_rows_below_them_and_four_in_each(self, lists: Lists) -> None:
        below = Counter(issue.parent for issue in lists.issues if issue.parent)
        assert below.total() >= 140
        assert all(below[issue.code] >= 4 for issue in lists.issues.classes)

    def test_every_row_has_six_to_twelve_phrases_and_something_to_ask(self, lists: Lists) -> None:
        for issue in lists.issues:
            assert 6 <= len(issue.phrases) <= 12, issue.code
            assert 1 <= len(issue.questions) <= 3, issue.code
            assert issue.keywords, issue.code

    def test_no_phrase_stands_for_two_issues(self, lists: Lists) -> None:
        told = Counter(phrase for issue in lists.issues for phrase in issue.phrases)
        assert [phrase for phrase, times in told.items() if times > 1] == []

    def test_no_phrase_names_a_person_by_number(self, lists: Lists) -> None:
        assert not any(re.search(r"\d{4,}", phrase) for issue in lists.issues for phrase in issue.phrases)

    def test_names_are_unique(self, lists: Lists) -> None:
        assert len({issue.name for issue in lists.issues}) == len(lists.issues)

    def test_a_closing_condition_that_shows_something_asks_for_evidence(self, lists: Lists) -> None:
        for issue in lists.issues:
            if re.search("附.*(照片|记录|结果)", issue.closing_condition):
                assert issue.evidence, issue.code

    def test_urgent_matters_are_due_within_a_day(self, lists: Lists) -> None:
        for issue in lists.issues:
            if issue.grade is Grade.URGENT:
                assert issue.limit.unit is not LimitUnit.WORKING_DAYS, issue.code
                assert issue.limit.amount <= 24, issue.code

    @pytest.mark.parametrize(
        ("code", "limit"),
        [
            ("05-01", Limit(4, LimitUnit.WORK_HOURS)),
            ("09-05", Limit(4, LimitUnit.WORK_HOURS)),
            ("03-01", Limit(4, LimitUnit.WORK_HOURS)),
            ("03-02", Limit(20, LimitUnit.WORKING_DAYS)),
            ("10-01", Limit(24, LimitUnit.HOURS)),
            ("10-08", Limit(2, LimitUnit.HOURS)),
            ("23-11", Limit(1, LimitUnit.WORKING_DAYS)),
        ],
    )
    def test_limits_follow_the_cities_manuals(self, lists: Lists, code: str, limit: Limit) -> None:
        assert lists.issues.find(code).limit == limit

    @pytest.mark.parametrize("code", ["18-03", "18-10", "20-05", "20-06", "21-01", "21-05", "15-01", "19-06"])
    def test_what_touches_persons_is_never_public(self, lists: Lists, code: str) -> None:
        assert not lists.issues.find(code).public

    @pytest.mark.parametrize(
        ("phrase", "code"),
        [
            ("老电梯三天两头出毛病", "01"),
            ("天桥电梯停了一个月", "09"),
            ("地铁站扶梯坏了好久", "13"),
            ("新加装的电梯井漏水", "07"),
            ("小区停车费涨到五百", "06"),
            ("隔壁狗整夜叫", "04"),
            ("遛狗不牵绳扑小孩", "19"),
            ("电梯里有人抽烟", "17"),
            ("小区老鼠满地跑", "17"),
            ("租房怎么提取公积金", "02"),
            ("问题没解决就办结了", "21"),
            ("我的电话被泄露给对方", "21"),
            ("电线杆上贴满小广告", "05"),
        ],
    )
    def test_the_class_follows_what_is_to_be_done(self, lists: Lists, phrase: str, code: str) -> None:
        assert [issue.class_code for issue in lists.issues if phrase in issue.phrases] == [code]

    def test_what_is_not_there_is_not_found(self, lists: Lists) -> None:
        assert "05-99" not in lists.issues
        with pytest.raises(UnknownIssue):
            lists.issues.find("05-99")


class TestTheResponsibilityListThatShips:
    def test_a_hundred_rows_and_more_hold_anywhere(self, lists: Lists) -> None:
        anywhere = [row for row in lists.responsibilities.rows if row.scope_kind is ScopeKind.ANYWHERE]
        assert len(anywhere) >= 100
        assert {row.issue for row in anywhere} >= {issue.code for issue in lists.issues.classes}

    def test_exactly_52_matters_are_handed_down_to_the_area_grids_of_one_street(self, lists: Lists) -> None:
        handed = [row for row in lists.responsibilities.rows if row.handed_down]
        assert len(handed) == len({row.issue for row in handed}) == 52
        for row in handed:
            assert (row.scope_kind, row.scope, row.lead) == (ScopeKind.SUBTREE, STREET, "@area")
            assert "合成" in (row.legal_basis or "")

    def test_the_department_stays_beside_the_area_for_what_it_handed_down(self, lists: Lists) -> None:
        for row in lists.responsibilities.rows:
            if row.handed_down:
                assert [duty.rpartition(".")[2] for duty in row.co] == [lists.issues.find(row.issue).reserved_to]

    def test_kinds_of_grids_refine_about_ten_rows(self, lists: Lists) -> None:
        kinds = [row.scope for row in lists.responsibilities.rows if row.scope_kind is ScopeKind.KIND]
        assert 8 <= len(kinds) <= 15
        assert set(kinds) == {GridKind.OFFICE, GridKind.MALL, GridKind.BLOCK}

    def test_no_two_rows_overlap(self, lists: Lists) -> None:
        """By hand, apart from the reader's own check: nothing with the same issue and scope shares a day."""
        rows = lists.responsibilities.rows
        for nth, row in enumerate(rows):
            for other in rows[nth + 1 :]:
                if (row.issue, row.scope_kind, row.scope) == (other.issue, other.scope_kind, other.scope):
                    days = (other.in_force(row.valid_from), row.in_force(other.valid_from))
                    assert days == (False, False), (row.row, other.row)

    @pytest.mark.parametrize("grid", [*ELSEWHERE, STREET, AREA, COMMITTEE, MICRO, f"{MICRO}01", OFFICE, MALL, BLOCK])
    def test_every_issue_has_one_lead_and_the_hard_rule_holds(
        self, lists: Lists, city: City, judge: Judge, grid: str
    ) -> None:
        for issue in lists.issues:
            row = won(judge(issue.code, grid))
            lead = resolve(row.lead, grid, city)
            assert may_lead(issue, row, lead.grassroots) is None, (issue.code, row.row)
            if issue.reserved_to and lead.grassroots:
                assert row.handed_down
                assert city.unit_chain(grid)[-3].code == STREET

    def test_every_lead_and_co_unit_is_somebody(self, lists: Lists, city: City) -> None:
        for row in lists.responsibilities.rows:
            for duty in (row.lead, *row.co):
                level, _, function = duty.removeprefix("@").partition(".")
                unit = resolve(duty, MICRO, city)
                assert (unit.level, unit.function) == (level, function or None), (row.row, duty)

    def test_a_reserved_matter_goes_to_the_department_where_nothing_is_handed_down(self, lists: Lists) -> None:
        for row in lists.responsibilities.rows:
            reserved_to = lists.issues.find(row.issue).reserved_to
            if reserved_to and row.scope_kind is ScopeKind.ANYWHERE:
                assert row.lead.rpartition(".")[2] == reserved_to, row.row
                assert not grassroots(row.lead)

    def test_scopes_are_grids_of_the_city(self, lists: Lists, city: City) -> None:
        for row in lists.responsibilities.rows:
            if row.scope_kind is ScopeKind.SUBTREE and row.scope:
                assert city.grid(row.scope).code == row.scope


class TestPrecedenceInTheStarterCity:
    def test_the_issue_itself_comes_before_its_class(self, judge: Judge) -> None:
        decision = judge("05-05", "310104003002")
        assert won(decision).lead == "@street.enforcement"
        assert [loser.loss for loser in decision.losers] == [Loss.BROADER_ISSUE]

    def test_the_class_serves_where_the_issue_has_no_row(self, judge: Judge) -> None:
        assert won(judge("07-01", COMMITTEE)).issue == "07"

    def test_the_subtree_comes_before_the_kind_and_the_kind_before_anywhere(self, judge: Judge) -> None:
        decision = judge("13-09", BLOCK)
        assert won(decision).scope == AREA
        assert [loser.loss for loser in decision.losers] == [
            Loss.WEAKER_SCOPE,
            Loss.WEAKER_SCOPE,
            Loss.BROADER_ISSUE,
        ]
        assert [loser.candidate.row.scope_kind for loser in decision.losers[:2]] == ["kind", "anywhere"]

    def test_a_more_specific_issue_anywhere_comes_before_its_class_in_the_kind(self, judge: Judge) -> None:
        decision = judge("01-04", MALL)
        assert (won(decision).issue, won(decision).scope_kind) == ("01-04", ScopeKind.ANYWHERE)
        assert (decision.losers[0].candidate.row.scope, decision.losers[0].loss) == ("mall", Loss.BROADER_ISSUE)

    def test_the_reasons_are_sentences(self, judge: Judge) -> None:
        decision = judge("05-08", COMMITTEE)
        assert decision.winner is not None
        assert decision.winner.reason == "责任清单 H09 行列明此事项（05-08），范围为网格 310101023 及其以下"
        assert all(loser.reason.startswith(loser.candidate.row.row) for loser in decision.losers)


class TestTheGuide:
    def test_it_explains_every_column_rule_and_loss(self) -> None:
        guide = GUIDE.read_text("utf-8")
        for word in (*ISSUE_COLUMNS, *RESPONSIBILITY_COLUMNS, *Rule, *Loss):
            assert f"`{word}`" in guide, word

    def test_its_numbers_are_those_of_the_lists(self, lists: Lists) -> None:
        guide = GUIDE.read_text("utf-8")
        below = sum(issue.parent is not None for issue in lists.issues)
        reserved = sum(issue.reserved_to is not None for issue in lists.issues if issue.parent)
        rows = Counter(row.scope_kind for row in lists.responsibilities.rows)
        assert f"{below} rows below" in guide
        assert f"{reserved} of them are reserved" in guide
        assert f"{rows[ScopeKind.ANYWHERE]} rows hold anywhere" in guide

    def test_the_functions_come_from_the_citys_own_table(self, city: City) -> None:
        named = {function for level in FUNCTIONS.values() for function in level}
        assert named == city.functions - {"evaluation"}
