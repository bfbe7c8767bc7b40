"""Every id of routing that is not a case's, asked for by people of another street: as if it were not there."""

from typing import Any
from uuid import uuid4

import pytest
from grid_centre import COMMITTEE, OTHER_STREET, STREET, Centre, Desk

from services.access import ROLES
from services.roles import Role

NEED = {"kind": "service", "title": "排水方案", "grid": "31010102300600101", "amount": 30, "measure": "工时"}
PROJECT = {
    "name": "样例改造", "root_cause": "管径不足", "groups": ["31010102300600101"], "members": [],
    "milestones": [{"name": "清淤", "due_on": "2027-05-31"}], "cases": [], "due_on": "2027-09-30",
}  # fmt: skip
PERSON = {"name": "样例网格员", "grants": [{"role": "officer", "unit": COMMITTEE}]}
NAMES = {"project", "milestone", "need", "view", "person", "grant", "key"}
"""A resource is offered to the whole city: everybody who works here may know of it."""


async def made(centre: Centre, desk: Desk, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await centre.client(desk).post(path, json=body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


async def theirs(centre: Centre) -> dict[str, str]:
    """One of everything, of the committee's own people."""
    leader, administrator = await centre.desk("leader", COMMITTEE), await centre.desk("administrator", STREET)
    case_no = await centre.report(grid="31010102300600101", text="下大雨后楼前积水，出门要蹚水。")
    linked = [{"case_no": case_no, "group": "31010102300600101"}]
    project = await made(centre, leader, "/v1/projects", {**PROJECT, "cases": linked})
    person = (await made(centre, administrator, "/v1/people", PERSON))["id"]
    (milestone,) = await centre.rows("select id from project_milestones where project = :id", id=project["id"])
    (grant,) = await centre.rows("select id from grants where person = :person", person=person)
    view = await made(centre, leader, "/v1/views", {"name": "我的", "filters": {"stage": "handle"}})
    return {
        "project": project["id"],
        "milestone": str(milestone["id"]),
        "need": (await made(centre, leader, "/v1/needs", NEED))["id"],
        "view": view["id"],
        "person": person,
        "grant": str(grant["id"]),
        "key": (await made(centre, administrator, "/v1/keys", {"person": person}))["id"],
    }


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LEADER, Role.SUPERVISOR, Role.AUDITOR, Role.ADMINISTRATOR])
async def test_nobody_of_another_street_gets_at_anything_by_its_id(centre: Centre, role: Role) -> None:
    known = await theirs(centre)
    client = centre.client(await centre.desk(role, OTHER_STREET))
    asked = 0
    for (method, path), roles in ROLES["routing"].items():
        named = [each for each in NAMES if f"{{{each}}}" in path]
        if role not in roles or not named:
            continue
        asked += 1
        answers = []
        for ids in (known, {name: "0" * 12 if name == "key" else str(uuid4()) for name in NAMES}):
            at = path.replace("{grid}", "31010102300600101").replace("{case_no}", "2025030199999999")
            at = at.replace("{what}", "grants")
            for name in named:
                at = at.replace(f"{{{name}}}", ids[name])
            headers = {"if-match": '"1"'}
            answer = await client.request(method, at, headers=headers, json=None if method == "GET" else {})
            told = answer.json() if "json" in answer.headers["content-type"] else None
            answers.append((answer.status_code, told))
        assert answers[0] == answers[1], (method, path)
        assert answers[0][0] >= 400, (method, path, answers[0])
    assert asked > 0
    for path in ("/v1/projects", "/v1/views", "/v1/people", "/v1/keys"):
        if role in ROLES["routing"][("GET", path)]:
            listed = (await client.get(path)).text
            assert not any(found in listed for found in known.values()), (path, listed)
