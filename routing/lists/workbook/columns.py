"""What the two sheets look like to people: their titles, headings, words, and what each column holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.city import GridKind
from routing.lists.rows import Grade, Power, ScopeKind
from routing.lists.sheet import Answer
from services.limits import LimitUnit

LONGEST_CELL = 32_767
"""Excel's own limit."""
MAX_ROWS = 20_000


class Holds(StrEnum):
    """What kind of cell a column has, which decides what Excel may have made of it and what can be undone."""

    TEXT = "text"
    CODE = "code"
    WORD = "word"
    AMOUNT = "amount"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """`name` is the column of the CSV file, `title` the heading people read; `words` are the list's by people's."""

    name: str
    title: str
    holds: Holds
    width: int
    hint: str
    words: Mapping[str, str] = field(default_factory=dict)
    required: bool = True
    """Whether a sheet without the column is refused."""
    longest: int = LONGEST_CELL


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A sheet: its title in a workbook, its file as CSV, its columns in order, and how many rows it may have."""

    title: str
    file: str
    columns: tuple[Column, ...]
    required: bool = True
    most: int = MAX_ROWS

    def named(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


EXPLANATION = "说明"

ANSWERS = {"是": Answer.YES, "否": Answer.NO}
GRADES = {"简单": Grade.SIMPLE, "复杂": Grade.COMPLEX, "紧急": Grade.URGENT}
UNITS = {"工作小时": LimitUnit.WORK_HOURS, "工作日": LimitUnit.WORKING_DAYS, "小时": LimitUnit.HOURS}
POWERS = {"执法": Power.ENFORCE, "协调": Power.COORDINATE, "告知": Power.INFORM}
SCOPES = {"全部地点": ScopeKind.ANYWHERE, "网格类型": ScopeKind.KIND, "网格及下级": ScopeKind.SUBTREE}
KINDS = {
    "市": GridKind.CITY,
    "区": GridKind.DISTRICT,
    "街镇": GridKind.STREET,
    "片区": GridKind.AREA,
    "居村": GridKind.COMMITTEE,
    "微网格": GridKind.MICRO,
    "楼组": GridKind.BUILDING_GROUP,
    "楼宇": GridKind.OFFICE,
    "商圈市场": GridKind.MALL,
    "街区": GridKind.BLOCK,
}


def _text(name: str, title: str, width: int, hint: str) -> Column:
    return Column(name=name, title=title, holds=Holds.TEXT, width=width, hint=hint)


def _code(name: str, title: str, width: int, hint: str, words: Mapping[str, str] | None = None) -> Column:
    return Column(name=name, title=title, holds=Holds.CODE, width=width, hint=hint, words=words or {})


def _word(name: str, title: str, hint: str, words: Mapping[str, str]) -> Column:
    return Column(name=name, title=title, holds=Holds.WORD, width=12, hint=hint, words=words)


def _amount(hint: str) -> Column:
    return Column(name="limit", title="时限", holds=Holds.AMOUNT, width=7, hint=hint)


def _day(name: str, title: str, hint: str) -> Column:
    return Column(name=name, title=title, holds=Holds.DAY, width=13, hint=hint)


ISSUES = Layout(
    title="问题清单",
    file="issues.csv",
    columns=(
        _code("code", "事项代码", 10, "一级为两位数字（06），二级为一级加两位数字（06-03）。必填，不重复。"),
        _code("parent", "上级代码", 10, "二级事项填写一级代码（06）；一级事项留空。"),
        _text("name", "事项名称", 22, "必填。"),
        _word("grade", "等级", "简单、复杂或紧急。", GRADES),
        _amount("1 到 9999 的整数，单位见下一列。"),
        _word("limit_unit", "时限单位", "工作小时、工作日按日历计算；小时昼夜连续计算。", UNITS),
        _text("filing_condition", "立案条件", 40, "什么情况算一件。必填。"),
        _text("closing_condition", "结案条件", 40, "做到什么程度算办结。必填。"),
        _word("evidence", "须附证明", "结案须附照片、记录或结果的填“是”。", ANSWERS),
        _code(
            "reserved_to",
            "专属部门",
            16,
            "依法只能由该部门主办的，填写其职能（见“说明”）；否则留空。不继承一级事项的。",
        ),
        _text("reserved_basis", "专属依据", 24, "专属所依据的法律法规。与专属部门同填或同空。"),
        _word("public", "可公开", "涉及个人的（救助、家事、邻里、干部作风等）填“否”。", ANSWERS),
        _text("phrases", "常用说法", 50, "群众会怎么说，用 | 分隔，至少一个。"),
        _text("questions", "追问", 40, "通常漏说、需要问的，用 | 分隔。"),
        _text("keywords", "关键词", 30, "用 | 分隔。"),
    ),
)

RESPONSIBILITIES = Layout(
    title="责任清单",
    file="responsibilities.csv",
    columns=(
        _text("row", "条目", 9, "此条的名称，派单说明中引用它（如 R001）。必填，不重复。"),
        _code("issue", "事项代码", 10, "问题清单中的代码；一级代码含其全部二级；* 为任何事项。"),
        _word("scope_kind", "范围类型", "全部地点、网格类型，或网格及下级。", SCOPES),
        _code("scope", "范围", 20, "网格及下级填写网格代码；网格类型填写类型（如 楼宇）；全部地点留空。", KINDS),
        _code("lead", "主办", 24, "职责（@area、@district.housing，见“说明”）或单位代码。"),
        _code("co", "协办", 36, "职责或单位代码，用 | 分隔；可以留空。"),
        _word("power", "权限", "执法、协调或告知。", POWERS),
        _amount("替代问题清单的时限，1 到 9999 的整数；与单位同填或同空。"),
        _word("limit_unit", "时限单位", "工作小时、工作日按日历计算；小时昼夜连续计算。", UNITS),
        _text("legal_basis", "法律依据", 30, "执法和下沉必填。"),
        _word("handed_down", "下沉", "专属事项下沉到此网格的填“是”，须逐项列明并写明依据。", ANSWERS),
        _day("valid_from", "生效日", "有效的第一天，例如 2024-07-01。必填。"),
        _day("valid_to", "截止日", "有效的最后一天；留空即长期有效。"),
    ),
)
