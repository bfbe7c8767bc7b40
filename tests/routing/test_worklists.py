"""Lists of orders: what each sees, what each filter leaves, and a count that always equals the list."""

from datetime import timedelta
from typing import Any

import pytest
from grid_centre import (
    AREA,
    CITY,
    COMMITTEE,
    CONSTRUCTION,
    DISTRICT,
    NEIGHBOURS,
    OTHER_STREET,
    SITE,
    STREET,
    TRAPPED,
    Centre,
    Desk,
)

from routing import list_filters
from services.clocks import now

SIBLING = "310101023009"


async def listed(centre: Centre, desk: Desk, **filters: Any) -> list[str]:
    """The numbers of the whole list, over all its pages; its count must be the same."""
    numbers: list[str] = []
    query: dict[str, Any] = {"limit": 2, "count": True, **filters}
    while True:
        answer = await centre.client(desk).get("/v1/orders", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        numbers += [line["case_no"] for line in page["items"]]
        if page["next"] is None:
            assert page["count"] == len(numbers)
            return numbers
        query["cursor"] = page["next"]


@pytest.fixture
async def city(centre: Centre) -> Desk:
    return await centre.desk("auditor", CITY)


async def test_each_sees_what_the_own_subtree_answers_for(centre: Centre) -> None:
    ours, theirs = await centre.report(), await centre.report(grid=SIBLING)
    site, unplaced = await centre.report(issue=SITE), await centre.report(grid=None)
    seen = {
        ("officer", COMMITTEE): {ours},
        ("officer", SIBLING): {theirs},
        ("leader", AREA): {ours},
        ("leader", STREET): {ours, theirs},
        ("officer", CONSTRUCTION): {site},
        ("leader", DISTRICT): {ours, theirs, site},
        ("officer", OTHER_STREET): set(),
        ("dispatcher", STREET): {ours, theirs, site},
        ("supervisor", AREA): {ours},
        ("auditor", CITY): {ours, theirs, site, unplaced},
        ("officer", "310101-police"): {ours, theirs},
    }
    for (role, unit), wanted in seen.items():
        desk = await centre.desk(role, unit)
        assert set(await listed(centre, desk)) == wanted, (role, unit)
        for case_no in (ours, theirs, site, unplaced):
            assert ((await centre.see(desk, case_no)).status_code == 200) is (case_no in wanted)


async def test_who_has_no_role_that_works_orders_has_no_list(centre: Centre) -> None:
    for role in ("hotline", "clerk", "editor", "administrator"):
        desk = await centre.desk(role, CITY)
        assert (await centre.client(desk).get("/v1/orders")).status_code == 403


async def test_each_filter_leaves_what_it_says(centre: Centre, city: Desk) -> None:
    noise, lift, site = await centre.report(), await centre.report(issue=TRAPPED), await centre.report(issue=SITE)
    visit, unplaced = await centre.report(channel="visit", grid=SIBLING), await centre.report(grid=None)
    officer = await centre.desk("officer", COMMITTEE)
    await centre.made(officer, noise, "accept")
    await centre.made(
        officer, lift, "hand-over", {"receiver": "119", "reference": "A-1", "at": now().isoformat(), "emergency": True}
    )
    left: list[tuple[dict[str, Any], set[str]]] = [
        ({}, {noise, lift, site, visit, unplaced}),
        ({"state": "handle.working"}, {noise}),
        ({"stage": "handle"}, {noise, site, visit}),
        ({"outcome": "handed_over"}, {lift}),
        ({"issue": NEIGHBOURS}, {noise, visit, unplaced}),
        ({"issue": "01"}, {lift}),
        ({"grid": SIBLING}, {visit}),
        ({"grid": STREET}, {noise, lift, site, visit}),
        ({"unit": COMMITTEE}, {noise, lift}),
        ({"unit": DISTRICT}, {noise, lift, site, visit}),
        ({"unit": CONSTRUCTION}, {site}),
        ({"grade": "urgent"}, {lift}),
        ({"channel": "visit"}, {visit}),
        ({"q": "垃圾桶"}, {noise, lift, site, visit, unplaced}),
        ({"q": "100%"}, set()),
        ({"q": site}, {site}),
        ({"overdue": True}, set()),
        ({"overdue": False, "stage": "handle"}, {noise, site, visit}),
        ({"due_before": (now() + timedelta(days=300)).isoformat()}, {noise, site, visit, unplaced}),
        ({"due_before": now().isoformat()}, set()),
        ({"received_from": (now() + timedelta(hours=1)).isoformat()}, set()),
        ({"received_to": (now() + timedelta(hours=1)).isoformat()}, {noise, lift, site, visit, unplaced}),
    ]
    for filters, wanted in left:
        assert set(await listed(centre, city, **filters)) == wanted, filters


async def test_a_word_that_many_texts_have_finds_the_same_as_one_that_few_have(
    centre: Centre, city: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is often said is looked for along the list; in a small city nothing is, so the measure is lowered here."""
    cases = {await centre.report(), await centre.report(grid=SIBLING), await centre.report(issue=TRAPPED)}
    asked: list[dict[str, Any]] = [
        {"q": q, **narrowed} for q in ("垃圾桶", "桶圾") for narrowed in ({}, {"sort": "due"}, {"grid": SIBLING})
    ]
    before = [await listed(centre, city, **each) for each in asked]
    monkeypatch.setattr(list_filters, "OFTEN", 0)
    assert [await listed(centre, city, **each) for each in asked] == before
    assert set(before[0]) == set(before[1]) == cases
    assert not any(before[3:])


async def test_mine_are_those_given_to_me(centre: Centre) -> None:
    case_no, _ = await centre.report(), await centre.report(grid=SIBLING)
    given = await centre.value(case_no, "officer")
    me = await centre.desk("officer", STREET, person=given)
    assert await listed(centre, me, mine=True) == [case_no]


async def test_what_is_received_last_comes_first_and_what_is_due_first_comes_first(centre: Centre, city: Desk) -> None:
    at = now()
    old = await centre.report(received_at=at - timedelta(days=2))
    urgent = await centre.report(issue=TRAPPED, received_at=at - timedelta(days=1))
    new, over = await centre.report(received_at=at), await centre.report(received_at=at, item_type="praise")
    dispatcher = await centre.desk("dispatcher", CITY)
    await centre.made(dispatcher, over, "merge", {"parent": new})
    assert await listed(centre, city, sort="received") == [over, new, urgent, old]
    due = await listed(centre, city, sort="due")
    assert due[0] == urgent
    assert due[-1] == over
    dates = [await centre.value(case_no, "due_at") for case_no in due[:-1]]
    assert dates == sorted(dates)


async def test_pages_of_equal_times_lose_and_repeat_nothing(centre: Centre, city: Desk) -> None:
    at = now()
    cases = {await centre.report(received_at=at) for _ in range(7)}
    for sort in ("received", "due"):
        numbers = await listed(centre, city, sort=sort)
        assert len(numbers) == 7
        assert set(numbers) == cases


@pytest.mark.parametrize("cursor", ["x", "e30", "eyJzb3J0IjogImR1ZSJ9"])
async def test_a_cursor_of_nothing_is_refused(centre: Centre, city: Desk, cursor: str) -> None:
    answer = await centre.client(city).get("/v1/orders", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_cursor_belongs_to_its_sort(centre: Centre, city: Desk) -> None:
    for _ in range(2):
        await centre.report()
    first = (await centre.client(city).get("/v1/orders", params={"limit": 1})).json()["next"]
    answer = await centre.client(city).get("/v1/orders", params={"cursor": first, "sort": "due"})
    assert answer.status_code == 422


async def test_a_filter_that_nobody_knows_is_refused(centre: Centre, city: Desk) -> None:
    answer = await centre.client(city).get("/v1/orders", params={"color": "red"})
    assert answer.status_code == 422


async def test_an_order_shows_all_an_officer_needs(centre: Centre) -> None:
    case_no = await centre.report()
    officer = await centre.desk("officer", COMMITTEE)
    await centre.made(officer, case_no, "accept")
    await centre.made(officer, case_no, "note", {"text": "晚上再去"})
    answer = await centre.see(officer, case_no)
    order = answer.json()
    assert answer.headers["etag"] == f'"{order["version"]}"'
    assert order["text"].startswith("永嘉路")
    assert order["place"]["grid"] == COMMITTEE
    assert order["deadlines"]["case_due"].endswith("18:00:00+08:00")
    assert order["closing_condition"]
    assert order["because"]
    assert {(unit["code"], unit["role"]) for unit in order["units"]} == {("310101-police", "co"), (COMMITTEE, "lead")}
    assert [entry["move"] for entry in order["timeline"]] == ["register", "route", "accept", "note"]
    assert order["timeline"][-1]["words"] == {"text": "晚上再去"}
    assert "report-done" in order["moves"]
    assert "approve" not in order["moves"]


async def test_the_moves_offered_are_those_of_the_role(centre: Centre) -> None:
    case_no = await centre.report()
    offered = {
        role: set((await centre.see(await centre.desk(role, STREET), case_no)).json()["moves"])
        for role in ("officer", "leader", "dispatcher", "supervisor", "auditor")
    }
    assert "accept" in offered["officer"]
    assert "transfer" in offered["leader"]
    assert "redirect" in offered["dispatcher"]
    assert "raise-level" in offered["supervisor"]
    assert offered["auditor"] == set()


async def test_reading_changes_nothing(centre: Centre, city: Desk) -> None:
    case_no = await centre.report()
    before = await centre.order(case_no)
    await centre.see(city, case_no)
    await listed(centre, city)
    assert await centre.order(case_no) == before
