"""The provider itself: offers come in signed, callbacks go out signed, in batches, some twice, shuffled or broken.

It knows case number, round, kind and relay handle, since nothing else is ever sent to it.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from feedback.offers import CLOSED, OFFERED
from feedback.schemas import ANSWERED
from feedback.simulating.temper import Temper
from services.signing import BadSignature, sign, verify

PAUSE = 0.05
"""Real seconds between two batches of callbacks."""
AWAY = 0.5
TRIES = 20
WRONG = "whsec_YSB3cm9uZyBzZWNyZXQgb2YgdGhlIHNpbXVsYXRvcg=="
Survey = tuple[str, int, str]


class Provider:
    """Plays until `close`; `counts` says what was offered, sent and answered."""

    def __init__(
        self, feedback: str, secret: str, temper: Temper, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._url, self._secret, self._temper = f"{feedback.rstrip('/')}/feedback/v1/callbacks", secret, temper
        self._client = httpx.AsyncClient(transport=transport, trust_env=False, timeout=30)
        self._calls: dict[Survey, asyncio.Task[None]] = {}
        self._seen: set[str] = set()
        self._ready: list[dict[str, Any]] = []
        self.app = Starlette(routes=[Route("/", self._offers, methods=["POST"])])

    async def _offers(self, request: Request) -> Response:
        """A batch of offers; the same batch again changes nothing."""
        body = await request.body()
        try:
            verify(self._secret, request.headers, body)
        except BadSignature:
            return JSONResponse({"error": "bad signature"}, status_code=401)
        if (name := request.headers["webhook-id"]) not in self._seen:
            self._seen.add(name)
            for event in json.loads(body):
                self._take(event)
        return Response(status_code=204)

    def _take(self, event: dict[str, Any]) -> None:
        data = event["data"]
        survey: Survey = (data["case_no"], data["round"], data["kind"])
        self.counts[event["type"]] += 1
        if event["type"] == OFFERED and survey not in self._calls:
            self._calls[survey] = asyncio.create_task(self._call(survey, list(self._temper.calls(survey[0]))))
        elif event["type"] == CLOSED and survey in self._calls:
            self._calls[survey].cancel()

    async def _call(self, survey: Survey, calls: list[tuple[float, dict[str, Any]]]) -> None:
        case_no, round_, kind = survey
        for wait, data in calls:
            await asyncio.sleep(wait)
            at = datetime.now(UTC).isoformat()
            named = {"case_no": case_no, "round": round_, "kind": kind, "called_at": at}
            self._ready.append({"type": ANSWERED, "timestamp": at, "data": {**named, **data}})

    @asynccontextmanager
    async def playing(self) -> AsyncIterator["Provider"]:
        """Reports what was called, until the block ends; then what is called still, to the end."""
        over = asyncio.Event()
        reporting = asyncio.create_task(self._report(over))
        try:
            yield self
        finally:
            await asyncio.gather(*self._calls.values(), return_exceptions=True)
            # Told, never cancelled: a batch that is on its way is heard to its end.
            over.set()
            await reporting
            await self._client.aclose()

    async def until_still(self, offered: int) -> None:
        """Wait until so many surveys were offered and every call is over."""
        # Calls are added meanwhile, so that there is no one event to wait for.
        while len(self._calls) < offered or not all(call.done() for call in self._calls.values()):  # noqa: ASYNC110
            await asyncio.sleep(PAUSE)

    async def _report(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await asyncio.sleep(PAUSE)
            await self._send_ready()
        await self._send_ready()

    async def _send_ready(self) -> None:
        events, self._ready = self._ready, []
        if not events:
            return
        self._temper.draw.shuffle(events)
        if self._temper.faulty():
            events = [*events, *_broken(events[0])]
        name = f"msg_{uuid4().hex}"
        if self._temper.faulty():
            await self._post(name, events, WRONG)
        for _ in range(1 + self._temper.again()):
            self.counts.update(await self._delivered(name, events))

    async def _delivered(self, name: str, events: list[dict[str, Any]]) -> list[str]:
        """The results of the lines; where feedback is away the same message is sent again, as providers do."""
        for _ in range(TRIES):
            answer = await self._post(name, events, self._secret)
            if answer is not None and answer.is_success:
                return [line["result"] for line in answer.json()["results"]]
            await asyncio.sleep(AWAY)
        self.counts["given_up"] += len(events)
        return []

    async def _post(self, name: str, events: list[dict[str, Any]], secret: str) -> httpx.Response | None:
        body = json.dumps(events, ensure_ascii=False).encode()
        headers = {"content-type": "application/json", **sign(secret, name, datetime.now(UTC), body)}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError:
            self.counts["away"] += 1
            return None
        self.counts[f"status_{answer.status_code}"] += 1
        return answer


def _broken(like: dict[str, Any]) -> list[dict[str, Any]]:
    """Lines as real providers send them on a bad day: a survey nobody knows, a word nobody knows, another event."""
    data = like["data"]
    return [
        {**like, "data": {**data, "case_no": "0000000000000000"}},
        {**like, "data": {**data, "contacted": True, "solved": "好像解决了"}},
        {**like, "type": "survey.started"},
    ]
