"""Grids to a GeoPackage (OGC 12-128): a file that QGIS opens, edits and saves, and that reads back as the same."""

import sqlite3
import struct
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

import shapely

from routing.grid_files.forms import GRIDS
from routing.grid_files.geopackages import quoted

_SCHEMA = """
PRAGMA application_id = 0x47504B47;
PRAGMA user_version = 10300;
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
    ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],
    PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]', 'longitude, latitude'),
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL);
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), min_x DOUBLE, min_y DOUBLE,
    max_x DOUBLE, max_y DOUBLE, srs_id INTEGER REFERENCES gpkg_spatial_ref_sys (srs_id));
INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('grids', 'features', 'grids', 4326);
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL UNIQUE REFERENCES gpkg_contents (table_name), column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL REFERENCES gpkg_spatial_ref_sys (srs_id),
    z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name));
INSERT INTO gpkg_geometry_columns VALUES ('grids', 'geom', 'POLYGON', 4326, 0, 0);
"""


def written(rows: Iterable[tuple[Mapping[str, str], Any]]) -> bytes:
    """Columns as texts, shapes as polygons in WGS-84; `rows` are cells and outline."""
    names = [column.name for column in GRIDS.columns if column.name != "boundary"]
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(_SCHEMA + _features_table(names))
        marks = ", ".join("?" * (len(names) + 1))
        columns = ", ".join(map(quoted, ["geom", *names]))
        database.executemany(
            f"INSERT INTO grids ({columns}) VALUES ({marks})",  # noqa: S608 - our own names
            ((_blob(outline), *(cells[name] or None for name in names)) for cells, outline in rows),
        )
        database.commit()
        return database.serialize()


def _blob(outline: Any) -> bytes | None:
    """Little-endian, no envelope, EPSG:4326."""
    return None if outline is None else b"GP\0\x01" + struct.pack("<i", 4326) + bytes(shapely.to_wkb(outline))


def _features_table(names: Iterable[str]) -> str:
    columns = "".join(f", {quoted(name)} TEXT" for name in names)
    return f"CREATE TABLE grids (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POLYGON{columns});"
