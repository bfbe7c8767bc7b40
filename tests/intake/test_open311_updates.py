"""mySociety's updates: what routing did is told with ids that stay; what a client adds goes its way like any other."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from front_desk import House
from open311_clients import Street, published

from intake.open311 import standing
from intake.open311.standing import extended

MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
STORY: tuple[tuple[str, str, str | None, str], ...] = (
    ("route", "discover.triage", None, "for_triage"),
    ("dispatch", "handle.dispatched", None, "investigating"),
    ("dispute", "handle.disputed", None, "internal_referral"),
    ("rule", "handle.dispatched", None, "investigating"),
    ("raise_level", "handle.dispatched", None, "internal_referral"),
    ("accept", "handle.working", None, "in_progress"),
    ("defer", "handle.deferred", None, "planned"),
    ("report_done", "supervise.checking", None, "in_progress"),
    ("approve", "feedback.surveying", None, "in_progress"),
    ("judge", "handle.dispatched", None, "reopen"),
    ("judge", "closed", "resolved", "fixed"),
    ("appeal", "handle.dispatched", None, "reopen"),
    ("judge", "handle.deferred", None, "planned"),
    ("judge", "closed", "unresolved", "no_further_action"),
)
OUTCOMES = {
    "resolved": "FIXED", "settled_on_spot": "FIXED", "not_surveyed": "CLOSED", "unresolved": "NO_FURTHER_ACTION",
    "unreachable": "NO_FURTHER_ACTION", "not_accepted": "NOT_COUNCILS_RESPONSIBILITY",
    "handed_over": "NOT_COUNCILS_RESPONSIBILITY", "withdrawn": "CANCELLED", None: "CLOSED",
}  # fmt: skip


@pytest.fixture
async def street(house: House) -> Street:
    await house.hear("routing", published(), 1)
    return Street(house)


async def lived(street: Street) -> str:
    case_no = await street.case()
    for number, (move, state, outcome, _) in enumerate(STORY, start=1):
        at = MORNING + timedelta(minutes=number)
        facts = {"move": move, "outcome": outcome, "channel": "open311", "issue": "05-01", "at": at}
        await street.house.moved(case_no, state, number, note=f"第{number}步" if number % 2 else None, **facts)
    return case_no


async def update(street: Street, case_no: str, status: str = "OPEN", **changes: Any) -> httpx.Response:
    said = {
        "api_key": street.key, "service_request_id": case_no, "update_id": "u1", "status": status,
        "updated_datetime": "2026-11-21T10:00:00Z", "description": "昨天又满了。", **changes,
    }  # fmt: skip
    plain = {name: value for name, value in said.items() if value is not None}
    return await street.send("servicerequestupdates.xml", data=plain)


async def told(street: Street) -> list[dict[str, Any]]:
    return [event for event in await street.house.told() if event["type"] != "report.received"]


async def test_every_step_is_told_in_order_with_an_id_that_stays(street: Street) -> None:
    case_no = await lived(street)
    span = {"start_date": "2026-11-20T00:00:00Z", "end_date": "2026-11-21T00:00:00Z"}
    rows = await street.read("servicerequestupdates", **span)
    assert [row["status"] for row in rows] == [word for *_, word in STORY]
    assert [row["update_id"] for row in rows] == [f"{case_no}-{number}" for number in range(1, len(STORY) + 1)]
    assert rows[0]["updated_datetime"] == "2026-11-20T09:01:00+08:00"
    assert (rows[0]["description"], rows[1]["description"]) == ("第1步", standing.SAID["INVESTIGATING"])
    assert all(row["description"] and row["service_request_id"] == case_no for row in rows)
    assert rows == await street.read("servicerequestupdates", **span)
    root = await street.xml("servicerequestupdates", **span)
    assert root.tag == "service_request_updates"
    assert [each.findtext("status") for each in root.findall("request_update")] == [word for *_, word in STORY]


async def test_updates_are_narrowed_by_time_and_come_in_pages(street: Street) -> None:
    await lived(street)
    two = {"start_date": "2026-11-20T01:02:00Z", "end_date": "2026-11-20T01:03:00Z"}
    assert [row["description"][:2] for row in await street.read("servicerequestupdates", **two)] == ["已受", "第3"]
    span = {"start_date": "2026-11-20", "end_date": "2026-11-21", "page_size": 10}
    assert [len(await street.read("servicerequestupdates", page=page, **span)) for page in (1, 2, 3)] == [10, 4, 0]


async def test_of_what_is_not_public_no_update_is_told(street: Street) -> None:
    case_no, hidden = await street.house.post(issue_code="05-01"), await street.case()
    await street.house.moved(case_no, "handle.working", at=MORNING)
    await street.house.moved(hidden, "handle.working", at=MORNING, channel="open311", issue="21-04")
    assert await street.read("servicerequestupdates", start_date="2026-11-20", end_date="2026-11-21") == []


def test_nothing_is_fixed_before_the_verdict_and_every_outcome_has_its_word() -> None:
    assert {outcome: extended("closed", outcome) for outcome in OUTCOMES} == OUTCOMES
    early = {extended(state, None, move=move) for state in standing.OF_STATE for move in (None, "judge", "approve")}
    assert not early & {"FIXED", "CLOSED"}
    assert {*standing.OF_STATE.values(), *standing.OF_OUTCOME.values()} <= standing.WORDS


async def test_an_update_becomes_words_on_the_case_once(street: Street) -> None:
    case_no = await street.case()
    first = await update(
        street, case_no, "FIXED", first_name="静好", last_name="欧阳", description="我是欧阳静好，已经好了。"
    )
    assert first.status_code == 200, first.text
    again = await update(street, case_no, "FIXED", description="别的话")
    assert again.text == first.text
    assert f"<update_id>{case_no}-c2</update_id>" in first.text
    (event,) = await told(street)
    assert event["type"] == "report.amended"
    assert "静好" not in event["data"]["text"]
    assert event["data"]["text"].endswith("（来源系统状态：FIXED）")
    assert (await update(street, case_no, update_id="u2")).text != first.text


async def test_reopening_a_closed_case_is_an_appeal_and_of_an_open_one_a_note(street: Street) -> None:
    closed, still_open = await street.case(), await street.case()
    await street.house.moved(closed, "closed", outcome="resolved", channel="open311", issue="05-01")
    assert (await update(street, closed, "REOPEN")).status_code == 200
    assert (await update(street, still_open, "REOPEN")).status_code == 200
    assert [event["type"] for event in await told(street)] == ["report.appealed", "report.amended"]


async def test_an_update_with_something_wrong_is_refused_and_changes_nothing(street: Street) -> None:
    case_no, other = await street.case(), await street.case(api_key=street.house.keys["other hotline"])
    hotlines = await street.house.post()
    wrong: list[tuple[dict[str, Any], int]] = [
        ({"status": "DONE"}, 400),
        ({"update_id": None}, 400),
        ({"description": None}, 400),
        ({"description": "长" * 1901}, 400),
        ({"updated_datetime": "today"}, 400),
        ({"service_request_id": other}, 404),
        ({"service_request_id": hotlines}, 404),
        ({"service_request_id": "1"}, 404),
        ({"api_key": None}, 403),
        ({"api_key": street.house.keys["officer"]}, 403),
    ]
    for changes, status in wrong:
        answer = await update(street, case_no, **changes)
        assert answer.status_code == status, (changes, answer.text)
        assert f"<code>{status}</code>" in answer.text
    missing = await update(street, case_no, status="", update_id="")
    assert missing.text.count("<error>") == 2
    assert await told(street) == []


async def test_an_update_can_be_tried_out(street: Street) -> None:
    case_no = await street.case()
    said = {
        "api_key": street.key, "service_request_id": case_no, "update_id": "u1", "status": "OPEN",
        "updated_datetime": "2026-11-21T10:00:00Z", "description": "试一试",
    }  # fmt: skip
    answer = await street.http.post("/open311/test/v2/servicerequestupdates.json", data=said)
    assert answer.status_code == 200, answer.text
    assert await told(street) == []
