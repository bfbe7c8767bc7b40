"""A vote travels through the house: routing asks, intake prints the codes, residents vote, routing counts."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
from test_the_loop import RUBBISH

from services.clocks import now
from services.demo.doors import Doors, Refused

COMMITTEE, GROUP = "310101023011", "31010102301100101"
ELEVATOR = {**RUBBISH, "issue_code": "04-04", "grid_code": COMMITTEE, "description": "楼上楼下为加装电梯争执不下。"}


async def order_of(doors: Doors, case_no: str) -> dict[str, Any]:
    return await doors.read("auditor", f"/routing/v1/orders/{case_no}")


async def moved(doors: Doors, role: str, case_no: str, name: str, body: dict[str, Any]) -> None:
    assert await doors.move(role, await order_of(doors, case_no), name, body)


async def sheet_of(doors: Doors, clerk: str, deliberation: str) -> list[str]:
    """The sheet, once the clerk's key and the codes have come over."""
    async with asyncio.timeout(40):
        while True:
            try:
                sheet = await doors.read(clerk, f"/intake/v1/hand-outs/{deliberation}/{GROUP}/sheet")
            except Refused as refused:
                if refused.status not in (401, 404, 409):
                    raise
                await asyncio.sleep(0.1)
            else:
                codes: list[str] = sheet["codes"]
                return codes


async def test_a_vote_by_printed_codes_is_counted_and_binds(doors: Doors, port: int) -> None:
    case_no = (await doors.ask("hotline", "POST", "/intake/v1/cases", ELEVATOR, Prefer="wait=8")).json()["case_no"]
    unit = (await order_of(doors, case_no))["lead"]["code"]
    officer, leader = await doors.hire("officer", unit), await doors.hire("leader", unit)
    clerk = await doors.hire("clerk", COMMITTEE)
    await moved(doors, officer, case_no, "accept", {})
    order = await order_of(doors, case_no)
    asked = {
        "question": "3号楼是否加装电梯",
        "options": [{"key": "add", "text": "加装"}, {"key": "not_add", "text": "不加装"}],
        "grids": [{"grid": GROUP, "households": 3}],
        "closes_at": (now() + timedelta(hours=1)).isoformat(),
        "reason": "楼内意见不一",
    }
    path, tag = f"/routing/v1/orders/{case_no}/deliberations", f'"{order["version"]}"'
    deliberation = (await doors.ask(leader, "POST", path, asked, If_Match=tag)).json()["id"]
    codes = await sheet_of(doors, clerk, deliberation)
    assert len(codes) == 3

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/routing", trust_env=False) as residents:
        async with asyncio.timeout(40):
            while (await residents.post("/v1/votes/paper", json={"code": codes[0]})).status_code == 404:
                await asyncio.sleep(0.1)  # the digests are still on their way from intake
        for code, option in zip(codes, ["add", "not_add", "add"], strict=True):
            assert (await residents.post("/v1/votes", json={"code": code, "option": option})).status_code == 201
        assert (await residents.post("/v1/votes", json={"code": codes[0], "option": "add"})).status_code == 409

    face = await doors.ask(leader, "GET", f"/routing/v1/deliberations/{deliberation}")
    closed = await doors.ask(
        leader,
        "POST",
        f"/routing/v1/deliberations/{deliberation}/close",
        {"minutes": "全体表决完毕，当场公布。"},
        If_Match=face.headers["etag"],
    )
    assert (closed.json()["option"], closed.json()["voted"]) == ("add", 3)
    bound = (await order_of(doors, case_no))["bound_by"]
    assert bound == {"deliberation": deliberation, "option": "add"}
    async with asyncio.timeout(40):
        while "议事结果" not in str(await doors.read("hotline", f"/intake/v1/cases/{case_no}")):
            await asyncio.sleep(0.1)
