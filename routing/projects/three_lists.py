"""资源清单, 需求清单 and 项目清单 as a workbook or as CSV. A cell that begins like a formula stays a text."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from openpyxl.worksheet.worksheet import Worksheet

from routing.lists.workbook.columns import EXPLANATION, Column, Holds, Layout
from routing.lists.workbook.texts import table_text
from routing.lists.workbook.writing import filled
from routing.models.projects import Kind, OfferState, ProjectState
from routing.projects.reading import NeedSeen, ProjectFace, ResourceSeen

KINDS = {
    "场地": Kind.VENUE,
    "人员": Kind.PEOPLE,
    "专业服务": Kind.SERVICE,
    "物资设备": Kind.MATERIAL,
    "资金": Kind.MONEY,
}
OFFERS = {"有效": OfferState.OPEN, "已撤回": OfferState.WITHDRAWN}
STATES = {"进行中": ProjectState.OPEN, "已结项": ProjectState.CLOSED}


class Which(StrEnum):
    """One of the three lists."""

    RESOURCES = "resources"
    NEEDS = "needs"
    PROJECTS = "projects"


class ListForm(StrEnum):
    """How a list leaves."""

    XLSX = "xlsx"
    CSV = "csv"


def _column(
    name: str, title: str, width: int, holds: Holds = Holds.TEXT, words: Mapping[str, str] | None = None
) -> Column:
    return Column(name=name, title=title, holds=holds, width=width, hint=title, words=words or {})


RESOURCES = Layout(
    title="资源清单",
    file="resources.csv",
    columns=(
        _column("organisation", "共建单位", 24),
        _column("kind", "类别", 10, Holds.WORD, KINDS),
        _column("title", "资源", 32),
        _column("grid", "所在网格", 20, Holds.CODE),
        _column("capacity", "总量", 10, Holds.CODE),
        _column("left", "余量", 10, Holds.CODE),
        _column("measure", "计量单位", 10),
        _column("valid_to", "有效至", 13, Holds.DAY),
        _column("unit", "登记单位", 20, Holds.CODE),
        _column("state", "状态", 10, Holds.WORD, OFFERS),
    ),
)
NEEDS = Layout(
    title="需求清单",
    file="needs.csv",
    columns=(
        _column("kind", "类别", 10, Holds.WORD, KINDS),
        _column("title", "需求", 32),
        _column("grid", "所在网格", 20, Holds.CODE),
        _column("amount", "需求量", 10, Holds.CODE),
        _column("met", "已满足", 10, Holds.CODE),
        _column("measure", "计量单位", 10),
        _column("project", "所属项目", 38, Holds.CODE),
        _column("unit", "提出单位", 20, Holds.CODE),
        _column("state", "状态", 10, Holds.WORD, OFFERS),
    ),
)
PROJECTS = Layout(
    title="项目清单",
    file="projects.csv",
    columns=(
        _column("name", "项目", 28),
        _column("root_cause", "成因", 44),
        _column("lead_name", "牵头单位", 20),
        _column("groups_done", "完成楼组", 10),
        _column("cases", "关联诉求", 10, Holds.CODE),
        _column("due_on", "计划完成", 13, Holds.DAY),
        _column("state", "状态", 10, Holds.WORD, STATES),
        _column("public_answer", "公开答复", 44),
    ),
)
LAYOUTS = {Which.RESOURCES: RESOURCES, Which.NEEDS: NEEDS, Which.PROJECTS: PROJECTS}
_LINES = (
    "三张清单为导出时的状态，仅供查阅；修改请在系统中进行。",
    "进度按楼组统计，不记录任何一户。",
)
Rows = Mapping[Which, Sequence[Mapping[str, str]]]


def rows_of(resources: Sequence[ResourceSeen], needs: Sequence[NeedSeen], projects: Sequence[ProjectFace]) -> Rows:
    """The three lists as texts, by column."""
    told = [_project(each) for each in projects]
    return {
        Which.RESOURCES: [_texts(RESOURCES, each.model_dump(mode="json")) for each in resources],
        Which.NEEDS: [_texts(NEEDS, each.model_dump(mode="json")) for each in needs],
        Which.PROJECTS: [_texts(PROJECTS, each) for each in told],
    }


def _project(face: ProjectFace) -> dict[str, object]:
    return {**face.model_dump(mode="json"), "groups_done": f"{face.groups_done.done}/{face.groups_done.of}"}


def _texts(layout: Layout, row: Mapping[str, object]) -> dict[str, str]:
    return {column.name: "" if (value := row[column.name]) is None else str(value) for column in layout.columns}


def workbook(rows: Rows) -> bytes:
    """Three sheets behind one that explains them."""
    return filled([(LAYOUTS[which], rows[which]) for which in Which], _explain)


def csv(rows: Rows, which: Which) -> bytes:
    """One list, under the names of its columns; Excel reads it as UTF-8."""
    return ("\ufeff" + table_text(LAYOUTS[which], rows[which])).encode()


def _explain(sheet: Worksheet) -> None:
    sheet.title = EXPLANATION
    for line in _LINES:
        sheet.append((line,))
    sheet.column_dimensions["A"].width = 90
