"""What anybody may read of a place: never a door, and where the city says so no house and no exact point either.

The middle of a cell stands for every point in it; what is searched is the middle too, so that no search tells more.
Cells lie in degrees as they were told: some metres wider from south to north than from west to east.
"""

import math
import re
from typing import Any

from sqlalchemy import ColumnElement, func

METRES_OF_A_DEGREE = 111_320.0
HIDDEN = "[门牌]"
_ROOM = r"(?:[东西南北甲乙丙]?[0-9０-９]{2,5}[A-Za-z]?|[A-Za-z][0-9]{2,4}|[〇零一二三四五六七八九]{3,4})"
DOOR = re.compile(
    rf"(?<![0-9A-Za-z０-９第])(?:[0-9一二三四五六七八九十]{{1,2}}(?:单元|门)\s?)?{_ROOM}(?:室|号房|房间|户)"
    rf"|(?<=[号楼栋幢座弄元层])[\s,，]?{_ROOM}(?![0-9A-Za-z路弄号栋幢年月日天元块平米个人次多米%.:\-])"
    rf"|(?<=[上下壁门面])的?{_ROOM}(?![0-9A-Za-z路弄号栋幢年月日天元块平米个人次多米%.:\-])"
    r"|(?<![0-9\-])[0-9]{1,3}[-—#][0-9]{1,2}[-—#][0-9]{3,4}(?![0-9])"
)
"""A dwelling in a house, whoever's: 301室, 3号楼602, 楼上602, 12-3-402."""
HOUSE = re.compile(r"\s*(?:[0-9０-９]|[〇零一二三四五六七八九十百]+(?:号|弄|栋|幢|座|室|单元|支弄)).*$", re.S)


def without_doors(text: str) -> str:
    return DOOR.sub(HIDDEN, text)


def without_house(address: str) -> str | None:
    """The road or the estate; nothing where the address begins with a number."""
    return HOUSE.sub("", address).strip() or None


def without_building(grid: str | None) -> str | None:
    """The neighbourhood of a grid's code; of a mall, an office building or an area the street."""
    return grid if grid is None else grid[:12] if grid.isdecimal() else grid[:9]


def coarse(degrees: float, metres: int) -> float:
    """The middle of the cell that a latitude or longitude lies in."""
    step = metres / METRES_OF_A_DEGREE
    return (math.floor(degrees / step) + 0.5) * step


def coarse_column(column: Any, metres: int) -> ColumnElement[float]:
    """The same in a query."""
    step = metres / METRES_OF_A_DEGREE
    found: ColumnElement[float] = (func.floor(column / step) + 0.5) * step
    return found
