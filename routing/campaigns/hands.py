"""Who acts in a campaign: people of the starter city with keys of their own, and those who speak without one."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import insert

from routing import orders
from routing.hands import Hand
from routing.inbound import handlers
from routing.models import Order
from routing.moving import make
from routing.refusals import Refused
from routing.states import Move, Voice
from routing.terms import terms
from services.clocks import now
from services.database import Database
from services.events import Envelope, Line
from services.identity import Key, Person, RoleGrant, mint
from services.inbox import receive
from services.messages import Message, Place, ReportReceived
from services.settings import ServiceName

CITY, STREET, AREA, COMMITTEE, NEXT_DOOR = "31", "310101023", "310101023P02", "310101023006", "310101023009"
POLICE, FIRE, ELSEWHERE = "310101-police", "310101-fire", "310101023-management"
NOISE = "04-04"
"""Noise from next door: the committee leads, the police help."""
FIRST = 2025030109000001
DESKS: Mapping[str, tuple[str, str]] = {
    "officer": ("officer", COMMITTEE),
    "leader": ("leader", STREET),
    "co_officer": ("officer", POLICE),
    "supervisor": ("supervisor", CITY),
    "second_supervisor": ("supervisor", CITY),
    "dispatcher": ("dispatcher", CITY),
    "second_dispatcher": ("dispatcher", CITY),
}


@dataclass
class Hands:
    """The app, a client for everybody at a desk, and what intake and feedback would say."""

    app: FastAPI
    clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    sequences: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST))
    retried: int = 0
    """Messages that a deadlock sent back and that were delivered again."""

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    async def come(self) -> "Hands":
        for name, (role, unit) in DESKS.items():
            self.clients[name] = self._client(await self._hire(name, role, unit))
        return self

    async def leave(self) -> None:
        for client in self.clients.values():
            await client.aclose()

    async def _hire(self, name: str, role: str, unit: str) -> str:
        who: UUID = uuid4()
        key, key_id, digest = mint()
        async with self.database.unit() as session:
            await session.execute(insert(Person).values(id=who, name=name, machine=True, active=True, version=1))
            await session.execute(insert(RoleGrant).values(id=uuid4(), person=who, role=role, unit=unit, version=1))
            await session.execute(insert(Key).values(id=key_id, person=who, digest=digest, version=1))
        return key

    def _client(self, key: str) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {key}"}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="http://campaign", headers=headers
        )

    async def report(self, **facts: Any) -> str:
        """The number of a report that has arrived; by default the committee's to handle."""
        case_no = str(next(self.numbers))
        told = {
            "case_no": case_no,
            "issue": NOISE,
            "place": Place(grid=COMMITTEE),
            "channel": "hotline",
            "item_type": "complaint",
            "text": "楼上邻居每天半夜吵闹。",
            "received_at": now() - timedelta(seconds=1),
        }
        line = await self.say("intake", ReportReceived.model_validate(told | facts))
        assert line.status == "done", line
        return case_no

    async def say(self, source: ServiceName, message: Message) -> Line:
        """A message arrives; what failed is sent once more, as the link does."""
        self.sequences[message.subject] += 1
        envelope = Envelope(str(uuid4()), source, message.type, message.subject, self.sequences[message.subject], now())
        told, body = handlers(self.app.state.settings), json.loads(message.model_dump_json())
        line = await receive(self.database, told, envelope, body)
        if line.status == "failed":
            self.retried += 1
            line = await receive(self.database, told, envelope, body)
        return line

    async def ask(self, desk: str, case_no: str, path: str, body: Mapping[str, Any], version: int) -> httpx.Response:
        headers = {"if-match": f'"{version}"'}
        return await self.clients[desk].post(f"/v1/orders/{case_no}/{path}", json=dict(body), headers=headers)

    async def clock(self, case_no: str, move: Move) -> bool:
        """What a sweep does with one order: it locks it and leaves alone what has moved on."""
        async with self.database.unit() as session:
            order = await orders.lock(session, case_no)
            assert order
            try:
                await make(session, order, move, Hand.voice(Voice.CLOCK), told={}, terms=terms(self.app.state.settings))
            except Refused:
                return False
        return True

    async def order(self, case_no: str) -> Order:
        async with self.database.unit() as session:
            return await session.get_one(Order, case_no)

    async def made(self, desk: str, case_no: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """A move on the order as it is now, which succeeds."""
        answer = await self.ask(desk, case_no, path, body or {}, (await self.order(case_no)).version)
        assert answer.status_code in (200, 202), answer.text
        return answer
