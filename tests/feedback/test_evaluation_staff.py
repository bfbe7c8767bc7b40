"""Who judges is chosen by the evaluation body's own administrator, and by nobody who is judged."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from call_centre import CITY, Centre, opened

from feedback.commands import ROOM
from services.clocks import now, stopped
from services.identity import digest, mint
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, UnitFact
from services.messaging import Peers
from services.roles import Role
from services.rooms import Sample, Tools

CALLER = {"name": "回访员甲（虚构）", "roles": ["caller"]}


async def test_the_own_administrator_appoints_a_caller_who_then_sees_the_surveys(centre: Centre) -> None:
    administrator = centre.as_("administrator")
    made = await administrator.post("/v1/people", json=CALLER)
    assert made.status_code == 201
    assert [(grant["role"], grant["unit"]) for grant in made.json()["grants"]] == [("caller", "EVAL")]
    key = await administrator.post("/v1/keys", json={"person": made.json()["id"]})
    assert (key.status_code, key.headers["cache-control"]) == (201, "no-store")
    centre.keys["new caller"] = key.json()["key"]
    assert (await centre.as_("new caller").get("/v1/surveys")).status_code == 200
    actions = [
        row["action"] for row in await centre.rows("select action from audit where person is not null order by id")
    ]
    assert actions == ["person.appointed", "key.made"]


async def test_another_administrator_is_told_who_may(centre: Centre) -> None:
    for path, body in (("/v1/people", CALLER), ("/v1/keys", {"person": str(uuid4())})):
        refused = await centre.as_("city administrator").post(path, json=body)
        assert refused.status_code == 403
        problem = refused.json()
        assert problem["type"] == "urn:gridloop:problem:not-our-administrator"
        assert (problem["unit"], problem["roles"]) == ("EVAL", ["administrator"])


@pytest.mark.parametrize("roles", [["administrator"], ["supervisor"], [], ["caller", "evaluator", "caller"]])
async def test_only_caller_and_evaluator_are_granted_here(centre: Centre, roles: list[str]) -> None:
    refused = await centre.as_("administrator").post("/v1/people", json={**CALLER, "roles": roles})
    assert refused.status_code == 422


async def test_no_key_for_somebody_who_is_not_of_the_body(centre: Centre) -> None:
    (outsider,) = await centre.rows("select id from people where name = 'supervisor'")
    for person in (outsider["id"], uuid4()):
        refused = await centre.as_("administrator").post("/v1/keys", json={"person": str(person)})
        assert refused.status_code == 404


async def test_a_repeat_gets_the_same_answer_without_the_key(centre: Centre) -> None:
    administrator = centre.as_("administrator")
    once = {"idempotency-key": "appoint-1"}
    first, again = [await administrator.post("/v1/people", json=CALLER, headers=once) for _ in range(2)]
    assert first.json() == again.json()
    body, once = {"person": first.json()["id"]}, {"idempotency-key": "key-1"}
    shown, hidden = [await administrator.post("/v1/keys", json=body, headers=once) for _ in range(2)]
    assert (shown.json()["id"], hidden.json()["key"]) == (hidden.json()["id"], None)
    assert shown.json()["key"] not in str(await centre.rows("select * from idempotency_keys"))
    assert len(await centre.rows("select * from keys where person = :person", person=UUID(body["person"]))) == 1


async def test_a_key_opens_nothing_after_its_last_day_and_is_not_made_for_the_past(centre: Centre) -> None:
    administrator = centre.as_("administrator")
    person = (await administrator.post("/v1/people", json=CALLER)).json()["id"]
    over, later = now() - timedelta(seconds=1), now() + timedelta(days=1)
    refused, made = [
        await administrator.post("/v1/keys", json={"person": person, "expires_at": at.isoformat()})
        for at in (over, later)
    ]
    assert (refused.status_code, made.status_code) == (422, 201)
    centre.keys["for a day"] = made.json()["key"]
    assert (await centre.as_("for a day").get("/v1/surveys")).status_code == 200
    with stopped(later):
        assert (await centre.as_("for a day").get("/v1/surveys")).status_code == 401


async def hear(centre: Centre, **facts: Any) -> None:
    assert (await centre.hear(AccessChanged(**facts), 9)).status == "done"


async def test_those_who_are_judged_cannot_make_a_judge_by_message(centre: Centre) -> None:
    key, half, _ = mint()
    person = uuid4()
    grants = [(Role.CALLER, CITY), (Role.EVALUATOR, "EVAL"), (Role.ADMINISTRATOR, "EVAL")]
    await hear(
        centre,
        people=(PersonFact(id=person, name="x"),),
        grants=tuple(GrantFact(id=uuid4(), person=person, role=role, unit=unit) for role, unit in grants),
        keys=(KeyFact(id=half, person=person, digest=digest(key)),),
    )
    centre.keys["x"] = key
    assert (await centre.as_("x").get("/v1/surveys")).status_code == 403
    assert (await centre.as_("x").post("/v1/people", json=CALLER)).status_code == 403


async def test_no_message_reaches_the_bodys_own_people_and_keys(centre: Centre) -> None:
    half = centre.keys["caller"].split("_")[1]
    (own,) = await centre.rows("select person from keys where id = :id", id=half)
    (grant,) = await centre.rows("select id from grants where person = :person", person=own["person"])
    stolen, stolen_half, _ = mint()
    await hear(
        centre,
        people=(PersonFact(id=own["person"], name="x", active=False, version=9),),
        grants=(GrantFact(id=grant["id"], person=uuid4(), role=Role.OFFICER, unit=CITY, version=9),),
        keys=(
            KeyFact(id=stolen_half, person=own["person"], digest=digest(stolen), version=9),
            KeyFact(id=half, person=uuid4(), digest="-", version=9),
        ),
    )
    centre.keys["thief"] = stolen
    assert (await centre.as_("caller").get("/v1/surveys")).status_code == 200
    assert (await centre.as_("thief").get("/v1/surveys")).status_code == 401


async def test_no_message_closes_the_body(centre: Centre) -> None:
    closed = UnitFact(
        code="EVAL", name="x", level="city", parent=None, path="/EVAL/", version=9, closed_at=now() - timedelta(days=1)
    )
    await hear(centre, units=(closed,))
    assert (await centre.as_("caller").get("/v1/surveys")).status_code == 200


async def test_what_routing_does_own_is_copied(centre: Centre) -> None:
    (auditor,) = await centre.rows("select id, name from people where name = 'auditor'")
    assert (await centre.as_("auditor").get("/v1/surveys")).status_code == 200
    await hear(centre, people=(PersonFact(id=auditor["id"], name="auditor", active=False, version=2),))
    assert (await centre.as_("auditor").get("/v1/surveys")).status_code == 401


async def test_the_sample_keys_of_the_body_hold_whatever_came_first(centre: Centre) -> None:
    keys = {role: mint() for role in (Role.CALLER, Role.EVALUATOR, Role.ADMINISTRATOR, Role.OFFICER)}
    units = {role: "310101023" if role is Role.OFFICER else "EVAL" for role in keys}
    samples = [
        Sample(role=role, unit=units[role], name=f"样例·{role}", key_id=half, digest=found)
        for role, (_, half, found) in keys.items()
    ]
    early = keys[Role.CALLER]
    await hear(centre, keys=(KeyFact(id=early[1], person=uuid4(), digest=early[2]),))
    tools = Tools(centre.settings, centre.database, Peers(centre.settings, "feedback"))
    assert ROOM.starter
    for _ in range(2):
        await ROOM.starter(tools, samples)
    centre.keys |= {f"sample {role}": key for role, (key, _, _) in keys.items()}
    assert (await centre.as_("sample caller").get("/v1/surveys")).status_code == 200
    assert (await centre.as_("sample evaluator").get("/v1/figures")).status_code == 200
    assert (await centre.as_("sample administrator").post("/v1/people", json=CALLER)).status_code == 201
    assert (await centre.as_("sample officer").get("/v1/figures")).status_code == 401
    assert len(await centre.rows("select * from people where name like '样例%'")) == 3


async def test_an_empty_installation_has_a_body_to_appoint_in(centre: Centre) -> None:
    async with opened(centre.app, centre.settings):
        (unit,) = await centre.rows("select code, path, version from units where code = 'EVAL'")
    assert unit == {"code": "EVAL", "path": "/EVAL/", "version": 0}


async def test_a_revoked_key_and_a_dismissed_person_can_do_nothing_more(centre: Centre) -> None:
    administrator = centre.as_("administrator")
    made = (await administrator.post("/v1/people", json=CALLER)).json()
    for name in ("first", "second"):
        key = (await administrator.post("/v1/keys", json={"person": made["id"]})).json()
        centre.keys[name] = key["key"]
        if name == "first":
            assert (await administrator.delete(f"/v1/keys/{key['id']}")).status_code == 200
    assert (await centre.as_("first").get("/v1/surveys")).status_code == 401
    assert (await centre.as_("second").get("/v1/surveys")).status_code == 200
    assert (await centre.as_("city administrator").delete(f"/v1/people/{made['id']}")).status_code == 403
    assert (await administrator.delete(f"/v1/people/{made['id']}")).status_code == 200
    assert (await centre.as_("second").get("/v1/surveys")).status_code == 401
    assert (await administrator.delete("/v1/keys/none")).status_code == 404
    assert (await administrator.delete(f"/v1/people/{uuid4()}")).status_code == 404
    (outsider,) = await centre.rows("select id from people where name = 'supervisor'")
    assert (await administrator.delete(f"/v1/people/{outsider['id']}")).status_code == 404


@pytest.mark.parametrize("period", ["to=9999-12-31T23:59:59-14:00", "from=0001-01-01", "from=-99999999999"])
async def test_a_period_that_nobody_means_is_refused(centre: Centre, period: str) -> None:
    refused = await centre.as_("evaluator").get(f"/v1/figures?{period}")
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].partition(".")[0] in ("from", "to")
