"""The front doors as the demo uses them: one client, a key for each role, more people by the administrator."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import uuid4

import httpx

from services.client import Gridloop, Json, OrderFace, Refused
from services.settings import SERVICES
from services.signing import sign

__all__ = ["Doors", "Json", "Refused", "stamp"]
Found = TypeVar("Found")


class Doors:
    """All requests of the play. `keys` are those of `credentials.json`; officers of a unit get theirs when needed."""

    def __init__(self, base: str, credentials: Mapping[str, Any], *, at_once: int = 24, tries: int = 1) -> None:
        self.keys: dict[str, str] = {role: key for role, key in credentials.items() if isinstance(key, str)}
        self.requests = 0
        self._http = httpx.AsyncClient(base_url=base, timeout=30, trust_env=False)
        self._front = Gridloop(base, tries=tries, http=self._http)
        self._gate = asyncio.Semaphore(at_once)
        self._hiring = asyncio.Lock()

    async def close(self) -> None:
        await self._http.aclose()

    async def open(self) -> None:
        """Wait until all three services answer and know the keys."""
        for service in SERVICES:
            while not await self._is_ready(service):  # noqa: ASYNC110 - there is nothing else to wait on
                await asyncio.sleep(0.1)

    async def _is_ready(self, service: str) -> bool:
        try:
            return (await self._http.get(f"/{service}/readyz")).is_success
        except httpx.TransportError:
            return False

    def as_(self, role: str) -> Gridloop:
        """The client with the key of `role`."""
        return self._front.with_key(self.keys[role])

    async def ask(self, role: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request with the key of `role`; Refused where the answer is a problem."""
        sent = {name.replace("_", "-"): told for name, told in headers.items()}
        return await self._through(lambda: self.as_(role).ask(method, path, body, headers=sent))

    async def _through(self, request: Callable[[], Awaitable[Found]]) -> Found:
        """So many at once, all of them counted."""
        async with self._gate:
            try:
                return await request()
            finally:
                self.requests += 1

    async def read(self, role: str, path: str) -> Json:
        found: Json = (await self.ask(role, "GET", path)).json()
        return found

    async def find(self, path: str) -> Json | None:
        """What the auditor sees there, or None where there is nothing yet."""
        try:
            return await self.read("auditor", path)
        except Refused as refused:
            if refused.status == httpx.codes.NOT_FOUND:
                return None
            raise

    async def every(self, role: str, path: str) -> list[Json]:
        """All items of a list."""
        return [item async for item in self.as_(role).every(path)]

    async def move(self, role: str, order: Json, name: str, body: Json) -> bool:
        """Make a move on the order as it was read; False where somebody else was first."""
        try:
            await self._through(lambda: self.as_(role).move(cast(OrderFace, order), name, **body))
        except Refused as refused:
            if refused.lost_race:
                return False
            raise
        return True

    async def hire(self, role: str, unit: str) -> str:
        """The name under which a further person with this role in this unit holds a key; made once."""
        name = f"{role}@{unit}"
        async with self._hiring:
            if name not in self.keys:
                person = (
                    await self.ask(
                        "administrator",
                        "POST",
                        "/routing/v1/people",
                        {"name": f"演示·{unit}", "grants": [{"role": role, "unit": unit}]},
                    )
                ).json()
                made = await self.ask("administrator", "POST", "/routing/v1/keys", {"person": person["id"]})
                self.keys[name] = made.json()["key"]
        return name

    async def call_back(self, data: Json) -> str:
        """The survey provider reports one call, signed; what feedback made of the line."""
        now = datetime.now(UTC)
        event = {"type": "survey.answered", "timestamp": now.isoformat(), "data": data}
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = sign(self.keys["survey_secret"], f"msg_{uuid4().hex}", now, body)
        sent = {**headers, "Content-Type": "application/json"}
        answer = await self._through(
            lambda: self._front.ask("POST", "/feedback/v1/callbacks", content=body, headers=sent)
        )
        return str(answer.json()["results"][0]["result"])


def stamp() -> str:
    """A short mark that makes this play's external ids its own."""
    return base64.b32encode(uuid4().bytes[:5]).decode().lower()
