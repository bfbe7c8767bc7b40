"""A street works in Excel: what it exports reads back the same, what Excel spoils is mended or refused by name."""

import io
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from workbooks import BOOK, CLASS, GUIDE, ROW, SIGNS, SMALL, column, lists

from routing.lists import (
    FUNCTIONS,
    ISSUE_COLUMNS,
    RESPONSIBILITY_COLUMNS,
    Grade,
    Issue,
    ListFaults,
    Lists,
    Rule,
    ScopeKind,
    starter_lists,
)
from routing.lists.workbook import (
    Breach,
    read_csv,
    read_workbook,
    template,
    write_csv,
    write_workbook,
)
from routing.lists.workbook.columns import ISSUES, RESPONSIBILITIES
from services.limits import Limit, LimitUnit


class TestExport:
    def test_the_starter_lists_come_back_the_same(self) -> None:
        starter = starter_lists()
        assert read_workbook(write_workbook(starter)) == starter

    def test_every_column_of_the_lists_is_there_in_order(self) -> None:
        assert tuple(each.name for each in ISSUES.columns) == ISSUE_COLUMNS
        assert tuple(each.name for each in RESPONSIBILITIES.columns) == RESPONSIBILITY_COLUMNS

    def test_the_heading_stays_in_sight_and_each_explains_itself(self) -> None:
        book = load_workbook(io.BytesIO(BOOK))
        assert book.sheetnames == ["说明", "问题清单", "责任清单"]
        for layout in (ISSUES, RESPONSIBILITIES):
            sheet = book[layout.title]
            assert sheet.freeze_panes == "A2"
            for cell, described in zip(sheet[1], layout.columns, strict=True):
                assert cell.value == described.title
                assert described.hint in cell.comment.text
                assert sheet.column_dimensions[cell.column_letter].width == described.width

    def test_code_columns_are_text_down_to_the_rows_nobody_has_filled_in_yet(self) -> None:
        sheet = load_workbook(io.BytesIO(BOOK))["问题清单"]
        assert (sheet["A2"].value, sheet["A2"].number_format) == ("05", "@")
        assert sheet.column_dimensions["A"].number_format == "@"

    def test_words_are_chosen_from_a_list(self) -> None:
        sheet = load_workbook(io.BytesIO(BOOK))["责任清单"]
        offered = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
        assert offered[f"{column('责任清单', 'power')}2:{column('责任清单', 'power')}20001"] == '"执法,协调,告知"'
        assert sheet[f"{column('责任清单', 'power')}2"].value == "执法"

    @pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "#N/A", "'=1", "1", "TRUE"])
    def test_a_text_that_looks_like_a_formula_is_never_one(self, text: str) -> None:
        hostile = lists(ROW, issues=(replace(CLASS, name=text, phrases=(text, "别的")), SIGNS))
        data = write_workbook(hostile)
        cell = load_workbook(io.BytesIO(data))["问题清单"]["C2"]
        assert (cell.value, cell.data_type) == (text, "s")
        assert cell.quotePrefix is (text[0] in "=+-@")
        assert read_workbook(data) == hostile

    def test_what_excel_would_cut_off_is_refused_before_it_is_written(self) -> None:
        with pytest.raises(ListFaults) as caught:
            write_workbook(lists(ROW, issues=(CLASS, replace(SIGNS, filing_condition="长" * 32_768))))
        (fault,) = caught.value.faults
        assert (fault.sheet, fault.row, fault.column) == ("问题清单", 3, "立案条件")

    def test_the_template_can_be_read_and_its_examples_lead_nobody(self) -> None:
        read = read_workbook(template())
        assert [issue.name for issue in read.issues] == ["示例：暴露垃圾"]
        assert [row.in_force(date(2024, 1, 1)) for row in read.responsibilities.rows] == [False]

    def test_the_explanation_names_every_office(self) -> None:
        sheet = load_workbook(io.BytesIO(template()))["说明"]
        told = "\n".join(str(cell.value) for cells in sheet.iter_rows() for cell in cells)
        assert all(function in told for offices in FUNCTIONS.values() for function in offices)


class TestCsv:
    def test_the_starter_lists_come_back_the_same(self) -> None:
        starter = starter_lists()
        assert read_csv(*write_csv(starter)) == starter

    def test_chinese_headings_and_words_are_taken_too(self) -> None:
        issues, rows = write_csv(SMALL)
        for layout in (ISSUES, RESPONSIBILITIES):
            heading = ",".join(each.name for each in layout.columns)
            issues = issues.replace(heading, ",".join(each.title for each in layout.columns))
        assert read_csv(issues.replace("simple", "简单"), rows.replace("2024-07-01", "2024/7/1")) == SMALL

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''@x", "'quoted'"])
    def test_no_cell_is_run_by_a_spreadsheet_program(self, text: str) -> None:
        hostile = lists(ROW, issues=(replace(CLASS, name=text), SIGNS))
        written = write_csv(hostile)
        assert not re.search(r"(^|,)[=+\-@]", written[0], re.MULTILINE)
        assert read_csv(*written) == hostile

    def test_duties_are_written_as_they_are(self) -> None:
        assert ",@district.greening,@street.management|@committee," in write_csv(SMALL)[1]

    def test_faults_of_both_files_are_told_with_the_names_of_files_and_columns(self) -> None:
        issues, rows = write_csv(SMALL)
        with pytest.raises(ListFaults) as caught:
            read_csv(issues.replace("simple", "fast", 1), rows.replace("enforce", "wish", 1))
        assert [(each.sheet, each.row, each.column, each.value) for each in caught.value.faults] == [
            ("issues.csv", 2, "grade", "fast"),
            ("responsibilities.csv", 2, "power", "wish"),
        ]
        assert caught.value.faults[0].remedy == "填写其中之一：simple、complex、urgent"

    def test_what_is_no_csv_is_told_beside_the_other_files_faults(self) -> None:
        issues, rows = write_csv(SMALL)
        with pytest.raises(ListFaults) as caught:
            read_csv(issues + '"never closed', rows.replace("enforce", "wish", 1))
        assert [fault.rule for fault in caught.value.faults] == [Rule.FORMAT, Rule.ONE_OF]

    def test_surplus_cells_and_empty_files_are_told(self) -> None:
        _, rows = write_csv(SMALL)
        with pytest.raises(ListFaults) as caught:
            read_csv("", rows.rstrip() + ",surplus\n")
        *missing, surplus = caught.value.faults
        assert {fault.column for fault in missing} == set(ISSUE_COLUMNS)
        assert (surplus.row, surplus.value, surplus.rule) == (3, "surplus", Rule.COLUMNS)


def words(categories: tuple[str, ...] = ("Cc", "Cs")) -> st.SearchStrategy[str]:
    """What can stand in a cell: texts as the readers give them, without the separator or blanks at the ends."""
    letters = st.characters(exclude_categories=categories, exclude_characters="|\ufffe\uffff")
    awkward = st.sampled_from(["=1+1", "-x", "@x", "'=1", "_x000D_", "_x", "1", "01-03", "TRUE", "a\nb", "a\r\nb"])
    texts = st.text(letters, min_size=1, max_size=8) | st.text("=+-@'_x\n\r\t05是", min_size=1, max_size=6) | awkward
    return texts.map(str.strip).filter(bool)


def several(least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(words(), min_size=least, max_size=3, unique=True).map(tuple)


LIMITS = st.builds(Limit, st.integers(1, 9999), st.sampled_from(LimitUnit))
DAYS = st.dates(date(1890, 1, 1), date(2100, 1, 1)) | st.sampled_from([date(1900, 2, 28), date(1900, 3, 1)])


@st.composite
def any_lists(draw: st.DrawFn) -> Lists:
    issues = tuple(
        Issue(
            code=code,
            parent=code[:2] if "-" in code else None,
            name=draw(words()),
            grade=draw(st.sampled_from(Grade)),
            limit=draw(LIMITS),
            filing_condition=draw(words()),
            closing_condition=draw(words()),
            evidence=draw(st.booleans()),
            reserved_to="greening" if code == "05-08" else None,
            reserved_basis=draw(words()) if code == "05-08" else None,
            public=draw(st.booleans()),
            phrases=draw(several(1)),
            questions=draw(several()),
            keywords=draw(several()),
        )
        for code in ("05", "05-01", "05-08")
    )
    scopes: list[tuple[ScopeKind, str | None]] = [
        (ScopeKind.ANYWHERE, None),
        (ScopeKind.KIND, "office"),
        (ScopeKind.SUBTREE, "31010102300100101"),
    ]
    matters = draw(
        st.lists(st.tuples(st.sampled_from(["05", "05-08", "*"]), st.sampled_from(scopes)), unique=True, max_size=4)
    )
    names = draw(st.lists(words(), min_size=len(matters), max_size=len(matters), unique=True))
    rows = tuple(
        replace(
            ROW,
            row=name,
            issue=matter,
            scope_kind=kind,
            scope=scope,
            lead=draw(st.sampled_from(["@district.greening", "310101-greening", "310101"])),
            co=draw(st.sampled_from([(), ("@committee",), ("@area", "31")])),
            limit=draw(st.none() | LIMITS),
            legal_basis=draw(words()),
            valid_from=(day := draw(DAYS)),
            valid_to=draw(st.none() | st.dates(day, date(2200, 1, 1))),
        )
        for name, (matter, (kind, scope)) in zip(names, matters, strict=True)
    )
    return lists(*rows, issues=issues)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_lists())
def test_whatever_is_exported_reads_back_the_same(start: Lists) -> None:
    assert read_csv(*write_csv(start)) == start
    assert read_workbook(write_workbook(start)) == start


class TestTheGuide:
    def test_it_explains_every_breach_and_every_heading(self) -> None:
        guide = GUIDE.read_text("utf-8")
        for breach in Breach:
            assert f"`{breach}`" in guide, breach
        for layout in (ISSUES, RESPONSIBILITIES):
            for each in layout.columns:
                assert f"{each.title}" in guide, each.title
