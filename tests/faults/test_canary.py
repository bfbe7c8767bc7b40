"""A marked person goes through every channel, every move and several faults; then everything left behind is searched.

The house is a process of its own: feedback is first out of reach, tables vanish, and it is killed in the middle.
"""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from canary import IDENTITY, NAME, NUMBERS, PERSON, PHONE, SECOND, body, dump, found_in, words
from house import free_port
from installation import Urls, make_database, settings_of
from sqlalchemy import Engine, create_engine, text

from intake.channels import Channel
from routing.schemas import BODIES
from routing.states import Move
from services import embedded
from services.clocks import now
from services.demo.doors import Doors, Refused
from services.settings import SERVICES, Settings

UNIT, OTHER_UNIT = "310101023", "310101023-enforcement"
STATUE = "门口石狮子断了一只耳朵。"
PLACE = {"issue_code": "05-01", "grid_code": "310101023011"}
SECRETS = (
    "link_intake_routing", "link_routing_feedback", "link_intake_feedback", "survey_secret", "answer_key",
    "master_keys",
)  # fmt: skip


@dataclass
class Watched:
    """The house as one process, and every answer it gave."""

    settings: Settings
    folder: Path
    owner: Engine
    port: int = field(default_factory=free_port)
    answers: list[httpx.Response] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    turn: int = 0
    process: subprocess.Popen[bytes] | None = None
    doors: Doors | None = None

    async def start(self, *, feedback_away: bool = False) -> None:
        given = {name: getattr(self.settings, name) for name in SECRETS}
        given |= {f"{service}_database_url": getattr(self.settings, f"{service}_database_url") for service in SERVICES}
        given["database_url"] = self.settings.database_url
        if feedback_away:
            given["feedback_url"] = f"http://127.0.0.1:{free_port()}"
        environment = {f"GRIDLOOP_{name.upper()}": _plain(value) for name, value in given.items()}
        with (self.folder / "house.log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: ASYNC220 (it is not waited for here)
                [sys.executable, "-m", "services.cli", "up", "--data-dir", str(self.folder), "--port", str(self.port)],
                env={**os.environ, **environment}, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(300):
            while not (self.folder / "credentials.json").exists():
                await asyncio.sleep(0.2)
            keys = json.loads((self.folder / "credentials.json").read_text("utf-8"))
            self.doors = Doors(f"http://127.0.0.1:{self.port}", {**keys, **(self.doors.keys if self.doors else {})})
            self.doors._http.event_hooks["response"] = [self._keep]
            await self.doors.open()
            while not await self._knows_everybody():
                await asyncio.sleep(0.2)

    async def _knows_everybody(self) -> bool:
        """Whether the news of all keys has arrived in intake."""
        roles = ("hotline", "clerk", "officer", "auditor", "dispatcher", "supervisor")
        return all([(await self.ask(role, "GET", "/intake/v1/cases?limit=1")).is_success for role in roles])

    async def _keep(self, answer: httpx.Response) -> None:
        await answer.aread()
        self.answers.append(answer)

    async def end(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)
        await asyncio.to_thread(self.process.wait, 30)
        if self.doors:
            await self.doors.close()

    async def ask(self, role: str, method: str, path: str, told: Any = None, **headers: str) -> httpx.Response:
        assert self.doors
        try:
            return await self.doors.ask(role, method, path, told, **headers)
        except Refused:
            return self.answers[-1]

    async def post(self, role: str, channel: Channel, **more: Any) -> str:
        self.turn += 1
        told = {"channel": channel, "item_type": "complaint", "description": words(self.turn), "reporter": PERSON}
        answer = await self.ask(role, "POST", "/intake/v1/cases", {**told, **more}, Idempotency_Key=str(uuid4()))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case_no"])

    async def post_open311(self) -> None:
        """By form, as its clients do, with the person in every field there is for one."""
        assert self.doors
        form = {
            "api_key": self.doors.keys["hotline"], "service_code": "05-01", "address_string": "瑞金二路街道永嘉路120弄",
            "description": words(7), "first_name": NAME[2:], "last_name": NAME[:2], "phone": PHONE,
        }  # fmt: skip
        answer = await self.doors._http.post("/intake/open311/v2/requests.json", data=form)
        assert answer.status_code == 200, answer.text

    async def order(self, case_no: str, *states: str) -> dict[str, Any]:
        """The order, once it is in one of these states."""
        assert self.doors
        for _ in range(200):
            found = await self.doors.find(f"/routing/v1/orders/{case_no}")
            if found and (not states or found["state"] in states):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{case_no} is not {states}: {found and found['state']}")

    async def move(self, role: str, case_no: str, move: Move, *also: str, **given: Any) -> None:
        """A move with the person in all its words; for two persons, `also` agrees."""
        for each in (role, *also):
            self.turn += 1
            order = await self.order(case_no)
            path, tag = f"/routing/v1/orders/{case_no}/{move.replace('_', '-')}", f'"{order["version"]}"'
            told = body(BODIES[move], self.turn if each == role and not also else 1, given)
            answer = await self.ask(each, "POST", path, told, If_Match=tag, Idempotency_Key=str(uuid4()))
            if not answer.is_success:
                self.refused.append(f"{move} in {order['state']} by {each}: {answer.text}")
        self.done.add(move)

    async def taken(self, case_no: str) -> str:
        """The unit that leads it, after a dispatcher where the matcher was not sure; the person's words name places."""
        order = await self.order(case_no, "handle.dispatched", "discover.triage")
        if order["state"] == "discover.triage":
            await self.move("dispatcher", case_no, Move.DISPATCH, unit=UNIT, co_units=[])
            order = await self.order(case_no, "handle.dispatched")
        return str(order["lead"]["code"])


def _plain(value: Any) -> str:
    return str(value.get_secret_value() if hasattr(value, "get_secret_value") else value)


@pytest.fixture(scope="module")
def urls(cluster: embedded.Server) -> Urls:
    return make_database(cluster, f"canary_{secrets.token_hex(4)}")


@pytest.fixture
def owner(urls: Urls) -> Iterator[Engine]:
    made = create_engine(urls["owner"])
    yield made
    made.dispose()


@pytest.fixture
async def watched(urls: Urls, owner: Engine, tmp_path: Path) -> AsyncIterator[Watched]:
    made = Watched(settings_of(urls, tmp_path), tmp_path, owner)
    yield made
    if made.process and made.process.poll() is None:
        await made.end(signal.SIGTERM)


async def test_a_person_is_nowhere_but_in_the_vault(watched: Watched) -> None:
    await watched.start(feedback_away=True)
    first = await handled(watched)
    await triaged(watched)
    assert watched.refused == []
    await spoken_badly(watched, first)
    await without_tables(watched, first)
    await watched.end(signal.SIGKILL)
    await watched.start()
    with watched.owner.begin() as connection:
        connection.execute(text("update routing.pgqueuer set execute_after = now() where status = 'queued'"))
    await judged(watched, first)
    shown = await revealed(watched)
    await others(watched, first)
    await left(watched, first)
    await forgotten(watched)
    assert (watched.refused, watched.done) == ([], set(BODIES))
    await watched.end(signal.SIGTERM)
    logs = [(watched.folder / "house.log").read_bytes()]
    told = [answer.content for answer in watched.answers if answer is not shown]
    headers = [str(answer.headers) for answer in watched.answers]
    rows = dump(watched.owner)
    assert found_in(*told, *headers) == set()
    assert [row[:200] for row in rows if found_in(row)] == []
    assert found_in(*logs) == set()
    assert [row[:200] for row in rows if STATUE in row] == [], "of who was erased not even the matter's words are left"
    assert {status // 100 for status in (answer.status_code for answer in watched.answers)} == {2, 4, 5}
    assert b"unexpected error" in logs[0]
    assert b"Unreachable" in logs[0] or b"answered" in logs[0] or b"ConnectError" in logs[0]
    assert found_in(shown.content) == {PHONE}, "the one answer that may show it does"


async def handled(house: Watched) -> str:
    """From the hotline to the survey: every move on the way, each with the person in its words."""
    told = {"external_id": "canary-1", "address": f"永嘉路120弄 {NAME}"}
    case_no = await house.post("hotline", Channel.HOTLINE, **PLACE, **told)
    assert house.doors
    await house.doors.hire("supervisor", "31")
    await house.doors.hire("dispatcher", "31")
    lead = await house.taken(case_no)
    officer = await house.doors.hire("officer", lead)
    await house.move(officer, case_no, Move.ACCEPT)
    await house.move(officer, case_no, Move.CONTACT, at=now().isoformat())
    await house.move(officer, case_no, Move.DISPUTE, proposed_unit=OTHER_UNIT)
    await house.move("supervisor", case_no, Move.RULE, unit=OTHER_UNIT, legal_route=None)
    officer, leader = await house.doors.hire("officer", OTHER_UNIT), await house.doors.hire("leader", OTHER_UNIT)
    await house.move(officer, case_no, Move.ACCEPT)
    await house.move(leader, case_no, Move.SUMMON, unit=UNIT)
    await house.move("officer", case_no, Move.ARRIVE)
    await house.move(leader, case_no, Move.RELEASE, unit=UNIT)
    await house.move(officer, case_no, Move.NOTE)
    await house.move("supervisor", case_no, Move.SUPERVISE)
    await house.move(leader, case_no, Move.EXTEND, "supervisor")
    await house.move(leader, case_no, Move.DEFER, "supervisor", review_date=f"{now() + timedelta(days=60):%Y-%m-%d}")
    await house.move("supervisor", case_no, Move.RESUME)
    await house.move(officer, case_no, Move.REPORT_DONE)
    await house.move("supervisor", case_no, Move.SEND_BACK)
    await house.move(officer, case_no, Move.REPORT_DONE)
    await house.move("supervisor", case_no, Move.APPROVE)
    return case_no


async def triaged(house: Watched) -> None:
    """What a dispatcher does, on reports without a place."""
    case_no = await house.post("clerk", Channel.WALK_IN)
    await house.order(case_no, "discover.triage")
    await house.move("dispatcher", case_no, Move.ASK)
    await house.move("dispatcher", case_no, Move.RECLASSIFY, issue="05-01")
    if (await house.order(case_no))["state"] == "discover.triage":
        await house.move("dispatcher", case_no, Move.DISPATCH, unit=UNIT, co_units=[])
    await house.move("dispatcher", case_no, Move.REDIRECT, unit=None)
    await house.move("dispatcher", case_no, Move.DISPATCH, unit=UNIT, co_units=[])
    await house.move("leader", case_no, Move.TRANSFER, unit="310101023011")
    await house.move("supervisor", case_no, Move.RAISE_LEVEL)
    parent = await house.post("hotline", Channel.HOTLINE, description=words(1, "楼道里电瓶车乱停乱放，堵住了出口。"))
    await house.taken(parent)
    await house.move("dispatcher", case_no, Move.MERGE, parent=parent)
    await house.move("dispatcher", case_no, Move.UNMERGE)
    await house.move("dispatcher", case_no, Move.DECLINE, "dispatcher@31")
    await house.move("dispatcher", parent, Move.HAND_OVER, emergency=True, at=now().isoformat())


async def others(house: Watched, first: str) -> None:
    """The remaining doors, and what follows a report."""
    assert {channel.value for channel in Channel} == {"hotline", "walk_in", "visit", "open311"}
    await house.post_open311()
    await house.post("officer", Channel.VISIT, **PLACE)
    await house.post("clerk", Channel.WALK_IN, **PLACE, settled={"done": words(1)})
    case_no = await house.post("hotline", Channel.HOTLINE, **PLACE)
    path = f"/intake/v1/cases/{case_no}"
    told_later: dict[str, dict[str, Any]] = {
        "amendments": {"description": words(2), "address": f"{NAME}家，{PHONE}"},
        "chases": {"description": words(3)},
        "splits": {"original": {"description": words(4)}, "second": {"description": words(5)}},
        "withdrawal": {"reason": words(1)},
    }
    for turn, (name, told) in enumerate(told_later.items()):
        answer = await house.ask("hotline", "POST", f"{path}/{name}", told, Idempotency_Key=f"follow-{turn}")
        assert answer.is_success, answer.text
    await house.order(first, "closed")
    for _ in range(100):
        answer = await house.ask("hotline", "POST", f"/intake/v1/cases/{first}/appeals", {"reason": words(2)})
        if answer.is_success:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(answer.text)


async def judged(house: Watched, case_no: str) -> None:
    """The provider calls back, with the person in its words."""
    assert house.doors
    told = {
        "case_no": case_no,
        "round": 1,
        "contacted": True,
        "solved": "解决",
        "satisfied": "满意",
        "words": words(2),
    }
    for _ in range(300):
        try:
            if await house.doors.call_back(told) == "recorded":
                return
        except Refused:
            pass
        await asyncio.sleep(0.2)
    raise AssertionError(f"no survey of {case_no} came to feedback: {house.answers[-1].text}")


async def spoken_badly(house: Watched, case_no: str) -> None:
    """Bodies, headers and addresses that no route takes, each with the person in it."""
    path = "/intake/v1/cases"
    good: dict[str, Any] = {"channel": "hotline", "item_type": "complaint", "description": words(0), "reporter": PERSON}
    for turn, bad in enumerate(
        [
            {**good, "item_type": NAME}, {**good, "reporter": {**PERSON, "phone": f"{NUMBERS[0]}{NAME}"}},
            {**good, "reporter": {"mobile": PHONE}}, {**good, NAME: PHONE}, {**good, "description": ""},
            {**good, "location": {"lon": PHONE, "lat": NAME}}, {**good, "external_id": f"{NAME} {PHONE}"},
            {**good, "reporter": {**PERSON, "id_number": f"{IDENTITY}{NAME}"}}, [good], PHONE,
        ]
    ):  # fmt: skip
        assert (await house.ask("hotline", "POST", path, bad, Idempotency_Key=f"bad-{turn}")).status_code == 422
    same = {**good, "external_id": "canary-1"}
    assert (await house.ask("hotline", "POST", path, same)).status_code == 409
    assert (await house.ask("hotline", "POST", path, good, X_Forwarded_For=PHONE)).status_code == 201
    for service in SERVICES:
        for strange in (f"/v1/{NAME}", f"/v1/cases/{PHONE}", f"/v1/orders/{IDENTITY}/note", f"/v1/cases?state={NAME}"):
            assert not (await house.ask("auditor", "GET", f"/{service}{strange}")).is_server_error
    assert (await house.ask("officer", "POST", f"/routing/v1/orders/{case_no}/note", {"text": 7})).is_client_error
    order = await house.order(case_no)
    late = {"text": words(3), NAME: PHONE}
    tag = f'"{order["version"]}"'
    assert (
        await house.ask("officer", "POST", f"/routing/v1/orders/{case_no}/note", late, If_Match=tag)
    ).is_client_error


async def without_tables(house: Watched, case_no: str) -> None:
    """Tables vanish under the services: statements fail with all their parameters, jobs and messages as well."""
    version = (await house.order(case_no))["version"]
    gone = ("intake.reporters", "intake.audit", "routing.audit", "routing.timeline_words")
    with house.owner.begin() as connection:
        for name in gone:
            connection.execute(text(f"alter table {name} rename to {name.partition('.')[2]}_away"))
    good = {"channel": "hotline", "item_type": "complaint", "description": words(0), "reporter": PERSON}
    assert (await house.ask("hotline", "POST", "/intake/v1/cases", good)).status_code >= 500
    chase = f"/intake/v1/cases/{case_no}/chases"
    assert (await house.ask("hotline", "POST", chase, {"description": words(1)})).status_code >= 500
    tag, note = f'"{version}"', f"/routing/v1/orders/{case_no}/note"
    assert (await house.ask("supervisor", "POST", note, {"text": words(2)}, If_Match=tag)).status_code >= 500
    with house.owner.begin() as connection:
        for name in gone:
            connection.execute(text(f"alter table {name}_away rename to {name.partition('.')[2]}"))


async def revealed(house: Watched) -> httpx.Response:
    """The one lawful look; its answer alone may hold the number. The relay's answer may not."""
    case_no = await house.post("hotline", Channel.HOTLINE, description=words(1, "路灯坏了好几天，晚上一片漆黑。"))
    assert house.doors
    lead = await house.taken(case_no)
    officer = await house.doors.hire("officer", lead)
    await house.move(officer, case_no, Move.ACCEPT)
    told = {"fields": ["phone"], "purpose": "first_contact", "reason": words(1)[:150]}
    path = f"/intake/v1/cases/{case_no}"
    for _ in range(100):
        asked = await house.ask(officer, "POST", f"{path}/reveals", told)
        if asked.is_success:
            break
        await asyncio.sleep(0.1)
    assert asked.status_code == 201, asked.text
    called = await house.ask(officer, "POST", f"{path}/calls", {"reason": words(2)[:150]})
    assert called.status_code == 201, called.text
    return await house.ask(officer, "GET", asked.headers["location"])


async def left(house: Watched, case_no: str) -> None:
    """Everything that can be read or taken away: cases, lists, exports, figures, metrics."""
    reads = {
        "hotline": [f"/intake/v1/cases/{case_no}", "/intake/v1/cases", f"/intake/v1/cases/{case_no}/disclosures"],
        "auditor": [
            f"/intake/v1/cases/{case_no}/disclosures", f"/routing/v1/orders/{case_no}", "/routing/v1/orders",
            "/routing/v1/orders/export", "/routing/v1/orders/export?format=csv",
            "/routing/v1/orders/export?format=xlsx",
            "/feedback/v1/figures/export", "/feedback/v1/figures/cases", "/feedback/v1/figures/cases/export",
            f"/feedback/v1/surveys/{case_no}", "/feedback/v1/surveys", "/feedback/v1/anomalies",
            *(f"/{service}/metrics" for service in SERVICES),
        ],
    }  # fmt: skip
    good = 0
    for role, paths in reads.items():
        for path in paths:
            good += (await house.ask(role, "GET", path)).is_success
    assert good >= 10


async def forgotten(house: Watched) -> None:
    """Somebody who came to the desk is erased on their own word and document; all three services forget the words."""
    told = {"settled": {"done": words(2, STATUE)}, "description": words(1, STATUE), "address": f"{STATUE} {NAME}"}
    case_no = await house.post("clerk", Channel.WALK_IN, **PLACE, **told)
    await house.order(case_no, "closed")
    proof = {"document_seen": True, "name": NAME, "phone": PHONE, "id_number": IDENTITY}
    path = f"/intake/v1/cases/{case_no}"
    for _ in range(100):
        answer = await house.ask("clerk", "POST", f"{path}/erasure", {"proof": proof})
        if answer.is_success:
            break
        await asyncio.sleep(0.1)
    assert answer.json() == {"case_no": case_no, "erased": True}
    wrong = await house.ask("clerk", "POST", f"{path}/corrections", {"proof": proof, "name": NAME, "reason": words(4)})
    assert wrong.status_code == 409
    for _ in range(100):
        if not [row for row in dump(house.owner) if STATUE in row]:
            break
        await asyncio.sleep(0.1)
    query = "select r.* from intake.reporters r join intake.reports on reporter = r.id where case_no = :case_no"
    with house.owner.connect() as connection:
        kept = connection.execute(text(query), {"case_no": case_no}).mappings().one()
    assert {name for name, value in kept.items() if value is not None} == {"id", "erased_at"}


def test_the_search_finds_what_it_is_meant_to_find() -> None:
    for number in NUMBERS:
        assert PHONE in found_in(f"x{number}y")
        assert PHONE in found_in(json.dumps({"n": number}).encode())
        assert PHONE in found_in("\\x" + number.encode().hex())
    assert found_in(words(3)) == {NAME, PHONE, SECOND, IDENTITY, PERSON["home"]}
    assert found_in("\\x" + json.dumps(NAME).encode().hex()) == {NAME}
    assert found_in("夏侯先生 13987654320 310101199003077716") == set()
