"""The three services with somebody of every role in them, and every route there is, filled in to be asked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import insert, text

from feedback import staff
from services.access import ROLES
from services.database import Database
from services.identity import Key, Person, RoleGrant, Unit, mint
from services.roles import OF_EVALUATION, Role
from services.settings import Settings

CITY, STREET, OTHER_STREET, EVALUATION = "31", "310101023", "310101002", "EVAL"
PATHS = {
    CITY: "/31/",
    STREET: f"/31/310101/{STREET}/",
    OTHER_STREET: f"/31/310101/{OTHER_STREET}/",
    EVALUATION: "/EVAL/",
}
LEVELS = {CITY: "city", STREET: "street", OTHER_STREET: "street", EVALUATION: "city"}
NOBODYS: dict[str, str] = {
    "case_no": "2025030100000426",
    "year": "2026",
    "month": "01",
    "version": "999",
    "facet": "lead",
    "form": "json",
    "move": "note",
    "what": "grants",
}
"""What stands in a path: well formed, and of nothing that is there."""


ONE_LOOK = "?seconds=0"
"""A stream that ends as soon as it has told what there is."""
OPEN311_RULES = {"wrong-role": "None of your roles", "key-wanted": "a key, and none was sent"}


@dataclass(frozen=True)
class Route:
    """One route of one service."""

    service: str
    method: str
    path: str

    @property
    def roles(self) -> frozenset[Role]:
        return ROLES[self.service][(self.method, self.path)]

    def at(self, **ids: str) -> str:
        """Its address, with these ids in it, or with such as nothing has."""
        known = {**NOBODYS, **ids}
        path = re.sub(r"{(\w+)}", lambda found: known.get(found[1], str(uuid4())), self.path)
        return f"/{self.service}{path}" + (ONE_LOOK if path.endswith("/stream") else "")


def routes() -> Iterator[Route]:
    """Every route that needs a key, from the table that guards them."""
    for service, table in ROLES.items():
        for method, path in table:
            yield Route(service, method, path)


@dataclass
class Fortress:
    """The apps under one host, and the keys of those who come."""

    apps: dict[str, FastAPI]
    root: FastAPI
    settings: Settings
    keys: dict[str, str] = field(default_factory=dict)
    people: dict[str, UUID] = field(default_factory=dict)
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def database(self, service: str) -> Database:
        database: Database = self.apps[service].state.database
        return database

    async def build(self) -> None:
        """Units and somebody of every role, known in all three services as their messages would have brought them."""
        for service in self.apps:
            async with self.database(service).unit() as session:
                for code, path in PATHS.items():
                    row = {
                        "code": code,
                        "name": code,
                        "level": LEVELS[code],
                        "parent": None,
                        "path": path,
                        "version": 1,
                    }
                    await session.execute(insert(Unit).values(**row))
        async with self.database("feedback").unit() as session:
            await staff.make_samples(session, [])
        for role in Role:
            await self.somebody(role.value, role, EVALUATION if role in OF_EVALUATION else STREET)

    async def somebody(self, name: str, role: Role, unit: str, *more: tuple[Role, str], ended: bool = False) -> None:
        """A new person with a role, or more (that are over, where they `ended`), and a key."""
        person, (key, key_id, digest) = uuid4(), mint()
        for service in self.apps:
            async with self.database(service).unit() as session:
                await session.execute(
                    insert(Person).values(id=person, name=name, machine=False, active=True, version=1)
                )
                for held, where in ((role, unit), *more):
                    grant = {"id": uuid4(), "person": person, "role": held.value, "unit": where, "version": 1}
                    await session.execute(insert(RoleGrant).values(**grant))
                await session.execute(insert(Key).values(id=key_id, person=person, digest=digest, version=1))
                if ended:
                    await session.execute(text("update grants set ended_at = now() where person = :p"), {"p": person})
        self.keys[name], self.people[name] = key, person

    def as_(self, name: str | None, **headers: str) -> httpx.AsyncClient:
        """A client with this one's key; without a name it has none."""
        if name:
            headers["authorization"] = f"Bearer {self.keys[name]}"
        transport = httpx.ASGITransport(app=self.root, client=("10.1.1.1", 5000))
        made = httpx.AsyncClient(transport=transport, base_url="http://fortress", headers=headers)
        self.clients.append(made)
        return made

    async def rows(self, service: str, query: str, **values: Any) -> list[dict[str, Any]]:
        async with self.database(service).unit() as session:
            found: Any = await session.execute(text(query), values)
            return [dict(row) for row in found.mappings()] if found.returns_rows else []


def rule(answer: httpx.Response) -> str:
    """The broken rule that a problem names: as a document, as a page, or in Open311's words."""
    if answer.headers["content-type"].startswith("text/html"):
        found = re.search(r'data-rule="([a-z0-9-]+)"', answer.text)
        return found[1] if found else ""
    told = answer.json()
    if isinstance(told, list):
        return next((name for name, words in OPEN311_RULES.items() if words in told[0]["description"]), "")
    return str(told["type"]).rpartition(":")[2]
