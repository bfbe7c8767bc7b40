"""A report is posted: who may, what is needed, what is answered, what routing is told."""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from front_desk import COMMITTEE, COMPLAINT, House

from intake import numbers
from services.clocks import now


async def post(house: House, person: str = "hotline", headers: dict[str, str] | None = None, **changes: Any) -> Any:
    body = {name: value for name, value in {**COMPLAINT, **changes}.items() if value is not None}
    return await house.as_(person).post("/v1/cases", json=body, headers=headers)


async def test_a_report_gets_a_case_number_a_location_and_an_etag(house: House) -> None:
    answer = await post(house, external_id="SH-1", district_code="310101")
    assert answer.status_code == 201
    body = answer.json()
    assert numbers.valid(body["case_no"])
    assert answer.headers["location"] == f"/intake/v1/cases/{body['case_no']}"
    assert answer.headers["etag"] == '"1"'
    assert (body["state"], body["stage"], body["outcome"], body["round"]) == (
        "discover.registered",
        "discover",
        None,
        1,
    )
    assert body["external_id"] == "SH-1"
    assert not {"description", "reporter", "address"} & body.keys()


async def test_times_carry_the_citys_offset(house: House) -> None:
    body = (await post(house)).json()
    assert body["received_at"].endswith("+08:00")
    assert abs(datetime.fromisoformat(body["received_at"]) - now()) < timedelta(minutes=1)


async def test_routing_is_told_everything_but_the_person(house: House) -> None:
    case_no = await house.post(
        external_id="SH-2", address="永嘉路120弄", grid_code=COMMITTEE, district_code="310101",
        location={"lon": 121.46, "lat": 31.21, "crs": "GCJ-02"},
        reporter={"name": "欧阳静好", "phone": "13912345678", "confidential": True},
    )  # fmt: skip
    (event,) = await house.told()
    assert (event["type"], event["subject"], int(event["sequence"])) == ("report.received", case_no, 1)
    data = event["data"]
    assert data["text"] == COMPLAINT["description"]
    assert data["place"] == {
        "address": "永嘉路120弄", "grid": COMMITTEE, "district": "310101",
        "location": {"lon": 121.46, "lat": 31.21, "crs": "GCJ-02"},
    }  # fmt: skip
    assert data["confidential"] is True
    assert data["reporter"] is True
    assert "欧阳静好" not in str(event)
    assert "13912345678" not in str(event)


@pytest.mark.parametrize(
    ("person", "channel", "reporter", "reachable"),
    [
        ("hotline", "hotline", {"phone": "13912345678"}, True),
        ("hotline", "hotline", {"name": "欧阳静好"}, False),
        ("hotline", "hotline", None, False),
        ("clerk", "walk_in", {"phone": "021-64370001"}, True),
        ("officer", "visit", None, False),
    ],
)
async def test_there_is_somebody_to_ask_only_where_a_number_was_left(
    house: House, person: str, channel: str, reporter: dict[str, str] | None, reachable: bool
) -> None:
    await house.post(person, channel=channel, reporter=reporter)
    (event,) = await house.told()
    assert event["data"]["reporter"] is reachable


@pytest.mark.parametrize(
    ("person", "channel", "role"),
    [("hotline", "walk_in", "clerk"), ("clerk", "visit", "officer"), ("officer", "hotline", "hotline")],
)
async def test_a_channel_belongs_to_one_role(house: House, person: str, channel: str, role: str) -> None:
    answer = await post(house, person, channel=channel)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:gridloop:problem:channel-not-yours"
    assert answer.json()["roles"] == [role]
    assert await house.rows("select 1 from reports") == []


async def test_a_report_needs_words_or_an_issue(house: House) -> None:
    answer = await post(house, description=None)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "description"
    assert (await post(house, description=None, issue_code="0504")).status_code == 201


async def test_what_was_settled_on_the_spot_is_told_with_who_did_it(house: House) -> None:
    at = now() - timedelta(minutes=10)
    await house.post("officer", channel="visit", reporter=None, settled={"done": "当场清理", "at": at.isoformat()})
    (event,) = await house.told()
    settled = event["data"]["settled"]
    assert (settled["done"], settled["unit"], settled["by"]) == ("当场清理", COMMITTEE, "officer")
    assert datetime.fromisoformat(settled["at"]) == at


async def test_nothing_is_settled_in_the_future(house: House) -> None:
    later = (now() + timedelta(hours=1)).isoformat()
    answer = await post(house, settled={"done": "当场清理", "at": later})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "settled.at"


async def test_the_same_callers_other_open_cases_are_named_to_routing(house: House) -> None:
    first = await house.post(reporter={"phone": "13912345678"})
    closed = await house.post("clerk", channel="walk_in", reporter={"phone": "+86 139 1234 5678"})
    await house.moved(closed, "closed", outcome="resolved")
    await house.post(reporter={"phone": "13800000000"})
    await house.post(reporter={"phone": "１３９-1234-5678"})
    assert [event["data"]["open_cases"] for event in await house.told()] == [[], [first], [], [first]]


async def test_registering_takes_at_most_eight_statements(house: House, statements: list[str]) -> None:
    await house.post(external_id="warm")
    statements.clear()
    changes: dict[str, Any] = {"external_id": "SH-3", "address": "永嘉路120弄", "settled": {"done": "当场清理"}}
    answer = await post(house, headers={"idempotency-key": "k-1"}, **changes)
    assert answer.status_code == 201
    begins = next(place for place, sql in enumerate(statements) if "idempotency_keys" in sql)
    assert len(statements[begins:]) <= 8, statements[begins:]
    assert any("phone_index" in sql and "SELECT" in sql for sql in statements[begins:])
    assert any("pgqueuer" in sql for sql in statements[begins:])


async def test_a_repeat_with_the_same_key_gets_the_same_answer(house: House) -> None:
    first = await post(house, headers={"idempotency-key": "k-2"})
    again = await post(house, headers={"idempotency-key": "k-2"})
    assert (again.status_code, again.json(), again.headers["location"]) == (
        201,
        first.json(),
        first.headers["location"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await house.told()) == 1
    assert (await post(house, headers={"idempotency-key": "k-2"}, item_type="request")).status_code == 422


async def test_a_repeated_external_id_answers_with_the_case_it_made(house: House) -> None:
    first = await post(house, external_id="SH-4")
    again = await post(house, external_id="SH-4", headers={"idempotency-key": "k-3"})
    assert again.status_code == 200
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert len(await house.told()) == 1


async def test_an_external_id_with_another_body_is_refused_naming_the_case(house: House) -> None:
    case_no = await house.post(external_id="SH-5")
    answer = await post(house, external_id="SH-5", description="另一件事")
    assert answer.status_code == 409
    assert answer.json()["case_no"] == case_no
    other_number = await post(house, external_id="SH-5", reporter={"name": "欧阳静好", "phone": "13912345679"})
    assert other_number.status_code == 409


async def test_an_external_id_is_the_clients_own(house: House) -> None:
    one = await house.post("hotline", external_id="SH-6")
    two = await house.post("other hotline", external_id="SH-6")
    assert one != two


async def test_eight_racers_with_one_external_id_make_one_case(house: House) -> None:
    answers = await asyncio.gather(*(post(house, external_id="SH-7") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["case_no"] for answer in answers}) == 1
    for table in ("reports", "reporters", "timeline", "audit"):
        assert len(await house.rows(f"select 1 from {table}")) == 1
    assert len(await house.told()) == 1


async def test_eight_racers_with_one_idempotency_key_get_one_answer(house: House) -> None:
    answers = await asyncio.gather(*(post(house, headers={"idempotency-key": "k-4"}) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert len(await house.rows("select 1 from reports")) == 1
    assert len(await house.told()) == 1


async def test_who_prefers_to_wait_is_answered_when_it_is_routed(house: House) -> None:
    posting = asyncio.create_task(post(house, external_id="SH-8", headers={"prefer": "respond-async, wait=5"}))
    while not await house.told():
        await asyncio.sleep(0.01)
    (row,) = await house.rows("select case_no from reports")
    await house.moved(row["case_no"], "handle.dispatched", lead={"code": "U", "name": "单位", "path": "/31/U/"})
    answer = await posting
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "wait=5"
    assert (answer.json()["state"], answer.json()["unit"]) == ("handle.dispatched", {"code": "U", "name": "单位"})
    assert answer.headers["etag"] == '"2"'


async def test_who_waits_in_vain_is_answered_after_the_time(house: House) -> None:
    began = time.monotonic()
    answer = await post(house, headers={"prefer": "wait=1"})
    assert 1 <= time.monotonic() - began < 3
    assert answer.status_code == 201
    assert answer.json()["state"] == "discover.registered"


async def test_a_preference_that_is_none_is_ignored(house: House) -> None:
    answer = await post(house, headers={"prefer": "wait=soon"})
    assert answer.status_code == 201
    assert "preference-applied" not in answer.headers


async def test_a_failed_registration_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("欧阳静好 13912345678")

    monkeypatch.setattr("intake.reports.tell", broken)
    answer = await post(house, headers={"idempotency-key": "k-5"})
    assert answer.status_code == 500
    assert "欧阳" not in answer.text
    for table in ("reports", "reporters", "timeline", "timeline_words", "audit", "idempotency_keys", "pgqueuer"):
        assert await house.rows(f"select 1 from {table}") == []
    monkeypatch.undo()
    assert (await post(house, headers={"idempotency-key": "k-5"})).status_code == 201
