"""The Chinese of what the desks show: states, roles, moves, refusals. Its English is in `en.json` beside it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.lists.rows import Grade, Power
from routing.models import Ring
from routing.moves import MOVES
from routing.states import ItemType, Outcome, State, Voice
from routing.tags import Tag
from services.staff_pages import ROLES

STATES: Mapping[str, str] = {
    State.REGISTERED: "已登记",
    State.TRIAGE: "待派",
    State.DISPATCHED: "待签收",
    State.WORKING: "办理中",
    State.DISPUTED: "退单待裁定",
    State.DEFERRED: "挂账",
    State.CHECKING: "待核查",
    State.SURVEYING: "回访中",
    State.MERGED: "已并单",
    State.CLOSED: "已办结",
}
OUTCOMES: Mapping[str, str] = {
    Outcome.RESOLVED: "已解决",
    Outcome.UNRESOLVED: "未解决",
    Outcome.UNREACHABLE: "联系不上",
    Outcome.NOT_SURVEYED: "不回访",
    Outcome.SETTLED_ON_SPOT: "当场办结",
    Outcome.NOT_ACCEPTED: "不予受理",
    Outcome.HANDED_OVER: "已移交",
    Outcome.WITHDRAWN: "已撤诉",
}
ITEM_TYPES: Mapping[str, str] = {
    ItemType.INQUIRY: "咨询",
    ItemType.REQUEST: "求助",
    ItemType.COMPLAINT: "投诉举报",
    ItemType.SUGGESTION: "建议",
    ItemType.PRAISE: "表扬",
}
GRADES: Mapping[str, str] = {Grade.SIMPLE: "简单", Grade.COMPLEX: "复杂", Grade.URGENT: "紧急"}
POWERS: Mapping[str, str] = {Power.ENFORCE: "执法", Power.COORDINATE: "协调", Power.INFORM: "告知"}
TAGS: Mapping[str, str] = {
    Tag.PRESSING: "加急",
    Tag.SAFETY: "安全隐患",
    Tag.CONFLICT: "矛盾激化",
    Tag.MANY: "群体诉求",
    Tag.VULNERABLE: "特殊人群",
}
CHANNELS: Mapping[str, str] = {"hotline": "热线", "walk_in": "窗口", "visit": "走访", "open311": "Open311"}
EVIDENCE: Mapping[str, str] = {"photo": "照片", "document": "文件", "record": "记录"}
RULINGS: Mapping[str, str] = {"dispatch": "派单", "not_accepted": "不予受理"}
LOSSES: Mapping[str, str] = {
    "not_in_force": "不在有效期",
    "hard_rule": "专属部门事项，不得派至基层",
    "broader_issue": "事项更宽",
    "weaker_scope": "范围不如具体网格",
    "wider_grid": "网格更大",
}
WHO: Mapping[str, str] = {
    **{role.value: name for role, name in ROLES.items()},
    Voice.MATCHER: "系统匹配",
    Voice.CLOCK: "时限",
    Voice.FEEDBACK: "测评机构",
    Voice.REPORTER: "反映人",
    Voice.PARENT: "主单",
}
ENTRIES: Mapping[str, str] = {
    **{move.value: rule.term for move, rule in MOVES.items()},
    "tag": "标签",
    Ring.REMINDED: "临期提醒",
    Ring.OVERDUE: "超期",
    Ring.CONTACT_OVERDUE: "先行联系超期",
    Ring.ARRIVAL_OVERDUE: "报到超期",
    Ring.ASK_ENDED: "待补充期满",
}
STEPS: Mapping[str, str] = {"proposed": "提请", "refused": "未同意"}
WORDS: Mapping[str, str] = {
    "reason": "理由",
    "legal_route": "法律途径",
    "legal_basis": "依据",
    "missing": "需补充",
    "done": "办理情况",
    "public_answer": "公开答复",
    "evidence": "证据",
    "finding": "核查意见",
    "text": "内容",
    "words": "联系内容",
    "receiver": "接收单位",
    "reference": "对方编号",
}
PROBLEMS: Mapping[str, tuple[str, str]] = {
    "version-stale": ("您打开之后，这件工单已被他人更新。", "下面是最新情况：看是否仍要这样做，再提交一次。"),
    "illegal-move": ("工单现在的状态不能这样做。", "请看下面的最新状态和可以做的事。"),
    "proposal-differs": ("这件工单已有一项同样的提请，内容不同。", "先处理下面的提请。"),
    "conflict": ("现在不能这样做。", "请看下面的最新情况。"),
    "invalid": ("有几项填写不对。", "改正后再提交。"),
}
"""Where the page shows more than a problem page could: the case as it is now. All others: `problems.zh.json`."""
FAULTS: Mapping[str, str] = {
    "unit": "单位代码不存在或已撤销：从候选中选，或按名称查找",
    "proposed_unit": "单位代码不存在或已撤销",
    "co_units": "协办单位代码不存在或已撤销",
    "issue": "事项代码不在清单中：按名称查找",
    "parent": "没有这个编号的工单，或不归您查看：核对 16 位编号",
    "at": "时间须在受理之后，且不在将来",
    "new_limit": "新时限须晚于现在的时限",
    "review_date": "须是将来的日期",
    "choice": "先选一个候选",
}
FIELDS: Mapping[str, str] = {
    "new_limit": "新时限",
    "review_date": "复查日期",
    "issue": "新事项",
    "item_type": "新类型",
    "at": "移交时间",
    "emergency": "紧急情况",
    "unit": "单位",
}
UNITS_OF_TIME: Mapping[str, str] = {"work_hours": "个工作小时", "working_days": "个工作日", "hours": "小时"}


def left(due: datetime | None, at: datetime) -> tuple[str, int] | None:
    """How long it is until then, or how long ago it was: the words, and the number in them."""
    if due is None:
        return None
    late, span = due < at, abs(due - at)
    if span >= timedelta(days=1):
        return ("超 {} 天" if late else "剩 {} 天"), span.days
    if span >= timedelta(hours=1):
        return ("超 {} 小时" if late else "剩 {} 小时"), span.seconds // 3600
    return ("超 {} 分钟" if late else "剩 {} 分钟"), span.seconds // 60


def clock(at: datetime, zone: ZoneInfo) -> str:
    """Month, day and time where the city is; with the year where it is another one."""
    here = at.astimezone(zone)
    this_year = here.year == datetime.now(zone).year
    return here.strftime("%m-%d %H:%M" if this_year else "%Y-%m-%d %H:%M")


def plainly(value: object) -> str:
    """What was told with a proposal, as it is read aloud."""
    if isinstance(value, Mapping):
        return f"{value.get('amount')} {UNITS_OF_TIME.get(str(value.get('unit')), '')}"
    return ITEM_TYPES.get(str(value), str(value))
