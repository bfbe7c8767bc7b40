"""Units, people, roles and keys: an administrator keeps the own subtree, and the other services hear of it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from grid_centre import CITY, COMMITTEE, DISTRICT, OTHER_STREET, STREET, Centre, Desk
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from routing import founding
from routing.founding import make_samples, starter
from routing.people import OF_FEEDBACK
from services.clocks import now
from services.identity import digest, mint
from services.messaging import Peers
from services.roles import Role
from services.rooms import Sample, Tools


@pytest.fixture
async def administrator(centre: Centre) -> Desk:
    return await centre.desk("administrator", STREET)


def officer_of(unit: str) -> dict[str, Any]:
    return {"name": "永嘉·网格员", "grants": [{"role": "officer", "unit": unit}]}


async def news(centre: Centre) -> list[dict[str, Any]]:
    return await centre.told("access.changed")


async def test_a_new_person_with_a_key_can_work_and_the_others_hear_of_it(centre: Centre, administrator: Desk) -> None:
    client = centre.client(administrator)
    made = await client.post("/v1/people", json=officer_of(COMMITTEE))
    assert made.status_code == 201
    person = made.json()["id"]
    key = (await client.post("/v1/keys", json={"person": person})).json()["key"]
    assert (await centre.client(None).get("/v1/orders", headers={"x-api-key": key})).status_code == 200
    first, second = await news(centre)
    assert (first["people"][0]["id"], first["grants"][0]["unit"]) == (person, COMMITTEE)
    assert second["keys"][0]["digest"] == digest(key)
    assert key not in json.dumps([first, second])


async def test_both_other_services_are_told_in_the_transaction_of_the_change(
    centre: Centre, administrator: Desk
) -> None:
    await centre.client(administrator).post("/v1/people", json=officer_of(COMMITTEE))
    rows = await centre.rows("select entrypoint from pgqueuer where entrypoint like 'to_%' order by 1")
    assert [row["entrypoint"] for row in rows] == ["to_feedback", "to_intake"]
    await centre.client(administrator).post("/v1/people", json=officer_of(OTHER_STREET))
    assert len(await centre.rows("select 1 from pgqueuer")) == 2


@pytest.mark.parametrize("unit", [CITY, DISTRICT, OTHER_STREET, "EVAL", "no-such-unit"])
async def test_nothing_is_granted_outside_the_own_subtree(centre: Centre, administrator: Desk, unit: str) -> None:
    answer = await centre.client(administrator).post("/v1/people", json=officer_of(unit))
    assert answer.status_code == 404
    assert await centre.rows("select 1 from people where name = '永嘉·网格员'") == []


@pytest.mark.parametrize("role", sorted(OF_FEEDBACK))
async def test_who_evaluates_is_not_appointed_by_those_who_are_judged(
    centre: Centre, administrator: Desk, role: Role
) -> None:
    body = {"name": "回访员", "grants": [{"role": role, "unit": STREET}]}
    answer = await centre.client(administrator).post("/v1/people", json=body)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:gridloop:problem:granted-in-feedback")
    assert "feedback" in answer.json()["remedy"]


async def test_only_an_administrator_keeps_people(centre: Centre) -> None:
    for role in ("officer", "leader", "supervisor", "dispatcher", "auditor", "editor"):
        desk = await centre.desk(role, CITY)
        assert (await centre.client(desk).post("/v1/people", json=officer_of(COMMITTEE))).status_code == 403


async def appointed(centre: Centre, desk: Desk, *units: str) -> str:
    grants = [{"role": "officer", "unit": unit} for unit in units]
    answer = await centre.client(desk).post("/v1/people", json={"name": "某某", "grants": grants})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def test_a_grant_that_ends_ends_the_access_with_it(centre: Centre, administrator: Desk) -> None:
    client = centre.client(administrator)
    person = await appointed(centre, administrator, COMMITTEE)
    key = (await client.post("/v1/keys", json={"person": person})).json()["key"]
    (grant,) = await centre.rows("select id from grants where person = :it", it=person)
    ended = await client.delete(f"/v1/people/{person}/grants/{grant['id']}")
    assert (ended.status_code, ended.json()["ended_at"] is not None) == (200, True)
    assert (await centre.client(None).get("/v1/orders", headers={"x-api-key": key})).status_code == 403
    last = (await news(centre))[-1]["grants"][0]
    assert (last["version"], last["ended_at"] is not None) == (2, True)
    again = await client.delete(f"/v1/people/{person}/grants/{grant['id']}")
    assert again.json() == ended.json()
    assert (await news(centre))[-1]["grants"][0] == last


async def test_the_same_role_again_is_the_same_grant(centre: Centre, administrator: Desk) -> None:
    person = await appointed(centre, administrator, COMMITTEE)
    client, body = centre.client(administrator), {"role": "leader", "unit": COMMITTEE}
    one = await client.post(f"/v1/people/{person}/grants", json=body)
    two = await client.post(f"/v1/people/{person}/grants", json=body)
    assert (one.status_code, two.json()) == (201, one.json())


async def test_a_person_of_another_subtree_does_not_exist(centre: Centre, administrator: Desk) -> None:
    above = await centre.desk("administrator", CITY)
    theirs = await appointed(centre, above, OTHER_STREET)
    client = centre.client(administrator)
    body = {"role": "officer", "unit": COMMITTEE}
    assert (await client.post(f"/v1/people/{theirs}/grants", json=body)).status_code == 404
    assert (await client.post("/v1/keys", json={"person": theirs})).status_code == 404
    (grant,) = await centre.rows("select id from grants where person = :it", it=theirs)
    assert (await client.delete(f"/v1/people/{theirs}/grants/{grant['id']}")).status_code == 404
    listed = await client.get("/v1/people", params={"limit": 200})
    assert theirs not in listed.text


async def test_nobody_makes_a_key_for_more_than_they_may_do_themselves(centre: Centre, administrator: Desk) -> None:
    above = await centre.desk("administrator", CITY)
    person = await appointed(centre, above, COMMITTEE, DISTRICT)
    answer = await centre.client(administrator).post("/v1/keys", json={"person": person})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:gridloop:problem:not-only-yours")
    key = (await centre.client(above).post("/v1/keys", json={"person": person})).json()
    assert (await centre.client(administrator).delete(f"/v1/keys/{key['id']}")).status_code == 403


async def test_a_key_is_shown_once_and_kept_nowhere(centre: Centre, administrator: Desk) -> None:
    person = await appointed(centre, administrator, COMMITTEE)
    client, once = centre.client(administrator), {"idempotency-key": "key-1"}
    first = await client.post("/v1/keys", json={"person": person}, headers=once)
    key = first.json()["key"]
    again = await client.post("/v1/keys", json={"person": person}, headers=once)
    assert (again.status_code, again.json()) == (201, {**first.json(), "key": None})
    assert len(await centre.rows("select 1 from keys where person = :it", it=person)) == 1
    for table in ("idempotency_keys", "keys", "audit", "pgqueuer"):
        assert key.rpartition("_")[2] not in str(await centre.rows(f"select t.*::text from {table} t"))


async def test_a_revoked_key_opens_nothing(centre: Centre, administrator: Desk) -> None:
    person = await appointed(centre, administrator, COMMITTEE)
    client = centre.client(administrator)
    made = (await client.post("/v1/keys", json={"person": person})).json()
    assert (await client.delete(f"/v1/keys/{made['id']}")).status_code == 200
    refused = await centre.client(None).get("/v1/orders", headers={"x-api-key": made["key"]})
    assert refused.status_code == 401
    assert (await news(centre))[-1]["keys"][0]["version"] == 2


async def test_a_key_ends_in_the_future_or_not_at_all(centre: Centre, administrator: Desk) -> None:
    person = await appointed(centre, administrator, COMMITTEE)
    body = {"person": person, "expires_at": (now() - timedelta(days=1)).isoformat()}
    assert (await centre.client(administrator).post("/v1/keys", json=body)).status_code == 422


UNIT = {"code": "310101023P09", "name": "嘉善片区工作站", "level": "area", "parent": STREET, "grid": STREET}


async def test_a_new_unit_stands_below_its_parent_and_can_be_given_work(centre: Centre, administrator: Desk) -> None:
    answer = await centre.client(administrator).post("/v1/units", json=UNIT)
    assert (answer.status_code, answer.json()["path"]) == (201, "/31/310101/310101023/310101023P09/")
    assert (await news(centre))[-1]["units"][0]["code"] == UNIT["code"]
    dispatcher = await centre.desk("dispatcher", CITY)
    case_no = await centre.report(grid=None)
    assert (await centre.made(dispatcher, case_no, "dispatch", {"unit": UNIT["code"]}))["lead"]["code"] == UNIT["code"]


async def test_a_unit_is_new_and_below_the_own_subtree(centre: Centre, administrator: Desk) -> None:
    client = centre.client(administrator)
    assert (await client.post("/v1/units", json={**UNIT, "code": COMMITTEE})).status_code == 409
    assert (await client.post("/v1/units", json={**UNIT, "parent": DISTRICT})).status_code == 404
    assert (await client.post("/v1/units", json={**UNIT, "level": "district"})).status_code == 422


async def test_people_are_listed_by_pages_that_lose_nobody(centre: Centre, administrator: Desk) -> None:
    made = {await appointed(centre, administrator, COMMITTEE) for _ in range(5)}
    client, seen = centre.client(administrator), list[str]()
    query: dict[str, Any] = {"unit": COMMITTEE, "role": "officer", "limit": 2}
    while True:
        page = (await client.get("/v1/people", params=query)).json()
        seen += [person["id"] for person in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


async def test_every_change_is_audited(centre: Centre, administrator: Desk) -> None:
    person = await appointed(centre, administrator, COMMITTEE)
    await centre.client(administrator).post("/v1/keys", json={"person": person})
    rows = await centre.rows("select action from audit where person = :it order by id", it=administrator.person)
    assert [row["action"] for row in rows] == ["person.appointed", "key.made"]


# The installation.


def samples() -> Sequence[Sample]:
    roles = {Role.OFFICER: STREET, Role.ADMINISTRATOR: CITY, Role.CALLER: "EVAL", Role.EVALUATOR: "EVAL"}
    made = [sample(role, unit) for role, unit in roles.items()]
    return [*made, sample(Role.ADMINISTRATOR, "EVAL")]


def sample(role: Role, unit: str) -> Sample:
    _, key_id, key_digest = mint()
    return Sample(role=role, unit=unit, name=f"样例·{role}", key_id=key_id, digest=key_digest)


async def test_sample_keys_are_made_once_and_those_of_the_evaluation_body_not_at_all(centre: Centre) -> None:
    wanted = samples()
    for _ in range(2):
        async with centre.database.unit() as session:
            await make_samples(session, wanted)
    rows = await centre.rows(
        "select k.id, g.role, g.unit from keys k join grants g on g.person = k.person where k.id = any(:ids)",
        ids=[each.key_id for each in wanted],
    )
    assert {(row["role"], row["unit"]) for row in rows} == {("officer", STREET), ("administrator", CITY)}
    assert len(rows) == 2
    assert len(await news(centre)) == 1


async def test_a_starter_that_was_killed_half_way_completes_the_next_time(
    empty_routing: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(_: AsyncSession) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interrupted:
        interrupted.setattr(founding, "tell_all", killed)
        with pytest.raises(KeyboardInterrupt):
            await starter(empty_routing, [])
    news = "convert_from(payload, 'utf8')::jsonb ->> 'type' = 'access.changed'"
    count = text(f"select (select count(*) from units), (select count(*) from pgqueuer where {news})")
    async with empty_routing.database.unit() as session:
        assert tuple((await session.execute(count)).one()) == (0, 0)
    await starter(empty_routing, samples())
    async with empty_routing.database.unit() as session:
        units, messages = (await session.execute(count)).one()
        data = "convert_from(payload, 'utf8')::jsonb -> 'data' as data"
        news_of = f"select {data} from pgqueuer where entrypoint = 'to_intake' and {news}"
        told = (await session.execute(text(news_of))).scalars().all()
    assert messages == 2 * len(told)
    assert sum(len(each["units"]) for each in told) == units > 6000
    assert max(len(each["units"]) for each in told) == 500


async def test_the_starter_is_harmless_when_repeated(centre: Centre) -> None:
    before = await centre.rows("select count(*) as n from units")
    tools = Tools(centre.app.state.settings, centre.database, Peers(centre.app.state.settings, "routing"))
    await starter(tools, [])
    assert await centre.rows("select count(*) as n from units") == before
    assert await news(centre) == []
