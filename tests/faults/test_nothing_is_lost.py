"""Processes are killed at random while reports come in and are worked: nothing is lost, nothing happens twice."""

import asyncio
import os
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from house import House, plain
from installation import Urls, make_database, settings_of
from sqlalchemy import Engine, create_engine, text

from services import embedded, standalone
from services.cli import fill
from services.demo.doors import Doors, Json, Refused
from services.settings import SERVICES, Settings

REPORTS, KILLS, WORKED = 500, 20, 60
PATIENCE = 240.0


@pytest.fixture(scope="module")
def urls(cluster: embedded.Server) -> Urls:
    return make_database(cluster, f"faults_{secrets.token_hex(4)}")


@pytest.fixture(scope="module")
def settings(urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(urls, tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
async def processes(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    await fill(settings)
    names = [f"{service}_database_url" for service in SERVICES]
    names += ["link_intake_routing", "link_routing_feedback", "link_intake_feedback"]
    names += ["survey_secret", "answer_key", "master_keys"]
    environment = {f"GRIDLOOP_{name.upper()}": plain(getattr(settings, name)) for name in names}
    made = House(environment, tmp_path_factory.mktemp("logs"))
    await asyncio.to_thread(made.start)
    yield made
    await asyncio.to_thread(made.stop)


class Street:
    """Everybody who uses the house while it is being shot at: each asks again until there is an answer."""

    def __init__(self, house: House, credentials: Json) -> None:
        self.doors = {service: Doors(house.url(service), credentials) for service in SERVICES}
        self.posted: dict[str, str] = {}
        self.surveyed: set[str] = set()

    async def leave(self) -> None:
        for doors in self.doors.values():
            await doors.close()

    async def again(self, service: str, role: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        while True:
            try:
                return await self.doors[service].ask(role, method, path, body, **headers)
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
            except Refused as refused:
                if refused.status < 500:
                    raise
                await asyncio.sleep(0.2)

    async def report(self, number: int) -> None:
        body = {
            "channel": "hotline",
            "external_id": f"fault-{number}",
            "item_type": "complaint",
            "description": f"永嘉路上的垃圾桶满溢，第{number}次反映，请尽快清运。",
            "grid_code": "310101023011",
            "issue_code": "05-01",
            "reporter": {"name": "样例", "phone": "13800001234"},
        }
        answer = await self.again(
            "intake", "hotline", "POST", "/intake/v1/cases", body, Idempotency_Key=f"fault-{number}"
        )
        self.posted[f"fault-{number}"] = answer.json()["case_no"]

    async def work(self, case_no: str) -> None:
        """One order through to the survey, whatever dies meanwhile."""
        path = f"/routing/v1/orders/{case_no}"
        while True:
            try:
                found = await self.again("routing", "auditor", "GET", path)
            except Refused:
                await asyncio.sleep(0.3)
                continue
            state = found.json()["state"]
            if state == "feedback.surveying":
                self.surveyed.add(case_no)
                return
            role, name, body = MOVES[state]
            try:
                await self.again("routing", role, "POST", f"{path}/{name}", body, If_Match=found.headers["etag"])
            except Refused as refused:
                if refused.status not in (409, 412):
                    raise


PHOTO = [{"kind": "photo", "shows": "清运后"}]
MOVES: dict[str, tuple[str, str, Json]] = {
    "discover.triage": ("dispatcher", "dispatch", {"unit": "310101023"}),
    "handle.dispatched": ("officer", "accept", {}),
    "handle.working": ("officer", "report-done", {"done": "已清运", "public_answer": "已清运", "evidence": PHOTO}),
    "supervise.checking": ("supervisor", "approve", {"finding": "属实"}),
}


@pytest.fixture(scope="module")
def owner(urls: Urls) -> Iterator[Engine]:
    engine = create_engine(urls["owner"])
    yield engine
    engine.dispose()


def rows(owner: Engine, query: str) -> list[Any]:
    with owner.connect() as connection:
        return list(connection.execute(text(query)))


UNEQUAL = """
    select o.case_no from routing.orders o
    left join intake.reports r using (case_no) left join feedback.cases f using (case_no)
    where r.state is distinct from o.state or r.outcome is distinct from o.outcome or r.round is distinct from o.round
       or f.state is distinct from o.state or f.outcome is distinct from o.outcome or f.round is distinct from o.round
"""
UNDELIVERED = " union all ".join(
    f"select id from {service}.pgqueuer where entrypoint like 'to\\_%'" for service in SERVICES
)


async def _quiet(owner: Engine, posted: int) -> None:
    """Wait until every message is delivered and every copy equals its owner's."""
    for _ in range(int(PATIENCE * 2)):
        done = rows(owner, "select count(*) from routing.orders")[0][0] >= posted
        if done and not rows(owner, UNDELIVERED) and not rows(owner, UNEQUAL):
            return
        await asyncio.sleep(0.5)


async def test_nothing_is_lost_and_nothing_happens_twice_when_processes_are_killed(
    processes: House, settings: Settings, owner: Engine
) -> None:
    dice = random.Random(os.environ.get("GRIDLOOP_FAULT_SEED", "20"))
    street = Street(processes, standalone.credentials(settings))
    gate = asyncio.Semaphore(6)

    async def one(number: int) -> None:
        async with gate:
            await street.report(number)
        if number < WORKED:
            await street.work(street.posted[f"fault-{number}"])

    async def killer() -> None:
        for _ in range(KILLS):
            await asyncio.sleep(dice.uniform(0.3, 2.0))
            await asyncio.to_thread(processes.kill_one, dice)

    async with asyncio.timeout(600):
        await asyncio.gather(killer(), *map(one, range(REPORTS)))
    await street.leave()
    assert len(processes.killed) == KILLS
    await _quiet(owner, REPORTS)

    numbers = list(street.posted.values())
    assert len(set(numbers)) == REPORTS
    orders = Counter(row[0] for row in rows(owner, "select case_no from routing.orders"))
    assert orders == Counter(numbers), "every report has exactly one order, and no order is without a report"
    surveys = Counter(tuple(row) for row in rows(owner, "select case_no, round, kind from feedback.surveys"))
    assert surveys == Counter((case_no, 1, "handled") for case_no in street.surveyed)
    assert len(street.surveyed) == WORKED
    assert rows(owner, UNEQUAL) == []
    assert rows(owner, UNDELIVERED) == []
    twice = "select case_no, number from {}.timeline group by 1, 2 having count(*) > 1"
    for service in SERVICES:
        assert rows(owner, twice.format(service)) == []
