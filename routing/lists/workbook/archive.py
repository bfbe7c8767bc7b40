"""Lets nothing near the spreadsheet library that could fill the memory: unpacks a workbook under limits."""

import io
import zipfile
from xml.parsers import expat

from routing.lists.workbook.breaches import BookFaults, Breach, breach

MAX_UNPACKED = 64 * 1024 * 1024
MAX_PARTS = 500
MAX_ELEMENTS = 3_000_000
MAX_SHEETS = 20
MAX_COLUMNS = 256
_OLE = b"\xd0\xcf\x11\xe0"
_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET, _ROW, _CELL = (f"{_SPREADSHEET} {tag}" for tag in ("sheet", "row", "c"))


def unpacked(data: bytes) -> io.BytesIO:
    """The workbook with nothing but its XML parts, each read and counted here; what was checked is what is read on.

    Raises BookFaults for what is no workbook or larger than any list.
    """
    if data.startswith(_OLE):
        raise _refused(Breach.FILE, "这是旧式 .xls 或加了密码的文件：去掉密码，另存为“Excel 工作簿 (*.xlsx)”")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _copied(archive, _parts(archive))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise _refused(Breach.FILE, "不是 .xlsx 文件或已损坏：用 Excel 另存为“Excel 工作簿 (*.xlsx)”") from error


def _parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Judged by the sizes the archive states; more than that is never unpacked of any part."""
    parts = archive.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _refused(Breach.SIZE, f"解压后超过 {MAX_UNPACKED >> 20} MB 或 {MAX_PARTS} 个部件：只保留两张清单")
    if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
        raise _refused(Breach.FILE, "压缩方式不是 Excel 所用：用 Excel 打开后另存为“Excel 工作簿 (*.xlsx)”")
    return [part for part in parts if part.filename.lower().endswith((".xml", ".rels"))]


def _copied(archive: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> io.BytesIO:
    census, copy = _Census(), io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as target:
        for part in {part.filename: part for part in parts}.values():
            content = archive.read(part)
            census.count(content)
            target.writestr(part.filename, content)
    copy.seek(0)
    return copy


class _Census:
    """Counts elements without building any; a document type, which could multiply them, is refused."""

    def __init__(self) -> None:
        self._elements = self._sheets = self._cells = 0

    def count(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._element
        parser.StartDoctypeDeclHandler = self._document_type
        try:
            parser.Parse(content, True)
        except expat.ExpatError as error:
            raise _refused(Breach.FILE, "文件内容已损坏：用 Excel 打开后另存为“Excel 工作簿 (*.xlsx)”") from error

    def _element(self, name: str, _attributes: object) -> None:
        self._elements += 1
        if name == _CELL:
            self._cells += 1
        elif name == _ROW:
            self._cells = 0
        elif name == _SHEET:
            self._sheets += 1
        if self._elements > MAX_ELEMENTS or self._cells > MAX_COLUMNS or self._sheets > MAX_SHEETS:
            raise _refused(
                Breach.SIZE, f"内容过多：一行不超过 {MAX_COLUMNS} 格，一个文件不超过 {MAX_SHEETS} 张表；只保留两张清单"
            )

    def _document_type(self, *_declaration: object) -> None:
        raise _refused(Breach.FILE, "文件中有外部定义，不予读取：用 Excel 打开后另存为“Excel 工作簿 (*.xlsx)”")


def _refused(which: Breach, remedy: str) -> BookFaults:
    return BookFaults([breach(which, remedy)])
