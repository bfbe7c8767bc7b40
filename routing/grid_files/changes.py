"""What a file of grids changes: grids that begin, change or end, and addresses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from routing.city import Address, City, Grid

SAME = 1e-7
"""Degrees, about a centimetre: what files round off is no other boundary, nor is the way round that it is drawn."""


@dataclass(frozen=True)
class Changes:
    """`changed` holds the old and the new; `addresses` all those of each grid where one differs."""

    added: tuple[Grid, ...]
    changed: tuple[tuple[Grid, Grid], ...]
    ended: tuple[Grid, ...]
    unchanged: int
    addresses: Mapping[str, tuple[Address, ...]] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        return bool(self.added or self.changed or self.ended or self.addresses)


def covered(city: City, codes: Iterable[str]) -> set[str]:
    """The grids a file speaks for: those it names, and all that are below them now."""
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        if (code := waiting.pop()) not in found:
            found.add(code)
            waiting.extend(child.code for child in city.children(code))
    return found


def changes_of(city: City, grids: Mapping[str, Grid], addresses: Mapping[str, tuple[Address, ...]] | None) -> Changes:
    before = {grid.code: grid for grid in city.grids}
    pairs = [(before[code], grid) for code, grid in grids.items() if code in before]
    gone = sorted((covered(city, grids) & before.keys()) - grids.keys())
    changed = tuple((old, new) for old, new in pairs if not same(old, new))
    return Changes(
        added=tuple(grid for code, grid in grids.items() if code not in before),
        changed=changed,
        ended=tuple(before[code] for code in gone),
        unchanged=len(pairs) - len(changed),
        addresses={} if addresses is None else _readdressed(city, {*grids, *gone}, addresses),
    )


def same(old: Grid, new: Grid) -> bool:
    return same_boundary(old, new) and replace(old, geometry=None) == replace(new, geometry=None)


def same_boundary(old: Grid, new: Grid) -> bool:
    if old.geometry is None or new.geometry is None:
        return old.geometry is new.geometry
    if old.geometry.equals_exact(new.geometry, SAME):
        return True
    return bool(old.geometry.normalize().equals_exact(new.geometry.normalize(), SAME))


def _readdressed(
    city: City, codes: Iterable[str], told: Mapping[str, tuple[Address, ...]]
) -> dict[str, tuple[Address, ...]]:
    before: dict[str, list[Address]] = {}
    for address in city.addresses:
        before.setdefault(address.grid, []).append(address)
    return {code: told.get(code, ()) for code in codes if set(before.get(code, ())) != set(told.get(code, ()))}
