"""How the officer's pages say things: states, how much time is left, what was refused and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from routing.faces import OrderFace
from routing.moves import MOVES
from routing.states import State
from services.problems import Problem
from services.staff_pages import PROBLEMS

STATES: Mapping[str, str] = {
    State.REGISTERED: "已登记",
    State.TRIAGE: "待派单",
    State.DISPATCHED: "待签收",
    State.WORKING: "办理中",
    State.DISPUTED: "退单待裁定",
    State.DEFERRED: "已挂账",
    State.CHECKING: "待核查",
    State.SURVEYING: "回访中",
    State.MERGED: "已并单",
    State.CLOSED: "已办结",
}
ITEM_TYPES = {"inquiry": "咨询", "request": "求助", "complaint": "投诉举报", "suggestion": "建议", "praise": "表扬"}
CHANNELS = {"hotline": "热线", "walk_in": "窗口", "visit": "走访", "open311": "网上"}
RUNG = {
    "reminded": "临期提醒",
    "overdue": "已超时限",
    "contact_overdue": "联系超时",
    "arrival_overdue": "到场超时",
    "ask_ended": "补充时限已过",
}
TERMS: Mapping[str, str] = {**{move.value: rule.term for move, rule in MOVES.items()}, **RUNG}
SOON = timedelta(hours=4)
REMEDIES: Mapping[str, str] = {
    "version-stale": "刚才有人更新了这件诉求。下面是最新情况，请看过之后再决定。",
    "illegal-move": "这件诉求的状态已经变了，这一步现在不能做。下面是最新情况。",
    "evidence-missing": "这类事项办结要有照片或文字证明：请先加照片，或写明有什么可以证明。",
    "disputed-already": "这件诉求已经退过单，裁定之后不能再退。需要帮助请找负责人“吹哨”。",
    "proposes-itself": "不能提议本单位：请选您认为该负责的单位。",
    "not-your-order": "这件诉求不由您所在的单位办理。",
    "not-being-handled": "照片只能在办理中添加。",
    "too-many-photos": "一件诉求最多二十张照片。",
    "no-picture": "这不是可以读取的照片（JPEG、PNG、WebP，5 MB 以内）。",
    "deliberating": "居民正在议事，结束之前不能办结。",
    "result-not-named": "居民已有议事结果：办结须按该结果，请在电脑端填写。",
    "invalid": "有的内容没有填好，请检查后再提交。",
    "no-such-order": "没有这件诉求，或它已经转给别的单位。",
}


@dataclass(frozen=True)
class Clock:
    """One of the clocks: what runs, until when, and how near that is (`over`, `soon`, `calm`)."""

    name: str
    due: datetime
    days: int
    hours: int
    minutes: int
    near: str


def clock(name: str, due: datetime | None, at: datetime) -> Clock | None:
    if due is None:
        return None
    span = abs(due - at)
    near = "over" if due < at else "soon" if span <= SOON else "calm"
    hours, minutes = divmod(span.seconds // 60, 60)
    return Clock(name, due, span.days, hours, minutes, near)


def clocks(face: OrderFace, at: datetime) -> list[Clock]:
    """The case clock and the state clock, and the first contact's while nobody was reached."""
    told = face.deadlines
    contact = None if face.contacted_at else told.contact_due
    found = [clock("全案", told.case_due, at), clock("本环节", told.state_due, at), clock("先行联系", contact, at)]
    return [each for each in found if each]


def message(problem: Problem) -> dict[str, Any]:
    """What a person reads where a move was refused: a heading, and what to do."""
    heading = PROBLEMS.get(problem.status, "没有办成")
    return {"slug": problem.slug, "heading": heading, "remedy": REMEDIES.get(problem.slug), "detail": problem.detail,
            "faults": problem.faults}  # fmt: skip
