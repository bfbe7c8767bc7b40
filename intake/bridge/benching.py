"""How fast reports are registered: one by one and in bulk, in one run, through the whole app on a database of its own.

Both ways start at the app's door (ASGI) with the same texts and end with the answer after the commit; no HTTP client
and no socket stands between, which would slow the single requests most.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

from fastapi import FastAPI

import services.demo
from intake.api import create_app
from services import identity
from services.application import mount
from services.identity import digest, mint
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, UnitFact
from services.roles import Role
from services.settings import Settings

TEXTS = Path(services.demo.__file__).parent / "reports.jsonl"
AT_ONCE = 8
"""Single requests under way at the same time."""
TOLD = ("item_type", "description", "address", "district_code", "reporter")


def lines(start: int, count: int) -> list[bytes]:
    """Reports of the demo (synthetic people and numbers), each under an external_id of its own."""
    texts: Iterator[dict[str, Any]] = cycle(json.loads(each) for each in TEXTS.read_text("utf-8").splitlines())
    picked = ((number, next(texts)) for number in range(start, start + count))
    return [
        json.dumps(
            {"channel": "hotline", "external_id": f"bench-{number}"} | {k: each[k] for k in TOLD if each.get(k)},
            ensure_ascii=False,
        ).encode()
        for number, each in picked
    ]


class Door:
    """The app as a server calls it."""

    def __init__(self, app: FastAPI, key: str) -> None:
        self._app, self._key = mount({"intake": app}), key

    async def post(self, path: str, body: bytes, kind: str) -> dict[str, Any]:
        given = [{"type": "http.request", "body": body, "more_body": False}]
        got: list[Any] = []

        async def receive() -> Any:
            return given.pop() if given else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            got.append(message)

        await self._app(self._scope(path, body, kind), receive, send)
        answer: dict[str, Any] = json.loads(b"".join(each.get("body", b"") for each in got))
        if got[0]["status"] not in (200, 201):
            raise RuntimeError(f"{path} answered {got[0]['status']}")
        return answer

    def _scope(self, path: str, body: bytes, kind: str) -> dict[str, Any]:
        headers = {"host": "bench", "authorization": f"Bearer {self._key}", "content-type": kind}
        headers["content-length"] = str(len(body))
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": f"/intake{path}", "raw_path": f"/intake{path}".encode(), "query_string": b"", "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1), "server": ("bench", 80), "state": {},
        }  # fmt: skip


async def measure(settings: Settings, *, singles: int, bulk: int, rounds: int) -> dict[str, Any]:
    """Registered per second, singly and in bulk, in turns; the first turn of each warms up and does not count."""
    app = create_app(settings)
    door = Door(app, await _hotline(app))
    start, ones, many = 0, list[Took](), list[Took]()
    try:
        for _ in range(rounds + 1):
            ones.append(await _timed(app, singles, _one_by_one(door, lines(start, singles))))
            many.append(await _timed(app, bulk, _at_once(door, lines(start + singles, bulk))))
            start += singles + bulk
    finally:
        app.state.hiders.close()
        await app.state.database.close()
    return {"singles": singles, "bulk": bulk, "at_once": AT_ONCE, **_compared(ones[1:], many[1:])}


@dataclass(frozen=True)
class Took:
    """What some cases took: each second's count, and milliseconds of a processor for each (the database's left out)."""

    rate: float
    processor: float


def _compared(ones: Sequence[Took], many: Sequence[Took]) -> dict[str, Any]:
    """By the medians, the slower of two in the middle for bulk and the faster for single requests."""
    single_rates, bulk_rates = [each.rate for each in ones], [each.rate for each in many]
    single, bulk = sorted(single_rates)[len(ones) // 2], sorted(bulk_rates)[(len(many) - 1) // 2]
    alone, together = (sorted(each.processor for each in took)[len(took) // 2] for took in (ones, many))
    return {
        "single_rates": single_rates, "bulk_rates": bulk_rates,
        "single_per_second": single, "bulk_per_second": bulk, "ratio": round(bulk / single, 1),
        "single_processor_ms": alone, "bulk_processor_ms": together, "processor_ratio": round(alone / together, 1),
    }  # fmt: skip


async def _timed(app: FastAPI, cases: int, work: Awaitable[None]) -> Took:
    """Of this process and of those that redact."""
    began, spent = time.perf_counter(), time.process_time() + app.state.hiders.spent
    await work
    took, spent = time.perf_counter() - began, time.process_time() + app.state.hiders.spent - spent
    return Took(round(cases / took, 1), round(spent / cases * 1000, 2))


async def _one_by_one(door: Door, bodies: list[bytes]) -> None:
    waiting = iter(bodies)

    async def post() -> None:
        for body in waiting:
            await door.post("/v1/cases", body, "application/json")

    await asyncio.gather(*(post() for _ in range(AT_ONCE)))


async def _at_once(door: Door, bodies: list[bytes]) -> None:
    answer = await door.post("/v1/cases/bulk", b"\n".join(bodies), "application/x-ndjson")
    if answer["registered"] != len(bodies):
        raise RuntimeError(f"{len(bodies) - answer['registered']} lines were not registered")


async def _hotline(app: FastAPI) -> str:
    """A key of the hotline role, as routing would tell of it."""
    key, half, _ = mint()
    person = uuid4()
    changed = AccessChanged(
        units=(UnitFact(code="31", name="31", level="city", parent=None, path="/31/"),),
        people=(PersonFact(id=person, name="bench", machine=True),),
        grants=(GrantFact(id=uuid4(), person=person, role=Role.HOTLINE, unit="31"),),
        keys=(KeyFact(id=half, person=person, digest=digest(key)),),
    )
    async with app.state.database.unit() as session:
        await identity.copy(session, changed)
    return key


def told(figures: dict[str, Any]) -> str:
    """The figures in lines for people."""
    return "\n".join(
        [
            f"single requests, {figures['at_once']} at once: {figures['single_per_second']:,.0f} cases/s "
            f"(rounds of {figures['singles']:,}: {figures['single_rates']})",
            f"bulk: {figures['bulk_per_second']:,.0f} cases/s "
            f"(requests of {figures['bulk']:,}: {figures['bulk_rates']})",
            f"ratio {figures['ratio']}",
            f"processor time a case, the database's left out: {figures['single_processor_ms']} ms singly, "
            f"{figures['bulk_processor_ms']} ms in bulk: {figures['processor_ratio']} times",
        ]
    )
