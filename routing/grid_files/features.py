"""Rows of a map file as a table: what a map program adds of its own is left out, the shape is the column `boundary`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from routing.grid_files.forms import GRIDS, MOST_GRIDS
from routing.lists.sheet import SEPARATOR
from routing.lists.workbook.breaches import BookFaults, Breach, breach
from routing.lists.workbook.headings import read_headings
from routing.lists.workbook.tables import Table

OWN = frozenset({"fid", "ogc_fid", "id", "objectid", "shape_leng", "shape_length", "shape_area", "layer", "path"})
"""Columns that QGIS and ArcGIS add."""
Feature = tuple[Mapping[str, Any], Mapping[str, Any] | None]
"""The attributes, and the shape as GeoJSON has it."""


def table_of(sheet: str, names: Iterable[str], features: Iterable[Feature]) -> Table:
    """Counted like a sheet's rows: the first is row 2. Raises BookFaults where there are too many."""
    table = Table(GRIDS, sheet)
    wanted = [name for name in names if name.lower() not in OWN]
    columns = read_headings(table, dict(enumerate([*wanted, "boundary"])))
    for row, (attributes, geometry) in enumerate(bounded(sheet, features), 2):
        told = {**attributes, "boundary": json.dumps(geometry) if geometry else None}
        table.add(row, {column: _cell(told.get(table.headings[column.name])) for column in columns.values()})
    return table


def bounded(sheet: str, features: Iterable[Feature]) -> Iterator[Feature]:
    for number, feature in enumerate(features):
        if number >= MOST_GRIDS:
            raise refused(sheet, f"最多 {MOST_GRIDS} 个网格：按街镇分开导入", Breach.SIZE)
        yield feature


def _cell(value: Any) -> Any:
    return SEPARATOR.join(map(str, value)) if isinstance(value, list) else value


def refused(sheet: str, remedy: str, which: Breach = Breach.FILE) -> BookFaults:
    return BookFaults([breach(which, remedy, sheet=sheet)])
