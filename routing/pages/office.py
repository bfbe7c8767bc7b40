"""What routing's office pages share: their templates, forms read as the API reads bodies, refusals in plain words."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ValidationError

from routing.terms import terms
from services.pages import HERE as FLOOR
from services.problems import FieldFault, Invalid, Problem
from services.staff_pages import StaffPages

Body = TypeVar("Body", bound=BaseModel)
REFUSALS: Mapping[str, str] = MappingProxyType(
    {
        "invalid": "填写有误，请改正后再提交",
        "list-refused": "清单有错，什么都没有保存；请按下面逐格改正",
        "not-a-draft": "这个版本已经发布，不能再改：请先复制成草稿",
        "own-draft": "自己写的草稿要由另一个人发布",
        "not-checked": "草稿改过以后还没有检查：请先检查",
        "check-outdated": "检查以后网格或清单又有变化：请重新检查",
        "gaps-left": "还有无人负责的空白：请补齐，或写明为什么可以先留着",
        "overlaps-left": "有两行同样优先，不能发布：请删去一行或错开日期",
        "version-stale": "别人刚刚改过：请看清现在的内容再提交",
        "not-only-yours": "这个人还有您管辖之外的角色，请找上级管理员",
        "granted-in-feedback": "回访员和测评员由测评机构自己任命",
        "unit-taken": "已经有这个代码的单位，请换一个",
        "username-taken": "这个用户名已有人用，请换一个",
        "has-account": "这个人已经有账号；忘了密码请重置",
        "no-machine": "系统不用账号登录，请给它一把密钥",
        "key-over": "这把密钥已经失效，请新做一把",
        "not-found": "您的管辖范围内没有这个对象",
    }
)


class OfficePages(StaffPages):
    """Templates over `office.html`; `problem` is what was refused, shown above what was filled in."""

    words = (*StaffPages.words, FLOOR / "office.en.json", Path(__file__).with_name("office.en.json"))

    def render(self, request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        problem: Problem | None = facts.get("problem")
        facts = {
            "problem": problem,
            "refusals": REFUSALS,
            "kinds": KINDS,
            "zone": terms(request.app.state.settings).calendar.zone,
            "done": request.query_params.get("done"),
            **facts,
        }
        return super().render(request, template, status=problem.status if problem else status, **facts)


KINDS: Mapping[str, str] = MappingProxyType(
    {
        "city": "市",
        "district": "区",
        "street": "街镇",
        "area": "片区",
        "committee": "居村",
        "micro": "微网格",
        "building": "楼组",
        "building_group": "楼组",
        "office": "楼宇",
        "mall": "商圈市场",
        "block": "街区",
    }
)
"""Levels and kinds of grids in the field's words; one that is not here is shown by its code."""
PAGES = OfficePages(Path(__file__).parent)


def told(model: type[Body], facts: Mapping[str, Any]) -> Body:
    """A form as the body that the API takes; what is left empty is left out. Raises Invalid."""
    try:
        return model.model_validate({name: value for name, value in facts.items() if value not in ("", None)})
    except ValidationError as error:
        faults = [
            FieldFault(".".join(map(str, each["loc"])), each["msg"], "see the hint beside the field")
            for each in error.errors()
        ]
        raise Invalid(faults=faults) from None
