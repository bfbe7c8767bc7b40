"""One case's story, from the posted report to its end: whoever is next makes the next move, as the script says."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.demo.doors import Doors, Json

PATIENCE = 120.0
"""Seconds that a message between the services may take before the play calls it stuck."""
PAUSE = 0.25
"""Seconds until a story looks again whether a message has arrived."""
SECOND_DISPATCHER, SECOND_SUPERVISOR = "dispatcher@31", "supervisor@31"


class Stuck(Exception):
    """A case did not move on for too long."""


@dataclass
class Story:
    """What is known of one case while it is played."""

    doors: Doors
    script: Json
    external_id: str
    case_no: str = ""
    order: Json = field(default_factory=dict)
    was_triaged: bool = False
    dispatched: bool = False
    sent_back: bool = False
    ended_at: float = 0.0

    @property
    def play(self) -> Json:
        played: Json = self.script.get("play", {})
        return played

    @property
    def calls(self) -> list[Json]:
        """What the survey provider hears about this case, call by call; it calls by itself."""
        found: list[Json] = self.play.get("calls") or [{"contacted": True, "solved": "解决", "satisfied": "满意"}]
        return found

    async def post(self) -> None:
        """The report comes in by its channel's door."""
        role = {"hotline": "hotline", "walk_in": "clerk", "visit": "officer"}[self.script["channel"]]
        body = {name: value for name, value in self.script.items() if name not in ("n", "play", "expect")}
        answer = await self.doors.ask(role, "POST", "/intake/v1/cases", {**body, "external_id": self.external_id})
        self.case_no = answer.json()["case_no"]

    async def live(self) -> None:
        """Make move after move until the case is closed."""
        await self.until("closed")
        self.ended_at = time.monotonic()

    async def until(self, wanted: str) -> None:
        """Make move after move until the order stands there. Raises Stuck where nothing happens for too long."""
        acts: dict[str, Callable[[], Awaitable[None]]] = {
            "discover.triage": self._triage,
            "handle.dispatched": self._take_up,
            "handle.working": self._handle,
            "handle.disputed": self._rule,
            "supervise.checking": self._check,
            "feedback.surveying": self.surveyed,
        }
        last, since = "", time.monotonic()
        while True:
            await self.look()
            state = str(self.order.get("state", ""))
            if state == wanted:
                return
            seen = f"{state}/{self.order.get('version')}"
            if seen != last:
                last, since = seen, time.monotonic()
            elif time.monotonic() - since > PATIENCE:
                raise Stuck(f"{self.case_no} stays {state}")
            act = acts.get(state)
            await (act() if act else asyncio.sleep(PAUSE))

    async def surveyed(self) -> None:
        """Wait: the survey provider calls by itself."""
        await asyncio.sleep(PAUSE)

    async def look(self) -> None:
        """Read the order; it is not there until the report's message has arrived."""
        found = await self.doors.find(f"/routing/v1/orders/{self.case_no}")
        self.order = found or {}
        state = self.order.get("state", "")
        self.was_triaged |= state == "discover.triage"
        self.dispatched |= state.startswith("handle.")

    @property
    def lead(self) -> str:
        return str(self.order["lead"]["code"])

    async def _move(self, role: str, name: str, **body: Any) -> bool:
        return await self.doors.move(role, self.order, name, body)

    async def _triage(self) -> None:
        if decline := self.play.get("decline"):
            proposed = any(each["state"] == "pending" for each in self.order["proposals"])
            await self._move(SECOND_DISPATCHER if proposed else "dispatcher", "decline", **decline)
            return
        await self._move("dispatcher", "dispatch", unit=self.play.get("unit", "310101023"))

    async def _take_up(self) -> None:
        dispute = self.play.get("dispute")
        officer = await self.doors.hire("officer", self.lead)
        if dispute and not self.order["disputes"] and dispute["proposed_unit"] != self.lead:
            await self._move(officer, "dispute", **dispute)
        else:
            await self._move(officer, "accept")

    async def _rule(self) -> None:
        ruling = self.play.get("ruling") or {"decision": "dispatch", "reason": "按清单由提议单位主办"}
        if ruling["decision"] == "dispatch":
            ruling = {"unit": self.play["dispute"]["proposed_unit"], **ruling}
        await self._move("supervisor", "rule", **ruling)

    async def _handle(self) -> None:
        officer = await self.doors.hire("officer", self.lead)
        if self.script.get("reporter") and not self.order["contacted_at"]:
            contact = self.play.get("contact", {})
            facts = {
                "how": contact.get("how", "phone"),
                "result": "reached",
                "words": contact.get("result", "已联系反映人"),
            }
            await self._move(officer, "contact", at=datetime.now(UTC).isoformat(), **facts)
            return
        again = self.play.get("done_again") if self.sent_back or self.order["round"] > 1 else None
        await self._move(
            officer,
            "report-done",
            done=again or self.play.get("done", "已到现场处置。"),
            public_answer=self.play.get("answer", "您反映的问题已处理，感谢监督。"),
            evidence=[{"kind": "photo", "shows": self.play.get("evidence", "处置后现场照片")}],
        )

    async def _check(self) -> None:
        finding = self.play.get("send_back")
        if finding and not self.sent_back:
            self.sent_back = await self._move(await self._checker(), "send-back", finding=finding)
        else:
            await self._move(await self._checker(), "approve", finding="现场核查属实，同意办结。")

    async def _checker(self) -> str:
        """Nobody checks an order of the own team; for the city's own cases the evaluation is by the district's side."""
        return "supervisor" if self.lead != "31" else await self.doors.hire("supervisor", "310101")
