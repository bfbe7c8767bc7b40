"""The sheet 说明: how the two others are filled in. The reader leaves it aside."""

from collections.abc import Iterator

from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from routing.city import DUTY_LEVELS, Level
from routing.lists.duties import FUNCTIONS
from routing.lists.workbook.columns import EXPLANATION, ISSUES, RESPONSIBILITIES

_INTRODUCTION = (
    "问题清单写明可能发生什么，责任清单写明在哪里由谁负责。两张清单一起导入：有一处错误则全部不导入，并逐格指出。",
    "第1行是表头，不要改动；列的先后可以调整。空行略过。不接受公式、合并单元格和隐藏的工作表。本表“说明”不导入。",
    "代码列是文本格式（01、06-03）：粘贴时选择“值”，以免 Excel 把它们变成数字或日期。",
    "先比事项：列明此事项的先于所属一级的，再先于 *；再比范围：网格先于类型，类型先于全部地点；同为网格，小的优先。",
    "事项、范围都相同的两条，有效期不得重叠。条目的先后次序不起作用。",
    "专属部门的事项不得派至街道及以下（国办函〔2025〕66号）；只有“下沉”为“是”、写明法律依据的条目除外。",
)
_LEVELS = {
    Level.CITY: "市",
    Level.DISTRICT: "区",
    Level.STREET: "街镇",
    Level.AREA: "片区",
    Level.COMMITTEE: "居村",
    Level.MICRO: "微网格",
}


def explain(sheet: Worksheet) -> None:
    sheet.title = EXPLANATION
    for row in _lines():
        sheet.append(row)
    for letter, width in zip("ABCD", (14, 16, 22, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = Alignment(vertical="top", wrap_text=cell.column == 4)
            cell.font = Font(bold=cell.column == 1)
            if isinstance(cell.value, str):
                cell.data_type = "s"


def _lines() -> Iterator[tuple[str, ...]]:
    for line in _INTRODUCTION:
        yield "", "", "", line
    for layout in (ISSUES, RESPONSIBILITIES):
        yield layout.title, "表头", "CSV 列名", "填写"
        for column in layout.columns:
            yield "", column.title, column.name, column.hint
    yield "职责", "层级", "写法", "该层级的职能（写作 @层级.职能）"
    for level in sorted(DUTY_LEVELS, key=lambda level: level.rank):
        yield "", _LEVELS[level], f"@{level}", "、".join(sorted(FUNCTIONS.get(level, ())))
