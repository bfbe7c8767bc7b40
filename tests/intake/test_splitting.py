"""One report with two matters becomes two cases."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from front_desk import COMMITTEE, House, unit

from intake import reporters
from intake.models import Reporter
from services.clocks import now, stopped
from services.timeline import first_broken

TOLD: dict[str, Any] = {
    "original": {"description": "永嘉路一弄垃圾箱房满溢。"},
    "second": {"description": "永嘉路五号楼电梯停在三楼。", "address": "永嘉路五号楼", "item_type": "request"},
}


async def split(house: House, case_no: str, person: str = "hotline", told: dict[str, Any] = TOLD) -> Any:
    return await house.as_(person).post(f"/v1/cases/{case_no}/splits", json=told)


async def test_a_split_makes_a_second_case_that_keeps_the_clock(house: House) -> None:
    with stopped(now() - timedelta(days=3)):
        case_no = await house.post(external_id="SH-1", district_code="310101", grid_code=COMMITTEE)
    before = await house.case(case_no)
    answer = await split(house, case_no)
    assert answer.status_code == 201
    second = answer.json()
    assert second["case_no"] != case_no
    assert answer.headers["location"] == f"/intake/v1/cases/{second['case_no']}"
    assert second["received_at"] == before["received_at"]
    assert (second["split_from"], second["item_type"], second["external_id"]) == (case_no, "request", None)
    after = await house.case(case_no)
    assert after["description"] == TOLD["original"]["description"]
    assert (await house.case(second["case_no"]))["description"] == TOLD["second"]["description"]
    assert after["timeline"][-1]["move"] == "split"


async def test_routing_is_told_of_the_amended_one_and_of_the_new_one(house: House) -> None:
    case_no = await house.post(district_code="310101", address="永嘉路一弄", grid_code=COMMITTEE)
    second = (await split(house, case_no)).json()["case_no"]
    _, amended, received = await house.told()
    assert (amended["type"], amended["subject"], int(amended["sequence"])) == ("report.amended", case_no, 2)
    assert amended["data"]["text"] == TOLD["original"]["description"]
    assert (received["type"], received["subject"], int(received["sequence"])) == ("report.received", second, 1)
    data = received["data"]
    assert data["split_from"] == case_no
    assert data["reporter"] is True
    assert data["open_cases"] == []
    assert data["place"] == {"address": "永嘉路五号楼", "grid": None, "district": "310101", "location": None}


async def test_the_reporter_is_sealed_again_under_another_key_and_the_first_words_are_kept(house: House) -> None:
    case_no = await house.post(reporter={"name": "欧阳静好", "phone": "13912345678", "confidential": True})
    await split(house, case_no)
    rows = await house.rows("select reporter, confidential from reports order by split_from nulls first")
    vault = house.app.state.vault
    async with house.database.unit() as session:
        first, second = [await session.get_one(Reporter, UUID(str(row["reporter"]))) for row in rows]
    assert [row["confidential"] for row in rows] == [True, True]
    assert first.wrapped_key != second.wrapped_key
    assert reporters.opened(vault, first) == reporters.opened(vault, second)
    assert first.phone_index == second.phone_index
    original = vault.open(first.wrapped_key, "original", first.original, str(first.id))
    assert "无人清运" in original


async def test_both_chains_hold(house: House) -> None:
    case_no = await house.post()
    await split(house, case_no)
    for row in await house.rows("select case_no, chain, entries from reports"):
        async with house.database.unit() as session:
            chain, count = bytes(row["chain"]), row["entries"]
            assert await first_broken(session, row["case_no"], chain=chain, count=count) is None


async def test_a_dispatcher_splits_what_the_own_subtree_handles(house: House) -> None:
    case_no = await house.post()
    assert (await split(house, case_no, "street dispatcher")).status_code == 404
    await house.moved(case_no, "handle.dispatched", lead=unit(COMMITTEE))
    answer = await split(house, case_no, "street dispatcher")
    assert answer.status_code == 201
    # It stays the hotline's case: the caller asks there.
    assert (await house.case(answer.json()["case_no"]))["split_from"] == case_no
    (row,) = await house.rows("select by_role from timeline where move = 'split'")
    assert row["by_role"] == "dispatcher"


async def test_an_officer_may_not_split(house: House) -> None:
    case_no = await house.post("officer", channel="visit")
    assert (await split(house, case_no, "officer")).status_code == 403


async def test_a_closed_case_is_not_split(house: House) -> None:
    case_no = await house.post()
    await house.moved(case_no, "closed", outcome="resolved")
    answer = await split(house, case_no)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:gridloop:problem:split-too-late"
    assert len(await house.rows("select 1 from reports")) == 1


@pytest.mark.parametrize("part", ["original", "second"])
async def test_both_parts_have_words(house: House, part: str) -> None:
    case_no = await house.post()
    answer = await split(house, case_no, told={**TOLD, part: {"description": "  "}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"{part}.description"


async def test_the_same_key_splits_once(house: House) -> None:
    case_no = await house.post()
    client = house.as_("hotline")
    path, headers = f"/v1/cases/{case_no}/splits", {"idempotency-key": "s"}
    answers = [await client.post(path, json=TOLD, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await house.rows("select 1 from reports")) == 2
