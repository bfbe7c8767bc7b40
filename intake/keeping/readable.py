"""An export as a person reads it: plain text in Chinese, one line for each thing that is held."""

import re
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
CODED = frozenset(
    {"channel", "item_type", "state", "outcome", "move", "by", "role", "way", "kind", "result", "language", "purpose"}
)
"""What is held as a code; words that somebody wrote stay as they are."""
CODES = {
    "walk_in": "窗口", "hotline": "热线", "visit": "走访", "open311": "网上", "inquiry": "咨询", "request": "求助",
    "complaint": "投诉举报", "suggestion": "建议", "praise": "表扬", "discover.registered": "已登记",
    "discover.triage": "待派单", "handle.dispatched": "待签收", "handle.working": "办理中",
    "handle.disputed": "退单待裁定", "handle.deferred": "挂账", "supervise.checking": "待核查",
    "feedback.surveying": "回访中", "merged": "已并单", "closed": "已办结", "resolved": "已解决",
    "unresolved": "未解决", "unreachable": "联系不上", "not_surveyed": "不回访", "settled_on_spot": "当场办结",
    "not_accepted": "不予受理", "handed_over": "已移交", "withdrawn": "已撤诉", "register": "登记",
    "settle_on_spot": "当场办结", "route": "系统派单", "ask": "请补充", "dispatch": "派单", "redirect": "改派",
    "reclassify": "改类", "merge": "并单", "unmerge": "撤销并单", "follow": "随主单", "decline": "不予受理",
    "hand_over": "移交", "accept": "签收", "contact": "联系", "dispute": "退单", "rule": "裁定", "transfer": "转派",
    "summon": "请协办", "arrive": "报到", "release": "解除协办", "extend": "延期", "defer": "挂账",
    "resume": "恢复办理", "raise_level": "提级", "chase": "催单", "supervise": "督办", "note": "备注",
    "report_done": "报办结", "send_back": "退回重办", "approve": "核查通过", "judge": "评价", "withdraw": "撤诉",
    "appeal": "申诉", "amend": "补充", "split": "拆分", "clerk": "接待员", "dispatcher": "派单员",
    "officer": "网格员", "leader": "负责人", "supervisor": "督查员", "caller": "回访员", "evaluator": "测评员",
    "auditor": "审计员", "administrator": "管理员", "system": "系统", "reporter": "反映人", "matcher": "系统匹配",
    "clock": "时限", "feedback": "测评机构", "parent": "主单", "notice": "发通知", "reveal": "查看",
    "relay": "接通电话", "export": "副本", "registered": "受理通知", "survey": "回访通知", "sent": "已发出",
    "delivered": "已送达", "failed": "没有送到", "handled": "办理回访", "settled": "当场办结回访",
    "recheck": "复核回访", "reached": "联系上了", "no_answer": "没有接", "wrong_number": "号码不对",
    "first_contact": "先行联系", "zh": "中文", "en": "英文",
}  # fmt: skip
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)?")
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
                yield f"{indent}{label}：{_said(value, name)}"
    elif isinstance(told, list):
        for each in told:
            yield f"{indent}- {_said(each)}" if not isinstance(each, dict | list) else f"{indent}-"
            if isinstance(each, dict | list):
                yield from _lines(each, depth + 1)


def _said(value: Any, name: str = "") -> str:
    """As a person reads it: codes in words, moments to the minute where they were."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if name in CODED:
        return CODES.get(str(value), str(value))
    moment = MOMENT.fullmatch(str(value))
    return f"{moment[1]} {moment[2]}" if moment else str(value)
