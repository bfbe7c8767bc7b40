"""The rows of both sheets as grids and addresses; what a sheet has no column for stays as it is kept."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from shapely import Polygon

from routing.city import CITY, Address, AddressKind, Grid, GridKind, Level, Parity
from routing.grid_files.boundaries import NoBoundary, polygon
from routing.lists.faults import Fault, Rule
from routing.lists.sheet import Line
from routing.lists.workbook.tables import Table

LONGEST_SHOWN = 80
_STREET = r"\d{9}"
SHAPES: Mapping[GridKind, re.Pattern[str]] = {
    kind: re.compile(shape, re.ASCII)
    for kind, shape in {
        GridKind.CITY: r"\d{2}",
        GridKind.DISTRICT: r"\d{6}",
        GridKind.STREET: _STREET,
        GridKind.AREA: rf"{_STREET}P\d{{2}}",
        GridKind.COMMITTEE: r"\d{12}",
        GridKind.MICRO: r"\d{15}",
        GridKind.BUILDING_GROUP: r"\d{17}",
        GridKind.OFFICE: rf"{_STREET}Z\d{{2}}",
        GridKind.MALL: rf"{_STREET}Z\d{{2}}",
        GridKind.BLOCK: rf"{_STREET}Z\d{{2}}",
    }.items()
}
SHAPES_TOLD = "市 2 位、区 6 位、街镇 9 位、片区 9 位加 P01、专属网格 9 位加 Z01、居村 12 位、微网格 15 位、楼组 17 位"


@dataclass(frozen=True)
class GridLine:
    line: Line
    grid: Grid

    def blame(self, column: str, rule: Rule, remedy: str) -> None:
        value = self.line.cells.get(column, "")[:LONGEST_SHOWN]
        self.line.faults.append(Fault(self.line.sheet, self.line.number, column, value, rule, remedy))


def grid_lines(table: Table, before: Mapping[str, Grid], day: date) -> list[GridLine]:
    return [_grid(line, before, table.headings.keys(), day) for line in _lines(table)]


def _lines(table: Table) -> list[Line]:
    names = [column.name for column in table.layout.columns]
    return [Line(table.sheet, row, dict.fromkeys(names, "") | cells) for row, cells in sorted(table.rows.items())]


def _grid(line: Line, before: Mapping[str, Grid], told: Collection[str], day: date) -> GridLine:
    code, name = line.text("code"), line.text("name")
    kind = line.word("kind", GridKind)
    old = before.get(code)
    source = line.optional("boundary_source")
    made = Grid(
        code=code,
        name=name,
        kind=kind,
        parent=line.optional("parent"),
        level=kind.level,
        district=code[:6],
        valid_from=old.valid_from if old else day,
        covered_by=old.covered_by if old and "covered_by" not in told else line.optional("covered_by"),
        boundary_source=old.boundary_source if old and "boundary_source" not in told else source,
        aliases=old.aliases if old and "aliases" not in told else line.several("aliases"),
        geometry=old.geometry if old and "boundary" not in told else _boundary(line),
    )
    found = GridLine(line, made)
    _check_cells(found, day)
    return found


def _boundary(line: Line) -> Polygon | None:
    told = line.cells["boundary"]
    try:
        return polygon(told) if told else None
    except NoBoundary as fault:
        line.faults.append(Fault(line.sheet, line.number, "boundary", told[:LONGEST_SHOWN], Rule.BOUNDARY, str(fault)))
        return None


def _check_cells(found: GridLine, day: date) -> None:
    line, grid = found.line, found.grid
    if grid.code and line.cells["kind"] == grid.kind and not SHAPES[grid.kind].fullmatch(grid.code):
        found.blame("code", Rule.CODE, SHAPES_TOLD)
    if line.cells["level"] and line.word("level", Level) is not grid.level:
        found.blame("level", Rule.LEVEL, f"此类型的层级是 {grid.level}，改正或留空")
    if line.cells["district"] not in ("", grid.district):
        found.blame("district", Rule.CODE, f"代码属于 {grid.district}，改正或留空")
    if (since := line.optional_day("valid_from")) and since > day:
        found.blame("valid_from", Rule.PERIOD, "变更自导入当天生效：留空，或到那一天再导入")
    if (grid.parent is None) != (grid.code == CITY):
        found.blame("parent", Rule.PARENT, "填写上级网格的代码；只有市没有上级")


@dataclass(frozen=True)
class AddressLine:
    line: Line
    address: Address


def address_lines(table: Table, grids: Collection[str]) -> list[AddressLine]:
    return [AddressLine(line, _address(line, grids)) for line in _lines(table)]


def _address(line: Line, grids: Collection[str]) -> Address:
    if line.text("grid") and line.cells["grid"] not in grids:
        line.blame("grid", Rule.ADDRESS, "“网格”表中没有此代码：补上网格，或改正代码")
    low, high = _number(line, "low"), _number(line, "high")
    if (low is None) != (high is None):
        line.blame("high", Rule.ADDRESS, "起号和止号同填或同空")
    elif low is not None and high is not None and low > high:
        line.blame("high", Rule.ADDRESS, "止号不小于起号")
    kind, name = line.word("kind", AddressKind), line.text("name")
    parity = line.word("parity", Parity) if line.cells["parity"] else Parity.ALL
    return Address(grid=line.cells["grid"], kind=kind, name=name, parity=parity, low=low, high=high)


def _number(line: Line, column: str) -> int | None:
    told = line.cells[column]
    if told and not (told.isascii() and told.isdecimal() and 1 <= int(told[:6]) <= 99_999 and len(told) < 6):
        line.blame(column, Rule.NUMBER, "填写 1 到 99999 的整数")
        return None
    return int(told) if told else None
