"""Grids from a Shapefile in a zip: one `.shp` of polygons with its `.dbf` and `.prj`, in GBK or UTF-8 as `.cpg` says.

Nothing is unpacked to a disk, nothing beyond the limits into memory; the library gets bytes that were counted here.
"""

import io
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import shapefile

from routing.grid_files.crs import REMEDY, accepted
from routing.grid_files.features import Feature, refused, table_of
from routing.grid_files.forms import GRIDS
from routing.lists.workbook.breaches import BookFaults, Breach
from routing.lists.workbook.tables import Table

SHEET = "grids.shp"
MOST_UNPACKED, MOST_PARTS = 96 * 1024 * 1024, 200
PARTS = (".shp", ".dbf", ".prj", ".cpg")
POLYGONS = frozenset({shapefile.POLYGON, shapefile.POLYGONZ, shapefile.POLYGONM})
DEFLATED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCODINGS: Mapping[str, str] = {
    **dict.fromkeys(("utf8", "65001"), "utf-8"),
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "936", "cp936", "ansi936"), "gb18030"),
}
"""What a `.cpg` says, without dashes; GB18030 reads all that GBK writes."""
GBK_DRIVER, DRIVER_AT = 0x4D, 29
LONGEST_NAME = 10
"""Bytes that a field's name has in a `.dbf`."""
BROKEN = (
    shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError, TypeError, OverflowError,
    AssertionError, EOFError, OSError, MemoryError,
)  # fmt: skip
"""What the library raises over a damaged file."""
UNDECODED = "Could not decode"
"""And how its message begins where only the encoding is another."""


def read_shapefile(data: bytes) -> Table:
    """Raises BookFaults."""
    parts = _unpacked(data)
    for needed in (".shp", ".dbf"):
        if needed not in parts:
            raise refused(SHEET, f"压缩包里缺少 {needed}：把 .shp、.dbf、.prj、.cpg 放在一个 zip 里")
    if not accepted(parts.get(".prj", b"").decode("utf-8", "replace")):
        raise refused(SHEET, f"{'缺少 .prj；' if '.prj' not in parts else ''}{REMEDY}")
    encoding = _encoding(parts)
    try:
        return _table(parts, encoding)
    except BookFaults:
        raise
    except BROKEN as error:
        if UNDECODED in str(error):
            raise refused(SHEET, f"属性不是 {encoding} 编码：附上 .cpg 文件，写明 GBK 或 UTF-8") from None
        raise refused(SHEET, "Shapefile 已损坏：重新导出") from None


def _unpacked(data: bytes) -> dict[str, bytes]:
    """The parts that are read, judged by the sizes the archive states; more than that is never unpacked of any."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {suffix: archive.read(part) for suffix, part in _parts(archive).items()}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError):
        raise refused(SHEET, "不是 zip 文件、已损坏或加了密码：把 Shapefile 的各个文件打成一个普通 zip") from None


def _parts(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > MOST_PARTS:
        raise refused(SHEET, f"压缩包里超过 {MOST_PARTS} 个文件：只放一个 Shapefile", Breach.SIZE)
    plain = [each for each in listed if not each.filename.startswith("__MACOSX/")]
    shapes = [each for each in plain if _suffix(each) == ".shp"]
    if len(shapes) != 1:
        raise refused(SHEET, f"压缩包里须有一个 .shp，现有 {len(shapes)} 个：每个 Shapefile 单独打包")
    stem = PurePosixPath(shapes[0].filename).with_suffix("")
    found = {_suffix(each): each for each in plain if PurePosixPath(each.filename).with_suffix("") == stem}
    wanted = {suffix: found[suffix] for suffix in PARTS if suffix in found}
    if any(each.compress_type not in DEFLATED for each in wanted.values()):
        raise refused(SHEET, "压缩方式不常见：用普通 zip（deflate）重新打包")
    if sum(each.file_size for each in wanted.values()) > MOST_UNPACKED:
        raise refused(SHEET, f"解压后超过 {MOST_UNPACKED >> 20} MB：按街镇分开导入", Breach.SIZE)
    return wanted


def _suffix(part: zipfile.ZipInfo) -> str:
    return PurePosixPath(part.filename).suffix.lower()


def _encoding(parts: Mapping[str, bytes]) -> str:
    """As the `.cpg` says, else as the `.dbf`'s own mark does, else UTF-8, which fails where it is none."""
    said = parts.get(".cpg", b"").decode("ascii", "replace").strip().lower()
    if said:
        known = ENCODINGS.get("".join(char for char in said if char.isalnum()))
        if known is None:
            raise refused(SHEET, ".cpg 写的编码不是 GBK 或 UTF-8：用其中之一重新导出")
        return known
    return "gb18030" if parts[".dbf"][DRIVER_AT : DRIVER_AT + 1] == bytes((GBK_DRIVER,)) else "utf-8"


def _table(parts: Mapping[str, bytes], encoding: str) -> Table:
    with shapefile.Reader(shp=io.BytesIO(parts[".shp"]), dbf=io.BytesIO(parts[".dbf"]), encoding=encoding) as reader:
        if reader.shapeType not in POLYGONS:
            raise refused(SHEET, "图形须是面（Polygon）：网格的边界是面，不是点或线")
        told = [str(field[0]) for field in reader.fields if field[0] != "DeletionFlag"]
        names = [_whole(name) for name in told]
        return table_of(SHEET, names, _features(reader, names))


def _whole(name: str) -> str:
    """A column's name that was cut to the length a `.dbf` has room for."""
    cut = len(name.encode()) >= LONGEST_NAME
    found = [each.name for each in GRIDS.columns if cut and each.name.startswith(name.lower())]
    return found[0] if len(found) == 1 else name


def _features(reader: Any, names: list[str]) -> Iterator[Feature]:
    for each in reader.iterShapeRecords():
        shape = each.shape
        drawn = None if shape.shapeType == shapefile.NULL or not shape.points else dict(shape.__geo_interface__)
        yield dict(zip(names, each.record, strict=True)), drawn
