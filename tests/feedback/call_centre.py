"""What feedback's tests share: its people, what routing would say to it, and a survey provider that signs."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from feedback import staff
from feedback.commands import ROOM
from feedback.inbound import handlers
from services.application import mount
from services.clocks import now
from services.database import Database
from services.events import Envelope, Line
from services.identity import digest, mint
from services.inbox import receive
from services.messages import AccessChanged, GrantFact, KeyFact, Message, OrderHandled, OrderMoved, PersonFact, UnitFact
from services.messaging import Peers
from services.roles import Role
from services.rooms import Tools
from services.settings import Settings
from services.signing import sign
from services.timeline import first_broken

CITY, STREET, AREA = "31", "310101023", "310101023-A1"
PATHS = {CITY: "/31/", STREET: "/31/310101/310101023/", AREA: "/31/310101/310101023/310101023-A1/"}
JUDGED: dict[str, tuple[Role, str]] = {
    "supervisor": (Role.SUPERVISOR, CITY),
    "leader": (Role.LEADER, STREET),
    "officer": (Role.OFFICER, STREET),
    "auditor": (Role.AUDITOR, CITY),
    "city administrator": (Role.ADMINISTRATOR, CITY),
}
JUDGES = {"caller": Role.CALLER, "evaluator": Role.EVALUATOR, "administrator": Role.ADMINISTRATOR}
CASE = "2025030100000425"
DAY = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)


@dataclass
class Centre:
    """The app, keys by the name of who holds them, and whatever speaks to it."""

    app: FastAPI
    database: Database
    settings: Settings
    keys: dict[str, str] = field(default_factory=dict)
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def transport(self) -> httpx.ASGITransport:
        return httpx.ASGITransport(app=mount({"feedback": self.app}))

    def as_(self, person: str | None = None) -> httpx.AsyncClient:
        """A client with this person's key; without a name it has none."""
        headers = {"authorization": f"Bearer {self.keys[person]}"} if person else {}
        client = httpx.AsyncClient(transport=self.transport, base_url="http://centre/feedback", headers=headers)
        self.clients.append(client)
        return client

    async def hear(self, message: Message, sequence: int, message_id: str | None = None) -> Line:
        """What routing says arrives."""
        envelope = Envelope(message_id or str(uuid4()), "routing", message.type, message.subject, sequence, now())
        return await receive(self.database, handlers(self.settings), envelope, message.model_dump(mode="json"))

    async def handled(self, case_no: str = CASE, sequence: int = 2, **facts: Any) -> Line:
        return await self.hear(order_handled(case_no, **facts), sequence)

    async def moved(self, case_no: str = CASE, sequence: int = 1, **facts: Any) -> Line:
        return await self.hear(order_moved(case_no, **facts), sequence)

    async def withdrawn(self, case_no: str = CASE, sequence: int = 3) -> Line:
        return await self.moved(case_no, sequence, move="withdraw", state="closed", outcome="withdrawn")

    async def call(self, events: Any, *, message: str | None = None, at: datetime | None = None) -> httpx.Response:
        """The provider posts, signed with its secret."""
        body = json.dumps(events, ensure_ascii=False).encode()
        return await self.post_signed(body, message=message, at=at)

    async def post_signed(
        self, body: bytes, *, message: str | None = None, at: datetime | None = None, secret: str | None = None
    ) -> httpx.Response:
        secret = secret or self.settings.need("survey_secret", "the provider signs with it")
        headers = sign(secret, message or f"msg_{uuid4()}", at or datetime.now(UTC), body)
        return await self.as_().post("/v1/callbacks", content=body, headers=headers)

    async def results(self, *events: Any, message: str | None = None) -> list[str]:
        answer = await self.call(list(events), message=message)
        assert answer.status_code == 200, answer.text
        return [line["result"] for line in answer.json()["results"]]

    async def link(self, case_no: str = CASE) -> str:
        """A fresh link as intake fetches it; the path below the service's prefix."""
        peers = Peers(self.settings, "intake", transport=self.transport)
        made = await peers.call("feedback", "POST", "/v1/links", {"survey": str((await self.survey(case_no))["id"])})
        await peers.close()
        return str(made["url"]).removeprefix(f"{self.settings.public_url}/feedback")

    async def expire(self, survey: UUID) -> None:
        """The job at a survey's last day runs."""
        tools = Tools(self.settings, self.database, Peers(self.settings, "feedback"))
        await ROOM.jobs(tools)["expire_survey"](str(survey).encode())

    async def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database.unit() as session:
            found: Any = await session.execute(text(query), values)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []

    async def survey(self, case_no: str = CASE) -> dict[str, Any]:
        """The only survey of a case."""
        (found,) = await self.rows("select * from surveys where case_no = :case_no", case_no=case_no)
        return found

    async def told(self, *kinds: str) -> list[dict[str, Any]]:
        """What was said to the other services, in order; of people only where it is asked for."""
        query = "select payload from pgqueuer where entrypoint like 'to_%' order by id"
        events = [json.loads(bytes(row["payload"])) for row in await self.rows(query)]
        wanted = kinds or {event["type"] for event in events} - {"staff.changed"}
        return [event for event in events if event["type"] in wanted]

    async def moves(self, case_no: str = CASE) -> list[str]:
        """The timeline's moves; the chain holds."""
        (dossier,) = await self.rows("select entries, chain from dossiers where case_no = :case_no", case_no=case_no)
        async with self.database.unit() as session:
            facts = {"chain": bytes(dossier["chain"]), "count": dossier["entries"]}
            assert await first_broken(session, case_no, **facts) is None
        query = "select move from timeline where case_no = :case_no order by number"
        return [row["move"] for row in await self.rows(query, case_no=case_no)]


@asynccontextmanager
async def opened(app: FastAPI, settings: Settings) -> AsyncIterator[Centre]:
    """A centre with its people: those who are judged come by message, those who judge are made here."""
    centre = Centre(app, app.state.database, settings)
    changed, centre.keys = judged()
    await centre.hear(changed, 1)
    async with centre.database.unit() as session:
        await staff.make_samples(session, [])
        for name, role in JUDGES.items():
            person, _ = await staff.appoint(session, name=name, roles=[role])
            _, centre.keys[name] = await staff.hand_key(session, person=person)
    yield centre
    for client in centre.clients:
        await client.aclose()


def judged() -> tuple[AccessChanged, dict[str, str]]:
    """Units, people, grants and keys as routing would tell them, with the keys themselves."""
    keys, people = {name: mint() for name in JUDGED}, {name: uuid4() for name in JUDGED}
    changed = AccessChanged(
        units=tuple(UnitFact(code=code, name=code, level="-", parent=None, path=path) for code, path in PATHS.items()),
        people=tuple(PersonFact(id=people[name], name=name) for name in JUDGED),
        grants=tuple(
            GrantFact(id=uuid4(), person=people[name], role=role, unit=unit) for name, (role, unit) in JUDGED.items()
        ),
        keys=tuple(KeyFact(id=half, person=people[name], digest=digest(key)) for name, (key, half, _) in keys.items()),
    )
    return changed, {name: key for name, (key, _, _) in keys.items()}


def place(code: str) -> dict[str, str]:
    """A unit or grid as orders name it."""
    return {"code": code, "name": f"名称{code}", "path": PATHS[code]}


def order_handled(case_no: str = CASE, **facts: Any) -> OrderHandled:
    plain = {
        "case_no": case_no, "round": 1, "kind": "handled", "item_type": "complaint", "lead": place(STREET),
        "public_answer": "垃圾已清运，\n并加派保洁每日巡查。", "handled_at": DAY,
    }  # fmt: skip
    return OrderHandled.model_validate({**plain, **facts})


def order_moved(case_no: str = CASE, **facts: Any) -> OrderMoved:
    plain = {
        "case_no": case_no, "entry": 1, "move": "approve", "at": DAY, "state": "feedback.surveying", "round": 1,
        "channel": "hotline", "item_type": "complaint", "issue": "0504", "grid": place(AREA), "lead": place(STREET),
        "received_at": DAY,
    }  # fmt: skip
    return OrderMoved.model_validate({**plain, **facts})


def event(case_no: str = CASE, /, *, type: str = "survey.answered", **data: Any) -> dict[str, Any]:
    """An answer in the provider's words; changes as named, None leaves a field out."""
    plain: dict[str, Any] = {
        "case_no": case_no, "round": 1, "contacted": True, "solved": "解决", "satisfied": "满意",
        "called_at": "2025-03-06T10:02:00+08:00",
    }  # fmt: skip
    told = {name: value for name, value in {**plain, **data}.items() if value is not None}
    return {"type": type, "timestamp": "2025-03-06T10:05:00+08:00", "data": told}


def missed(case_no: str = CASE, /, *, hour: int = 10, **data: Any) -> dict[str, Any]:
    """An attempt that reached nobody, at an hour of the same day."""
    at = (datetime(2025, 3, 6, tzinfo=UTC) + timedelta(hours=hour)).isoformat()
    facts = {"contacted": False, "result": "no_answer", "solved": None, "satisfied": None, "called_at": at}
    return event(case_no, **{**facts, **data})
