"""Grids as files: what is written reads back as the same, and every fault is named by its cell."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, get_args

import pytest
from openpyxl import load_workbook
from shapely import affinity, box

from routing.city import City
from routing.grid_files import Changes, Form, Written, read, write
from routing.lists.faults import Fault
from routing.lists.workbook import BookFaults

DAY = date(2025, 5, 5)
STREET, COMMITTEE, MICRO = "310101023", "310101023006", "310101023006001"
WRITTEN = [Form(each) for each in get_args(Written)]
Rows = list[dict[str, str]]


def rows_of(city: City, under: str = STREET) -> Rows:
    return list(csv.DictReader(io.StringIO(write(city, Form.CSV, under).decode())))


def told(rows: Rows) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def row_at(rows: Rows, code: str) -> dict[str, str]:
    return next(row for row in rows if row["code"] == code)


def changed(city: City, edit: Callable[[Rows], Any], under: str = STREET) -> Changes:
    rows = rows_of(city, under)
    edit(rows)
    return read(told(rows), Form.CSV, city, day=DAY)


def faults(city: City, edit: Callable[[Rows], Any]) -> tuple[Fault, ...]:
    with pytest.raises(BookFaults) as caught:
        changed(city, edit)
    return caught.value.faults


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize("under", [None, STREET])
def test_what_is_exported_changes_nothing_when_it_comes_back(city: City, form: Form, under: str | None) -> None:
    found = read(write(city, form, under), form, city, day=DAY)
    assert not found.any
    assert found.unchanged == (len(city.grids) if under is None else len(rows_of(city)))


@pytest.mark.parametrize("form", WRITTEN)
def test_a_city_without_grids_becomes_the_exported_one(city: City, form: Form) -> None:
    bare = replace(city, grids=city.grids[:1], addresses=())
    found = read(write(city, form), form, bare, day=DAY)
    whole = {grid.code: grid for grid in city.grids}
    assert {grid.code: replace(grid, geometry=None) for grid in found.added} == {
        code: replace(grid, geometry=None, valid_from=DAY) for code, grid in whole.items() if code != "31"
    }
    assert all((grid.geometry is None) == (whole[grid.code].geometry is None) for grid in found.added)
    kept = {address for addresses in found.addresses.values() for address in addresses}
    assert kept == (set(city.addresses) if form is Form.XLSX else set())


def test_geojson_holds_the_columns_as_properties(city: City) -> None:
    features = json.loads(write(city, Form.GEOJSON, MICRO))["features"]
    assert features[0]["properties"]["parent"] == COMMITTEE
    assert features[0]["geometry"]["type"] == "Polygon"
    assert features[1]["geometry"] is None


def test_a_file_speaks_only_for_what_it_names_and_what_is_below(city: City) -> None:
    found = changed(city, lambda rows: rows.pop(), under=MICRO)
    assert [grid.code for grid in found.ended] == [rows_of(city, MICRO)[-1]["code"]]
    assert not found.added
    assert not found.changed


def test_a_column_that_is_missing_leaves_what_is_kept(city: City) -> None:
    def without(rows: Rows) -> None:
        for row in rows:
            del row["boundary"], row["aliases"], row["boundary_source"], row["covered_by"], row["level"]

    assert not changed(city, without).any


def test_an_empty_boundary_takes_it_away(city: City) -> None:
    found = changed(city, lambda rows: row_at(rows, MICRO).update(boundary=""))
    ((old, new),) = found.changed
    assert old.geometry is not None
    assert new.geometry is None


def test_a_geojson_boundary_is_read_in_a_csv(city: City) -> None:
    square = city.grid(MICRO).geometry
    assert square is not None
    small = affinity.scale(square, 0.5, 0.5)
    text = json.dumps(small.__geo_interface__)
    ((_, new),) = changed(city, lambda rows: row_at(rows, MICRO).update(boundary=text)).changed
    assert new.geometry is not None
    assert new.geometry.equals(small)


SWAPPED = box(31.2, 121.4, 31.3, 121.5).wkt
BOWTIE = "POLYGON ((121.46 31.21, 121.47 31.22, 121.47 31.21, 121.46 31.22, 121.46 31.21))"
FAR = box(121.9, 31.4, 121.91, 31.41).wkt


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"code": "310101023006X"}, "code", "code"),
        ({"name": ""}, "name", "required"),
        ({"kind": "hamlet"}, "kind", "one_of"),
        ({"level": "street"}, "level", "level"),
        ({"district": "310104"}, "district", "code"),
        ({"parent": "310101023999"}, "parent", "parent"),
        ({"parent": ""}, "parent", "parent"),
        ({"parent": "31010102300600101"}, "parent", "cycle"),
        ({"parent": "310101023001001"}, "parent", "level"),
        ({"parent": "310104003"}, "parent", "parent"),
        ({"covered_by": MICRO}, "covered_by", "covered_by"),
        ({"covered_by": "310101023999"}, "covered_by", "covered_by"),
        ({"valid_from": "2030-01-01"}, "valid_from", "period"),
        ({"boundary": "POLYGON"}, "boundary", "boundary"),
        ({"boundary": SWAPPED}, "boundary", "boundary"),
        ({"boundary": BOWTIE}, "boundary", "boundary"),
        ({"boundary": '{"type": "Point", "coordinates": [121.4, 31.2]}'}, "boundary", "boundary"),
        ({"boundary": FAR}, "boundary", "outside"),
    ],
)
def test_each_broken_rule_names_its_cell(city: City, cells: dict[str, str], column: str, rule: str) -> None:
    found = faults(city, lambda rows: row_at(rows, MICRO).update(cells))
    number = 2 + [row["code"] for row in rows_of(city)].index(MICRO)
    assert (number, column, rule) in {(fault.row, fault.column, fault.rule.value) for fault in found}
    assert all(fault.remedy for fault in found)


def test_a_code_told_twice_is_a_fault(city: City) -> None:
    found = faults(city, lambda rows: rows.append(dict(rows[-1])))
    assert [(fault.column, fault.rule) for fault in found] == [("code", "unique")]


def test_siblings_that_share_ground_are_a_fault(city: City) -> None:
    other = city.grid("310101023006002").geometry
    assert other is not None
    found = faults(city, lambda rows: row_at(rows, MICRO).update(boundary=other.wkt))
    assert ("boundary", "overlap") in {(fault.column, fault.rule.value) for fault in found}


def test_a_strip_as_wide_as_a_pencil_is_no_fault(city: City) -> None:
    mine = city.grid(MICRO).geometry
    assert mine is not None
    assert len(changed(city, lambda rows: row_at(rows, MICRO).update(boundary=mine.buffer(0.00001).wkt)).changed) == 1


def test_the_grid_that_covers_another_one_does_not_end(city: City) -> None:
    rows = rows_of(city)
    covering = next(row["covered_by"] for row in rows if row["covered_by"])
    found = faults(city, lambda rows: rows.remove(row_at(rows, covering)))
    assert ("covered_by", "covered_by") in {(fault.column, fault.rule.value) for fault in found}


def edited(city: City, cells: dict[str, str | int | None]) -> bytes:
    """The street's workbook with some cells of the sheet 地址 written over."""
    book, out = load_workbook(io.BytesIO(write(city, Form.XLSX, STREET))), io.BytesIO()
    for cell, value in cells.items():
        book["地址"][cell] = value
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"A2": "310101023999"}, "网格代码", "address"),
        ({"E2": None}, "止号", "address"),
        ({"F2": 1}, "止号", "address"),
        ({"E2": "一"}, "起号", "number"),
        ({"B2": "弄堂"}, "类型", "one_of"),
        (
            {"A3": MICRO, "B3": "道路", "C3": "延安中路", "D3": "单号", "E3": 823, "F3": 825},
            "起号",
            "overlap",
        ),
    ],
)
def test_faults_of_addresses_are_told_in_the_words_of_the_sheet(
    city: City, cells: dict[str, str | int | None], column: str, rule: str
) -> None:
    with pytest.raises(BookFaults) as caught:
        read(edited(city, cells), Form.XLSX, city, day=DAY)
    assert ("地址", column, rule) in {(each.sheet, each.column, each.rule.value) for each in caught.value.faults}


def test_an_address_that_moves_changes_both_grids(city: City) -> None:
    found = read(edited(city, {"A2": "310101023003002"}), Form.XLSX, city, day=DAY)
    assert not found.changed
    assert set(found.addresses) == {"310101023003001", "310101023003002"}


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b'{"type": "FeatureCollection", "features": [1]}',
        b'{"type": "FeatureCollection", "features": [{"type": "Feature"}]}',
        b'{"type": "FeatureCollection", "features": []}',
        b'{"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}}',
        b"\xff\xfe",
    ],
)
def test_what_is_no_collection_of_features_is_refused(city: City, data: bytes) -> None:
    with pytest.raises(BookFaults):
        read(data, Form.GEOJSON, city, day=DAY)


def test_a_misspelt_property_is_told_once(city: City) -> None:
    told = json.loads(write(city, Form.GEOJSON, MICRO))
    for feature in told["features"]:
        feature["properties"]["alias"] = feature["properties"].pop("aliases")
    with pytest.raises(BookFaults) as caught:
        read(json.dumps(told).encode(), Form.GEOJSON, city, day=DAY)
    assert [(each.column, each.rule) for each in caught.value.faults] == [("alias", "columns")]
