"""A broken list is refused as a whole, and every fault says where, what, which rule and how to mend it."""

import csv
import io
from collections.abc import Iterable, Mapping

import pytest

from routing.city import Level
from routing.lists import (
    ISSUE_COLUMNS,
    RESPONSIBILITY_COLUMNS,
    Fault,
    ListFaults,
    Rule,
    read_issues,
    read_responsibilities,
)
from services.limits import Limit, LimitUnit

STREET = "310101023"
GOOD_ISSUE = {
    "code": "05-01",
    "parent": "05",
    "name": "暴露垃圾",
    "grade": "simple",
    "limit": "4",
    "limit_unit": "work_hours",
    "filing_condition": "有垃圾",
    "closing_condition": "已清除",
    "evidence": "yes",
    "reserved_to": "",
    "reserved_basis": "",
    "public": "yes",
    "phrases": "一堆垃圾|没人清",
    "questions": "在哪里？",
    "keywords": "垃圾",
}
GOOD_CLASS = GOOD_ISSUE | {"code": "05", "parent": "", "name": "市容环卫"}
GOOD_ROW = {
    "row": "R1",
    "issue": "05-08",
    "scope_kind": "anywhere",
    "scope": "",
    "lead": "@district.greening",
    "co": "@street.management",
    "power": "enforce",
    "limit": "",
    "limit_unit": "",
    "legal_basis": "某条例",
    "handed_down": "no",
    "valid_from": "2024-01-01",
    "valid_to": "",
}
HANDED = GOOD_ROW | {
    "scope_kind": "subtree",
    "scope": STREET,
    "lead": "@area",
    "co": "@district.greening",
    "handed_down": "yes",
}


def sheet(columns: Iterable[str], *rows: Mapping[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


ISSUES = read_issues(
    sheet(
        ISSUE_COLUMNS,
        GOOD_CLASS,
        GOOD_ISSUE,
        GOOD_ISSUE | {"code": "05-08", "name": "招牌", "reserved_to": "greening", "reserved_basis": "某办法"},
    )
)


def faults_of_issues(*rows: Mapping[str, str]) -> tuple[Fault, ...]:
    with pytest.raises(ListFaults) as caught:
        read_issues(sheet(ISSUE_COLUMNS, *rows))
    return caught.value.faults


def faults_of_rows(*rows: Mapping[str, str]) -> tuple[Fault, ...]:
    with pytest.raises(ListFaults) as caught:
        read_responsibilities(sheet(RESPONSIBILITY_COLUMNS, *rows), ISSUES)
    return caught.value.faults


class TestAFaultyIssueList:
    def test_a_good_one_is_read(self) -> None:
        issues = read_issues("\ufeff" + sheet(ISSUE_COLUMNS, GOOD_CLASS, GOOD_ISSUE))
        assert issues.under("05")[0].phrases == ("一堆垃圾", "没人清")
        assert issues.find("05-01").limit == Limit(4, LimitUnit.WORK_HOURS)

    @pytest.mark.parametrize(
        ("changes", "column", "rule"),
        [
            ({"code": ""}, "code", Rule.REQUIRED),
            ({"code": "5-1"}, "code", Rule.CODE),
            ({"parent": ""}, "parent", Rule.PARENT),
            ({"code": "06-01", "parent": "06"}, "parent", Rule.PARENT),
            ({"name": " "}, "name", Rule.REQUIRED),
            ({"grade": "fast"}, "grade", Rule.ONE_OF),
            ({"limit": "0"}, "limit", Rule.NUMBER),
            ({"limit": "1.5"}, "limit", Rule.NUMBER),
            ({"limit": "²"}, "limit", Rule.NUMBER),
            ({"limit_unit": "days"}, "limit_unit", Rule.ONE_OF),
            ({"filing_condition": ""}, "filing_condition", Rule.REQUIRED),
            ({"closing_condition": ""}, "closing_condition", Rule.REQUIRED),
            ({"evidence": "maybe"}, "evidence", Rule.ONE_OF),
            ({"public": ""}, "public", Rule.ONE_OF),
            ({"reserved_to": "wizards", "reserved_basis": "某法"}, "reserved_to", Rule.FUNCTION),
            ({"reserved_to": "market"}, "reserved_basis", Rule.LEGAL_BASIS),
            ({"reserved_basis": "某法"}, "reserved_to", Rule.REQUIRED),
            ({"phrases": ""}, "phrases", Rule.REQUIRED),
            ({"phrases": "脏|臭|脏"}, "phrases", Rule.UNIQUE),
        ],
    )
    def test_each_broken_rule_is_named(self, changes: dict[str, str], column: str, rule: Rule) -> None:
        (fault,) = faults_of_issues(GOOD_CLASS, GOOD_ISSUE | changes)
        assert (fault.sheet, fault.row, fault.column, fault.rule) == ("issues.csv", 3, column, rule)
        assert fault.value == changes.get(column, GOOD_ISSUE[column]).strip()
        assert fault.remedy

    def test_a_code_stands_once(self) -> None:
        (fault,) = faults_of_issues(GOOD_CLASS, GOOD_ISSUE, GOOD_ISSUE)
        assert (fault.row, fault.rule) == (4, Rule.UNIQUE)
        assert "第3行" in fault.remedy

    def test_a_class_has_no_parent(self) -> None:
        assert {fault.rule for fault in faults_of_issues(GOOD_CLASS | {"parent": "04"})} == {Rule.PARENT}

    def test_all_faults_are_told_at_once_from_the_top(self) -> None:
        faults = faults_of_issues(GOOD_CLASS | {"grade": "x", "limit": "y"}, GOOD_ISSUE | {"name": ""})
        assert [(fault.row, fault.column) for fault in faults] == [(2, "grade"), (2, "limit"), (3, "name")]

    def test_a_missing_and_an_unknown_column_are_told(self) -> None:
        with pytest.raises(ListFaults) as caught:
            read_issues(sheet([*ISSUE_COLUMNS[:-1], "colour"]))
        assert [(fault.column, fault.rule) for fault in caught.value.faults] == [
            ("keywords", Rule.COLUMNS),
            ("colour", Rule.COLUMNS),
        ]

    def test_a_column_that_stands_twice_is_told(self) -> None:
        with pytest.raises(ListFaults) as caught:
            read_issues(",".join([*ISSUE_COLUMNS, "name"]))
        assert [(fault.row, fault.column) for fault in caught.value.faults] == [(1, "name")]

    def test_an_empty_file_lacks_every_column(self) -> None:
        with pytest.raises(ListFaults) as caught:
            read_issues("")
        assert [fault.column for fault in caught.value.faults] == list(ISSUE_COLUMNS)

    def test_a_row_with_too_many_cells_is_told(self) -> None:
        text = sheet(ISSUE_COLUMNS, GOOD_CLASS).rstrip() + ",surplus\n"
        with pytest.raises(ListFaults) as caught:
            read_issues(text)
        assert [(fault.row, fault.rule) for fault in caught.value.faults] == [(2, Rule.COLUMNS)]

    def test_what_is_no_csv_is_told(self) -> None:
        with pytest.raises(ListFaults) as caught:
            read_issues(sheet(ISSUE_COLUMNS, GOOD_CLASS) + '"never closed')
        assert [(fault.row, fault.rule) for fault in caught.value.faults] == [(3, Rule.FORMAT)]

    def test_blank_rows_are_left_out_but_counted(self) -> None:
        text = sheet(ISSUE_COLUMNS, GOOD_CLASS) + "\n" + ",,,\n"
        broken = text + sheet(ISSUE_COLUMNS, GOOD_ISSUE | {"grade": "x"}).splitlines()[1]
        assert len(read_issues(text)) == 1
        with pytest.raises(ListFaults) as caught:
            read_issues(broken)
        assert [fault.row for fault in caught.value.faults] == [5]

    def test_the_message_says_where_what_and_how(self) -> None:
        (fault,) = faults_of_issues(GOOD_CLASS, GOOD_ISSUE | {"grade": "fast"})
        assert str(fault) == "issues.csv 第3行 grade“fast” [one_of]：填写其中之一：simple、complex、urgent"


class TestAFaultyResponsibilityList:
    def test_a_good_one_is_read(self) -> None:
        text = sheet(RESPONSIBILITY_COLUMNS, GOOD_ROW | {"limit": "8", "limit_unit": "hours"}, HANDED | {"row": "H1"})
        read = read_responsibilities(text, ISSUES)
        assert read.find("R1").limit == Limit(8, LimitUnit.HOURS)
        assert read.find("H1").hands_down(ISSUES.find("05-08"))

    @pytest.mark.parametrize(
        ("changes", "column", "rule"),
        [
            ({"row": ""}, "row", Rule.REQUIRED),
            ({"issue": ""}, "issue", Rule.REQUIRED),
            ({"issue": "05-99"}, "issue", Rule.KNOWN_ISSUE),
            ({"scope_kind": "here"}, "scope_kind", Rule.ONE_OF),
            ({"scope": STREET}, "scope", Rule.SCOPE),
            ({"scope_kind": "subtree"}, "scope", Rule.SCOPE),
            ({"scope_kind": "subtree", "scope": "瑞金二路街道"}, "scope", Rule.SCOPE),
            ({"scope_kind": "kind", "scope": "castle"}, "scope", Rule.SCOPE),
            ({"lead": ""}, "lead", Rule.REQUIRED),
            ({"lead": "街道"}, "lead", Rule.DUTY),
            ({"lead": "@village"}, "lead", Rule.DUTY),
            ({"lead": "@district.metro"}, "lead", Rule.DUTY),
            ({"lead": "@area.housing", "issue": "05-01"}, "lead", Rule.DUTY),
            ({"lead": "@committee"}, "lead", Rule.HARD_RULE),
            ({"lead": "@street.enforcement"}, "lead", Rule.HARD_RULE),
            ({"co": "@nobody"}, "co", Rule.DUTY),
            ({"co": "@area|@area"}, "co", Rule.UNIQUE),
            ({"co": "@district.greening"}, "co", Rule.UNIQUE),
            ({"power": "wish"}, "power", Rule.ONE_OF),
            ({"legal_basis": ""}, "legal_basis", Rule.LEGAL_BASIS),
            ({"limit": "x", "limit_unit": "hours"}, "limit", Rule.NUMBER),
            ({"limit": "4"}, "limit_unit", Rule.ONE_OF),
            ({"handed_down": ""}, "handed_down", Rule.ONE_OF),
            ({"valid_from": ""}, "valid_from", Rule.REQUIRED),
            ({"valid_from": "2024-02-30"}, "valid_from", Rule.DATE),
            ({"valid_from": "20240101"}, "valid_from", Rule.DATE),
            ({"valid_to": "2023-12-31"}, "valid_to", Rule.PERIOD),
        ],
    )
    def test_each_broken_rule_is_named(self, changes: dict[str, str], column: str, rule: Rule) -> None:
        (fault,) = faults_of_rows(GOOD_ROW | changes)
        assert (fault.sheet, fault.row, fault.column, fault.rule) == ("responsibilities.csv", 2, column, rule)
        assert fault.value == changes.get(column, GOOD_ROW[column])
        assert fault.remedy

    @pytest.mark.parametrize(
        ("changes", "column", "rule"),
        [
            ({"issue": "05-01"}, "handed_down", Rule.HANDED_DOWN),
            ({"issue": "*"}, "handed_down", Rule.HANDED_DOWN),
            ({"scope_kind": "anywhere", "scope": ""}, "scope_kind", Rule.HANDED_DOWN),
            ({"lead": "@district.ecology"}, "lead", Rule.HANDED_DOWN),
            ({"legal_basis": "", "power": "coordinate"}, "legal_basis", Rule.LEGAL_BASIS),
        ],
    )
    def test_handing_down_has_its_own_rules(self, changes: dict[str, str], column: str, rule: Rule) -> None:
        (fault,) = faults_of_rows(HANDED | changes)
        assert (fault.column, fault.rule) == (column, rule)

    def test_a_name_stands_once(self) -> None:
        (fault,) = faults_of_rows(GOOD_ROW, GOOD_ROW | {"issue": "05"})
        assert (fault.row, fault.column, fault.rule) == (3, "row", Rule.UNIQUE)

    def test_rows_that_share_issue_scope_and_a_day_overlap(self) -> None:
        ends = GOOD_ROW | {"row": "a", "valid_to": "2024-12-31"}
        follows = GOOD_ROW | {"row": "b", "valid_from": "2025-01-01"}
        assert len(read_responsibilities(sheet(RESPONSIBILITY_COLUMNS, follows, ends), ISSUES).rows) == 2
        (fault,) = faults_of_rows(follows | {"valid_from": "2024-12-31"}, ends)
        assert (fault.row, fault.column, fault.rule) == (2, "valid_from", Rule.OVERLAP)
        assert "a" in fault.remedy

    def test_a_long_row_overlaps_all_that_begin_within_it(self) -> None:
        short = GOOD_ROW | {"row": "b", "valid_from": "2024-03-01", "valid_to": "2024-03-31"}
        late = GOOD_ROW | {"row": "c", "valid_from": "2025-01-01"}
        assert [fault.row for fault in faults_of_rows(GOOD_ROW, short, late)] == [3, 4]

    def test_another_citys_offices_can_be_named(self) -> None:
        text = sheet(RESPONSIBILITY_COLUMNS, GOOD_ROW | {"lead": "@district.gardens", "co": ""})
        other = {Level.DISTRICT: frozenset({"gardens"})}
        assert read_responsibilities(text, ISSUES, functions=other).find("R1").lead == "@district.gardens"
