"""Grids from a GeoPackage (OGC 12-128): one table of polygons in an SQLite file.

The file is somebody else's: it is opened in memory, read-only, without its views, triggers and functions, under a limit
of steps, and only the table that its own catalogue names is read.
"""

import re
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import shapely
from shapely.geometry import mapping

from routing.grid_files.crs import ACCEPTED, REMEDY
from routing.grid_files.features import Feature, refused, table_of
from routing.grid_files.forms import LONGEST_BOUNDARY, MOST_GRIDS
from routing.lists.workbook.tables import Table

SHEET = "grids.gpkg"
SQLITE = b"SQLite format 3\0"
STEPS, BETWEEN = 20_000, 10_000
"""The database may take STEPS times BETWEEN instructions."""
ENVELOPES = (0, 32, 48, 48, 64)
"""Bytes of the envelope before the shape, by its code in the flags."""
ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
LAYERS = """
    SELECT m.sql, c.table_name, g.column_name, s.organization, s.organization_coordsys_id
    FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name
    JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id
    JOIN sqlite_master m ON m.name = c.table_name AND m.type = 'table'
    WHERE c.data_type = 'features' LIMIT 100
"""
VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL", re.I)
NAMED = frozenset({"grids", "网格"})


def read_geopackage(data: bytes) -> Table:
    """Raises BookFaults."""
    if not data.startswith(SQLITE):
        raise refused(SHEET, "不是 GeoPackage（SQLite）文件：在 QGIS 中另存为 GeoPackage")
    try:
        with closing(_opened(data)) as database:
            table, shape, *system = _layer(database)
            if str(system[0]).upper() not in ("EPSG", "OGC:CRS84") or system[1] not in ACCEPTED:
                raise refused(SHEET, REMEDY)
            return _table(database, table, shape)
    except (sqlite3.Error, shapely.GEOSException, struct.error, OverflowError, UnicodeDecodeError, MemoryError):
        raise refused(SHEET, "GeoPackage 已损坏或内容过多：关闭正在编辑它的程序，重新导出") from None


def _opened(data: bytes) -> sqlite3.Connection:
    """Without its journal's mode, which needs a second file that is not here."""
    database = sqlite3.connect(":memory:")
    database.deserialize(data[:18] + b"\x01\x01" + data[20:])
    for rule in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
        database.execute(f"PRAGMA {rule}")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4 * LONGEST_BOUNDARY)
    database.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, 200)
    left = iter(range(STEPS))
    database.set_progress_handler(lambda: next(left, None) is None, BETWEEN)
    database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in ALLOWED else sqlite3.SQLITE_DENY)
    return database


def _layer(database: sqlite3.Connection) -> Any:
    """The one table of features, or of several the one called grids."""
    found = database.execute(LAYERS).fetchall()
    layers = [each for sql, *each in found if not VIRTUAL.match(str(sql))]
    named = [each for each in layers if each[0] in NAMED] or layers
    if len(named) != 1:
        names = "、".join(str(each[0]) for each in layers)[:200]
        raise refused(SHEET, f"须有一个面图层，或一个名为 grids 的图层；现有：{names or '无'}")
    return named[0]


def _table(database: sqlite3.Connection, table: str, shape: str) -> Table:
    rows = database.execute(f"SELECT * FROM {quoted(table)} LIMIT {MOST_GRIDS + 1}")  # noqa: S608 - quoted
    names = [each[0] for each in rows.description]
    return table_of(SHEET, [name for name in names if name != shape], _features(rows, names, shape))


def _features(rows: Iterable[Any], names: list[str], shape: str) -> Iterator[Feature]:
    for row in rows:
        told = dict(zip(names, row, strict=True))
        blob = told.pop(shape, None)
        yield told, mapping(drawn) if (drawn := _shape(blob)) is not None else None


def _shape(blob: Any) -> Any:
    """The geometry after the GeoPackage's own head; None where it is empty."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or blob[:2] != b"GP":
        raise struct.error
    flags = blob[3]
    if flags & 0b0001_0000:
        return None
    (start,) = ENVELOPES[flags >> 1 & 0b111 : (flags >> 1 & 0b111) + 1] or (0,)
    found = shapely.from_wkb(blob[8 + start :])
    return None if found.is_empty else found


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
