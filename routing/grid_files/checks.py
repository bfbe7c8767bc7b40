"""What the rows of a file must be to each other and to the city: one tree, drawn without holes in its sense."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from routing.city import Grid, Parity
from routing.grid_files.boundaries import overlaps, sticking_out
from routing.grid_files.changes import same_boundary
from routing.grid_files.rows import AddressLine, GridLine
from routing.lists.faults import Rule

STREET_DIGITS = 9


def check_tree(lines: Iterable[GridLine], grids: Mapping[str, Grid]) -> None:
    """`grids` is the tree as it would be: the file's grids, and those it does not speak for."""
    for found in lines:
        grid = found.grid
        above = grids.get(grid.parent) if grid.parent else None
        if grid.parent and above is None:
            found.blame("parent", Rule.PARENT, "没有此网格：补上，或改正代码")
        elif above and _in_cycle(grid, grids):
            found.blame("parent", Rule.CYCLE, "网格不能在自己之下：改正上级")
        elif above and above.level.rank >= grid.level.rank:
            found.blame("parent", Rule.LEVEL, f"上级的层级（{above.level}）须高于此网格（{grid.level}）")
        elif above and above.parent and above.district != grid.district:
            found.blame("parent", Rule.PARENT, "代码不属于上级所在的区：改正代码或上级")
        _check_cover(found, grids)


def _in_cycle(grid: Grid, grids: Mapping[str, Grid]) -> bool:
    seen, here = set(), grids.get(grid.parent or "")
    while here and here.code not in seen:
        if here.code == grid.code:
            return True
        seen.add(here.code)
        here = grids.get(here.parent or "")
    return False


def _check_cover(found: GridLine, grids: Mapping[str, Grid]) -> None:
    if (code := found.grid.covered_by) is None:
        return
    cover = grids.get(code)
    if cover is None or code == found.grid.code:
        found.blame("covered_by", Rule.COVERED_BY, "填写另一个网格的代码，或留空")
    elif cover.covered_by:
        found.blame("covered_by", Rule.COVERED_BY, "兜底的网格自己也由别人兜底：填写最终兜底的网格")


def check_boundaries(lines: Mapping[str, GridLine], grids: Mapping[str, Grid], before: Mapping[str, Grid]) -> None:
    """Only what the file moves is judged; what was kept as it is was judged when it came."""
    moved = {code for code, found in lines.items() if _moved(found.grid, before.get(code))}
    for code, found in lines.items():
        above = _drawn_above(found.grid, grids)
        if found.grid.geometry is None or above is None or above.geometry is None:
            continue
        if (code in moved or above.code in moved) and sticking_out(found.grid.geometry, above.geometry):
            found.blame("boundary", Rule.OUTSIDE, f"超出上级网格 {above.code} 约 5 米以上：改正边界")
    for one, other in overlaps(grids, moved):
        blamed, beside = (other, one) if other in lines else (one, other)
        lines[blamed].blame("boundary", Rule.OVERLAP, f"与同级网格 {beside} 重叠约 5 米以上：改正边界")


def _moved(grid: Grid, old: Grid | None) -> bool:
    return old is None or grid.parent != old.parent or not same_boundary(old, grid)


def _drawn_above(grid: Grid, grids: Mapping[str, Grid]) -> Grid | None:
    """The nearest grid above that has a boundary; the tree is known to be one."""
    here = grids.get(grid.parent or "")
    while here and here.geometry is None:
        here = grids.get(here.parent or "")
    return here


def check_addresses(lines: Iterable[AddressLine], grids: Mapping[str, Grid]) -> None:
    """No house in two grids of one street, unless one lies in the other or one is dedicated and goes first.

    Roads of one name in two streets are namesakes or one long road; there the place is asked for, never guessed.
    """
    named: defaultdict[object, list[AddressLine]] = defaultdict(list)
    for found in lines:
        address = found.address
        named[address.kind, address.name, address.grid[:STREET_DIGITS]].append(found)
    for group in named.values():
        for place, found in enumerate(group):
            _check_house(found, group[:place], grids)


def _check_house(found: AddressLine, others: Iterable[AddressLine], grids: Mapping[str, Grid]) -> None:
    for other in others:
        if found.address == other.address:
            found.line.blame("name", Rule.UNIQUE, f"与第{other.line.number}行相同，删去一行")
            return
        if _share(found, other) and _rivals(found.address.grid, other.address.grid, grids):
            remedy = f"与第{other.line.number}行的网格 {other.address.grid} 有相同门牌：改正号段"
            found.line.blame("low", Rule.OVERLAP, remedy)
            return


def _share(one: AddressLine, other: AddressLine) -> bool:
    first, second = one.address, other.address
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return False
    low, high = max(first.low, second.low), min(first.high, second.high)
    parities = {first.parity, second.parity} - {Parity.ALL}
    if low > high or len(parities) > 1:
        return False
    return low < high or (first.covers(low) and second.covers(low))


def _rivals(one: str, other: str, grids: Mapping[str, Grid]) -> bool:
    if one not in grids or other not in grids or grids[one].kind.dedicated != grids[other].kind.dedicated:
        return False
    return one not in _chain(other, grids) and other not in _chain(one, grids)


def _chain(code: str, grids: Mapping[str, Grid]) -> list[str]:
    chain: list[str] = []
    here = grids.get(code)
    while here and here.code not in chain:
        chain.append(here.code)
        here = grids.get(here.parent or "")
    return chain
