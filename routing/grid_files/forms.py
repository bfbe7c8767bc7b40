"""What a file of grids looks like: its formats, its two sheets, their columns."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from routing.city import AddressKind, Level, Parity
from routing.lists.workbook.columns import KINDS, Column, Holds, Layout

MOST_GRIDS = 60_000
LONGEST_BOUNDARY = 1_000_000


class Form(StrEnum):
    GEOJSON = "geojson"
    CSV = "csv"
    XLSX = "xlsx"
    GEOPACKAGE = "gpkg"
    SHAPEFILE = "shp"


Written = Literal["geojson", "csv", "xlsx", "gpkg"]
"""A Shapefile is read and never written: it cuts names to ten bytes and texts to 254."""
FORMS: Mapping[str, Form] = {
    "application/geo+json": Form.GEOJSON,
    "application/json": Form.GEOJSON,
    "text/csv": Form.CSV,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Form.XLSX,
    "application/geopackage+sqlite3": Form.GEOPACKAGE,
    "application/vnd.sqlite3": Form.GEOPACKAGE,
    "application/zip": Form.SHAPEFILE,
    "application/x-zip-compressed": Form.SHAPEFILE,
}
"""By media type; the first of a form is the one it is sent with."""

LEVELS = {
    "市": Level.CITY,
    "区": Level.DISTRICT,
    "街镇": Level.STREET,
    "片区": Level.AREA,
    "居村": Level.COMMITTEE,
    "微网格": Level.MICRO,
    "楼组": Level.BUILDING,
}
ADDRESS_KINDS = {
    "道路": AddressKind.ROAD,
    "小区": AddressKind.ESTATE,
    "楼宇": AddressKind.BUILDING,
    "别名": AddressKind.ALIAS,
}
PARITIES = {"单号": Parity.ODD, "双号": Parity.EVEN, "全部": Parity.ALL}


def _column(name: str, title: str, holds: Holds, width: int, hint: str, **more: Any) -> Column:
    return Column(name=name, title=title, holds=holds, width=width, hint=hint, **more)


GRIDS = Layout(
    title="网格",
    file="grids.csv",
    most=MOST_GRIDS,
    columns=(
        _column("code", "网格代码", Holds.CODE, 20, "必填，不重复；位数随类型而定。"),
        _column("name", "名称", Holds.TEXT, 28, "必填。"),
        _column("kind", "类型", Holds.WORD, 12, "网格的类型。必填。", words=KINDS),
        _column("parent", "上级网格", Holds.CODE, 20, "上级网格的代码；只有市没有上级。"),
        _column("level", "层级", Holds.WORD, 10, "由类型决定，可不填。", words=LEVELS, required=False),
        _column("district", "所属区", Holds.CODE, 10, "由代码决定，可不填。", required=False),
        _column("covered_by", "兜底网格", Holds.CODE, 20, "由相邻网格兜底的，填写其代码。", required=False),
        _column("aliases", "别名", Holds.TEXT, 24, "用 | 分隔。", required=False),
        _column("boundary_source", "边界来源", Holds.TEXT, 16, "边界出自何处。", required=False),
        _column("valid_from", "生效日", Holds.DAY, 13, "导出时注明；变更自导入当天生效，新网格留空。", required=False),
        _column(
            "boundary", "边界", Holds.TEXT, 40, "WGS-84，WKT 或 GeoJSON 的 Polygon；空格即无边界，没有此列则边界不变。",
            required=False, longest=LONGEST_BOUNDARY,
        ),
    ),
)  # fmt: skip

ADDRESSES = Layout(
    title="地址",
    file="addresses.csv",
    required=False,
    most=MOST_GRIDS,
    columns=(
        _column("grid", "网格代码", Holds.CODE, 20, "“网格”表中的代码。必填。"),
        _column("kind", "类型", Holds.WORD, 10, "道路、小区、楼宇或别名。", words=ADDRESS_KINDS),
        _column("name", "名称", Holds.TEXT, 28, "路名、小区名等。必填。"),
        _column("parity", "单双号", Holds.WORD, 10, "单号、双号或全部；留空即全部。", words=PARITIES),
        _column("low", "起号", Holds.AMOUNT, 8, "门牌号的第一个；与止号同填或同空。"),
        _column("high", "止号", Holds.AMOUNT, 8, "门牌号的最后一个。"),
    ),
)
