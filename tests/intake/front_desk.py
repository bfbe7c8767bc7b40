"""What intake's tests share: the people of every role, a house to post in, and what the other services would say."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from intake.inbound import HANDLERS
from services.application import mount
from services.clocks import now
from services.database import Database
from services.events import Envelope, Line
from services.identity import digest, mint
from services.inbox import receive
from services.messages import AccessChanged, GrantFact, KeyFact, Message, OrderMoved, PersonFact, UnitFact
from services.roles import Role
from services.settings import ServiceName

CITY, DISTRICT, STREET, COMMITTEE, OTHER = "31", "310101", "310101023", "310101023006", "310101010"
PATHS = {
    CITY: "/31/",
    DISTRICT: "/31/310101/",
    STREET: "/31/310101/310101023/",
    COMMITTEE: "/31/310101/310101023/310101023006/",
    OTHER: "/31/310101/310101010/",
}
PEOPLE: dict[str, tuple[Role, str]] = {
    "hotline": (Role.HOTLINE, CITY),
    "other hotline": (Role.HOTLINE, CITY),
    "clerk": (Role.CLERK, COMMITTEE),
    "street clerk": (Role.CLERK, STREET),
    "other clerk": (Role.CLERK, OTHER),
    "officer": (Role.OFFICER, COMMITTEE),
    "other officer": (Role.OFFICER, OTHER),
    "leader": (Role.LEADER, STREET),
    "dispatcher": (Role.DISPATCHER, CITY),
    "street dispatcher": (Role.DISPATCHER, STREET),
    "supervisor": (Role.SUPERVISOR, CITY),
    "auditor": (Role.AUDITOR, CITY),
    "street auditor": (Role.AUDITOR, STREET),
    "caller": (Role.CALLER, CITY),
    "administrator": (Role.ADMINISTRATOR, CITY),
    "editor": (Role.EDITOR, CITY),
    "publisher": (Role.PUBLISHER, CITY),
}
COMPLAINT: dict[str, Any] = {
    "channel": "hotline",
    "item_type": "complaint",
    "description": "永嘉路一弄的垃圾箱房满溢三天，无人清运，气味很大。",
    "reporter": {"name": "欧阳静好", "phone": "13912345678"},
}


@dataclass
class House:
    """The app, its people's keys, and what the other two services would say to it."""

    app: FastAPI
    database: Database
    keys: dict[str, str]
    people: dict[str, UUID]
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def as_(self, person: str | None) -> httpx.AsyncClient:
        """A client with this person's key; None has no key."""
        headers = {"authorization": f"Bearer {self.keys[person]}"} if person else {}
        transport = httpx.ASGITransport(app=mount({"intake": self.app}))
        client = httpx.AsyncClient(transport=transport, base_url="http://house/intake", headers=headers)
        self.clients.append(client)
        return client

    async def post(self, person: str = "hotline", **changes: Any) -> str:
        """The number of a new case."""
        body = {name: value for name, value in {**COMPLAINT, **changes}.items() if value is not None}
        answer = await self.as_(person).post("/v1/cases", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case_no"])

    async def case(self, case_no: str, person: str = "hotline") -> dict[str, Any]:
        answer = await self.as_(person).get(f"/v1/cases/{case_no}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def hear(self, source: ServiceName, message: Message, sequence: int, message_id: str | None = None) -> Line:
        """What a service says arrives."""
        envelope = Envelope(message_id or str(uuid4()), source, message.type, message.subject, sequence, now())
        return await receive(self.database, HANDLERS, envelope, message.model_dump(mode="json"))

    async def moved(self, case_no: str, state: str, sequence: int = 1, **facts: Any) -> Line:
        return await self.hear("routing", order_moved(case_no, state, **{"entry": sequence, **facts}), sequence)

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database.unit() as session:
            return [dict(row) for row in (await session.execute(text(query), values)).mappings()]

    async def told(self, destination: str = "to_routing") -> list[dict[str, Any]]:
        """The outbox: the events for one destination, as they were written."""
        query = "select payload from pgqueuer where entrypoint = :name order by id"
        return [json.loads(bytes(row["payload"])) for row in await self.rows(query, name=destination)]


def order_moved(case_no: str, state: str, **facts: Any) -> OrderMoved:
    at = datetime(2025, 3, 3, 1, 0, tzinfo=UTC) + timedelta(minutes=facts.get("entry", 1))
    plain = {
        "case_no": case_no, "entry": 1, "move": "route", "at": at, "state": state, "round": 1, "channel": "hotline",
        "item_type": "complaint", "issue": "0504", "issue_name": "垃圾满溢", "received_at": at,
    }  # fmt: skip
    return OrderMoved.model_validate({**plain, **facts})


def unit(code: str) -> dict[str, str]:
    """A unit as orders name it."""
    return {"code": code, "name": f"单位{code}", "path": PATHS[code]}


def staff() -> tuple[AccessChanged, dict[str, str], dict[str, UUID]]:
    """Units, people and grants as routing would tell them, with each one's key and id."""
    keys = {name: mint() for name in PEOPLE}
    people = {name: uuid4() for name in PEOPLE}
    grants = [GrantFact(id=uuid4(), person=people[name], role=role, unit=code) for name, (role, code) in PEOPLE.items()]
    changed = AccessChanged(
        units=tuple(UnitFact(code=code, name=code, level="-", parent=None, path=path) for code, path in PATHS.items()),
        people=tuple(PersonFact(id=people[name], name=name) for name in PEOPLE),
        grants=tuple(grants),
        keys=tuple(KeyFact(id=half, person=people[name], digest=digest(key)) for name, (key, half, _) in keys.items()),
    )
    return changed, {name: key for name, (key, _, _) in keys.items()}, people
