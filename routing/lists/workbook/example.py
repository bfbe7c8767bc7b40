"""The template: both sheets with one row each to be written over. Forgotten, it leads nobody."""

from datetime import date

from routing.lists.rows import Grade, Issue, Power, Responsibility, ScopeKind
from routing.lists.workbook.writing import workbook
from services.limits import Limit, LimitUnit

_ISSUE = Issue(
    code="00",
    parent=None,
    name="示例：暴露垃圾",
    grade=Grade.SIMPLE,
    limit=Limit(4, LimitUnit.WORK_HOURS),
    filing_condition="公共场所有垃圾未及时清运",
    closing_condition="垃圾已清运，附清理后照片",
    evidence=True,
    reserved_to=None,
    reserved_basis=None,
    public=True,
    phrases=("垃圾堆了好几天", "垃圾桶满了没人收"),
    questions=("在什么位置？", "有多久了？"),
    keywords=("垃圾", "清运"),
)
_ROW = Responsibility(
    row="示例",
    issue="00",
    scope_kind=ScopeKind.ANYWHERE,
    scope=None,
    lead="@street.management",
    co=("@committee",),
    power=Power.COORDINATE,
    limit=None,
    legal_basis=None,
    handed_down=False,
    valid_from=date(2000, 1, 1),
    valid_to=date(2000, 12, 31),
)


def template() -> bytes:
    """An empty workbook to be filled in: headings, what may stand below them, one example row each, and 说明."""
    return workbook([_ISSUE], [_ROW])
