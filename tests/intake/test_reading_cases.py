"""Who sees which case, what a case shows, and how lists are narrowed and paged."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from front_desk import COMMITTEE, DISTRICT, OTHER, House, unit

from services.clocks import now, stopped


async def seen_by(house: House, case_no: str, *people: str) -> set[str]:
    """Who of these people sees the case; the list must agree with the single look."""
    seen = set()
    for person in people:
        client = house.as_(person)
        answer = await client.get(f"/v1/cases/{case_no}")
        assert answer.status_code in (200, 404), answer.text
        listed = {item["case_no"] for item in (await client.get("/v1/cases")).json()["items"]}
        assert (answer.status_code == 200) == (case_no in listed)
        if answer.status_code == 200:
            seen.add(person)
    return seen


EVERYBODY = (
    "hotline", "other hotline", "clerk", "street clerk", "other clerk", "officer", "other officer", "leader",
    "dispatcher", "street dispatcher", "supervisor", "auditor", "street auditor",
)  # fmt: skip
TOP = {"dispatcher", "supervisor", "auditor"}


async def test_a_hotline_case_that_nobody_leads_is_seen_by_its_client_and_the_top_alone(house: House) -> None:
    case_no = await house.post("hotline")
    assert await seen_by(house, case_no, *EVERYBODY) == {"hotline"} | TOP


async def test_a_desk_case_that_nobody_leads_is_seen_by_the_desks_over_it(house: House) -> None:
    case_no = await house.post("clerk", channel="walk_in")
    expected = {"clerk", "street clerk", "street dispatcher", "street auditor"} | TOP
    assert await seen_by(house, case_no, *EVERYBODY) == expected


async def test_a_led_case_is_seen_over_its_lead_unit_and_by_who_posted_it(house: House) -> None:
    case_no = await house.post("officer", channel="visit", reporter=None)
    await house.moved(case_no, "handle.dispatched", lead=unit(OTHER))
    # The clerk's unit took it down, so its clerks answer the person who asks again.
    expected = {"officer", "clerk", "street clerk", "other officer"} | TOP
    assert await seen_by(house, case_no, *EVERYBODY) == expected
    await house.moved(case_no, "handle.dispatched", 2, lead=unit(COMMITTEE))
    expected = {"officer", "clerk", "street clerk", "leader", "street dispatcher", "street auditor"} | TOP
    assert await seen_by(house, case_no, *EVERYBODY) == expected


async def test_a_case_led_above_is_not_seen_from_below(house: House) -> None:
    case_no = await house.post("hotline")
    await house.moved(case_no, "handle.dispatched", lead=unit(DISTRICT))
    assert await seen_by(house, case_no, *EVERYBODY) == {"hotline"} | TOP


async def test_a_path_is_no_pattern(house: House) -> None:
    case_no = await house.post("hotline")
    await house.moved(case_no, "handle.dispatched", lead={"code": "x", "name": "x", "path": "/31/310101/310101023x1/"})
    assert "leader" not in await seen_by(house, case_no, "leader", "street dispatcher")


async def test_a_case_shows_how_it_stands_and_everything_that_happened(house: House) -> None:
    case_no = await house.post(external_id="SH-1", address="永嘉路120弄")
    due = datetime.fromisoformat("2025-03-07T10:00:00+00:00")
    await house.moved(
        case_no, "handle.dispatched", lead=unit(COMMITTEE), co_units=[unit(OTHER)], grade="simple", case_due=due,
        grid={"code": COMMITTEE, "name": "永嘉居民区", "path": "/x/"}, note="已派单", at=now(), public_answer=None,
    )  # fmt: skip
    client = house.as_("hotline")
    answer = await client.get(f"/v1/cases/{case_no}")
    case = answer.json()
    assert answer.headers["etag"] == '"2"'
    assert case["description"] == "永嘉路一弄的垃圾箱房满溢三天，无人清运，气味很大。"
    assert (case["stage"], case["state"], case["grade"]) == ("handle", "handle.dispatched", "simple")
    assert case["issue"] == {"code": "0504", "name": "垃圾满溢"}
    assert case["grid"] == {"code": COMMITTEE, "name": "永嘉居民区"}
    assert case["unit"] == {"code": COMMITTEE, "name": f"单位{COMMITTEE}"}
    assert case["co_units"] == [{"code": OTHER, "name": f"单位{OTHER}"}]
    assert case["deadlines"] == {"case_due": "2025-03-07T18:00:00+08:00", "contact_due": None, "state_due": None}
    assert [(each["source"], each["move"], each["state"], each["note"]) for each in case["timeline"]] == [
        ("intake", "register", "discover.registered", None),
        ("routing", "route", "handle.dispatched", "已派单"),
    ]
    assert all(each["at"].endswith("+08:00") for each in case["timeline"])


async def test_a_closed_case_lies_in_no_stage(house: House) -> None:
    case_no = await house.post()
    await house.moved(case_no, "closed", outcome="resolved", public_answer="已清运")
    case = await house.case(case_no)
    assert (case["stage"], case["outcome"], case["public_answer"]) == (None, "resolved", "已清运")


async def listed(house: House, person: str = "hotline", **filters: Any) -> list[str]:
    answer = await house.as_(person).get("/v1/cases", params=filters)
    assert answer.status_code == 200, answer.text
    return [item["case_no"] for item in answer.json()["items"]]


async def test_a_list_is_narrowed_by_all_that_is_given(house: House) -> None:
    start = now() - timedelta(days=2)
    with stopped(start):
        old = await house.post(external_id="A")
    new = await house.post("clerk", channel="walk_in")
    await house.moved(old, "handle.working", lead=unit(COMMITTEE))
    await house.moved(new, "closed", outcome="resolved", lead=unit(COMMITTEE))
    assert await listed(house, "auditor") == [new, old]
    assert await listed(house, "auditor", state="handle.working") == [old]
    assert await listed(house, "auditor", stage="handle") == [old]
    assert await listed(house, "auditor", outcome="resolved") == [new]
    assert await listed(house, "auditor", channel="walk_in") == [new]
    assert await listed(house, "auditor", external_id="A") == [old]
    assert await listed(house, "auditor", stage="handle", channel="walk_in") == []
    middle = (start + timedelta(days=1)).isoformat()
    assert await listed(house, "auditor", received_from=middle) == [new]
    assert await listed(house, "auditor", received_to=middle) == [old]
    assert await listed(house, "auditor", received_from=start.isoformat()) == [new, old]
    assert await listed(house, "auditor", received_to=start.isoformat()) == []


async def test_pages_show_every_case_once_while_new_ones_arrive(house: House) -> None:
    with stopped(now()):
        made = [await house.post() for _ in range(5)]
    client, seen, cursor = house.as_("hotline"), list[str](), None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await client.get("/v1/cases", params=params)).json()
        seen += [item["case_no"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        await house.post()
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"limit": 201}, "limit"),
        ({"limit": 0}, "limit"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "eyJhdCI6IDF9"}, "cursor"),
        ({"stage": "closed"}, "stage"),
        ({"channel": "letter"}, "channel"),
        ({"received_from": "2025-03-01T00:00:00"}, "received_from"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_a_filter_that_cannot_be_meant_is_refused(house: House, filters: dict[str, Any], field: str) -> None:
    answer = await house.as_("hotline").get("/v1/cases", params=filters)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_a_mistyped_case_number_is_named_as_such(house: House) -> None:
    case_no = await house.post()
    wrong = case_no[:-1] + str((int(case_no[-1]) + 1) % 10)
    answer = await house.as_("hotline").get(f"/v1/cases/{wrong}")
    assert answer.status_code == 404
    assert "mistyped" in answer.json()["detail"]
