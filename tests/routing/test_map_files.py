"""Grids from GeoPackages and Shapefiles: as from GeoJSON, in the reference system that the file says, within limits."""

import io
import json
import sqlite3
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from datetime import date
from typing import Any

import pytest
import shapefile
import shapely
from shapely import box

from routing.city import City, Grid
from routing.grid_files import Form, read, write
from routing.grid_files.crs import accepted
from routing.lists.faults import Fault
from routing.lists.workbook import BookFaults

DAY = date(2025, 5, 5)
COMMITTEE, MICRO = "310101023006", "310101023006001"
WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
CGCS2000 = (
    'GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,'
    '298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
NEWER = (
    'GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["World Geodetic System 1984 (G2139)"],'
    'ELLIPSOID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],'
    'CS[ellipsoidal,2],AXIS["geodetic latitude (Lat)",north],ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",4326]]'
)
BEIJING54 = (
    'GEOGCS["GCS_Beijing_1954",DATUM["D_Beijing_1954",SPHEROID["Krasovsky_1940",6378245.0,298.3]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
ZONE = f'PROJCS["CGCS2000_3_Degree_GK_CM_120E",{CGCS2000},PROJECTION["Gauss_Kruger"],UNIT["Meter",1.0]]'
COLUMNS = ("code", "name", "kind", "parent", "covered_by", "aliases", "boundary_source")
TITLES = {"code": "网格代码", "name": "名称", "kind": "类型", "parent": "上级网格"}


def under(city: City, code: str = COMMITTEE) -> list[Grid]:
    return [grid for grid in city.grids if grid.code.startswith(code)]


def cells(grid: Grid) -> dict[str, str]:
    aliases = "|".join(grid.aliases)
    return {
        "code": grid.code, "name": grid.name, "kind": grid.kind.value, "parent": grid.parent or "",
        "covered_by": grid.covered_by or "", "aliases": aliases, "boundary_source": grid.boundary_source or "",
    }  # fmt: skip


def shp(
    grids: Iterable[Grid], *, encoding: str = "utf-8", cpg: str | None = "UTF-8", prj: str | None = WGS84,
    titles: Mapping[str, str] | None = None, shape: Callable[[Any, Grid], Any] | None = None, kind: int = 5,
    name: str = "grids", more: Mapping[str, bytes] | None = None,
) -> bytes:  # fmt: skip
    """A Shapefile as a map program makes it, in a zip."""
    parts = {suffix: io.BytesIO() for suffix in ("shp", "shx", "dbf")}
    names = list(titles or dict.fromkeys(COLUMNS))
    with shapefile.Writer(**parts, shapeType=kind, encoding=encoding) as writer:
        writer.field("OBJECTID", "N", 10)
        for each in names:
            writer.field((titles or {}).get(each, each)[:10], "C", 250)
        for number, grid in enumerate(grids):
            (shape or _drawn)(writer, grid)
            writer.record(number, *(cells(grid)[each] for each in names))
    files = {f"{name}.{suffix}": made.getvalue() for suffix, made in parts.items()}
    files |= {f"{name}.cpg": cpg.encode()} if cpg is not None else {}
    files |= {f"{name}.prj": prj.encode()} if prj is not None else {}
    return zipped({**files, **(more or {})})


def _drawn(writer: Any, grid: Grid) -> None:
    if grid.geometry is None:
        writer.null()
    else:
        writer.shape(shapely.geometry.mapping(shapely.geometry.polygon.orient(grid.geometry, -1.0)))


def zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def gpkg(city: City, *edits: str) -> bytes:
    """The committee's part as it is exported, edited by SQL as a map program might."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(write(city, Form.GEOPACKAGE, COMMITTEE))
        database.executescript(";".join(edits))
        return database.serialize()


def faults(city: City, data: bytes, form: Form) -> tuple[Fault, ...]:
    with pytest.raises(BookFaults) as caught:
        read(data, form, city, day=DAY)
    return caught.value.faults


@pytest.mark.parametrize("prj", [WGS84, CGCS2000, NEWER], ids=["wgs84", "cgcs2000", "wkt2"])
def test_a_shapefile_of_what_is_there_changes_nothing(city: City, prj: str) -> None:
    found = read(shp(under(city), prj=prj), Form.SHAPEFILE, city, day=DAY)
    assert not found.any
    assert found.unchanged == len(under(city))


@pytest.mark.parametrize(
    ("encoding", "cpg"), [("gbk", "GBK"), ("gbk", "936"), ("gb18030", "GB18030"), ("utf-8", "utf8")]
)
def test_names_are_read_in_the_encoding_that_the_cpg_says(city: City, encoding: str, cpg: str) -> None:
    data = shp(under(city), encoding=encoding, cpg=cpg, titles=TITLES if encoding != "utf-8" else None)
    assert not read(data, Form.SHAPEFILE, city, day=DAY).changed


def test_without_a_cpg_the_dbf_says_its_code_page_or_it_must_be_utf8(city: City) -> None:
    grids = under(city)
    (fault,) = faults(city, shp(grids, encoding="gbk", cpg=None), Form.SHAPEFILE)
    assert ".cpg" in fault.remedy
    with zipfile.ZipFile(io.BytesIO(shp(grids, encoding="gbk", cpg=None))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    dbf = files["grids.dbf"]
    files["grids.dbf"] = dbf[:29] + b"\x4d" + dbf[30:]
    assert not read(zipped(files), Form.SHAPEFILE, city, day=DAY).any
    (fault,) = faults(city, shp(grids, cpg="KOI8-R"), Form.SHAPEFILE)
    assert "GBK" in fault.remedy


REFUSED = {
    "none": None,
    "beijing54": BEIJING54,
    "zone": ZONE,
    "nonsense": "EPSG:4326",
    "gcj": WGS84.replace("D_WGS_1984", "GCJ02"),
}


@pytest.mark.parametrize("prj", REFUSED.values(), ids=list(REFUSED))
def test_any_other_reference_system_and_none_is_refused_with_a_remedy(city: City, prj: str | None) -> None:
    (fault,) = faults(city, shp(under(city), prj=prj), Form.SHAPEFILE)
    assert "EPSG:4326" in fault.remedy
    assert "EPSG:4490" in fault.remedy
    assert ("缺少 .prj" in fault.remedy) == (prj is None)


def test_a_meridian_or_a_unit_of_another_kind_is_another_system() -> None:
    assert accepted(WGS84)
    assert not accepted(WGS84.replace('"Greenwich",0.0', '"Paris",2.33'))
    assert not accepted(WGS84.replace('"Degree",0.0174532925199433', '"Grad",0.0157'))


def test_a_hole_and_a_grid_without_outline_come_as_they_are(city: City) -> None:
    grid = city.grid(MICRO)
    hole = box(*(grid.geometry.centroid.x, grid.geometry.centroid.y) * 2).buffer(1e-5)
    told = {}

    def draw(writer: Any, each: Grid) -> None:
        if each.code == MICRO:
            told["shape"] = grid.geometry.difference(hole)
            writer.shape(shapely.geometry.mapping(told["shape"]))
        else:
            _drawn(writer, each)

    changes = read(shp(under(city), shape=draw), Form.SHAPEFILE, city, day=DAY)
    ((_, new),) = changes.changed
    assert new.geometry.equals_exact(told["shape"], 1e-9) or new.geometry.equals(told["shape"])
    assert len(new.geometry.interiors) == 1
    empty = read(shp(under(city), shape=lambda writer, each: writer.null()), Form.SHAPEFILE, city, day=DAY)
    assert all(new.geometry is None for _, new in empty.changed)


def test_what_is_no_shapefile_of_polygons_is_refused_by_name(city: City) -> None:
    grids = under(city)
    whole = shp(grids)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    no_dbf = {name: data for name, data in files.items() if not name.endswith("dbf")}
    points = shp(grids, kind=shapefile.POINT, shape=lambda writer, each: writer.point(121.4, 31.2))
    for data, word in (
        (b"PK nonsense", "zip"),
        (zipped({"readme.txt": b"x"}), "0 个"),
        (zipped({**files, "other.shp": b"x"}), "2 个"),
        (zipped(no_dbf), ".dbf"),
        (points, "面"),
        (zipped({**files, "grids.shp": files["grids.shp"][:90]}), "损坏"),
        (zipped({**files, "grids.dbf": files["grids.dbf"][:40]}), "损坏"),
    ):
        (fault,) = faults(city, data, Form.SHAPEFILE)
        assert word in fault.remedy, fault


def test_a_folder_and_what_a_mac_adds_do_no_harm(city: City) -> None:
    data = shp(under(city), name="导出/grids", more={"__MACOSX/导出/._grids.shp": b"x", "导出/说明.txt": b"x"})
    assert not read(data, Form.SHAPEFILE, city, day=DAY).any


def test_a_zip_bomb_is_refused_by_what_it_states_and_never_unpacked(city: City) -> None:
    bomb = shp([], more={})
    with zipfile.ZipFile(io.BytesIO(bomb)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("grids.shp", "w") as part:
            for _ in range(100):
                part.write(bytes(1024 * 1024))
        for name in ("grids.dbf", "grids.prj"):
            archive.writestr(name, files[name])
    tracemalloc.start()
    (fault,) = faults(city, made.getvalue(), Form.SHAPEFILE)
    assert "MB" in fault.remedy
    assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    tracemalloc.stop()
    crowd = zipped({f"{number}.txt": b"" for number in range(300)})
    assert "200" in faults(city, crowd, Form.SHAPEFILE)[0].remedy


def test_the_rules_of_the_grids_hold_for_map_files_too(city: City) -> None:
    (fault, *_) = faults(city, gpkg(city, f"UPDATE grids SET kind = 'planet' WHERE code = '{MICRO}'"), Form.GEOPACKAGE)
    assert (fault.sheet, fault.column, fault.value) == ("grids.gpkg", "kind", "planet")
    moved = gpkg(city, "UPDATE grids SET geom = (SELECT geom FROM grids WHERE code = '310101023006')")
    assert {each.rule for each in faults(city, moved, Form.GEOPACKAGE)} == {"overlap"}


def test_a_geopackage_that_qgis_edited_is_read(city: City) -> None:
    """Its own columns, spatial index tables, a second table without shapes, journal mode WAL, envelope in the shape."""
    outline = city.grid(MICRO).geometry.simplify(0.00002)
    west, south, east, north = outline.bounds
    blob = b"GP\0\x03" + struct.pack("<i4d", 4490, west, east, south, north) + shapely.to_wkb(outline)
    data = gpkg(
        city,
        "INSERT INTO gpkg_spatial_ref_sys VALUES ('CGCS2000', 4490, 'EPSG', 4490, 'x', NULL)",
        "UPDATE gpkg_geometry_columns SET srs_id = 4490",
        "ALTER TABLE grids ADD COLUMN layer TEXT",
        f"UPDATE grids SET geom = x'{blob.hex()}', name = '甲' WHERE code = '{MICRO}'",
        "CREATE TABLE notes (x)",
        "CREATE TABLE rtree_grids_geom_node (nodeno INTEGER PRIMARY KEY, data)",
    )
    data = data[:18] + b"\x02\x02" + data[20:]
    ((_, new),) = read(data, Form.GEOPACKAGE, city, day=DAY).changed
    assert (new.code, new.name) == (MICRO, "甲")
    assert new.geometry.equals(outline)


SYSTEM = "UPDATE gpkg_geometry_columns SET srs_id = {0}"
ODD = {
    "projected": ("INSERT INTO gpkg_spatial_ref_sys VALUES ('GK', 4549, 'EPSG', 4549, 'x', NULL)", SYSTEM.format(4549)),
    "unknown": (SYSTEM.format(0),),
    "another's 4326": ("UPDATE gpkg_spatial_ref_sys SET organization = 'OURS' WHERE srs_id = 4326",),
}


@pytest.mark.parametrize("edits", ODD.values(), ids=list(ODD))
def test_a_geopackage_in_another_reference_system_is_refused_with_a_remedy(city: City, edits: tuple[str, ...]) -> None:
    (fault,) = faults(city, gpkg(city, *edits), Form.GEOPACKAGE)
    assert "EPSG:4490" in fault.remedy


HOSTILE = {
    "no layer": "DELETE FROM gpkg_contents",
    "a view in its place": "ALTER TABLE grids RENAME TO was; CREATE VIEW grids AS SELECT * FROM was",
    "no catalogue": "DROP TABLE gpkg_contents",
    "a shape that is none": "UPDATE grids SET geom = x'4750000000000000ff'",
    "a shape as text": "UPDATE grids SET geom = 'POLYGON'",
}


@pytest.mark.parametrize("edit", HOSTILE.values(), ids=list(HOSTILE))
def test_a_geopackage_that_is_odd_is_refused_and_nothing_of_it_is_run(city: City, edit: str) -> None:
    (fault,) = faults(city, gpkg(city, edit), Form.GEOPACKAGE)
    assert "grids" in fault.remedy or "损坏" in fault.remedy


def test_a_geopackage_that_would_compute_is_stopped(city: City) -> None:
    """A view that counts for ever, named by the catalogue; and a page full of nonsense."""
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS code FROM n"
    data = gpkg(city, "DROP TABLE gpkg_geometry_columns", f"CREATE VIEW gpkg_geometry_columns AS {endless}")
    assert "损坏" in faults(city, data, Form.GEOPACKAGE)[0].remedy
    broken = write(city, Form.GEOPACKAGE, COMMITTEE)
    assert faults(city, broken[:4096] + b"\xff" * 4096 + broken[8192:], Form.GEOPACKAGE)
    assert "SQLite" in faults(city, b"nonsense", Form.GEOPACKAGE)[0].remedy


def test_an_exported_geopackage_says_what_it_is(city: City) -> None:
    data = write(city, Form.GEOPACKAGE, MICRO)
    with closing(sqlite3.connect(":memory:")) as database:
        database.deserialize(data)
        assert database.execute("PRAGMA application_id").fetchone() == (0x47504B47,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        (blob,) = database.execute("SELECT geom FROM grids WHERE code = ?", (MICRO,)).fetchone()
    assert shapely.from_wkb(blob[8:]).equals(city.grid(MICRO).geometry)


def test_columns_that_a_dbf_cuts_are_known_again(city: City) -> None:
    data = shp(under(city))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"boundary_s" in archive.read("grids.dbf")
    assert not read(data, Form.SHAPEFILE, city, day=DAY).any
    assert json.loads(write(city, Form.GEOJSON, MICRO))["features"][0]["properties"]["boundary_source"]
