"""Where a case is shown on a public map: in the smallest place that enough cases share, never below a neighbourhood.

Pure. What is too few in its own place is shown in the place above, together with the others that were too few there;
what is too few in the whole city is not shown. So every place that is shown stands for at least `minimum` cases, and
the places share all cases out: nothing can be subtracted from a total.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from routing.city import City, GridKind

SHOWN = frozenset({GridKind.CITY, GridKind.DISTRICT, GridKind.STREET, GridKind.AREA, GridKind.COMMITTEE})
"""A micro-grid, a building or a market can be a handful of households."""
Path = tuple[str, ...]


def public_path(path: str | None, city: City) -> Path:
    """The codes of a grid path from the city down, as far as they are shown and still there."""
    codes = [code for code in (path or "").split("/") if code in city]
    return tuple(code for code in codes if city.grid(code).kind in SHOWN)


def coarsened(counts: Mapping[Path, int], minimum: int) -> dict[Path, str]:
    """The code of the place that each path is shown in; a path that is shown nowhere is left out."""
    waiting: defaultdict[Path, set[Path]] = defaultdict(set)
    for path in counts:
        waiting[path].add(path)
    shown: dict[Path, str] = {}
    for depth in range(max(map(len, counts), default=0), 0, -1):
        for here in [path for path in waiting if len(path) == depth]:
            origins = waiting.pop(here)
            if _total(counts, origins) >= minimum:
                shown |= dict.fromkeys(origins, here[-1])
            else:
                waiting[here[:-1]] |= origins
    return shown


def _total(counts: Mapping[Path, int], paths: Iterable[Path]) -> int:
    return sum(counts[path] for path in paths)
