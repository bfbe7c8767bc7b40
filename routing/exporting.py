"""A list of orders as a file: the same list by the same filter, as long as it is not too long, and who took it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from routing import worklists
from routing.faces import OrderLine
from routing.list_filters import Narrowing
from routing.listed import Listed
from routing.sheets import Book, SheetForm
from routing.worklists import Wanted
from services import audit
from services.database import Database
from services.identity import Actor
from services.problems import Problem

MOST: Mapping[SheetForm, int] = {SheetForm.CSV: 100_000, SheetForm.XLSX: 20_000}
COLUMNS: Mapping[str, str] = {
    "case_no": "工单编号",
    "state": "状态",
    "outcome": "办结结果",
    "round": "办理轮次",
    "channel": "来源",
    "item_type": "诉求类型",
    "issue": "事项编码",
    "issue_name": "事项",
    "grade": "分级",
    "tags": "标签",
    "grid": "网格编码",
    "grid_name": "网格",
    "lead": "主办单位编码",
    "lead_name": "主办单位",
    "co_units": "协办单位",
    "received_at": "受理时间",
    "due": "下一时限",
    "case_due": "办结时限",
    "closed_at": "办结时间",
    "supervised": "督办",
    "levels_raised": "提级次数",
    "disputes": "退单次数",
    "chases": "催单次数",
    "summary": "内容摘要",
}
SAME = ("case_no", "state", "outcome", "round", "channel", "item_type", "grade", "supervised", "levels_raised",
        "disputes", "chases", "summary")  # fmt: skip


class ListTooLong(Problem):
    """This list is longer than a file of this form may be."""

    status = 422
    title = "List too long"
    remedy = "Narrow the list, for example by time or grid, or take it as CSV."


async def allow(session: AsyncSession, found: Wanted, asked: Narrowing, *, form: SheetForm, actor: Actor) -> int:
    """How many rows the file has, and that it was taken; the words that were searched for are not written down.

    Raises ListTooLong.
    """
    number = await worklists.count(session, found, most=MOST[form])
    if number > MOST[form]:
        raise ListTooLong(most=MOST[form])
    by = asked.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={"q", "format"})
    facts: dict[str, Any] = {"form": form.value, "rows": number, "filters": by, "by_text": asked.q is not None}
    await audit.record(session, "orders.exported", "orders", actor=actor, **facts)
    return number


async def pages(database: Database, found: Wanted, zone: ZoneInfo) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """The rows of the file, as one moment shows them."""
    async with database.unit() as session:
        await worklists.reading(session)
        async for orders in worklists.rows(session, found):
            yield [row(order, zone) for order in orders]


async def book(database: Database, found: Wanted, zone: ZoneInfo) -> IO[bytes]:
    made = Book(COLUMNS, "工单")
    async for rows in pages(database, found, zone):
        await asyncio.to_thread(made.add, rows)
    return await asyncio.to_thread(made.saved)


def row(order: Listed, zone: ZoneInfo) -> dict[str, Any]:
    line = OrderLine.line(order, zone)
    return {
        **{name: getattr(line, name) for name in SAME},
        "issue": line.issue and line.issue.code,
        "issue_name": line.issue and line.issue.name,
        "tags": "、".join(line.tags),
        "grid": line.grid and line.grid.code,
        "grid_name": line.grid and line.grid.name,
        "lead": line.lead and line.lead.code,
        "lead_name": line.lead and line.lead.name,
        "co_units": "、".join(unit.name or unit.code for unit in line.co_units),
        "received_at": _time(line.received_at),
        "due": _time(line.deadlines.next),
        "case_due": _time(line.deadlines.case_due),
        "closed_at": _time(line.closed_at),
    }


def _time(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else ""
