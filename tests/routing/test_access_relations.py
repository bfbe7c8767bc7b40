"""Every route of an order × inside, outside, former and accused: not yours to see is as if it were not there."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from grid_centre import COMMITTEE, OTHER_STREET, STREET, Centre, Desk

from routing.faces import dashed
from routing.schemas import BODIES
from services.access import ROLES
from services.roles import Role

NOBODYS = "2025030199999999"
OF_ORDERS = [each for each in ROLES["routing"] if "/orders/{case_no}" in each[1]]
SEEING = (Role.OFFICER, Role.LEADER, Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR)
MORE: dict[str, Any] = {
    "tags": {"tags": ["safety"]},
    "refusal": {"reason": "理由不足"},
    "deliberations": {},
}
"""Bodies of what is no move."""


def body(path: str) -> Any:
    """What is well told there: a stranger must not learn from a rule of the body that there is a case."""
    last = path.rpartition("/")[2]
    told = {dashed(move): made.model_config for move, made in BODIES.items()}.get(last)
    extra: Any = told.get("json_schema_extra") if told else None
    return extra["examples"][0] if extra else MORE.get(last)


async def ask(centre: Centre, desk: Desk, method: str, path: str, case_no: str) -> httpx.Response:
    at = path.replace("{case_no}", case_no).replace("{proposal}", str(uuid4()))
    headers = {"if-match": '"1"'} if method == "POST" else {}
    client = centre.client(desk)
    return await client.request(method, at, json=body(path) if method != "GET" else None, headers=headers)


async def differences(centre: Centre, desk: Desk, case_no: str) -> list[Any]:
    """The routes on which this case is answered otherwise than one that is not there."""
    found = []
    for method, path in OF_ORDERS:
        if desk.role in ROLES["routing"][method, path]:
            real, nothing = [await ask(centre, desk, method, path, each) for each in (case_no, NOBODYS)]
            if (real.status_code, real.json()) != (nothing.status_code, nothing.json()):
                found.append((method, path, real.status_code))
    return found


@pytest.mark.parametrize("role", SEEING)
async def test_to_those_outside_it_an_order_is_not_there(centre: Centre, role: Role) -> None:
    case_no = await centre.report()
    outside = await centre.desk(role, OTHER_STREET)
    assert (await centre.see(outside, case_no)).status_code == 404
    assert await differences(centre, outside, case_no) == []


@pytest.mark.parametrize("role", SEEING)
async def test_to_those_inside_it_is(centre: Centre, role: Role) -> None:
    case_no = await centre.report()
    inside = await centre.desk(role, STREET)
    assert (await centre.see(inside, case_no)).status_code == 200
    moves = [each for each in OF_ORDERS if each[0] != "GET" and role in ROLES["routing"][each]]
    assert len(await differences(centre, inside, case_no)) >= min(1, len(moves))


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LEADER])
async def test_access_ends_when_the_responsibility_ends(centre: Centre, role: Role) -> None:
    case_no, former = await centre.report(), await centre.desk(role, COMMITTEE)
    dispatcher = await centre.desk("dispatcher", STREET)
    assert (await centre.see(former, case_no)).status_code == 200
    await centre.made(dispatcher, case_no, "redirect", {"unit": STREET, "reason": "由街道直接办理"})
    assert (await centre.see(former, case_no)).status_code == 404
    assert await differences(centre, former, case_no) == []
    assert case_no not in (await centre.client(former).get("/v1/orders")).text


@pytest.mark.parametrize("role", SEEING)
async def test_whoever_is_accused_does_not_see_it(centre: Centre, role: Role) -> None:
    """投诉街道: neither the street's people nor those below it, whoever leads; the district decides."""
    case_no = await centre.report(issue="21-01", grid=COMMITTEE, text="投诉街道办事处对楼道堆物推诿不作为")
    for unit in (STREET, COMMITTEE):
        desk = await centre.desk(role, unit)
        assert (await centre.see(desk, case_no)).status_code == 404
        assert await differences(centre, desk, case_no) == []
        assert case_no not in (await centre.client(desk).get("/v1/orders")).text
    (told, *_) = reversed(await centre.told("order.moved", case_no))
    assert told["accused"] == "/31/310101/310101023/"
    above = await centre.desk("dispatcher", "310101")
    assert (await centre.see(above, case_no)).status_code == 200
