"""An export as a person reads it: plain text in Chinese, one line for each thing that is held."""

from collections.abc import Iterator
from typing import Any

LABELS = {
    "case_no": "编号", "made_at": "生成时间", "reporter": "反映人", "name": "姓名", "phone": "电话",
    "other_phone": "其他电话", "id_number": "证件号码", "home": "住址", "as_told": "原话", "report": "诉求登记",
    "channel": "渠道", "external_id": "来件编号", "item_type": "类型", "text": "内容", "address": "地点",
    "lon": "经度", "lat": "纬度", "crs": "坐标系", "confidential": "保密", "state": "状态", "outcome": "结果",
    "issue_name": "事项", "grid_name": "网格", "lead_name": "承办单位", "public_answer": "公开答复",
    "received_at": "受理时间", "handled_at": "办理时间", "closed_at": "办结时间", "intake": "受理系统所存",
    "routing": "派单系统所存", "feedback": "评价系统所存", "timeline": "经过", "news": "进度", "pictures": "图片数",
    "photos": "照片数", "notices": "通知", "seen": "谁看过", "at": "时间", "until": "至", "move": "动作", "by": "谁",
    "words": "文字", "note": "说明", "kind": "种类", "result": "结果", "role": "角色", "way": "方式",
    "fields": "字段", "purpose": "目的", "surveys": "回访", "answers": "回答", "solved": "是否解决",
    "satisfied": "是否满意", "reasons": "原因", "description": "描述", "done": "办理情况", "round": "轮次",
    "notices_wanted": "通知意愿", "sms": "短信", "wecom": "企业微信", "language": "语言", "wecom_user": "企业微信账号",
    "evidence": "佐证", "attempts": "联系次数", "reason": "理由", "legal_basis": "依据",
}  # fmt: skip
HEAD = "个人信息查阅副本\n本副本列出三个系统就本件所存的您的信息；姓名和号码只存于受理系统，其余文字已隐去个人信息。\n"


def readable(held: dict[str, Any]) -> str:
    return HEAD + "\n".join(_lines(held, 0)) + "\n"


def _lines(told: Any, depth: int) -> Iterator[str]:
    """A list's things are parted by a dash; what is empty is left out."""
    indent = "  " * depth
    if isinstance(told, dict):
        for name, value in told.items():
            if value in (None, "", [], {}):
                continue
            label = LABELS.get(name, name)
            if isinstance(value, dict | list):
                yield f"{indent}{label}："
                yield from _lines(value, depth + 1)
            else:
                yield f"{indent}{label}：{_said(value)}"
    elif isinstance(told, list):
        for each in told:
            yield f"{indent}- {_said(each)}" if not isinstance(each, dict | list) else f"{indent}-"
            if isinstance(each, dict | list):
                yield from _lines(each, depth + 1)


def _said(value: Any) -> str:
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
