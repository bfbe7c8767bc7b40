"""Writes grids, and with a workbook their addresses, so that they read back as the same."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet
from shapely.geometry import mapping
from shapely.geometry.polygon import orient

from routing.city import Address, City, Grid
from routing.grid_files.boundaries import text_of
from routing.grid_files.changes import covered
from routing.grid_files.forms import ADDRESSES, GRIDS, Form
from routing.grid_files.geopackage_writing import written
from routing.lists.sheet import SEPARATOR
from routing.lists.workbook.columns import EXPLANATION
from routing.lists.workbook.texts import table_text
from routing.lists.workbook.writing import filled

_LINES = (
    "“网格”表写明网格树；“地址”表写明道路、小区等归哪个网格。有一处错误则全部不导入，并逐格指出。",
    "文件只管其中列出的网格及其全部下级：下级中没有列出的，自导入当天起终止；其余网格不变。",
    "没有“地址”表则地址不变；没有某一列（如“边界”）则该项不变。",
)


def write(city: City, form: Form, under: str | None = None) -> bytes:
    """All grids, or one and those below it, in a form of `Written`. Raises ListFaults where a boundary does not fit
    into Excel."""
    wanted = covered(city, [under]) if under else {grid.code for grid in city.grids}
    grids = [grid for grid in city.grids if grid.code in wanted]
    if form is Form.GEOJSON:
        return json.dumps(_collection(grids), ensure_ascii=False).encode()
    rows = [_row(grid) for grid in grids]
    if form is Form.GEOPACKAGE:
        return written((_row(grid), grid.geometry) for grid in grids)
    if form is Form.CSV:
        return table_text(GRIDS, rows).encode()
    if form is not Form.XLSX:
        raise ValueError(f"nothing is written as {form}")
    addresses = [_address(each) for each in city.addresses if each.grid in wanted]
    return filled([(GRIDS, rows), (ADDRESSES, addresses)], _explained())


def _collection(grids: Iterable[Grid]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(map(_feature, grids))}


def _feature(grid: Grid) -> dict[str, Any]:
    properties: dict[str, Any] = {**_row(grid), "aliases": list(grid.aliases)}
    del properties["boundary"]
    return {
        "type": "Feature",
        "id": grid.code,
        "geometry": mapping(orient(grid.geometry)) if grid.geometry is not None else None,
        "properties": {name: value if value != "" else None for name, value in properties.items()},
    }


def _row(grid: Grid) -> dict[str, str]:
    return {
        "code": grid.code,
        "name": grid.name,
        "kind": grid.kind.value,
        "parent": grid.parent or "",
        "level": grid.level.value,
        "district": grid.district,
        "covered_by": grid.covered_by or "",
        "aliases": SEPARATOR.join(grid.aliases),
        "boundary_source": grid.boundary_source or "",
        "valid_from": grid.valid_from.isoformat(),
        "boundary": text_of(grid.geometry),
    }


def _address(address: Address) -> dict[str, str]:
    numbers = {name: "" if number is None else str(number) for name, number in _numbers(address)}
    return {
        "grid": address.grid,
        "kind": address.kind.value,
        "name": address.name,
        "parity": address.parity.value,
        **numbers,
    }


def _numbers(address: Address) -> Iterator[tuple[str, int | None]]:
    yield "low", address.low
    yield "high", address.high


def _explained() -> Callable[[Worksheet], None]:
    def explain(sheet: Worksheet) -> None:
        sheet.title = EXPLANATION
        for line in _LINES:
            sheet.append(("", "", line))
        for layout in (GRIDS, ADDRESSES):
            for column in layout.columns:
                sheet.append((layout.title, column.title, column.hint))
        sheet.column_dimensions["C"].width = 90

    return explain
