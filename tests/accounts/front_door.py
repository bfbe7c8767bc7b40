"""What the tests of signing in share: a browser that fills in forms, people with accounts, messages carried by hand."""

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyotp
from fastapi import FastAPI
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import insert, text

from feedback import staff
from services.accounts import second_factor
from services.accounts.keeping import new_account
from services.cli import ROOMS
from services.clocks import now
from services.database import Database
from services.events import Envelope
from services.identity import Key, Person, RoleGrant, Unit, mint
from services.inbox import receive
from services.roles import Role
from services.settings import Settings

CITY, STREET = "31", "310101023"
PATHS = {CITY: "/31/", STREET: "/31/310101/310101023/"}
PASSWORD = "river candle orbit 47"
HOST = "http://house"
CHEAP = Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1)
"""What is hashed so is verified so: the tests need no password that is hard to guess."""


@dataclass
class Somebody:
    """A person with an account and what they know."""

    person: UUID
    username: str
    password: str
    totp: str | None
    key: str

    def code(self, *, later: int = 0) -> str:
        """The authenticator's code, so many steps from now."""
        assert self.totp
        return pyotp.TOTP(self.totp).generate_otp(int(now().timestamp()) // 30 + later)


class Browser(httpx.AsyncClient):
    """Cookies, and forms sent as they were shown."""

    async def form(self, page: httpx.Response, to: str | None = None, **filled: str) -> httpx.Response:
        """Fill in the page's form (the one that goes `to` there) and send it."""
        for action, inner in re.findall(r'<form[^>]*method="post" action="([^"]+)"[^>]*>(.*?)</form>', page.text, re.S):
            if to is None or to in action:
                hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', inner)
                data = {name: html.unescape(value) for name, value in hidden} | filled
                return await self.post(html.unescape(action), data=data, headers={"origin": HOST})
        raise AssertionError(f"no form to {to} in {page.text[:300]}")

    async def sign_in(self, who: Somebody, *, at: str = "/routing", next: str = "") -> httpx.Response:
        """All the way in, with the code where one is asked for; the last answer."""
        page = await self.get(f"{at}/sign-in", params={"next": next} if next else None)
        answer = await self.form(page, "/sign-in", username=who.username, password=who.password)
        if answer.is_redirect and "/sign-in/code" in answer.headers["location"]:
            page = await self.get(answer.headers["location"])
            answer = await self.form(page, "/sign-in/code", code=who.code())
        return answer

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """Where the redirects end."""
        for _ in range(5):
            if not answer.is_redirect:
                return answer
            answer = await self.get(answer.headers["location"])
        raise AssertionError("it goes round in circles")


@dataclass
class House:
    """The apps, their settings, and what a test does to them."""

    apps: dict[str, FastAPI]
    root: FastAPI
    settings: Settings
    browsers: list[httpx.AsyncClient] = field(default_factory=list)
    carried: int = 0

    def database(self, service: str = "routing") -> Database:
        database: Database = self.apps[service].state.database
        return database

    def browser(self, *, address: str = "10.0.0.1", **headers: str) -> Browser:
        transport = httpx.ASGITransport(app=self.root, client=(address, 50000))
        made = Browser(transport=transport, base_url=HOST, headers=headers)
        self.browsers.append(made)
        return made

    async def build(self) -> None:
        """Units everywhere, as `access.changed` would have brought them."""
        for service in ("intake", "routing", "feedback"):
            async with self.database(service).unit() as session:
                for code, path in PATHS.items():
                    row = {"code": code, "name": code, "level": "-", "parent": None, "path": path, "version": 1}
                    await session.execute(insert(Unit).values(**row))
        async with self.database("feedback").unit() as session:
            await staff.make_samples(session, [])

    async def person(
        self,
        role: str,
        unit: str = CITY,
        *,
        username: str | None = None,
        enrolled: bool = True,
        must_change: bool = False,
        everywhere: bool = True,
    ) -> Somebody:
        """Somebody of routing's, told to the others already, with an account and (where needed) an authenticator."""
        person, (key, key_id, digest) = uuid4(), mint()
        services = ("routing", "intake", "feedback") if everywhere else ("routing",)
        grant = {"id": uuid4(), "person": person, "role": role, "unit": unit, "version": 1}
        for service in services:
            async with self.database(service).unit() as session:
                await session.execute(
                    insert(Person).values(id=person, name=f"样例{role}", machine=False, active=True, version=1)
                )
                await session.execute(insert(RoleGrant).values(**grant))
                await session.execute(insert(Key).values(id=key_id, person=person, digest=digest, version=1))
        totp = second_factor.secret() if enrolled and Role(role) in {"administrator", "officer", "supervisor"} else None
        made = Somebody(person, username or f"{role}-{key_id}", PASSWORD, totp, key)
        await self.account(made, "routing", must_change=must_change)
        return made

    async def account(self, who: Somebody, service: str, *, must_change: bool = False) -> None:
        async with self.database(service).unit() as session:
            account = new_account(who.person, who.username, CHEAP.hash(who.password), must_change=must_change)
            if who.totp:
                account.totp = second_factor.seal(self.apps[service].state.answer_key, who.person, who.totp)
            session.add(account)

    async def caller(self, role: Role = Role.CALLER) -> Somebody:
        """One of the evaluation body's own people."""
        async with self.database("feedback").unit() as session:
            person, _ = await staff.appoint(session, name="样例回访员", roles=[role])
            _, key = await staff.hand_key(session, person=person)
        made = Somebody(person, f"{role}-{person.hex[:6]}", PASSWORD, second_factor.secret(), key)
        await self.account(made, "feedback")
        return made

    async def carry(self) -> int:
        """Bring routing's messages to the two others, as its worker would; how many."""
        query = "select id, entrypoint, payload from pgqueuer where id > :seen and entrypoint like 'to_%' order by id"
        rows = await self.rows(query, seen=self.carried)
        for row in rows:
            event, service = json.loads(bytes(row["payload"])), str(row["entrypoint"]).removeprefix("to_")
            handlers = ROOMS[service].handlers(self.settings)
            envelope = Envelope(event["id"], "routing", event["type"], event["subject"], int(event["sequence"]), now())
            line = await receive(self.database(service), handlers, envelope, event["data"])
            assert line.status == "done", line
            self.carried = int(row["id"])
        return len(rows)

    async def rows(self, query: str, *, service: str = "routing", **values: Any) -> list[dict[str, Any]]:
        async with self.database(service).unit() as session:
            found: Any = await session.execute(text(query), values)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []

    async def audited(self, action: str, *, service: str = "routing") -> list[dict[str, Any]]:
        query = "select * from audit where action = :action order by id"
        return await self.rows(query, service=service, action=action)
