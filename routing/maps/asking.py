"""What may be asked of a collection (OGC API - Features, part 1): `limit`, `offset`, `bbox`, `datetime`, and its own.

What nobody can mean is a 400, as that standard wants it; so is an argument that there is none of.
"""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from routing.maps.drawing import Box
from services.problems import FieldFault, Problem

USUAL, MOST = 200, 2_000
FARTHEST = 1_000_000
OPEN = ("", "..")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
COMMON = frozenset({"limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "f"})
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
Span = tuple[datetime | None, datetime | None]


class NotAskable(Problem):
    """This cannot be asked of map data."""

    status = 400
    title = "Not askable"
    remedy = "See the arguments in the API's description or docs/maps.md."


@dataclass(frozen=True)
class Asked:
    """`box` is west, south, east, north in degrees; `span` bounds moments, both ends included."""

    limit: int = USUAL
    offset: int = 0
    box: Box | None = None
    span: Span = (None, None)
    own: Mapping[str, str] | None = None

    def told(self, name: str) -> str | None:
        return (self.own or {}).get(name)


def asked(query: Mapping[str, str], own: Collection[str]) -> Asked:
    """Raises NotAskable."""
    known = sorted({*COMMON, *own})
    if not set(query) <= set(known):
        raise not_askable("(address)", f"has only the arguments {', '.join(known)}", "leave the others out")
    for name in ("crs", "bbox-crs"):
        if query.get(name, CRS84) != CRS84:
            raise not_askable(name, "is CRS84: longitude, latitude in WGS-84", f"leave it out, or send {CRS84}")
    if query.get("f", "json") not in ("json", "geojson"):
        raise not_askable("f", "is json", "leave it out")
    return Asked(
        limit=min(_count(query, "limit", USUAL, 1), MOST),
        offset=_count(query, "offset", 0, 0),
        box=_box(query["bbox"]) if query.get("bbox") else None,
        span=_span(query["datetime"]) if query.get("datetime") else (None, None),
        own={name: query[name] for name in own if query.get(name)},
    )


def _count(query: Mapping[str, str], name: str, usual: int, least: int) -> int:
    told = query.get(name, str(usual))
    if not (told.isascii() and told.isdecimal() and len(told) < 9 and least <= int(told) <= FARTHEST):
        raise not_askable(name, f"is a whole number from {least} to {FARTHEST}", "follow the `next` link")
    return int(told)


def _box(told: str) -> Box:
    """Four numbers, or six with heights, which say nothing here."""
    try:
        numbers = [float(part) for part in told.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        del numbers[5], numbers[2]
    if len(numbers) == 4 and all(map(math.isfinite, numbers)) and numbers[0] <= numbers[2] and numbers[1] <= numbers[3]:
        return numbers[0], numbers[1], numbers[2], numbers[3]
    raise not_askable("bbox", "is west,south,east,north in degrees", "for example 121.4,31.2,121.5,31.3")


def _span(told: str) -> Span:
    """One moment, or two with a slash between, either of them open."""
    start, slash, end = told.partition("/")
    if not slash:
        return _moment(start), _moment(start)
    return (None if start in OPEN else _moment(start)), (None if end in OPEN else _moment(end))


def _moment(told: str) -> datetime:
    try:
        found = datetime.fromisoformat(told.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or len(told) < len("2026-11-24") or not 2000 <= found.year < 2100:
        remedy = "for example 2026-10-01T00:00:00+08:00/.."
        raise not_askable("datetime", "is RFC 3339, or two of them with a slash", remedy)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def month_of(told: str) -> date:
    """Raises NotAskable."""
    if not MONTH.fullmatch(told):
        raise not_askable("month", "is a year and a month", "for example 2026-10")
    return date.fromisoformat(f"{told}-01")


def not_askable(field: str, rule: str, remedy: str) -> NotAskable:
    return NotAskable(faults=[FieldFault(field, rule, remedy)])
