"""How fast lists are, as a person at a desk meets them: through the app, every list × role × filter that matters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter_ns, process_time_ns
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI
from sqlalchemy import create_engine, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession

from routing import worklists
from routing.api import create_app
from routing.benching import desks as hiring
from routing.benching import orders
from routing.benching.desks import Desk
from routing.catalogue import current, import_starter
from routing.list_filters import Filters
from routing.named_lists import open_to
from routing.terms import terms
from services.clocks import now
from services.database import Database
from services.identity import identify
from services.roles import Role
from services.settings import Settings

GOAL = 50.0
"""Milliseconds at p95."""
NARROWED: Mapping[str, Mapping[str, Any]] = {
    "": {},
    "issue": {"issue": "05-04"},
    "class": {"issue": "01"},
    "grid": {"grid": "310101023006"},
    "grade": {"grade": "urgent"},
    "tag": {"tag": "safety"},
    "text often": {"q": "小区"},
    "text seldom": {"q": "垃圾桶满"},
    "text nowhere": {"q": "紫色的大象"},
}
OF_ALL: Mapping[str, Mapping[str, Any]] = {
    **NARROWED,
    "by due": {"sort": "due"},
    "working": {"state": "handle.working"},
    "closed": {"state": "closed"},
    "a week": {"received_from": (now() - timedelta(days=14)).isoformat(), "received_to": now().isoformat()},
}

PAGES: Mapping[Role, Mapping[str, Mapping[str, Any]]] = {
    Role.DISPATCHER: {"/dispatch": {}, "/dispatch/grids": {}},
    Role.SUPERVISOR: {"/board": {}, "/board/cases": {}},
}
"""The pages that a role has open all day: a list with its badges, and the numbers by grid."""


class Taken(NamedTuple):
    """Milliseconds on the clock, and those in which a processor worked on it: what a quiet machine would need."""

    clock: float
    busy: float


@dataclass(frozen=True)
class Case:
    """One list as somebody asks for it: how it is called, and the query."""

    desk: Desk
    path: str
    name: str
    query: Mapping[str, Any]


async def prepare(settings: Settings, number: int) -> list[Desk]:
    """Fill an empty database with the starter city, orders, and those who ask for them."""
    database = Database(settings.database_for("routing"), "routing", pool_size=1)
    async with database.unit() as session:
        await import_starter(session)
    async with database.unit() as session:
        catalogue = await current(session)
    await database.close()
    engine = create_engine(str(settings.database_url), connect_args={"options": "-csearch_path=routing"})
    with engine.begin() as connection:
        orders.fill(connection, catalogue, number, hiring.officers(catalogue))
        made = hiring.hire(connection, catalogue)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE) orders, order_texts, order_units, disputes, timeline, grids, units"))
    engine.dispose()
    return made


async def cases(settings: Settings, made: Sequence[Desk]) -> list[Case]:
    database = Database(settings.database_for("routing"), "routing", pool_size=1)
    async with database.unit() as session:
        lists = {desk: open_to(await identify(session, desk.key)) for desk in made}
    await database.close()
    return [case for desk in made for case in _cases(desk, lists[desk])]


def _cases(desk: Desk, lists: Sequence[str]) -> Iterator[Case]:
    yield Case(desk, "/v1/worklists", "badges", {})
    for path, query in PAGES.get(desk.role, {}).items():
        yield Case(desk, path, f"page {path}", query)
    for name, query in OF_ALL.items():
        yield Case(desk, "/v1/orders", f"all {name}".strip(), query)
        yield Case(desk, "/v1/orders", f"all {name} counted".replace("  ", " "), {**query, "count": True})
    for worklist in lists:
        for name, query in NARROWED.items():
            counted = {"worklist": str(worklist), **query, "count": True}
            yield Case(desk, "/v1/orders", f"{worklist} {name} counted".replace("  ", " "), counted)


async def measure(settings: Settings, made: Sequence[Desk], *, rounds: int) -> dict[str, Any]:
    """Every case in turn, as often as there are rounds, so that all meet the same machine; and how each is planned."""
    app, asked = create_app(settings), await cases(settings, made)
    backend = await backend_of(app)
    taken: list[list[Taken]] = [[] for _ in asked]
    for turn in range(rounds + 1):
        for at, case in enumerate(asked):
            took = await timed(app, case, backend)
            if turn:
                taken[at].append(took)
    plans = [await _planned(app, case) for case in asked]
    await app.state.database.close()
    lines = [_line(case, taken[at], plans[at]) for at, case in enumerate(asked)]
    return {"lists": lines, "of_all": figures_of([each for some in taken for each in some]), "goal_ms": GOAL}


async def backend_of(app: FastAPI) -> Path:
    """Where Linux says how long PostgreSQL's process for our one connection was busy."""
    async with app.state.database.unit() as session:
        return Path(f"/proc/{await session.scalar(text('SELECT pg_backend_pid()'))}/schedstat")


def _busy(backend: Path) -> int:
    """Nanoseconds of processor time, the app's and PostgreSQL's together."""
    return process_time_ns() + (int(backend.read_text("ascii").split()[0]) if backend.exists() else 0)


async def timed(app: FastAPI, case: Case, backend: Path, *, statuses: Sequence[int] = (200,)) -> Taken:
    transport = httpx.ASGITransport(app=app)
    headers = {"authorization": f"Bearer {case.desk.key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:
        start, busy = perf_counter_ns(), _busy(backend)
        answer = await client.get(case.path, params=dict(case.query))
        took = Taken((perf_counter_ns() - start) / 1e6, (_busy(backend) - busy) / 1e6)
    assert answer.status_code in statuses, (case.desk.name, case.name, answer.text)
    return took


async def _planned(app: FastAPI, case: Case) -> str:
    """The kinds of scan that find the page, and those that count it."""
    if case.path != "/v1/orders":
        return ""
    async with app.state.database.unit() as session:
        await worklists.reading(session)
        found = await plans(session, app.state.settings, case)
    return " | ".join(", ".join(each) for each in found)


async def plans(session: AsyncSession, settings: Settings, case: Case) -> list[list[str]]:
    """Of the page and, where it is asked for, of the count: which tables are read by which kind of scan."""
    filters, actor = Filters.model_validate(case.query), await identify(session, case.desk.key)
    zone = terms(settings).calendar.zone
    found = await worklists.wanted(session, filters, actor=actor, at=now(), zone=zone)
    statements = [worklists.numbers(found, worklists.stretches(found)[0], limit=filters.limit + 1)]
    if filters.count:
        statements.append(select(worklists.counted(found)))
    return [_scans(await explained(session, each)) for each in statements]


async def explained(session: AsyncSession, statement: Any) -> dict[str, Any]:
    plain = statement.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        compile_kwargs={"literal_binds": True},
    )
    connection = await session.connection()
    told = (
        await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {plain}".replace("%%", "%").replace("%", "%%"))
    ).scalar_one()
    plan: dict[str, Any] = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return plan


def _scans(plan: Mapping[str, Any]) -> list[str]:
    """`Index Scan ix_…`, `Seq Scan orders`, each once."""
    own = (
        [f"{plan['Node Type']} {plan.get('Index Name') or plan.get('Relation Name')}"]
        if "Scan" in plan["Node Type"]
        else []
    )
    own = [each for each in own if not each.endswith("None")]
    below = [each for child in plan.get("Plans", ()) for each in _scans(child)]
    return list(dict.fromkeys([*own, *below]))


def _line(case: Case, taken: Sequence[Taken], plan: str) -> dict[str, Any]:
    return {
        "role": case.desk.role.value,
        "height": case.desk.height,
        "list": case.name,
        **figures_of(taken),
        "plan": plan,
    }


def figures_of(taken: Sequence[Taken]) -> dict[str, float]:
    clock, busy = (quantiles(each, n=20, method="inclusive") for each in zip(*taken, strict=True))
    return {
        "p50_ms": round(clock[9], 1),
        "p95_ms": round(clock[18], 1),
        "busy_p50_ms": round(busy[9], 1),
        "busy_p95_ms": round(busy[18], 1),
    }


def told(figures: Mapping[str, Any]) -> str:
    lines = sorted(figures["lists"], key=lambda each: -each["p95_ms"])
    slow = [each for each in lines if each["p95_ms"] > figures["goal_ms"]]
    each_line = [
        f"{each['p50_ms']:>8.1f} {each['p95_ms']:>8.1f} {each['busy_p50_ms']:>8.1f} {each['busy_p95_ms']:>8.1f}  "
        f"{each['role']} {each['height']}: {each['list']}  [{each['plan']}]"
        for each in lines
    ]
    of_all, heading = figures["of_all"], "  p50 ms   p95 ms busy p50 busy p95"
    summary = (
        f"{len(lines)} lists, all requests together: p50 {of_all['p50_ms']} ms, p95 {of_all['p95_ms']} ms, "
        f"p50 {of_all['busy_p50_ms']} ms, p95 {of_all['busy_p95_ms']} ms of processor time alone; "
        f"{len(slow)} lists with a p95 over {figures['goal_ms']:.0f} ms"
    )
    return "\n".join([heading, *each_line, summary])
