"""A file of grids as tables of texts, whatever its format."""

import csv
import json
from typing import Any

from routing.grid_files.forms import ADDRESSES, GRIDS, LONGEST_BOUNDARY, MOST_GRIDS, Form
from routing.grid_files.geopackages import read_geopackage
from routing.grid_files.shapefiles import read_shapefile
from routing.lists.faults import Fault, Rule
from routing.lists.sheet import SEPARATOR
from routing.lists.workbook.breaches import BookFaults, Breach, breach
from routing.lists.workbook.columns import Column
from routing.lists.workbook.headings import read_headings
from routing.lists.workbook.tables import Table
from routing.lists.workbook.texts import read_table
from routing.lists.workbook.worksheets import read_layouts

GEOJSON = "grids.geojson"
_MAPS = {Form.GEOPACKAGE: read_geopackage, Form.SHAPEFILE: read_shapefile}
_WGS84 = ("CRS84", "4326", "4490")


def tables(data: bytes, form: Form) -> tuple[Table, Table | None]:
    """The grids and, of a workbook with that sheet, the addresses. Raises BookFaults where none can be had."""
    if form is Form.XLSX:
        grids, addresses = read_layouts(data, (GRIDS, ADDRESSES))
        return grids, addresses if addresses.readable or addresses.faults else None
    if form in _MAPS:
        return _MAPS[form](data), None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BookFaults([breach(Breach.FILE, "不是 UTF-8 编码：另存为 UTF-8")]) from None
    return (_csv(text) if form is Form.CSV else _geojson(text)), None


def _csv(text: str) -> Table:
    before = csv.field_size_limit(LONGEST_BOUNDARY)
    try:
        return read_table(GRIDS, text)
    finally:
        csv.field_size_limit(before)


def _geojson(text: str) -> Table:
    """Each feature is a row, counted like a sheet's: the first is row 2. Its geometry is the column `boundary`."""
    features = _features(text)
    table = Table(GRIDS, GEOJSON)
    names = list(dict.fromkeys(name for each in features for name in each["properties"]))
    columns = read_headings(table, dict(enumerate([*names, "boundary"])))
    for number, feature in enumerate(features, 2):
        told = {**feature["properties"], "boundary": feature["geometry"]}
        _add(table, number, {column: told.get(table.headings[column.name]) for column in columns.values()})
    return table


def _add(table: Table, number: int, cells: dict[Column, Any]) -> None:
    """A value is a text, a number, a list of texts or, of the boundary, an object."""
    for column, value in cells.items():
        if isinstance(value, list):
            cells[column] = SEPARATOR.join(map(str, value))
        elif isinstance(value, dict):
            cells[column] = json.dumps(value)
    table.add(number, cells)


def _features(text: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused("不是 JSON：重新导出为 GeoJSON") from None
    if not isinstance(found, dict) or found.get("type") != "FeatureCollection":
        raise _refused("须是 GeoJSON 的 FeatureCollection")
    if "crs" in found and not str(found["crs"]).rstrip("'} ").endswith(_WGS84):
        raise _refused("坐标系须是 WGS-84（CRS84）：转换后再导入")
    features = found.get("features")
    if not isinstance(features, list) or len(features) > MOST_GRIDS:
        raise _refused(f"features 须是列表，最多 {MOST_GRIDS} 个")
    faults = [_no_feature(number) for number, each in enumerate(features, 2) if not _is_feature(each)]
    if faults:
        raise BookFaults(faults)
    return features


def _is_feature(each: Any) -> bool:
    if not isinstance(each, dict) or not isinstance(each.get("properties"), dict) or "geometry" not in each:
        return False
    return each["geometry"] is None or isinstance(each["geometry"], dict)


def _no_feature(row: int) -> Fault:
    return Fault(GEOJSON, row, "", "", Rule.FORMAT, "须是有 properties 和 geometry 的 Feature")


def _refused(remedy: str) -> BookFaults:
    return BookFaults([breach(Breach.FILE, remedy, sheet=GEOJSON)])
