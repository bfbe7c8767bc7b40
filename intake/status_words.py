"""How a case stands in plain words: what is being done, what comes next and by when, what the reporter may do. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from intake.channels import Channel
from intake.faces import CaseStatus, TimelineEntry

STEPS = ("登记", "办理", "核查", "评价", "办结")
Clock = Literal["state_due", "contact_due", "case_due"]


@dataclass(frozen=True)
class Words:
    """One state as the reporter reads it. `clock` says by when the next thing is due."""

    step: int
    heading: str
    next: str
    clock: Clock | None = None


STATES: Mapping[str, Words] = {
    "discover.registered": Words(0, "已经登记", "正在确定由哪个单位办理。"),
    "discover.triage": Words(0, "正在确定由谁办理", "派单员核实事项和地点后派给承办单位。", "state_due"),
    "handle.dispatched": Words(1, "已经派给承办单位", "承办单位签收后会先与您联系。", "contact_due"),
    "handle.working": Words(1, "承办单位正在办理", "办好后给您答复，再由另外的人核查。", "case_due"),
    "handle.disputed": Words(1, "承办单位提出异议，正在裁定", "由上级裁定谁来办，您的办理时限不因此延长。", "case_due"),
    "handle.deferred": Words(1, "暂时办不了，已挂账", "到复查日期重新启动办理。", "state_due"),
    "supervise.checking": Words(2, "承办单位报告办好了，正在核查", "由没有经手的人核查，通过后请您评价。", "state_due"),
    "feedback.surveying": Words(3, "已有答复，请您评价", "请点开评价消息里的链接，或接听回访电话。"),
    "merged": Words(1, "与同一件事合并办理", "办好后您会单独得到答复，也会单独请您评价。", "case_due"),
}
CONTACTED = Words(1, "承办单位已签收", "承办单位会先与您联系。", "contact_due")
OUTCOMES: Mapping[str | None, str] = {
    "resolved": "已经办结：您认为解决了",
    "unresolved": "已经办结：您认为没有解决",
    "unreachable": "已经办结：回访没有联系上您",
    "not_surveyed": "已经办结",
    "settled_on_spot": "当场办结",
    "not_accepted": "没有受理",
    "handed_over": "已转交其他机关",
    "withdrawn": "已按您的意思撤回",
}
ENDED = "对结果不满意的，可以在期限内申诉一次。"
OVER = "这件事已经结束；有新的情况请重新反映。"
MOVES: Mapping[str, str] = {
    "register": "登记",
    "settle_on_spot": "当场办结",
    "ask": "需要补充情况",
    "dispatch": "派给承办单位",
    "route": "派给承办单位",
    "redirect": "改派",
    "merge": "与同一件事合并",
    "unmerge": "分开办理",
    "accept": "承办单位签收",
    "contact": "与您联系",
    "dispute": "承办单位提出异议",
    "rule": "裁定由谁办理",
    "transfer": "转派",
    "extend": "延长时限",
    "defer": "挂账",
    "resume": "恢复办理",
    "raise_level": "提级办理",
    "supervise": "督办",
    "report_done": "报告办好，等待核查",
    "send_back": "核查没有通过，退回再办",
    "approve": "核查通过",
    "judge": "评价完成",
    "decline": "不予受理",
    "hand_over": "转交其他机关",
    "amend": "补充情况",
    "chase": "您催办",
    "appeal": "您申诉",
    "withdraw": "您撤回",
}


@dataclass(frozen=True)
class Told:
    """What the page says, and which of the two things the reporter may do now."""

    step: int
    heading: str
    next: str
    by: datetime | None
    late: bool
    may_chase: bool
    may_appeal: bool
    chased_today: bool
    appeal_until: datetime | None
    story: Sequence[tuple[datetime, str, str | None]]


def told(
    case: CaseStatus, entries: Sequence[TimelineEntry], *, closed_at: datetime | None, asked_by_someone: bool,
    at: datetime, window: timedelta,
) -> Told:  # fmt: skip
    """`asked_by_someone` is false where an officer came across the matter: then nobody chases or appeals."""
    closed, words = case.state == "closed", _words(case, entries)
    until = closed_at + window if closed and closed_at else None
    chased = any(_is(entry, "chase") and entry.at.date() == at.date() for entry in entries)
    appealed = any(_is(entry, "appeal") for entry in entries)
    open_to_appeal = until is not None and at < until and not appealed and case.outcome != "withdrawn"
    by = getattr(case.deadlines, words.clock) if words.clock else None
    return Told(
        step=words.step,
        heading=words.heading,
        next=(ENDED if open_to_appeal and asked_by_someone else OVER) if closed else words.next,
        by=by,
        late=by is not None and by < at,
        may_chase=asked_by_someone and not closed and words.step < STEPS.index("评价") and not chased,
        may_appeal=asked_by_someone and open_to_appeal,
        chased_today=chased and not closed,
        appeal_until=until if open_to_appeal else None,
        story=[(entry.at, MOVES[entry.move], entry.note) for entry in entries if entry.move in MOVES],
    )


def _words(case: CaseStatus, entries: Sequence[TimelineEntry]) -> Words:
    if case.state == "closed":
        return Words(len(STEPS) - 1, OUTCOMES.get(case.outcome, "已经办结"), OVER)
    contacted = any(entry.move == "contact" for entry in entries)
    if case.state == "handle.working" and case.deadlines.contact_due and not contacted:
        return CONTACTED
    return STATES[case.state]


def _is(entry: TimelineEntry, move: str) -> bool:
    return entry.source == "intake" and entry.move == move


def asked_by_someone(channel: str, reachable: bool) -> bool:
    return channel != Channel.VISIT or reachable
