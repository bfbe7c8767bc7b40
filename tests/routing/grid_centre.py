"""What the tests of orders share: the app with people of every role, and what the other services would say to it."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import insert, text

from routing.inbound import handlers
from routing.sweeping import Swept, sweep
from routing.terms import terms
from services.application import mount
from services.clocks import now, stopped
from services.database import Database
from services.events import Envelope, Line
from services.identity import Key, Person, RoleGrant, mint
from services.inbox import receive
from services.messages import Message, Place, ReportReceived, VerdictGiven
from services.roles import Role
from services.settings import ServiceName

CITY, DISTRICT, STREET, COMMITTEE, AREA = "31", "310101", "310101023", "310101023006", "310101023P02"
OTHER_STREET = "310101002"
NEIGHBOURS, TRAPPED, SITE = "04-04", "01-03", "02-05"
"""Noise from next door (the committee leads), somebody in a lift (urgent), a building site (a department's by law)."""
POLICE, CONSTRUCTION, HOUSING = "310101-police", "310101-construction", "310101-housing"


@dataclass(frozen=True)
class Desk:
    """Somebody at work: a role in a unit, with a key."""

    role: Role
    unit: str
    person: UUID
    key: str


@dataclass
class Centre:
    """The app, the keys of those who work with it, and the messages it gets and sends."""

    app: FastAPI
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    sequences: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(2025030100000001))

    @property
    def database(self) -> Database:
        database: Database = self.app.state.database
        return database

    async def desk(self, role: str, unit: str, *, person: UUID | None = None) -> Desk:
        """A new person with this role, or one more role for one, and a key."""
        who, (key, key_id, digest) = person or uuid4(), mint()
        async with self.database.unit() as session:
            if person is None:
                await session.execute(insert(Person).values(id=who, name=role, machine=False, active=True, version=1))
            grant = {"id": uuid4(), "person": who, "role": role, "unit": unit, "version": 1}
            await session.execute(insert(RoleGrant).values(**grant))
            await session.execute(insert(Key).values(id=key_id, person=who, digest=digest, version=1))
        return Desk(Role(role), unit, who, key)

    def client(self, desk: Desk | None) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {desk.key}"} if desk else {}
        transport = httpx.ASGITransport(app=mount({"routing": self.app}))
        made = httpx.AsyncClient(transport=transport, base_url="http://centre/routing", headers=headers)
        self.clients.append(made)
        return made

    async def hear(self, source: ServiceName, message: Message) -> Line:
        """What another service says arrives."""
        self.sequences[message.subject] += 1
        number = self.sequences[message.subject]
        envelope = Envelope(str(uuid4()), source, message.type, message.subject, number, now())
        told = handlers(self.app.state.settings)
        return await receive(self.database, told, envelope, message.model_dump(mode="json"))

    async def report(self, *, issue: str | None = NEIGHBOURS, grid: str | None = COMMITTEE, **facts: Any) -> str:
        """The number of a report that has arrived: by default one that the lists can place."""
        case_no = facts.pop("case_no", None) or str(next(self.numbers))
        line = await self.hear("intake", report(case_no, issue=issue, grid=grid, **facts))
        assert line.status == "done", line
        return case_no

    async def judge(self, case_no: str, verdict: str, **facts: Any) -> Line:
        told = {"case_no": case_no, "round": 1, "kind": "handled", "verdict": verdict, "reason": "群众反映"}
        given = VerdictGiven.model_validate({**told, "rule": "shanghai-1", "at": now(), **facts})
        return await self.hear("feedback", given)

    async def sweep(self, at: datetime | None = None) -> Swept:
        """The clock acts on what is due, now or at another time."""
        with stopped(at or now()):
            return await sweep(self.database, terms(self.app.state.settings))

    async def see(self, desk: Desk, case_no: str) -> httpx.Response:
        return await self.client(desk).get(f"/v1/orders/{case_no}")

    async def move(
        self, desk: Desk, case_no: str, move: str, body: Mapping[str, Any] | None = None, **options: Any
    ) -> httpx.Response:
        """A move on the order as it is now, unless a version is named."""
        version = options.pop("version", None) or await self.value(case_no, "version")
        headers = {"if-match": f'"{version}"', **options.pop("headers", {})}
        return await self.client(desk).post(f"/v1/orders/{case_no}/{move}", json=dict(body or {}), headers=headers)

    async def made(self, desk: Desk, case_no: str, move: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A move that succeeds: the order's face after it."""
        answer = await self.move(desk, case_no, move, body)
        assert answer.status_code == 200, answer.text
        face: dict[str, Any] = answer.json()
        return face

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database.unit() as session:
            return [dict(row) for row in (await session.execute(text(query), values)).mappings()]

    async def order(self, case_no: str) -> dict[str, Any]:
        (row,) = await self.rows("select * from orders where case_no = :case_no", case_no=case_no)
        return row

    async def value(self, case_no: str, column: str) -> Any:
        return (await self.order(case_no))[column]

    async def timeline(self, case_no: str) -> list[str]:
        rows = await self.rows("select move from timeline where case_no = :case_no order by number", case_no=case_no)
        return [row["move"] for row in rows]

    async def told(self, kind: str, case_no: str | None = None) -> list[dict[str, Any]]:
        """What was told to feedback, which hears of everything, in the order of telling."""
        rows = await self.rows("select payload from pgqueuer where entrypoint = 'to_feedback' order by id")
        events = [json.loads(bytes(row["payload"])) for row in rows]
        return [
            event["data"]
            for event in events
            if event["type"] == kind and (case_no is None or event["data"].get("case_no") == case_no)
        ]

    async def states_told(self, case_no: str) -> list[str]:
        return [moved["state"] for moved in await self.told("order.moved", case_no)]


def report(case_no: str, *, issue: str | None, grid: str | None, **facts: Any) -> ReportReceived:
    plain: dict[str, Any] = {
        "channel": "hotline",
        "item_type": "complaint",
        "text": "永嘉路弄口垃圾桶满溢三天，无人清运。",
        "received_at": now() - timedelta(seconds=1),
    }
    told = {"case_no": case_no, "issue": issue, "place": Place(grid=grid)}
    return ReportReceived.model_validate({**told, **plain, **facts})


def soon() -> str:
    return (now() - timedelta(seconds=1)).isoformat()


def instant(text_: str) -> datetime:
    return datetime.fromisoformat(text_)
