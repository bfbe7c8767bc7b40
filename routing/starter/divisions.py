"""The upper grid tree: the city, its districts, streets and committees, as the statistics bureau names them."""

from collections import defaultdict
from collections.abc import Iterator

from routing.city import CITY, Grid, GridKind
from routing.starter.tables import SINCE, rows

COMMITTEES = ("居委会", "村委会")


def divisions() -> Iterator[Grid]:
    known_as = _aliases()
    yield Grid(
        code=CITY,
        name="上海市",
        kind=GridKind.CITY,
        parent=None,
        level=GridKind.CITY.level,
        district=CITY,
        valid_from=SINCE,
        aliases=known_as[CITY],
    )
    for row in rows("divisions"):
        yield _division(row, known_as[row["code"]])


def _division(row: dict[str, str], known_as: tuple[str, ...]) -> Grid:
    kind = GridKind(row["level"])
    return Grid(
        code=row["code"],
        name=row["name"],
        kind=kind,
        parent=row["parent"],
        level=kind.level,
        district=row["code"][:6],
        valid_from=SINCE,
        aliases=(*_short(kind, row["name"]), *known_as),
    )


def _short(kind: GridKind, name: str) -> tuple[str, ...]:
    """雁荡居委会 is spoken of as 雁荡, 光明村村委会 as 光明村; the zones' virtual communities have no short name."""
    if kind is not GridKind.COMMITTEE:
        return ()
    return tuple(name.removesuffix(suffix) for suffix in COMMITTEES if name.endswith(suffix))


def _aliases() -> defaultdict[str, tuple[str, ...]]:
    known_as: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for row in rows("aliases"):
        known_as[row["code"]] += (row["alias"],)
    return known_as
