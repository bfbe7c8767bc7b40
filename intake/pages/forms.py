"""A form's texts as a report, and in Chinese what is wrong with each field."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from intake.channels import Channel
from intake.schemas import NewCase

FAULTS: Mapping[str, str] = {
    "description": "请写明是什么事",
    "phone": "电话号码不对：只能有数字、空格、括号和横线",
    "name": "姓名太长",
    "address": "地址太长（300 字以内）",
    "done": "请写明当场办了什么",
    "grid_code": "网格代码不对：请从查找结果中选择",
}
POINT = ("lon", "lat")


def report_of(channel: Channel, sent: Mapping[str, str]) -> NewCase | dict[str, str]:
    """The report, or the faults by field. A point is one tapped on our own map: WGS-84."""
    text = {name: value.strip() for name, value in sent.items() if value.strip()}
    told: dict[str, Any] = {
        name: text[name]
        for name in ("external_id", "item_type", "description", "address", "grid_code", "issue_code")
        if name in text
    }
    told |= {"channel": channel.value}
    told |= {"reporter": person} if (person := _person(text)) else {}
    told |= {"settled": {"done": text["done"]}} if "done" in text else {}
    told |= {"location": {"lon": text["lon"], "lat": text["lat"], "crs": "WGS-84"}} if {*POINT} <= text.keys() else {}
    faults = {}
    if text.get("settled") and "done" not in text:
        faults["done"] = FAULTS["done"]
    if "description" not in text:
        faults["description"] = FAULTS["description"]
    try:
        report = NewCase.model_validate(told)
    except ValidationError as error:
        named = (str(each["loc"][-1]) for each in error.errors())
        faults |= {name: FAULTS.get(name, "这一项没有填好") for name in named}
    return faults or report


def _person(text: Mapping[str, str]) -> dict[str, Any] | None:
    """Nobody, where neither name nor number was given."""
    given = {name: text[name] for name in ("name", "phone") if name in text}
    return {**given, "confidential": "confidential" in text} if given else None
