"""What the contract allows, sent by everybody: no 5xx, and no answer that the contract does not name.

A seeded example of each operation here, from two roles by turns; `make campaign` sends more, each with every role's
key (`GRIDLOOP_EXAMPLES`).
"""

import asyncio
import json
import os
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from emptying import empty
from fortress import Fortress
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from services.application import mount
from services.cli import ROOMS
from services.roles import Role
from services.settings import SERVICES, Settings

EXAMPLES = int(os.environ.get("GRIDLOOP_EXAMPLES", "1"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NOT_READY = "urn:gridloop:problem:no"
"""Without a city in the database some of routing's routes say so, with 503."""


@schemathesis.serializer("application/x-ndjson")
def lines(_: Any, value: Any) -> bytes:
    """What is sent by lines: each item of a list in its own, and any text as it is."""
    if isinstance(value, bytes | str):
        return value.encode() if isinstance(value, str) else value
    return b"\n".join(json.dumps(each).encode() for each in (value if isinstance(value, list) else [value]))


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def besieged(
    runner: asyncio.Runner, settings_of_run: Settings, owning: Engine, tables: list[str]
) -> Iterator[Fortress]:
    """A fortress of its own loop: hypothesis is not asynchronous."""
    with owning.begin() as connection:
        empty(connection, tables)

    async def build() -> Fortress:
        apps = {name: room.app(settings_of_run) for name, room in ROOMS.items()}
        made = Fortress(apps, mount(apps), settings_of_run)
        await made.build()
        return made

    made = runner.run(build())
    yield made

    async def close() -> None:
        for client in made.clients:
            await client.aclose()
        for app in made.apps.values():
            await app.state.database.close()

    runner.run(close())


@pytest.fixture(scope="module")
def settings_of_run(request: pytest.FixtureRequest) -> Settings:
    found: Settings = request.getfixturevalue("settings")
    return found


def sent(runner: asyncio.Runner, client: httpx.AsyncClient, service: str, case: Any) -> httpx.Response:
    told = case.as_transport_kwargs(base_url=f"http://fortress/{service}")
    told = {
        name: told[name] for name in ("method", "url", "params", "headers", "json", "data", "files") if told.get(name)
    }
    if isinstance(told.get("data"), bytes | str):
        told["content"] = told.pop("data")
    if case.path.endswith("/stream"):
        told["params"] = {**told.get("params", {}), "seconds": "0"}
    told["headers"] = {name: str(value) for name, value in dict(told.get("headers", {})).items()}
    answer = runner.run(client.request(**told))
    runner.run(answer.request.aread())  # the checks show what was sent, also where it was a file
    return answer


@pytest.mark.parametrize("service", SERVICES)
def test_no_answer_that_the_contract_does_not_name(besieged: Fortress, runner: asyncio.Runner, service: str) -> None:
    contract = schemathesis.openapi.from_dict(besieged.apps[service].openapi())
    clients = {role.value: besieged.as_(role.value) for role in Role}
    everybody, faults, operations = list(clients), [], 0
    for number, result in enumerate(contract.get_all_operations()):
        operation = result.ok()
        inside = operation.definition.raw.get("x-roles") or everybody
        by_turns = {inside[number % len(inside)], everybody[number % len(everybody)]} if EXAMPLES == 1 else everybody
        faults += besiege(operation, runner, service, [clients[name] for name in sorted(by_turns)], number)
        operations += 1
    assert faults == []
    assert operations == sum(len(each) for each in besieged.apps[service].openapi()["paths"].values())


def besiege(
    operation: Any, runner: asyncio.Runner, service: str, clients: list[httpx.AsyncClient], number: int
) -> list[str]:
    """Some examples of one operation, each sent by each of these; what was wrong with the answers."""
    faults: list[str] = []

    @seed(number)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        for client in clients:
            answer = sent(runner, client, service, case)
            if answer.status_code != 503 or not answer.json()["type"].startswith(NOT_READY):
                try:
                    case.validate_response(answer, checks=CHECKS)
                except FailureGroup as wrong:
                    faults.append(f"{operation.method.upper()} {operation.path}: {wrong.exceptions}")

    ask()
    return faults
