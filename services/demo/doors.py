"""The front doors as the demo uses them: one HTTP client, a key for each role, more people by the administrator."""

import asyncio
import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from services.settings import SERVICES
from services.signing import sign

Json = dict[str, Any]
LOST_RACE = (409, 412)


class Refused(Exception):
    """A door answered with a problem; the play does not go on as if nothing was."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:400]}")


class Doors:
    """All requests of the play. `keys` are those of `credentials.json`; officers of a unit get theirs when needed."""

    def __init__(self, base: str, credentials: Mapping[str, Any], *, at_once: int = 24) -> None:
        self.keys: dict[str, str] = {role: key for role, key in credentials.items() if isinstance(key, str)}
        self.requests = 0
        self._http = httpx.AsyncClient(base_url=base, timeout=30, trust_env=False)
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

    async def ask(self, role: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request with the key of `role`; Refused where the answer is a problem."""
        sent = {
            "Authorization": f"Bearer {self.keys[role]}",
            **{name.replace("_", "-"): v for name, v in headers.items()},
        }
        async with self._gate:
            answer = await self._http.request(method, path, json=body, headers=sent)
        self.requests += 1
        if answer.is_error:
            raise Refused(answer)
        return answer

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
        """All items of a list, page by page."""
        items, cursor = [], ""
        while True:
            page = await self.read(role, f"{path}{'&' if '?' in path else '?'}limit=200{cursor}")
            items += page["items"]
            if not page.get("next"):
                return items
            cursor = f"&cursor={page['next']}"

    async def move(self, role: str, order: Json, name: str, body: Json) -> bool:
        """Make a move on the order as it was read; False where somebody else was first."""
        path, tag = f"/routing/v1/orders/{order['case_no']}/{name}", f'"{order["version"]}"'
        try:
            await self.ask(role, "POST", path, body, If_Match=tag, Idempotency_Key=str(uuid4()))
        except Refused as refused:
            if refused.status in LOST_RACE:
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
        async with self._gate:
            answer = await self._http.post(
                "/feedback/v1/callbacks", content=body, headers={**headers, "Content-Type": "application/json"}
            )
        self.requests += 1
        if answer.is_error:
            raise Refused(answer)
        return str(answer.json()["results"][0]["result"])


def stamp() -> str:
    """A short mark that makes this play's external ids its own."""
    return base64.b32encode(uuid4().bytes[:5]).decode().lower()
