"""What Excel does to cells and people do to sheets: mended where there is one reading, refused where there are two."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from workbooks import CLASS, ROW, SIGNS, SMALL, Edit, at, column, edited, faults_of, lists, midnight

from routing.lists import (
    Rule,
)
from routing.lists.workbook import (
    Breach,
    SheetFault,
    read_workbook,
    write_workbook,
)
from routing.lists.workbook.columns import ISSUES, RESPONSIBILITIES


class TestWhatExcelDoesToCells:
    @pytest.mark.parametrize(
        ("sheet", "name", "value"),
        [
            ("问题清单", "code", 5),
            ("问题清单", "code", 5.0),
            ("问题清单", "code", " ０５\u200b "),
            ("问题清单", "name", "市容环卫 \u3000"),
            ("问题清单", "grade", "Simple"),
            ("问题清单", "limit", "４"),
            ("问题清单", "limit", 4.0),
            ("问题清单", "evidence", True),
            ("问题清单", "evidence", "TRUE"),
            ("问题清单", "evidence", "yes"),
            ("责任清单", "issue", "０５－０８"),
            ("责任清单", "co", "@street.management｜ @committee"),
            ("责任清单", "handed_down", False),
            ("责任清单", "valid_from", midnight(2024, 7, 1)),
            ("责任清单", "valid_from", "2024/7/1"),
            ("责任清单", "valid_from", "2024年7月1日"),
        ],
    )
    def test_what_has_one_reading_is_mended(self, sheet: str, name: str, value: object) -> None:
        assert read_workbook(edited(at(sheet, f"{column(sheet, name)}2", value))) == SMALL

    def test_a_grids_code_survives_as_a_number_while_excel_keeps_its_digits(self) -> None:
        cell = f"{column('责任清单', 'scope')}3"
        assert read_workbook(edited(at("责任清单", cell, 310101023001001))) == SMALL
        (fault,) = faults_of(edited(at("责任清单", cell, 31010102300100101)))
        assert isinstance(fault, SheetFault)
        assert (fault.breach, fault.row, fault.column) == (Breach.CONVERTED, 3, "范围")

    @pytest.mark.parametrize(
        ("sheet", "name", "value", "breach", "shown"),
        [
            ("问题清单", "code", midnight(2025, 1, 3), Breach.CONVERTED, "2025-01-03"),
            ("责任清单", "issue", midnight(1932, 1, 1), Breach.CONVERTED, "1932-01-01"),
            ("问题清单", "name", time(12, 30), Breach.CONVERTED, "12:30:00"),
            ("问题清单", "keywords", timedelta(hours=30), Breach.CONVERTED, "1 day, 6:00:00"),
            ("问题清单", "name", True, Breach.CONVERTED, "TRUE"),
            ("问题清单", "grade", False, Breach.CONVERTED, "FALSE"),
            ("责任清单", "lead", 1e17, Breach.CONVERTED, "1e+17"),
            ("问题清单", "name", "=A1&A2", Breach.FORMULA, "=A1&A2"),
            ("责任清单", "valid_to", "=TODAY()", Breach.FORMULA, "=TODAY()"),
            ("责任清单", "scope", "#N/A", Breach.ERROR_VALUE, "#N/A"),
        ],
    )
    def test_what_has_two_readings_or_none_is_refused(
        self, sheet: str, name: str, value: object, breach: Breach, shown: str
    ) -> None:
        layout = ISSUES if sheet == ISSUES.title else RESPONSIBILITIES
        faults = faults_of(edited(at(sheet, f"{column(sheet, name)}3", value)))
        (fault,) = (each for each in faults if each.sheet == sheet)
        assert isinstance(fault, SheetFault)
        assert (fault.row, fault.column, fault.breach) == (3, layout.named(name).title, breach)
        assert fault.value == shown
        assert fault.remedy

    def test_a_control_character_is_refused(self) -> None:
        (fault,) = faults_of(write_workbook(lists(ROW, issues=(replace(CLASS, name="市\x0b容"), SIGNS))))
        assert isinstance(fault, SheetFault)
        assert (fault.breach, fault.row, fault.column) == (Breach.CHARACTER, 2, "事项名称")

    @pytest.mark.parametrize(
        ("sheet", "name", "value", "rule"),
        [
            ("问题清单", "limit", 1.5, Rule.NUMBER),
            ("问题清单", "code", 103, Rule.CODE),
            ("问题清单", "grade", "一般", Rule.ONE_OF),
            ("责任清单", "valid_from", 45474, Rule.DATE),
            ("责任清单", "valid_from", midnight(2024, 7, 1) + timedelta(hours=8), Rule.DATE),
            ("责任清单", "valid_from", "2024-2-30", Rule.DATE),
        ],
    )
    def test_what_is_simply_wrong_breaks_the_lists_own_rule(
        self, sheet: str, name: str, value: object, rule: Rule
    ) -> None:
        faults = faults_of(edited(at(sheet, f"{column(sheet, name)}3", value)))
        (fault,) = (each for each in faults if each.rule is rule)
        assert (fault.sheet, fault.row) == (sheet, 3)

    def test_empty_rows_are_left_out_and_faults_keep_the_spreadsheets_numbers(self) -> None:
        def insert(book: Workbook) -> None:
            book["责任清单"].insert_rows(2, 3)
            book["责任清单"]["A3"].value = "  "

        assert read_workbook(edited(insert)) == SMALL

        def insert_and_break(book: Workbook) -> None:
            insert(book)
            at("责任清单", f"{column('责任清单', 'power')}6", "随便")(book)

        (fault,) = faults_of(edited(insert_and_break))
        assert (fault.row, fault.value) == (6, "随便")


class TestWhatPeopleDoToSheets:
    def test_columns_may_change_places_and_bear_the_names_of_the_csv_file(self) -> None:
        def rearrange(book: Workbook) -> None:
            sheet = book["责任清单"]
            sheet.insert_cols(1)
            for row in sheet.iter_rows(min_col=1, max_col=1):
                row[0].value = sheet.cell(row[0].row, 13).value
            sheet.delete_cols(13)
            sheet["A1"].value = "valid_from"
            book["问题清单"]["A1"].value = "事项\n代码 "

        assert read_workbook(edited(rearrange)) == SMALL

    def test_sheets_may_bear_the_names_of_the_csv_files(self) -> None:
        def rename(book: Workbook) -> None:
            book["问题清单"].title = "issues"

        assert read_workbook(edited(rename)) == SMALL

    def test_a_missing_a_double_and_an_unknown_column_are_told(self) -> None:
        def spoil(book: Workbook) -> None:
            sheet = book["问题清单"]
            sheet["C1"].value = "code"
            sheet["P1"].value = "备注"

        faults = faults_of(edited(spoil))
        assert [(fault.row, fault.column, fault.rule) for fault in faults] == [
            (1, "事项代码", Rule.COLUMNS),
            (1, "事项名称", Rule.COLUMNS),
            (1, "备注", Rule.COLUMNS),
        ]

    def test_what_stands_beside_the_columns_is_told_once(self) -> None:
        def scribble(book: Workbook) -> None:
            book["责任清单"]["P2"].value = "待核"
            book["责任清单"]["P3"].value = "待核"

        (fault,) = faults_of(edited(scribble))
        assert (fault.sheet, fault.row, fault.column, fault.value) == ("责任清单", 2, "P", "待核")

    def test_merged_cells_are_refused_and_what_they_emptied_is_not_told_beside(self) -> None:
        (fault,) = faults_of(edited(lambda book: book["责任清单"].merge_cells("J2:J3")))
        assert isinstance(fault, SheetFault)
        assert (fault.breach, fault.sheet, fault.row, fault.column) == (Breach.MERGED, "责任清单", 2, "J")
        assert fault.value == "J2:J3"

    def test_the_explanation_is_left_aside_wherever_it_stands_and_whatever_it_holds(self) -> None:
        def scribble(book: Workbook) -> None:
            book["说明"]["A1"].value = "=1/0"
            book["说明"].merge_cells("A1:B2")
            book.move_sheet("说明", 2)

        assert read_workbook(edited(scribble)) == SMALL
        assert read_workbook(edited(lambda book: book.remove(book["说明"]))) == SMALL

    def test_an_empty_sheet_does_no_harm(self) -> None:
        assert read_workbook(edited(lambda book: book.create_sheet("Sheet3"))) == SMALL

    @pytest.mark.parametrize(
        ("edit", "breach", "sheet"),
        [
            (lambda book: _sheet(book, "问题清单 (2)"), Breach.SHEETS, "问题清单 (2)"),
            (lambda book: _hide(_sheet(book, "旧")), Breach.HIDDEN, "旧"),
            (lambda book: _hide(_sheet(book, "旧"), "veryHidden"), Breach.HIDDEN, "旧"),
            (lambda book: _hide(book["责任清单"]), Breach.HIDDEN, "责任清单"),
            (lambda book: book.remove(book["责任清单"]), Breach.SHEETS, "责任清单"),
            (lambda book: _sheet(book, "issues"), Breach.SHEETS, "issues"),
        ],
    )
    def test_hidden_unknown_and_missing_sheets_are_refused(self, edit: Edit, breach: Breach, sheet: str) -> None:
        (fault,) = faults_of(edited(edit))
        assert isinstance(fault, SheetFault)
        assert (fault.breach, fault.sheet, fault.row) == (breach, sheet, 0)


def _sheet(book: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title)
    sheet["A1"].value = "旧内容"
    return sheet


def _hide(sheet: Worksheet, state: str = "hidden") -> None:
    sheet.sheet_state = state
