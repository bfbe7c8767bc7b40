"""What the demo tells at its end: one case's whole story, the figures, the addresses to open."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from services.demo.doors import Doors, Json
from services.demo.stories import Story


async def tell(
    console: Console, doors: Doors, stories: Sequence[Story], result: Json, *, base: str, stay: bool
) -> None:
    """Print it all."""
    await _story(console, doors, _richest(stories))
    await _figures(console, doors)
    console.print(_counts(result))
    console.print(f"\n接口文档 API  {base}/intake/docs   {base}/routing/docs   {base}/feedback/docs")
    console.print(f"工作台 Desks  {base}/routing/sign-in   测评机构 Evaluation body  {base}/feedback/sign-in")
    console.print(f"查进度 Status  {base}/intake/status   找谁办 Who  {base}/routing/who")
    console.print(f"公开 Public  {base}/feedback/public")
    if stay:
        console.print("样例账号和密钥见数据目录下 credentials.json · Sample accounts and keys stand there.")
        console.print("[bold]服务继续运行，按 Ctrl-C 结束 · Serving on; Ctrl-C ends it.[/bold]")


def _richest(stories: Sequence[Story]) -> Story:
    """The case with the longest way: disputed, sent back and handled again say more than a smooth one."""
    return max(stories, key=lambda story: (story.order["round"] > 1, len(story.order.get("timeline", ()))))


async def _story(console: Console, doors: Doors, story: Story) -> None:
    case = await doors.read("auditor", f"/intake/v1/cases/{story.case_no}")
    order = await doors.read("auditor", f"/routing/v1/orders/{story.case_no}")
    console.rule(f"一件诉求的全过程 · One case, from report to verdict: {story.case_no}")
    console.print(f"[bold]诉求[/bold] {case['description']}")
    console.print(f"[bold]为什么派到这里[/bold] {(order.get('explanation') or {}).get('sentence', '—')}")
    table = Table("时间", "环节", "状态", "说明", box=None, pad_edge=False)
    for entry in case["timeline"]:
        table.add_row(
            str(entry["at"])[11:19], str(entry["move"]), str(entry.get("state") or ""), str(entry.get("note") or "")
        )
    console.print(table)
    console.print(f"[bold]公开答复[/bold] {case['public_answer'] or '—'}")


async def _figures(console: Console, doors: Doors) -> None:
    figures = await doors.read("auditor", "/feedback/v1/figures")
    console.rule("指标 · Figures (分子/分母，未计入另列)")
    table = Table("指标", "值", "分子", "分母", "未计入", box=None, pad_edge=False)
    for name, rate in figures["rates"].items():
        value = "—" if rate["value"] is None else f"{float(rate['value']):.1%}"
        excluded = "，".join(f"{reason} {count}" for reason, count in rate["excluded"].items() if count)
        table.add_row(NAMES.get(name, name), value, f"{rate['numerator']:g}", f"{rate['denominator']:g}", excluded)
    console.print(table)


NAMES = {
    "contact": "先行联系率",
    "on_time": "按时办结率",
    "resolution": "解决率",
    "satisfaction": "满意率",
    "dispute": "退单率",
    "handled_again": "重办率",
    "recheck": "回访核实率",
}


HEARD = {"recorded": "记录", "duplicate": "重复送达", "invalid": "不合规"}
"""What became of the provider's lines, as the play tells it."""


def _counts(result: Json) -> str:
    closed = "，".join(f"{outcome} {count}" for outcome, count in sorted(result["closed"].items()))
    posted: Any = result["posted"]
    heard = "，".join(f"{name} {result['callbacks'].get(word, 0)}" for word, name in HEARD.items())
    return (
        f"\n收到 {sum(posted.values())} 件（{'，'.join(f'{name} {count}' for name, count in posted.items())}），"
        f"派单 {result['dispatched']}，待派 {result['triage']}；办结：{closed}；再次处置 {result['handled_again']}；"
        f"回访：{heard}；"
        f"丢失 {result['lost']}，重复 {result['duplicated']}；用时 {result['seconds']} 秒，{result['requests']} 次请求"
    )
