"""Workbooks that were made to do harm are told, and do none."""

import random
import re
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import BOOK, PARTS, ROWS, SMALL, as_excel_saves, breaches, faults_of, packed, parts_of, with_part

from routing.lists import (
    ListFaults,
)
from routing.lists.workbook import (
    Breach,
    SheetFault,
    archive,
    read_workbook,
)


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
