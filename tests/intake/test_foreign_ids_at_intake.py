"""Every id of intake, asked for by people of another street and by those who are gone: as if it were not there."""

import base64
import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import COMMITTEE, OTHER, House, unit
from test_bridge_callbacks import URL
from test_bridge_mappings import drafted
from test_case_pictures import picture
from test_contacts import errand_of, opened, reach
from test_reveals import ASKED, hire
from test_rights import code
from test_voting_codes import PATH, due, grid, make

from intake import reporters
from intake.models import Report
from intake.open311.records import Open311Picture
from services.access import ROLES
from services.roles import Role

Ids = dict[str, str]
NAMES = ("case_no", "reveal", "export", "hold", "reveal_request", "deliberation", "subscription", "version", "number")
OF_NOTHING: Ids = {"case_no": "2025030100000426", "version": "99999", "number": "9", "decision": "lifting"}
BY_ERRAND = ("POST", "/v1/cases/{case_no}/contacts")
"""A caller comes for a survey, not for a unit: tried by itself below."""
INSIDE = {
    Role.HOTLINE: "hotline", Role.CLERK: "clerk", Role.OFFICER: "officer", Role.LEADER: "leader",
    Role.DISPATCHER: "dispatcher", Role.SUPERVISOR: "supervisor", Role.AUDITOR: "auditor", Role.EDITOR: "editor",
    Role.PUBLISHER: "publisher", Role.ADMINISTRATOR: "administrator",
}  # fmt: skip
WHY = {"reason": "样例理由四字"}
PAGE = {
    "purpose": "first_contact",
    "reason": "约时间看现场",
    "field-phone": "on",
    "status_code": "0000-0000-0000",
    "new-phone": "13800005678",
}
PROOF = {"proof": {"status_code": "0000-0000-0000"}}
BODIES: dict[str, dict[str, Any]] = {
    "amendments": {"description": "又满了"}, "withdrawal": WHY, "chases": {}, "appeals": {"reason": "没有解决"},
    "splits": {"original": {"description": "垃圾满溢"}, "second": {"description": "路灯不亮"}}, "reveals": ASKED,
    "calls": {"purpose": "first_contact", "reason": "约时间看现场"}, "exports": PROOF, "erasure": PROOF,
    "corrections": PROOF | WHY | {"phone": "13800005678"}, "holds": WHY, "lifting": WHY, "refusal": WHY,
    "rotation": {}, "requeue": {"ids": []}, "notices": {"sms": True},
}  # fmt: skip


async def theirs(house: House) -> Ids:
    """One of everything, of the committee, its clerk and the city's hotline."""
    case_no = await house.post("clerk", channel="walk_in")
    await house.moved(case_no, "handle.working", lead=unit(COMMITTEE), officer=house.people["officer"])
    secret = await house.post(reporter={"phone": "13912345679", "confidential": True})
    await house.moved(secret, "handle.working", lead=unit(COMMITTEE), officer=house.people["officer"])
    codes = due(case_no, grid(COMMITTEE, PATH, "sheet"))
    await make(house, codes)
    await with_a_picture(house, case_no)

    async def made(person: str, path: str, body: Any, name: str) -> str:
        answer = await house.as_(person).post(path, json=body)
        assert answer.status_code in (201, 202), answer.text
        return str(answer.json()[name])

    proof = {"proof": await code(house, case_no)}
    return {
        "case_no": case_no,
        "reveal": await made("officer", f"/v1/cases/{case_no}/reveals", ASKED, "reveal"),
        "reveal_request": await made("officer", f"/v1/cases/{secret}/reveals", ASKED, "request"),
        "export": await made("clerk", f"/v1/cases/{case_no}/exports", proof, "export"),
        "hold": await made("supervisor", f"/v1/cases/{case_no}/holds", WHY, "id"),
        "subscription": await made("hotline", "/v1/subscriptions", {"url": URL}, "id"),
        "version": str(await drafted(house)),
        "deliberation": str(codes.deliberation),
        "grid": COMMITTEE,
        "number": "1",
    }


async def with_a_picture(house: House, case_no: str) -> None:
    """The first picture of the case, sealed as one that came by Open311."""
    vault = house.app.state.vault
    async with house.database.unit() as session:
        report = await session.get_one(Report, case_no)
        reporter = await reporters.of_case(session, case_no)
        data = base64.b64encode(picture("red")).decode()
        sealed = vault.seal(reporters.key_of(reporter), "picture 1", data, str(report.reporter))
        session.add(Open311Picture(case_no=case_no, number=1, kind="image/jpeg", sealed=sealed))


def routes(role: Role) -> list[tuple[str, str]]:
    """Those with an id of intake's own in them, that the role may use."""
    table = ROLES["intake"].items()
    named = [route for route, roles in table if role in roles and any(f"{{{name}}}" in route[1] for name in NAMES)]
    return [route for route in named if route != BY_ERRAND]


async def asked(client: httpx.AsyncClient, method: str, path: str, ids: Ids) -> httpx.Response:
    at = re.sub(r"{(\w+)}", lambda found: ids.get(found[1]) or OF_NOTHING.get(found[1]) or str(uuid4()), path)
    if method == "POST" and not path.startswith("/v1"):
        return await client.post(at, data=PAGE)
    body = BODIES.get(path.rpartition("/")[2], {}) if method in ("POST", "PUT") else None
    return await client.request(method, at, json=body)


def said(answer: httpx.Response) -> Any:
    """What tells one answer from another: the problem, or the page's rule."""
    if "json" in answer.headers["content-type"]:
        return answer.status_code, answer.json()
    return answer.status_code, re.findall(r'data-rule="([a-z-]+)"', answer.text)


async def open_to(house: House, role: Role, person: str, known: Ids) -> list[Any]:
    """Routes that do not answer 404, in the same words as for an id of nothing; and lists that show something."""
    client, wrong = house.as_(person), []
    assert routes(role)
    for method, path in routes(role):
        answers = [said(await asked(client, method, path, ids)) for ids in (known, {})]
        if answers[0] != answers[1] or answers[0][0] != 404:
            wrong.append((method, path, answers))
    return wrong + await listed(house, role, client, known)


async def listed(house: House, role: Role, client: httpx.AsyncClient, known: Ids) -> list[Any]:
    shown: list[Any] = []
    own = {known[name] for name in ("case_no", "hold", "reveal_request", "subscription", "deliberation")}
    for path in ("/v1/cases", "/v1/holds", "/v1/reveal-requests", "/v1/subscriptions", "/v1/hand-outs"):
        if role in ROLES["intake"][("GET", path)]:
            text = (await client.get(path)).text
            shown += [(path, each) for each in own if each in text]
    if role in ROLES["intake"][("GET", "/v1/mappings")] and role is not Role.HOTLINE:
        client_ = {"client": str(house.people["hotline"])}
        for path in ("/v1/mappings", "/v1/mappings/unknown"):
            if (answer := await client.get(path, params=client_)).status_code != 404:
                shown.append((path, answer.status_code))
    return shown


@pytest.mark.parametrize("role", sorted(INSIDE))
async def test_nobody_of_another_street_gets_at_anything_by_its_id(house: House, role: Role) -> None:
    known = await theirs(house)
    await hire(house, "stranger", role, OTHER)
    assert await open_to(house, role, "stranger", known) == []


@pytest.mark.parametrize("role", sorted(set(INSIDE) - {Role.HOTLINE}))
async def test_who_moved_to_another_street_has_left_everything_behind(house: House, role: Role) -> None:
    """Also what they made and asked for themselves. A hotline system stays the client of what it subscribed to."""
    known = await theirs(house)
    person = house.people[INSIDE[role]]
    await house.rows("update grants set unit = :to where person = :id returning id", to=OTHER, id=person)
    assert await open_to(house, role, INSIDE[role], known) == []


@pytest.mark.parametrize("role", sorted(INSIDE))
async def test_who_it_belongs_to_reads_it_by_the_same_routes(house: House, role: Role) -> None:
    known, client = await theirs(house), house.as_(INSIDE[role])
    if role is Role.HOTLINE:
        known["case_no"] = await house.post()
    wrong = []
    for method, path in routes(role):
        at_the_clerks = role is Role.HOTLINE and "{export}" in path
        if method == "GET" and not at_the_clerks:
            answer = await asked(client, method, path, known)
            if not answer.is_success:
                wrong.append((path, answer.status_code, answer.text[:300]))
    assert not wrong


async def test_a_callers_errand_serves_nobody_else_and_no_other_survey(house: House) -> None:
    mine, other = await opened(house), await opened(house)
    await hire(house, "second caller", Role.CALLER, "31")
    errand = errand_of(house, mine)
    assert (await reach(house, mine, "second caller", errand=errand)).status_code == 409
    assert (await reach(house, other, "caller", errand=errand)).status_code == 409
    swapped = errand_of(house, mine, survey=str(other.survey))
    answer = await house.as_("caller").post(
        f"/v1/cases/{mine.case_no}/contacts", json={"survey": str(other.survey), "errand": swapped}
    )
    assert answer.status_code == 404
    assert await house.rows("select 1 from disclosures") == []
