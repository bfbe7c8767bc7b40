"""The house the canary flies through: one process that can be killed, and every answer it gave."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from canary import NAME, PERSON, PHONE, body, words
from house import free_port, plain
from sqlalchemy import Engine

from intake.channels import Channel
from routing.schemas import BODIES
from routing.states import Move
from services.demo.doors import Doors, Refused
from services.settings import SERVICES, Settings

UNIT, OTHER_UNIT = "310101023", "310101023-enforcement"
STATUE = "门口石狮子断了一只耳朵。"
PLACE = {"issue_code": "05-01", "grid_code": "310101023011"}
SECRETS = (
    "link_intake_routing", "link_routing_feedback", "link_intake_feedback", "survey_secret", "answer_key",
    "master_keys",
)  # fmt: skip


@dataclass
class Watched:
    """The house as one process, and every answer it gave."""

    settings: Settings
    folder: Path
    owner: Engine
    port: int = field(default_factory=free_port)
    answers: list[httpx.Response] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    turn: int = 0
    process: subprocess.Popen[bytes] | None = None
    doors: Doors | None = None

    async def start(self, *, feedback_away: bool = False) -> None:
        given = {name: getattr(self.settings, name) for name in SECRETS}
        given |= {f"{service}_database_url": getattr(self.settings, f"{service}_database_url") for service in SERVICES}
        given["database_url"] = self.settings.database_url
        if feedback_away:
            given["feedback_url"] = f"http://127.0.0.1:{free_port()}"
        environment = {f"GRIDLOOP_{name.upper()}": plain(value) for name, value in given.items()}
        with (self.folder / "house.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 (it is not waited for here)
                [sys.executable, "-m", "services.cli", "up", "--data-dir", str(self.folder), "--port", str(self.port)],
                env={**os.environ, **environment}, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(300):
            while not (self.folder / "credentials.json").exists():
                await asyncio.sleep(0.2)
            keys = json.loads((self.folder / "credentials.json").read_text("utf-8"))
            self.doors = Doors(f"http://127.0.0.1:{self.port}", {**keys, **(self.doors.keys if self.doors else {})})
            self.doors._http.event_hooks["response"] = [self._keep]
            await self.doors.open()
            while not await self._knows_everybody():
                await asyncio.sleep(0.2)

    async def _knows_everybody(self) -> bool:
        """Whether the news of all keys has arrived in intake."""
        roles = ("hotline", "clerk", "officer", "auditor", "dispatcher", "supervisor")
        return all([(await self.ask(role, "GET", "/intake/v1/cases?limit=1")).is_success for role in roles])

    async def _keep(self, answer: httpx.Response) -> None:
        await answer.aread()
        self.answers.append(answer)

    async def end(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)
        await asyncio.to_thread(self.process.wait, 30)
        if self.doors:
            await self.doors.close()

    async def ask(self, role: str, method: str, path: str, told: Any = None, **headers: str) -> httpx.Response:
        assert self.doors
        try:
            return await self.doors.ask(role, method, path, told, **headers)
        except Refused:
            return self.answers[-1]

    async def post(self, role: str, channel: Channel, **more: Any) -> str:
        self.turn += 1
        told = {"channel": channel, "item_type": "complaint", "description": words(self.turn), "reporter": PERSON}
        answer = await self.ask(role, "POST", "/intake/v1/cases", {**told, **more}, Idempotency_Key=str(uuid4()))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case_no"])

    async def post_open311(self) -> None:
        """By form, as its clients do, with the person in every field there is for one."""
        assert self.doors
        form = {
            "api_key": self.doors.keys["hotline"], "service_code": "05-01", "address_string": "瑞金二路街道永嘉路120弄",
            "description": words(7), "first_name": NAME[2:], "last_name": NAME[:2], "phone": PHONE,
        }  # fmt: skip
        answer = await self.doors._http.post("/intake/open311/v2/requests.json", data=form)
        assert answer.status_code == 200, answer.text

    async def order(self, case_no: str, *states: str) -> dict[str, Any]:
        """The order, once it is in one of these states."""
        assert self.doors
        for _ in range(200):
            found = await self.doors.find(f"/routing/v1/orders/{case_no}")
            if found and (not states or found["state"] in states):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{case_no} is not {states}: {found and found['state']}")

    async def move(self, role: str, case_no: str, move: Move, *also: str, **given: Any) -> None:
        """A move with the person in all its words; for two persons, `also` agrees."""
        for each in (role, *also):
            self.turn += 1
            order = await self.order(case_no)
            path, tag = f"/routing/v1/orders/{case_no}/{move.replace('_', '-')}", f'"{order["version"]}"'
            told = body(BODIES[move], self.turn if each == role and not also else 1, given)
            answer = await self.ask(each, "POST", path, told, If_Match=tag, Idempotency_Key=str(uuid4()))
            if not answer.is_success:
                self.refused.append(f"{move} in {order['state']} by {each}: {answer.text}")
        self.done.add(move)

    async def taken(self, case_no: str) -> str:
        """The unit that leads it, after a dispatcher where the matcher was not sure; the person's words name places."""
        order = await self.order(case_no, "handle.dispatched", "discover.triage")
        if order["state"] == "discover.triage":
            await self.move("dispatcher", case_no, Move.DISPATCH, unit=UNIT, co_units=[])
            order = await self.order(case_no, "handle.dispatched")
        return str(order["lead"]["code"])
