"""Points in the four reference systems in use, brought to WGS-84, in which the grids are drawn and others ask.

Phones give WGS-84, 高德 and 腾讯 GCJ-02, 百度 BD-09, the government's base map CGCS2000. GCJ-02 and BD-09 are shifted
on purpose; their formulas are public by re-engineering and hold to about a centimetre inside China.
"""

from collections.abc import Callable, Mapping
from math import atan2, cos, hypot, pi, radians, sin, sqrt

from services.messages import Location

SEMI_MAJOR = 6_378_245.0
ECCENTRICITY = 0.00669342162296594323
"""Of the Krasovsky ellipsoid, which the shift of GCJ-02 is computed on."""

CHINA = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east and north; outside nothing is shifted."""

BAIDU = pi * 3000.0 / 180.0
ROUNDS = 8
CLOSE = 1e-9

Point = tuple[float, float]
"""Longitude and latitude in degrees."""


def to_wgs84(place: Location) -> Point:
    """The point in WGS-84. CGCS2000 differs from it by centimetres, which no grid notices."""
    return _CONVERSIONS[place.crs]((place.lon, place.lat))


def from_wgs84(point: Point, crs: str) -> Point:
    """A WGS-84 point as a map of this reference system shows it."""
    if crs == "GCJ-02":
        return shifted(point)
    return _to_baidu(shifted(point)) if crs == "BD-09" else point


def shifted(point: Point) -> Point:
    """WGS-84 → GCJ-02."""
    lon, lat = point
    west, south, east, north = CHINA
    if not (west <= lon <= east and south <= lat <= north):
        return point
    x, y = lon - 105.0, lat - 35.0
    flat = 1 - ECCENTRICITY * sin(radians(lat)) ** 2
    up = _northward(x, y) * 180.0 / (SEMI_MAJOR * (1 - ECCENTRICITY) / (flat * sqrt(flat)) * pi)
    right = _eastward(x, y) * 180.0 / (SEMI_MAJOR / sqrt(flat) * cos(radians(lat)) * pi)
    return lon + right, lat + up


def unshifted(point: Point) -> Point:
    """GCJ-02 → WGS-84, by approaching the point whose shift leads here."""
    lon, lat = point
    for _ in range(ROUNDS):
        there = shifted((lon, lat))
        east, north = point[0] - there[0], point[1] - there[1]
        lon, lat = lon + east, lat + north
        if abs(east) < CLOSE and abs(north) < CLOSE:
            break
    return lon, lat


def _northward(x: float, y: float) -> float:
    """Metres that GCJ-02 moves a point up."""
    metres = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    metres += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    metres += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    return metres + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0


def _eastward(x: float, y: float) -> float:
    """Metres that GCJ-02 moves a point to the right."""
    metres = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    metres += (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    metres += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    return metres + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0


def _to_baidu(point: Point) -> Point:
    """GCJ-02 → BD-09."""
    lon, lat = point
    radius = hypot(lon, lat) + 0.00002 * sin(lat * BAIDU)
    angle = atan2(lat, lon) + 0.000003 * cos(lon * BAIDU)
    return radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006


def _from_baidu(point: Point) -> Point:
    """BD-09 → GCJ-02."""
    lon, lat = point[0] - 0.0065, point[1] - 0.006
    radius = hypot(lon, lat) - 0.00002 * sin(lat * BAIDU)
    angle = atan2(lat, lon) - 0.000003 * cos(lon * BAIDU)
    return radius * cos(angle), radius * sin(angle)


_CONVERSIONS: Mapping[str, Callable[[Point], Point]] = {
    "WGS-84": lambda point: point,
    "CGCS2000": lambda point: point,
    "GCJ-02": unshifted,
    "BD-09": lambda point: unshifted(_from_baidu(point)),
}
