"""A reporter amends, withdraws, chases or appeals: the row, the timeline, the audit entry and the message are one."""

import asyncio
from typing import Any

import pytest
from front_desk import COMMITTEE, OTHER, House, unit

from services.timeline import first_broken

FOLLOW_UPS: list[tuple[str, dict[str, Any], str, str]] = [
    ("amendments", {"description": "在三号楼旁"}, "amend", "report.amended"),
    ("withdrawal", {"reason": "已经解决"}, "withdraw", "report.withdrawn"),
    ("chases", {"description": "还没有人来"}, "chase", "report.chased"),
    ("appeals", {"reason": "没有解决"}, "appeal", "report.appealed"),
]


async def follow(house: House, case_no: str, path: str, body: dict[str, Any], person: str = "hotline") -> Any:
    return await house.as_(person).post(f"/v1/cases/{case_no}/{path}", json=body)


@pytest.mark.parametrize(("path", "body", "move", "kind"), FOLLOW_UPS)
async def test_each_is_answered_with_the_state_and_told_to_routing(
    house: House, path: str, body: dict[str, Any], move: str, kind: str
) -> None:
    case_no = await house.post()
    await house.moved(case_no, "closed", outcome="resolved")
    answer = await follow(house, case_no, path, body)
    assert answer.status_code == 202
    assert answer.json()["state"] == "closed"
    assert answer.headers["etag"] == (await house.as_("hotline").get(f"/v1/cases/{case_no}")).headers["etag"]
    event = (await house.told())[-1]
    assert (event["type"], event["subject"], int(event["sequence"])) == (kind, case_no, 2)
    words = next(iter(body.values()))
    assert words in (event["data"].get("text"), event["data"].get("reason"))
    entry = [each for each in (await house.case(case_no))["timeline"] if each["source"] == "intake"][-1]
    assert (entry["move"], entry["note"]) == (move, words)
    (audit,) = await house.rows("select action, subject, person from audit where action = :move", move=move)
    assert audit == {"action": move, "subject": case_no, "person": house.people["hotline"]}


async def test_the_chain_of_a_case_holds_through_everything(house: House) -> None:
    case_no = await house.post()
    await house.moved(case_no, "closed", outcome="resolved")
    for path, body, _, _ in FOLLOW_UPS:
        assert (await follow(house, case_no, path, body)).status_code == 202
    (row,) = await house.rows("select chain, entries, told from reports")
    assert (row["entries"], row["told"]) == (5, 5)
    async with house.database.unit() as session:
        assert await first_broken(session, case_no, chain=bytes(row["chain"]), count=row["entries"]) is None


async def test_an_amended_place_replaces_the_parts_that_were_told(house: House) -> None:
    case_no = await house.post(address="永嘉路120弄", grid_code=OTHER)
    await follow(house, case_no, "amendments", {"grid_code": COMMITTEE, "location": {"lon": 121.4, "lat": 31.2}})
    data = (await house.told())[-1]["data"]
    assert data["text"] is None
    point = {"lon": 121.4, "lat": 31.2, "crs": "WGS-84"}
    assert data["place"] == {"address": None, "grid": COMMITTEE, "district": None, "location": point}
    (row,) = await house.rows("select address, told_grid, lon, lat, crs from reports")
    expected = {"address": "永嘉路120弄", "told_grid": COMMITTEE, "lon": 121.4, "lat": 31.2, "crs": "WGS-84"}
    assert row == expected


async def test_an_amendment_says_something(house: House) -> None:
    case_no = await house.post()
    answer = await follow(house, case_no, "amendments", {})
    assert answer.status_code == 422
    assert (await follow(house, case_no, "amendments", {"description": None})).status_code == 422
    assert len(await house.told()) == 1


async def test_a_chase_needs_no_words(house: House) -> None:
    case_no = await house.post()
    assert (await follow(house, case_no, "chases", {})).status_code == 202
    assert (await house.told())[-1]["data"]["text"] == ""


async def test_withdrawing_what_is_closed_is_told_to_routing_all_the_same(house: House) -> None:
    case_no = await house.post()
    await house.moved(case_no, "closed", outcome="resolved")
    assert (await follow(house, case_no, "withdrawal", {"reason": "不用了"})).status_code == 202
    assert (await house.told())[-1]["type"] == "report.withdrawn"


@pytest.mark.parametrize("state", ["discover.registered", "handle.working", "feedback.surveying", "merged"])
async def test_an_appeal_against_what_is_not_closed_is_refused_with_what_to_do(house: House, state: str) -> None:
    case_no = await house.post()
    await house.moved(case_no, state)
    answer = await follow(house, case_no, "appeals", {"reason": "没有解决"})
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:gridloop:problem:not-closed-yet"
    assert "chase" in answer.json()["remedy"]
    assert len(await house.told()) == 1
    assert len((await house.case(case_no))["timeline"]) == 2


async def test_a_clerk_follows_up_what_the_own_subtree_took_down(house: House) -> None:
    case_no = await house.post("clerk", channel="walk_in")
    assert (await follow(house, case_no, "chases", {}, "street clerk")).status_code == 202
    assert (await follow(house, case_no, "chases", {}, "other clerk")).status_code == 404
    assert (await follow(house, case_no, "chases", {}, "hotline")).status_code == 404
    assert (await follow(house, case_no, "chases", {}, "other hotline")).status_code == 404


@pytest.mark.parametrize("person", ["officer", "leader", "dispatcher", "supervisor", "auditor", "caller"])
async def test_only_the_front_follows_up_for_a_reporter(house: House, person: str) -> None:
    case_no = await house.post()
    await house.moved(case_no, "handle.working", lead=unit(COMMITTEE))
    for path, body, _, _ in FOLLOW_UPS:
        assert (await follow(house, case_no, path, body, person)).status_code == 403


async def test_two_follow_ups_at_once_both_count(house: House) -> None:
    case_no = await house.post()
    answers = await asyncio.gather(*(follow(house, case_no, "chases", {"description": f"{n}"}) for n in range(6)))
    assert {answer.status_code for answer in answers} == {202}
    assert sorted(int(event["sequence"]) for event in await house.told()) == [1, 2, 3, 4, 5, 6, 7]
    (row,) = await house.rows("select chain, entries from reports")
    async with house.database.unit() as session:
        assert await first_broken(session, case_no, chain=bytes(row["chain"]), count=7) is None


async def test_the_same_key_chases_once(house: House) -> None:
    case_no = await house.post()
    client = house.as_("hotline")
    answers = [
        await client.post(f"/v1/cases/{case_no}/chases", json={}, headers={"idempotency-key": "c"}) for _ in range(2)
    ]
    assert [answer.json() for answer in answers] == [answers[0].json()] * 2
    assert len(await house.told()) == 2


async def test_what_fails_on_the_way_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    case_no = await house.post()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("intake.followups.tell", broken)
    assert (await follow(house, case_no, "withdrawal", {"reason": "不用了"})).status_code == 500
    (row,) = await house.rows("select entries, told, version from reports")
    assert row == {"entries": 1, "told": 1, "version": 1}
    assert len(await house.rows("select 1 from timeline")) == 1
    assert len(await house.rows("select 1 from audit")) == 1
