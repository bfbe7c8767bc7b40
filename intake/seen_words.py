"""谁看过: each time something of the reporter left the vault, in the reporter's words: by role, never by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from intake.disclosure_report import for_reporter

WHO = {
    "officer": "承办人员",
    "caller": "回访员",
    "system": "系统",
    "clerk": "接待员",
    "hotline": "热线",
    "feedback": "系统",
}
WAYS = {
    "shown": "看到了您留下的信息",
    "relay": "通过中继给您打电话，看不到号码",
    "notice": "给您发了通知",
    "export": "按您的要求打印了副本",
}
WHY = {
    "first_contact": "先行联系", "clarification": "询问情况", "appointment": "约定上门", "answer": "告知结果",
    "entitlement": "核对资格", "survey": "回访", "survey link": "回访", "status code": "告知查询码",
    "voting code": "议事表决", "notice registered": "告知查询码", "notice answered": "告知结果",
    "notice closed": "告知结果", "notice handled_again": "告知进展", "notice deferred": "告知进展",
    "notice appeal_heard": "告知进展", "notice voting_code": "议事表决", "the reporter's own request": "您要求的",
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One line of the list."""

    at: datetime
    who: str
    how: str
    why: str


async def seen(session: AsyncSession, case_no: str, zone: ZoneInfo) -> Sequence[Seen]:
    """Newest first."""
    found = (await for_reporter(session, case_no, zone)).disclosures
    told = [
        Seen(each.at, WHO.get(each.role, "工作人员"), WAYS[each.way], WHY.get(each.purpose, "办理需要"))
        for each in found
    ]
    return told[::-1]
