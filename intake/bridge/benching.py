"""How fast reports are registered: one by one and in bulk, in one run, through the whole app on a database of its own.

Both ways start at the app's door (ASGI) with the same texts and end with the answer after the commit; no HTTP client
and no socket stands between, which would slow the single requests most.
"""

import asyncio
import json
import time
from collections.abc import Iterator
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
    start, single_rates, bulk_rates = 0, list[float](), list[float]()
    try:
        for turn in range(rounds + 1):
            single = singles / await _timed(_one_by_one(door, lines(start, singles)))
            many = bulk / await _timed(_at_once(door, lines(start + singles, bulk)))
            start += singles + bulk
            if turn:
                single_rates.append(round(single, 1))
                bulk_rates.append(round(many, 1))
    finally:
        app.state.hiders.close()
        await app.state.database.close()
    size = {"singles": singles, "bulk": bulk, "at_once": AT_ONCE}
    return {**size, "single_rates": single_rates, "bulk_rates": bulk_rates, **_ratio(single_rates, bulk_rates)}


def _ratio(singles: list[float], bulks: list[float]) -> dict[str, float]:
    """Of the medians, the slower of two in the middle for bulk and the faster for single requests."""
    single, many = sorted(singles)[len(singles) // 2], sorted(bulks)[(len(bulks) - 1) // 2]
    return {"single_per_second": single, "bulk_per_second": many, "ratio": round(many / single, 1)}


async def _timed(work: Any) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


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
        ]
    )
