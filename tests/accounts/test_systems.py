"""Keys with a scope and a successor, their last use, and tokens for systems."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
from front_door import CITY, STREET, House, Somebody

from services.clocks import now, stopped


async def administrator(house: House) -> httpx.AsyncClient:
    desk = await house.person("administrator")
    return house.browser(authorization=f"Bearer {desk.key}")


async def a_machine(house: House, role: str = "hotline", **more: Any) -> dict[str, Any]:
    """A machine's key, as it was answered."""
    client = await administrator(house)
    body = {"name": "热线系统", "machine": True, "grants": [{"role": role, "unit": CITY}]}
    person = (await client.post("/routing/v1/people", json=body)).json()["id"]
    made = await client.post("/routing/v1/keys", json={"person": person, **more})
    assert made.status_code == 201, made.text
    await house.carry()
    key: dict[str, Any] = made.json()
    return key


async def token(house: House, key: dict[str, Any], **form: str) -> httpx.Response:
    sent = {"grant_type": "client_credentials", "client_id": key["id"], "client_secret": key["key"], **form}
    return await house.browser().post("/routing/v1/oauth/token", data=sent)


async def by(house: House, bearer: str, path: str, **body: Any) -> int:
    client = house.browser(authorization=f"Bearer {bearer}")
    answer = await (client.post(path, json=body) if body else client.get(path))
    return answer.status_code


async def test_a_token_is_good_in_all_three_services(house: House) -> None:
    key = await a_machine(house, "auditor")
    answer = await token(house, key)
    assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer")
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()["access_token"]
    await house.carry()
    for path in ("/routing/v1/orders", "/intake/v1/cases", "/feedback/v1/surveys"):
        assert await by(house, made, path) == 200
    with stopped(now() + timedelta(minutes=16)):
        assert await by(house, made, "/routing/v1/orders") == 401


async def test_the_client_may_show_itself_by_http_basic(house: House) -> None:
    key = await a_machine(house)
    basic = base64.b64encode(f"{key['id']}:{key['key']}".encode()).decode()
    answer = await house.browser(authorization=f"Basic {basic}").post(
        "/routing/v1/oauth/token", data={"grant_type": "client_credentials"}
    )
    assert answer.status_code == 200


async def test_a_token_dies_with_its_key(house: House) -> None:
    key = await a_machine(house, "auditor")
    made = (await token(house, key)).json()["access_token"]
    client = await administrator(house)
    assert (await client.delete(f"/routing/v1/keys/{key['id']}")).status_code == 200
    await house.carry()
    assert await by(house, made, "/routing/v1/orders") == 401
    assert await by(house, made, "/intake/v1/cases") == 401


@pytest.mark.parametrize(
    "sent",
    [{"client_secret": "gl_x_y"}, {"client_id": "another"}, {"client_secret": ""}, {"client_id": ""}],
)
async def test_a_wrong_client_gets_nothing(house: House, sent: dict[str, str]) -> None:
    answer = await token(house, await a_machine(house), **sent)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_person_gets_no_token(house: House) -> None:
    officer: Somebody = await house.person("officer", STREET)
    answer = await token(house, {"id": officer.key.split("_")[1], "key": officer.key})
    assert answer.status_code == 401


async def test_a_scope_narrows_and_is_never_widened(house: House) -> None:
    key = await a_machine(house, "auditor", scope="auditor read")
    assert key["scope"] == "auditor read"
    assert await by(house, key["key"], "/routing/v1/orders") == 200
    assert (await token(house, key, scope="administrator")).json()["error"] == "invalid_scope"
    assert (await token(house, key, scope="auditor")).status_code == 400
    narrow = (await token(house, key, scope="read")).json()
    assert narrow["scope"] == "read"
    full = await a_machine(house, "hotline")
    reads = (await token(house, full, scope="read")).json()["access_token"]
    await house.carry()
    assert await by(house, reads, "/intake/v1/cases") == 200
    assert await by(house, reads, "/intake/v1/cases", channel="hotline") == 403
    assert await by(house, full["key"], "/intake/v1/cases", channel="hotline") == 422


@pytest.mark.parametrize("scope", ["", "king", "read king"])
async def test_a_scope_that_means_nothing_is_refused(house: House, scope: str) -> None:
    client, officer = await administrator(house), await house.person("officer", STREET)
    body = {"person": str(officer.person), "scope": scope}
    assert (await client.post("/routing/v1/keys", json=body)).status_code == 422


async def test_an_old_key_holds_beside_its_successor_for_the_overlap(house: House) -> None:
    key, at = await a_machine(house, "auditor", scope="read"), now()
    client = await administrator(house)
    with stopped(at):
        made = (await client.post(f"/routing/v1/keys/{key['id']}/rotation", json={"overlap_hours": 2})).json()
        assert (made["scope"], made["person"]) == ("read", key["person"])
        await house.carry()
    for hours, old in ((1, 200), (3, 401)):
        with stopped(at + timedelta(hours=hours)):
            assert await by(house, key["key"], "/intake/v1/cases") == old
            assert await by(house, made["key"], "/intake/v1/cases") == 200
    with stopped(at + timedelta(hours=3)):
        again = await client.post(f"/routing/v1/keys/{key['id']}/rotation", json={})
        assert again.status_code == 409


async def test_the_last_use_is_known_to_the_minute_and_costs_no_write_per_request(house: House) -> None:
    key, at = await a_machine(house, "auditor"), now()
    client = await administrator(house)
    path = f"/routing/v1/keys?person={key['person']}"
    assert (await client.get(path)).json()[0]["used_at"] is None
    for seconds, noted in ((0, 0), (30, 0), (59, 0), (61, 61)):
        with stopped(at + timedelta(seconds=seconds)):
            await by(house, key["key"], "/routing/v1/orders")
            (row,) = await house.rows("select used_at from key_uses where key = :key", key=key["id"])
            assert row["used_at"] == at + timedelta(seconds=noted)
    assert (await client.get(path)).json()[0]["used_at"] is not None


async def test_a_key_and_a_token_need_no_pages_token(house: House) -> None:
    client = await administrator(house)
    body = {"name": "某某", "grants": [{"role": "officer", "unit": STREET}]}
    assert (await client.post("/routing/v1/people", json=body)).status_code == 201
