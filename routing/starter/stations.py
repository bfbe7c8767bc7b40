"""One service station for each area and committee of the street in full: where people walk in."""

from collections.abc import Iterable, Iterator

from routing.city import Address, AddressKind, Grid, Station
from routing.starter.tables import STREET, rows


def stations(grids: tuple[Grid, ...], addresses: Iterable[Address]) -> Iterator[Station]:
    kinds = {row["level"]: row for row in rows("stations")}
    doors = _doors(grids, addresses)
    served = (grid for grid in grids if grid.code.startswith(STREET) and grid.kind in kinds)
    for number, grid in enumerate(served, 1):
        kind = kinds[grid.kind]
        yield Station(
            grid=grid.code,
            name=f"{grid.name.removesuffix('居委会').removesuffix('片区')}{kind['suffix']}",
            address=doors[grid.code],
            services=tuple(kind["services"].split()),
            hours=kind["hours"],
            phone=f"021-0000-{number:04}",
        )


def _doors(grids: tuple[Grid, ...], addresses: Iterable[Address]) -> dict[str, str]:
    """A committee's door is the first house number in its micro-grids, an area's the last one in its committees."""
    parents = {grid.code: grid.parent or "" for grid in grids}
    doors: dict[str, str] = {}
    for address in addresses:
        if address.kind is AddressKind.ROAD:
            committee = parents[address.grid]
            doors.setdefault(committee, f"{address.name}{address.low}号")
            doors[parents[committee]] = f"{address.name}{address.high}号"
    return doors
