"""What the tests of deliberations share: an elevator that neighbours disagree about, its people, and their codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
from grid_centre import COMMITTEE, STREET, Centre, Desk

from services.clocks import now
from services.messages import CodesMade
from services.one_time_codes import derived, digest_of

GROUPS = ("31010102300600101", "31010102300600102")
OPTIONS = [{"key": "add", "text": "同意按方案加装电梯"}, {"key": "not_add", "text": "不加装"}]


@dataclass
class Hall:
    """The hall (议事厅): who leads, who handles, who supervises, and one order that is being worked on."""

    centre: Centre
    leader: Desk
    officer: Desk
    supervisor: Desk
    case_no: str

    @classmethod
    async def opened(cls, centre: Centre, **report: Any) -> "Hall":
        leader, officer = await centre.desk("leader", COMMITTEE), await centre.desk("officer", COMMITTEE)
        supervisor = await centre.desk("supervisor", STREET)
        case_no = await centre.report(**report)
        await centre.made(officer, case_no, "accept")
        return cls(centre, leader, officer, supervisor, case_no)

    async def ask(self, desk: Desk | None = None, **changes: Any) -> httpx.Response:
        """A deliberation on the order, as a leader asks for it; it needs no more time unless told."""
        body = {
            "question": "3号楼是否加装电梯",
            "options": OPTIONS,
            "grids": [{"grid": grid, "households": 3} for grid in GROUPS],
            "closes_at": (now() + timedelta(hours=2)).isoformat(),
            "reason": "楼内意见不一",
        } | changes
        headers = {"if-match": f'"{await self.centre.value(self.case_no, "version")}"'}
        path = f"/v1/orders/{self.case_no}/deliberations"
        return await self.centre.client(desk or self.leader).post(path, json=body, headers=headers)

    async def running(self, **changes: Any) -> str:
        """The id of a deliberation that is open."""
        answer = await self.ask(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def see(self, deliberation: str, desk: Desk | None = None) -> dict[str, Any]:
        answer = await self.centre.client(desk or self.leader).get(f"/v1/deliberations/{deliberation}")
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def step(
        self, deliberation: str, step: str, body: Mapping[str, Any], desk: Desk | None = None
    ) -> httpx.Response:
        rows = await self.centre.rows("select version from deliberations where id = :id", id=deliberation)
        headers = {"if-match": f'"{rows[0]["version"]}"'}
        path = f"/v1/deliberations/{deliberation}/{step}"
        return await self.centre.client(desk or self.leader).post(path, json=dict(body), headers=headers)

    async def codes(self, deliberation: str, number: int = 6) -> list[str]:
        """Codes as intake makes them; routing hears of their digests."""
        codes = [derived(uuid4().bytes, str(each)) for each in range(number)]
        digests = tuple(digest_of(code).hex() for code in codes)
        line = await self.centre.hear(
            "intake",
            CodesMade.model_validate({"case_no": self.case_no, "deliberation": deliberation, "digests": digests}),
        )
        assert line.status == "done", line
        return codes

    async def vote(self, code: str, option: str) -> httpx.Response:
        return await self.centre.client(None).post("/v1/votes", json={"code": code, "option": option})

    async def order(self) -> dict[str, Any]:
        seen: dict[str, Any] = (await self.centre.see(self.leader, self.case_no)).json()
        return seen

    async def report_done(self, **more: Any) -> httpx.Response:
        body = {"done": "按结果办理", "public_answer": "已按居民表决结果办理", **more}
        return await self.centre.move(self.officer, self.case_no, "report-done", body)
