"""A file of grids against the city as it is: what it would change, or every fault in it."""

from collections.abc import Mapping
from datetime import date

from routing.city import Address, City, Grid
from routing.grid_files.changes import Changes, changes_of, covered
from routing.grid_files.checks import check_addresses, check_boundaries, check_tree
from routing.grid_files.forms import Form
from routing.grid_files.rows import AddressLine, GridLine, address_lines, grid_lines
from routing.grid_files.tables import tables
from routing.lists.faults import Fault, Rule
from routing.lists.workbook.breaches import BookFaults
from routing.lists.workbook.tables import Table


def read(data: bytes, form: Form, city: City, *, day: date) -> Changes:
    """Raises BookFaults with all that is wrong with the file."""
    table, more = tables(data, form)
    before = {grid.code: grid for grid in city.grids}
    lines = grid_lines(table, before, day) if table.readable else []
    known = {found.grid.code for found in lines}
    houses = address_lines(more, known) if more and more.readable else []
    if table.readable:
        _check(table, lines, houses, city)
    faults = table.told(fault for found in lines for fault in found.line.faults)
    faults += more.told(fault for house in houses for fault in house.line.faults) if more else []
    if faults:
        raise BookFaults(faults)
    return changes_of(city, {found.grid.code: found.grid for found in lines}, _by_grid(houses) if more else None)


def _check(table: Table, lines: list[GridLine], houses: list[AddressLine], city: City) -> None:
    if not lines:
        table.faults.append(Fault(table.sheet, 1, "", "", Rule.REQUIRED, "文件里没有网格"))
    first: dict[str, GridLine] = {}
    for found in lines:
        if first.setdefault(found.grid.code, found) is not found:
            remedy = f"与第{first[found.grid.code].line.number}行重复，删去一行"
            found.blame("code", Rule.UNIQUE, remedy)
    before = {grid.code: grid for grid in city.grids}
    spoken = covered(city, first)
    after = {code: grid for code, grid in before.items() if code not in spoken}
    after |= {code: found.grid for code, found in first.items()}
    check_tree(first.values(), after)
    _check_left(table, after, spoken)
    if not any(found.line.faults for found in lines):
        check_boundaries(first, after, before)
    check_addresses(houses, after)


def _check_left(table: Table, after: Mapping[str, Grid], spoken: set[str]) -> None:
    """Grids the file does not speak for must not lose the one that covers them."""
    for grid in after.values():
        if grid.code not in spoken and grid.covered_by and grid.covered_by not in after:
            remedy = f"网格 {grid.code} 由它兜底：先改由别的网格兜底，或保留它"
            table.faults.append(Fault(table.sheet, 0, "code", grid.covered_by, Rule.COVERED_BY, remedy))


def _by_grid(houses: list[AddressLine]) -> dict[str, tuple[Address, ...]]:
    found: dict[str, list[Address]] = {}
    for house in houses:
        found.setdefault(house.address.grid, []).append(house.address)
    return {code: tuple(addresses) for code, addresses in found.items()}
