"""Faults of a workbook are told in the words of its sheets."""

from dataclasses import replace

import pytest
from openpyxl import Workbook
from workbooks import ROW, at, column, edited, faults_of, lists

from routing.lists import (
    FUNCTIONS,
    Rule,
    ScopeKind,
)
from routing.lists.workbook import (
    BookFaults,
    read_workbook,
    write_workbook,
)
from services.limits import Limit, LimitUnit


class TestFaultsAreToldInTheSheetsWords:
    def test_all_faults_of_both_sheets_come_at_once_sheet_by_sheet(self) -> None:
        def spoil(book: Workbook) -> None:
            at("责任清单", "A2", None)(book)
            at("责任清单", f"{column('责任清单', 'lead')}3", "@village")(book)
            at("问题清单", f"{column('问题清单', 'name')}3", "=A1")(book)
            at("问题清单", f"{column('问题清单', 'grade')}2", "一般")(book)

        assert [(fault.sheet, fault.row, fault.column) for fault in faults_of(edited(spoil))] == [
            ("问题清单", 2, "等级"),
            ("问题清单", 3, "事项名称"),
            ("责任清单", 2, "条目"),
            ("责任清单", 3, "主办"),
        ]

    @pytest.mark.parametrize(
        ("name", "value", "remedy"),
        [
            ("power", "管", "填写其中之一：执法、协调、告知"),
            ("limit_unit", "天", "填写其中之一：工作小时、工作日、小时"),
            ("scope", "310101", "适用全部地点时此列留空"),
            ("valid_to", "2020-01-01", "不得早于 生效日"),
            ("lead", "@area.housing", "“@area.housing”：area 一级没有此职能，可用：无"),
        ],
    )
    def test_remedies_speak_as_the_sheet_does(self, name: str, value: str, remedy: str) -> None:
        start = lists(replace(ROW, limit=Limit(1, LimitUnit.HOURS), issue="05"))
        faults = faults_of(edited(at("责任清单", f"{column('责任清单', name)}2", value), start))
        assert remedy in [fault.remedy for fault in faults]

    def test_the_value_is_the_one_people_see(self) -> None:
        (fault,) = faults_of(edited(at("责任清单", f"{column('责任清单', 'scope_kind')}3", "网格类型")))
        assert (fault.column, fault.value) == ("范围", "310101023001001")
        (fault,) = faults_of(edited(at("责任清单", f"{column('责任清单', 'scope_kind')}3", "ＫＩＮＤ")))
        assert fault.remedy.startswith("填写网格类型：市、区、街镇")

    def test_a_fault_of_an_issue_is_not_told_again_of_the_rows_that_name_it(self) -> None:
        handed = replace(ROW, scope_kind=ScopeKind.SUBTREE, scope="310101023", lead="@area", co=(), handed_down=True)
        spoil = at("问题清单", f"{column('问题清单', 'limit')}3", "很快")
        assert [(fault.sheet, fault.row) for fault in faults_of(edited(spoil, lists(handed)))] == [("问题清单", 3)]

    def test_a_row_that_names_no_issue_is_told_even_where_the_issue_list_is_faulty(self) -> None:
        def spoil(book: Workbook) -> None:
            at("问题清单", f"{column('问题清单', 'limit')}3", "很快")(book)
            at("责任清单", f"{column('责任清单', 'issue')}3", "05-99")(book)

        assert [fault.rule for fault in faults_of(edited(spoil))] == [Rule.NUMBER, Rule.KNOWN_ISSUE]

    def test_the_message_says_where_what_and_how(self) -> None:
        faults = faults_of(edited(at("问题清单", "C3", "=A1")))
        assert str(faults[0]) == "问题清单 第3行 事项名称“=A1” [formula]：不接受公式：复制此格，选择性粘贴为“值”"
        assert str(BookFaults(faults)) == str(faults[0])

    def test_another_citys_offices_can_be_named(self) -> None:
        book = write_workbook(lists(replace(ROW, issue="05", lead="@district.gardens", co=())))
        other = {level: offices | {"gardens"} for level, offices in FUNCTIONS.items()}
        assert read_workbook(book, functions=other).responsibilities.find("R1").lead == "@district.gardens"
        assert [fault.rule for fault in faults_of(book)] == [Rule.DUTY]
