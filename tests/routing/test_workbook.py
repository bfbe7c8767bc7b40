"""A street works in Excel: what it exports reads back the same, what Excel spoils is mended or refused by name."""

import io
import random
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from routing.lists import (
    FUNCTIONS,
    ISSUE_COLUMNS,
    RESPONSIBILITY_COLUMNS,
    Fault,
    Grade,
    Issue,
    IssueList,
    ListFaults,
    Lists,
    Power,
    Responsibility,
    ResponsibilityList,
    Rule,
    ScopeKind,
    starter_lists,
)
from routing.lists.workbook import (
    BookFaults,
    Breach,
    SheetFault,
    archive,
    read_csv,
    read_workbook,
    template,
    write_csv,
    write_workbook,
)
from routing.lists.workbook.columns import ISSUES, RESPONSIBILITIES
from services.limits import Limit, LimitUnit

GUIDE = Path(__file__).parents[2] / "docs" / "lists.md"
CLASS = Issue(
    code="05",
    parent=None,
    name="市容环卫",
    grade=Grade.SIMPLE,
    limit=Limit(4, LimitUnit.WORK_HOURS),
    filing_condition="有垃圾",
    closing_condition="已清除",
    evidence=True,
    reserved_to=None,
    reserved_basis=None,
    public=True,
    phrases=("一堆垃圾", "没人清"),
    questions=("在哪里？",),
    keywords=("垃圾",),
)
SIGNS = replace(CLASS, code="05-08", parent="05", name="招牌", reserved_to="greening", reserved_basis="某办法")
ROW = Responsibility(
    row="R1",
    issue="05-08",
    scope_kind=ScopeKind.ANYWHERE,
    scope=None,
    lead="@district.greening",
    co=("@street.management", "@committee"),
    power=Power.ENFORCE,
    limit=None,
    legal_basis="某条例",
    handed_down=False,
    valid_from=date(2024, 7, 1),
    valid_to=None,
)
GRID = replace(ROW, row="R2", scope_kind=ScopeKind.SUBTREE, scope="310101023001001", issue="05", lead="@micro")


def lists(*rows: Responsibility, issues: tuple[Issue, ...] = (CLASS, SIGNS)) -> Lists:
    held = IssueList(issues)
    return Lists(held, ResponsibilityList(held, rows))


SMALL = lists(ROW, GRID)
BOOK = write_workbook(SMALL)
Edit = Callable[[Workbook], object]


def edited(edit: Edit, start: Lists = SMALL) -> bytes:
    """An exported workbook in which somebody changed something."""
    book = load_workbook(io.BytesIO(BOOK if start is SMALL else write_workbook(start)))
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def at(sheet: str, cell: str, value: object) -> Edit:
    def put(book: Workbook) -> None:
        place = book[sheet][cell]
        place.number_format = "General"
        place.value = value

    return put


def midnight(year: int, month: int, day: int) -> datetime:
    """A day as Excel keeps it."""
    return datetime.combine(date(year, month, day), time())


def column(sheet: str, name: str) -> str:
    layout = ISSUES if sheet == ISSUES.title else RESPONSIBILITIES
    return "ABCDEFGHIJKLMNO"[[each.name for each in layout.columns].index(name)]


def faults_of(data: bytes) -> tuple[Fault, ...]:
    with pytest.raises(ListFaults) as caught:
        read_workbook(data)
    return caught.value.faults


def breaches(data: bytes) -> list[Breach]:
    found = faults_of(data)
    assert all(isinstance(fault, SheetFault) and fault.remedy for fault in found), found
    return [fault.breach for fault in found if isinstance(fault, SheetFault)]


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


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


def packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


PARTS = parts_of(BOOK)


def with_part(name: str, change: Callable[[bytes], bytes]) -> bytes:
    return packed(PARTS | {name: change(PARTS[name])})


ROWS = "xl/worksheets/sheet3.xml"


def as_excel_saves(data: bytes) -> bytes:
    """Excel keeps each text once, in a part of its own, where openpyxl writes it into the cell."""
    parts, texts = parts_of(data), list[bytes]()

    def share(cell: re.Match[bytes]) -> bytes:
        texts.append(b"<si>" + cell[1].replace(b"<t>", b'<t xml:space="preserve">') + b"</si>")
        return b't="s"><v>%d</v></c>' % (len(texts) - 1)

    for name in ("xl/worksheets/sheet2.xml", ROWS):
        parts[name] = re.sub(rb't="inlineStr"[^>]*><is>(.*?)</is></c>', share, parts[name], flags=re.DOTALL)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    entry = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", entry)
    parts["xl/sharedStrings.xml"] = b'<sst xmlns="%s">%s</sst>' % (MAIN.encode(), b"".join(texts))
    return packed(parts)


class TestHostileFiles:
    def test_texts_that_stand_apart_are_read(self) -> None:
        data = as_excel_saves(BOOK)
        assert b"inlineStr" not in parts_of(data)[ROWS]
        assert read_workbook(data) == SMALL

    @pytest.mark.parametrize(
        "data", [b"", b"code,parent\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + bytes(512), packed({"a.xml": b"<a/>"})]
    )
    def test_what_is_no_workbook_is_told(self, data: bytes) -> None:
        assert breaches(data) == [Breach.FILE]

    def test_a_bomb_is_not_unpacked(self) -> None:
        bomb = packed({"xl/worksheets/sheet1.xml": b" " * (archive.MAX_UNPACKED + 1)})
        assert len(bomb) < 100_000
        assert breaches(bomb) == [Breach.SIZE]

    def test_a_bomb_that_states_a_small_size_is_refused(self) -> None:
        bomb = bytearray(packed({"xl/worksheets/sheet1.xml": b" " * 10_000_000}))
        size = (10_000_000).to_bytes(4, "little")
        assert bomb.count(size) == 2
        assert breaches(bytes(bomb).replace(size, (10).to_bytes(4, "little"))) == [Breach.FILE]

    def test_a_document_type_is_refused_in_any_encoding(self) -> None:
        laughs = '<!DOCTYPE x [<!ENTITY a "ha">]>'
        for encoding in ("utf-8", "utf-16"):
            text = f'<?xml version="1.0" encoding="{encoding}"?>{laughs}<x>&a;</x>'.encode(encoding)
            assert breaches(packed({"xl/workbook.xml": text})) == [Breach.FILE]

    def test_millions_of_empty_cells_are_refused_unbuilt(self) -> None:
        wide = b'<sheetData><row r="1">' + b"<c/>" * (archive.MAX_COLUMNS + 1) + b"</row>"
        assert breaches(with_part(ROWS, lambda xml: xml.replace(b"<sheetData>", wide))) == [Breach.SIZE]
        many = b"<x/>" * archive.MAX_ELEMENTS
        assert breaches(with_part(ROWS, lambda xml: xml.replace(b"</worksheet>", many + b"</worksheet>"))) == [
            Breach.SIZE
        ]

    def test_the_size_a_sheet_claims_means_nothing(self) -> None:
        claim = re.compile(rb'<dimension ref="[^"]*"')
        data = with_part(ROWS, lambda xml: claim.sub(b'<dimension ref="A1:XFD1048576"', xml))
        assert read_workbook(data) == SMALL

    def test_a_row_far_below_is_refused_without_filling_the_gap(self) -> None:
        def far(xml: bytes) -> bytes:
            cell = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
            return xml.replace(b"</sheetData>", cell)

        (fault,) = faults_of(with_part(ROWS, far))
        assert isinstance(fault, SheetFault)
        assert (fault.breach, fault.sheet, fault.row) == (Breach.SIZE, "责任清单", 1_048_576)

    def test_one_long_text_in_many_cells_is_refused(self) -> None:
        parts = parts_of(as_excel_saves(BOOK))
        texts = parts["xl/sharedStrings.xml"]
        rows = b"".join(
            b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (number, number) for number in range(4, 20_000)
        )
        parts["xl/sharedStrings.xml"] = re.sub(rb">[^<]+</t>", b">" + b"x" * 30_000 + b"</t>", texts, count=1)
        parts[ROWS] = parts[ROWS].replace(b"</sheetData>", rows + b"</sheetData>")
        sizes = [fault for fault in faults_of(packed(parts)) if isinstance(fault, SheetFault)]
        assert (sizes[-1].breach, sizes[-1].sheet) == (Breach.SIZE, "责任清单")

    def test_a_cell_longer_than_excels_own_is_refused(self) -> None:
        long = with_part(ROWS, lambda xml: xml.replace("某条例".encode(), b"x" * 200_000, 1))
        (fault,) = faults_of(long)
        assert isinstance(fault, SheetFault)
        assert (fault.breach, fault.row, fault.column) == (Breach.SIZE, 2, "法律依据")

    def test_a_shared_formula_is_never_worked_out(self) -> None:
        formula = b'<c r="J2"><f t="shared" si="0" ref="J2:J3">%s</f></c>' % (b"A1+" * 100_000 + b"A1")
        cells = b'<row r="4">' + formula + b'<c r="K4"><f t="shared" si="0"/></c></row></sheetData>'
        faults = faults_of(with_part(ROWS, lambda xml: xml.replace(b"</sheetData>", cells)))
        assert Breach.FORMULA in {fault.breach for fault in faults if isinstance(fault, SheetFault)}

    def test_rows_out_of_order_are_refused_not_dropped(self) -> None:
        twice = b'<row r="2"><c r="A2" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
        assert breaches(with_part(ROWS, lambda xml: xml.replace(b"</sheetData>", twice))) == [Breach.FILE]

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.randoms(use_true_random=False), st.sampled_from(sorted(PARTS)))
    def test_a_damaged_file_is_read_or_told_never_a_crash(self, chance: random.Random, part: str) -> None:
        content = bytearray(PARTS[part])
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content))
            content[at : at + chance.randint(0, 6)] = chance.randbytes(chance.randint(0, 3))
        with suppress(ListFaults):
            assert len(read_workbook(with_part(part, lambda _: bytes(content))).issues) == 2


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
