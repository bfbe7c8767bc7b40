"""Which reference system a map file is in, by what the file says of itself: WGS-84 and CGCS2000 degrees, or refused.

The two differ by centimetres. Anything else is never guessed and never converted here: GCJ-02 read as WGS-84 lies
500 m off, in the wrong grid.
"""

import re

ACCEPTED = frozenset({4326, 4490})
REMEDY = (
    "坐标系须是 WGS-84（EPSG:4326）或 CGCS2000（EPSG:4490）的经纬度：在 QGIS 中用“导出 > 要素另存为”选这两种之一；"
    "高德、腾讯（GCJ-02）和百度（BD-09）的坐标先由数据提供方转换"
)
_GEOGRAPHIC = re.compile(r'\s*(?:GEOGCS|GEOGCRS|GEODCRS)\s*\[\s*"([^"]*)"', re.I)
_DATUM = re.compile(r'\b(?:DATUM|ENSEMBLE)\s*\[\s*"([^"]*)"', re.I)
_MERIDIAN = re.compile(r'\bPRIMEM\s*\[\s*"[^"]*"\s*,\s*([-+0-9.eE]+)', re.I)
_UNIT = re.compile(r'\b(?:ANGLE)?UNIT\s*\[\s*"degree[^"]*"\s*,\s*(0\.0174532\d*)', re.I)
_DATUMS = frozenset({
    "dwgs1984", "wgs1984", "wgs84", "worldgeodeticsystem1984", "worldgeodeticsystem1984ensemble",
    "dchina2000", "china2000", "chinageodeticcoordinatesystem2000", "dcgcs2000", "cgcs2000",
})  # fmt: skip
_NAMES = frozenset({
    "gcswgs1984", "wgs84", "wgs1984", "wgs84crs84",
    "gcschinageodeticcoordinatesystem2000", "chinageodeticcoordinatesystem2000", "cgcs2000", "gcscgcs2000",
})  # fmt: skip


def accepted(wkt: str) -> bool:
    """Whether a text such as that of a `.prj` means one of the two: geographic, that datum, Greenwich, degrees."""
    name, datum = _GEOGRAPHIC.match(wkt), _DATUM.search(wkt)
    if not name or not datum or _plain(datum[1]) not in _DATUMS or _plain(name[1]) not in _NAMES:
        return False
    meridian = _MERIDIAN.search(wkt)
    return (meridian is None or float(meridian[1]) == 0) and bool(_UNIT.search(wkt))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
