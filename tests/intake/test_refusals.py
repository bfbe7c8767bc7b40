"""Every refusal is a problem document that says which rule, and what to do."""

from typing import Any

import pytest
from front_desk import COMPLAINT, House

JSON = "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/cases"),
        ("GET", "/v1/cases"),
        ("GET", "/v1/cases/2025030100000426"),
        ("POST", "/v1/cases/2025030100000426/amendments"),
        ("POST", "/v1/cases/2025030100000426/withdrawal"),
        ("POST", "/v1/cases/2025030100000426/chases"),
        ("POST", "/v1/cases/2025030100000426/appeals"),
        ("POST", "/v1/cases/2025030100000426/splits"),
    ],
)
async def test_nothing_is_answered_without_a_key(house: House, method: str, path: str) -> None:
    answer = await house.as_(None).request(method, path, json={})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == JSON
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_role_that_has_no_business_here_is_told_so(house: House) -> None:
    for person in ("caller", "administrator"):
        for answer in (
            await house.as_(person).get("/v1/cases"),
            await house.as_(person).post("/v1/cases", json=COMPLAINT),
        ):
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:gridloop:problem:wrong-role"


async def test_what_is_not_yours_is_not_there(house: House) -> None:
    case_no = await house.post("hotline")
    client = house.as_("other hotline")
    hidden = await client.get(f"/v1/cases/{case_no}")
    unknown = await client.get("/v1/cases/2025030100000426")
    assert (hidden.status_code, hidden.json()) == (unknown.status_code, unknown.json()) == (404, unknown.json())
    for path, body in (("chases", {}), ("withdrawal", {"reason": "不用了"}), ("amendments", {"description": "补充"})):
        assert (await client.post(f"/v1/cases/{case_no}/{path}", json=body)).status_code == 404
    assert len(await house.told()) == 1


async def test_a_method_that_does_not_exist_names_those_that_do(house: House) -> None:
    answer = await house.as_("hotline").delete("/v1/cases")
    assert answer.status_code == 405
    assert answer.headers["content-type"] == JSON
    assert "GET" in answer.headers["allow"] or "POST" in answer.headers["allow"]
    assert (await house.as_("hotline").get("/v1/nothing")).status_code == 404


async def test_a_body_that_is_too_large_is_refused(house: House) -> None:
    answer = await house.as_("hotline").post("/v1/cases", json={**COMPLAINT, "description": "长" * 400_000})
    assert answer.status_code == 413
    assert answer.json()["limit"] == 1_048_576


async def test_a_body_that_is_no_json_is_refused(house: House) -> None:
    client = house.as_("hotline")
    form = await client.post("/v1/cases", data={"channel": "hotline"})
    assert (form.status_code, form.json()["type"]) == (415, "urn:gridloop:problem:wrong-media-type")
    headers = {"content-type": "application/json"}
    broken = await client.post("/v1/cases", content=b'{"channel": ', headers=headers)
    assert (broken.status_code, broken.json()["type"]) == (400, "urn:gridloop:problem:bad-json")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "letter"}, "channel"),
        ({"channel": None}, "channel"),
        ({"item_type": "gossip"}, "item_type"),
        ({"description": "   "}, "description"),
        ({"description": "长" * 10_001}, "description"),
        ({"description": "零\x00号"}, "description"),
        ({"description": 5}, "description"),
        ({"address": "路" * 301}, "address"),
        ({"external_id": "一号"}, "external_id"),
        ({"external_id": "x" * 65}, "external_id"),
        ({"issue_code": "05 04"}, "issue_code"),
        ({"location": {"lon": 200, "lat": 31}}, "location.lon"),
        ({"location": {"lon": 121, "lat": 31, "crs": "EPSG"}}, "location.crs"),
        ({"location": {"lon": 121, "lat": 31, "alt": 4}}, "location.alt"),
        ({"reporter": {"phone": "call me"}}, "reporter.phone"),
        ({"reporter": {"phone": "+86"}}, "reporter.phone"),
        ({"reporter": {"id_card": "3"}}, "reporter.id_card"),
        ({"settled": {"done": "清了", "at": "2025-03-01T10:00:00"}}, "settled.at"),
        ({"settled": {}}, "settled.done"),
        ({"priority": "high"}, "priority"),
    ],
)
async def test_a_field_that_breaks_a_rule_is_named(house: House, changes: dict[str, Any], field: str) -> None:
    answer = await house.as_("hotline").post("/v1/cases", json={**COMPLAINT, **changes})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == JSON
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    assert await house.rows("select 1 from reports") == []


@pytest.mark.parametrize(
    "phone", ["021-6437 0001", "(021) 64370001", "+8613912345678", "64370001转802", "１３９１２３４５６７８"]
)
async def test_a_number_may_be_written_as_people_write_it(house: House, phone: str) -> None:
    assert await house.post(reporter={"phone": phone})


async def test_half_a_character_does_not_break_the_house(house: House) -> None:
    headers = {"content-type": "application/json"}
    body = b'{"channel":"hotline","item_type":"complaint","description":"\\ud800"}'
    answer = await house.as_("hotline").post("/v1/cases", content=body, headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "1900-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", -1])
async def test_a_time_that_nobody_could_keep_is_refused(house: House, at: Any) -> None:
    answer = await house.as_("clerk").post(
        "/v1/cases", json={**COMPLAINT, "channel": "walk_in", "settled": {"done": "当场办结", "at": at}}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "settled.at"
    assert (await house.as_("clerk").get("/v1/cases")).status_code == 200
