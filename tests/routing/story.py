"""What the stories share: who acts in them, and the few steps that most of them take."""

from dataclasses import dataclass
from typing import Any

from grid_centre import CITY, COMMITTEE, STREET, Centre, Desk, soon

from services.clocks import now
from services.messages import Place, ReportAmended, ReportAppealed, ReportChased, ReportWithdrawn

DONE = {"done": "上门劝导，双方约定夜间十点后不再喧哗", "public_answer": "已上门劝导，对方承诺夜间不再喧哗。"}
DECLINE = {"reason": "属于已进入诉讼的合同纠纷", "legal_route": "请向黄浦区人民法院提起诉讼"}


@dataclass
class Cast:
    """The committee's officer, the street's leader, and at the city's desks two of each kind."""

    centre: Centre
    officer: Desk
    leader: Desk
    supervisor: Desk
    second_supervisor: Desk
    dispatcher: Desk
    second: Desk

    @classmethod
    async def come(cls, centre: Centre) -> "Cast":
        roles = [("officer", COMMITTEE), ("leader", STREET), *[("supervisor", CITY)] * 2, *[("dispatcher", CITY)] * 2]
        return cls(centre, *[await centre.desk(role, unit) for role, unit in roles])

    async def check(self, case_no: str, officer: Desk | None = None) -> None:
        """Accepted and reported done."""
        await self.centre.made(officer or self.officer, case_no, "accept")
        await self.centre.made(officer or self.officer, case_no, "report-done", DONE)

    async def survey(self, case_no: str, officer: Desk | None = None) -> None:
        """Handled and approved."""
        await self.check(case_no, officer)
        await self.centre.made(self.supervisor, case_no, "approve", {"finding": "属实"})

    async def two(self, case_no: str, move: str, body: dict[str, Any], *, first: Desk, then: Desk) -> dict[str, Any]:
        """A move that takes two persons."""
        asked = await self.centre.move(first, case_no, move, body)
        assert asked.status_code == 202, asked.text
        return await self.centre.made(then, case_no, move, body)

    async def decline(self, case_no: str) -> None:
        await self.two(case_no, "decline", DECLINE, first=self.dispatcher, then=self.second)

    async def appeal(self, case_no: str, **facts: Any) -> None:
        told = {"case_no": case_no, "text": "仍然每晚吵闹", "at": now(), **facts}
        await self.centre.hear("intake", ReportAppealed.model_validate(told))

    async def withdraw(self, case_no: str) -> None:
        await self.centre.hear("intake", ReportWithdrawn(case_no=case_no, reason="已自行解决", at=now()))

    async def chase(self, case_no: str) -> None:
        await self.centre.hear("intake", ReportChased(case_no=case_no, text="三天了", at=now()))

    async def amend(self, case_no: str, *, grid: str | None = None, text: str | None = None, **facts: Any) -> None:
        place = Place(grid=grid) if grid else None
        await self.centre.hear("intake", ReportAmended(case_no=case_no, text=text, place=place, at=now(), **facts))

    async def hand_over(self, case_no: str, officer: Desk | None = None, **facts: Any) -> None:
        body = {"receiver": "110", "reference": "HP-20250301-0087", "at": soon(), "emergency": True, **facts}
        await self.centre.made(officer or self.officer, case_no, "hand-over", body)

    async def notes(self, case_no: str) -> list[str]:
        """What the citizen reads, move by move."""
        return [moved["note"] for moved in await self.centre.told("order.moved", case_no) if moved["note"]]
