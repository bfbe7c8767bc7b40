"""What anybody may read by Open311: cases of its own channel on public issues, by every filter, and never a person."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from front_desk import House, unit
from open311_clients import BASE, Street, published

from intake.api import create_app
from services.clocks import stopped
from services.settings import Settings

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
FIELDS = {
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
    "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address",
    "address_id", "zipcode", "lat", "long", "media_url",
}  # fmt: skip


@pytest.fixture
async def street(house: House) -> Street:
    await house.hear("routing", published(), 1)
    return Street(house)


async def numbers(street: Street, **query: Any) -> list[str]:
    return [row["service_request_id"] for row in await street.read("requests", **query)]


async def moved(street: Street, case_no: str, state: str, sequence: int = 1, **facts: Any) -> None:
    plain = {"channel": "open311", "issue": "05-01", "issue_name": "垃圾满溢", "lead": unit("310101023006")}
    line = await street.house.moved(case_no, state, sequence, **{**plain, **facts})
    assert line.status == "done"


async def test_a_row_has_every_field_in_both_formats(street: Street) -> None:
    with stopped(NOON):
        case_no = await street.case()
        await moved(street, case_no, "handle.working", note="已签收", at=NOON, case_due=NOON + timedelta(days=7))
        row = await street.row(case_no)
        root = await street.xml(f"requests/{case_no}")
    assert row.keys() == FIELDS
    assert row == {
        "service_request_id": case_no, "status": "open", "status_notes": "已签收", "service_name": "垃圾满溢",
        "service_code": "05-01", "description": "垃圾箱房满溢三天，无人清运。",
        "agency_responsible": "单位310101023006",
        "service_notice": None, "requested_datetime": "2026-11-20T12:00:00+08:00",
        "updated_datetime": "2026-11-20T12:00:00+08:00", "expected_datetime": "2026-11-27T12:00:00+08:00",
        "address": "永嘉路一弄", "address_id": None, "zipcode": None, "lat": 31.2158, "long": 121.4632,
        "media_url": None,
    }  # fmt: skip
    assert [each.tag for each in root[0]] == list(row)
    assert root.findtext("request/status_notes") == "已签收"
    assert root.findtext("request/zipcode") == ""


async def test_nothing_is_public_but_this_channels_cases_on_public_issues(street: Street) -> None:
    shown, hidden = await street.case(), await street.case()
    others = [await street.house.post(issue_code="05-01")]
    others.append(await street.house.post("clerk", channel="walk_in", issue_code="05-01"))
    await moved(street, hidden, "handle.working", issue="21-04", issue_name="政务作风")
    assert await numbers(street) == [shown]
    for case_no in (hidden, *others, "2026112400000008", "0", "1,2"):
        assert (await street.get(f"requests/{case_no}.json")).status_code == 404
    assert await numbers(street, service_request_id=",".join([shown, hidden, *others, "nonsense"])) == [shown]


async def test_a_key_adds_what_it_posted_itself_and_nothing_else(street: Street) -> None:
    case_no, other = await street.case(), await street.case(api_key=street.house.keys["other hotline"])
    for each in (case_no, other):
        await moved(street, each, "handle.working", issue="21-04")
    await street.house.post(issue_code="05-01")
    assert await numbers(street) == []
    assert await numbers(street, api_key=street.key) == [case_no]
    assert await numbers(street, api_key="gl_wrong_key") == []


async def test_closed_is_closed_at_its_closing_and_open_is_all_else(street: Street) -> None:
    states = ["discover.triage", "handle.working", "feedback.surveying", "merged", "closed"]
    cases = [await street.case() for _ in states]
    closed_at = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
    for case_no, state in zip(cases, states, strict=True):
        end = {"outcome": "resolved", "closed_at": closed_at, "public_answer": "已清运"} if state == "closed" else {}
        await moved(street, case_no, state, **end)
    rows = {row["service_request_id"]: row for row in await street.read("requests")}
    assert [rows[case_no]["status"] for case_no in cases] == ["open"] * 4 + ["closed"]
    assert rows[cases[-1]]["status_notes"] == "已清运"
    assert rows[cases[-1]]["updated_datetime"] == "2026-11-21T09:02:03+08:00"
    assert await numbers(street, status="closed") == [cases[-1]]
    assert len(await numbers(street, status="open")) == 4
    assert len(await numbers(street, status="open,closed")) == 5
    assert (await street.get("requests.json", status="fixed")).status_code == 400


async def test_filters_by_service_place_and_page(street: Street) -> None:
    bins = [await street.case() for _ in range(3)]
    far = await street.case(service_code="05-00", lat="31.30", long="121.50")
    assert await numbers(street, service_code="05-00") == [far]
    assert len(await numbers(street, service_code="05-00,05-01")) == 4
    assert await numbers(street, service_code="99") == []
    assert sorted(await numbers(street, lat="31.2160", long="121.4630", radius="100")) == sorted(bins)
    assert await numbers(street, lat="31.30", long="121.50") == [far]
    pages = [await numbers(street, page=page, page_size=3) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 1, 0]
    assert pages[0] + pages[1] == await numbers(street)
    root = await street.xml("requests", page="9")
    assert (root.tag, len(root)) == ("service_requests", 0)


async def test_filters_by_time(street: Street) -> None:
    with stopped(NOON):
        first = await street.case()
    with stopped(NOON + timedelta(days=2, microseconds=500_000)):
        second = await street.case()
        day, second_day = "2026-11-20T12:00:00+08:00", "2026-11-22T04:00:00Z"
        assert await numbers(street, start_date=day, end_date=day) == [first]
        assert await numbers(street, start_date=day, end_date=second_day) == [second, first]
        assert await numbers(street, start_date="2026-11-21") == [second]
        assert await numbers(street, end_date="2026-11-21") == [first]
        answer = await street.http.get(f"{BASE}/requests.json?start_date=2026-11-21T00:00:00+08:00")
        assert [row["service_request_id"] for row in answer.json()] == [second], "a plus that was not encoded"
        await moved(street, first, "handle.working", at=NOON + timedelta(days=1))
        assert await numbers(street, updated_after="2026-11-21", updated_before="2026-11-22") == [first]
        assert await numbers(street, service_request_id=first, status="closed", start_date=second_day) == [first]
    with stopped(NOON + timedelta(days=91)):
        assert await numbers(street) == [second], "the last 90 days"
        assert await numbers(street, start_date="2026-11-20", end_date="2026-11-22") == [first]


MEANINGLESS: tuple[dict[str, str], ...] = (
    {"start_date": "2026-01-01T00:00:00"},
    {"start_date": "yesterday"},
    {"start_date": "0001-01-01T00:00:00Z"},
    {"start_date": "9999-12-31T00:00:00Z"},
    {"start_date": "2026-01-01", "end_date": "2026-06-01"},
    {"page": "0"},
    {"page_size": "many"},
    {"lat": "31"},
    {"lat": "x", "long": "y"},
)


async def test_a_question_that_cannot_be_meant_is_refused(street: Street) -> None:
    for query in MEANINGLESS:
        answer = await street.get("requests.xml", **query)
        assert answer.status_code == 400, query
        assert "<errors><error><code>400</code>" in answer.text


async def test_extensions_tell_the_finer_status_and_the_notes(street: Street) -> None:
    case_no = await street.case()
    await moved(street, case_no, "handle.dispatched", 1, note="已派至街道办理")
    await moved(street, case_no, "handle.disputed", 2, note="对职责提出异议")
    row = await street.row(case_no, extensions="true")
    assert row["extended_attributes"]["detailed_status"] == "INTERNAL_REFERRAL"
    assert [note["description"] for note in row["notes"]] == ["已派至街道办理", "对职责提出异议"]
    root = await street.xml(f"requests/{case_no}", extensions="true")
    assert root.findtext("request/notes/note/description") == "已派至街道办理"


@pytest.fixture
async def districts(settings: Settings, house: House) -> AsyncIterator[FastAPI]:
    """The same house, serving two jurisdictions."""
    app = create_app(settings.model_copy(update={"open311_jurisdictions": "huangpu=310101, jingan=310106"}))
    yield app
    await app.state.database.close()


async def test_where_several_jurisdictions_are_served_one_must_be_named(districts: FastAPI, house: House) -> None:
    house.app = districts
    await house.hear("routing", published(), 1)
    street = Street(house)
    assert (await street.get("services.json")).status_code == 400
    assert (await street.get("services.json", jurisdiction_id="pudong")).status_code == 404
    case_no = await street.case(jurisdiction_id="huangpu")
    assert await numbers(street, jurisdiction_id="huangpu") == [case_no]
    assert await numbers(street, jurisdiction_id="jingan") == []
    assert (await house.told())[0]["data"]["place"]["district"] == "310101"
    grid = {"code": "310106", "name": "静安", "path": "/31/310106/"}
    await moved(street, case_no, "handle.working", grid=grid)
    assert await numbers(street, jurisdiction_id="jingan") == [case_no]


async def test_readers_without_a_key_are_limited_and_those_with_one_are_not(settings: Settings, house: House) -> None:
    app = create_app(settings.model_copy(update={"public_rate_per_minute": 2}))
    house.app = app
    street = Street(house)
    with stopped(NOON):
        answers = [await street.get("services.xml") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["retry-after"]
        assert "<code>429</code>" in answers[-1].text
        assert (await street.get("services.json", api_key=street.key)).status_code == 200
    await app.state.database.close()


ASTRAY = (
    ("GET", "nothing.json", 404),
    ("GET", "nothing", 404),
    ("GET", "services.yaml", 404),
    ("GET", "services", 404),
    ("GET", "requests/1.html", 404),
    ("DELETE", "services.json", 405),
    ("POST", "services.xml", 405),
    ("PUT", "requests.json", 405),
    ("GET", "services.json?x=%00", 400),
    ("GET", "services.json?locale=%ff", 400),
)


async def test_every_error_is_open311s_own(street: Street) -> None:
    for method, path, status in ASTRAY:
        answer = await street.http.request(method, f"{BASE}/{path}")
        assert answer.status_code == status, path
        assert status != 405 or answer.headers["allow"]
        if ".json" in path:
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert answer.json()[0].keys() == {"code", "description"}
            assert answer.json()[0]["code"] == status
        else:
            assert answer.headers["content-type"] == "text/xml; charset=utf-8"
            assert f"<errors><error><code>{status}</code><description>" in answer.text


async def test_bodies_that_are_no_forms_too_large_or_broken_are_refused_in_the_same_form(street: Street) -> None:
    held = {"authorization": f"Bearer {street.key}"}
    wrong = await street.send(json={"service_code": "05-01"}, headers=held)
    assert (wrong.status_code, wrong.json()[0]["code"]) == (415, 415)
    torn = await street.send(
        "requests.xml", content=b"--x\r\nnonsense", headers={**held, "content-type": "multipart/form-data; boundary=x"}
    )
    assert (torn.status_code, "<code>400</code>" in torn.text) == (400, True)
    large = await street.send(
        content=b"x" * (12 * 2**20 + 1), headers={**held, "content-type": "application/x-www-form-urlencoded"}
    )
    assert (large.status_code, large.json()[0]["code"]) == (413, 413)


async def test_what_breaks_is_told_in_the_same_form_and_without_a_word_of_it(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: Any, **__: Any) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("欧阳静好 13912345678")

    monkeypatch.setattr("intake.open311.offers.offer", breaks)
    answer = await street.get("services.json")
    assert (answer.status_code, answer.json()[0]["code"]) == (500, 500)
    assert "13912345678" not in answer.text
