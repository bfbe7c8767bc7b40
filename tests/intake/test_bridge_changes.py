"""The hotline pulls what happened to its cases, and asks what differs from its books."""

from datetime import timedelta
from typing import Any

import pytest
from front_desk import STREET, House, unit

from intake.bridge import changes, reconciling
from intake.models import Report
from services.clocks import now


async def pull(house: House, after: str | None = None, person: str = "hotline", **more: Any) -> dict[str, Any]:
    sent = {**({"after": after} if after else {}), **more}
    answer = await house.as_(person).get("/v1/changes", params=sent)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(page: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["move"], each["state"]) for each in page["items"]]


async def test_a_client_reads_what_happened_to_its_cases_in_order(house: House) -> None:
    case_no = await house.post(external_id="SH-1")
    await house.moved(case_no, "handle.dispatched", 1, lead=unit(STREET))
    await house.as_("hotline").post(f"/v1/cases/{case_no}/chases", json={})
    await house.moved(case_no, "closed", 2, outcome="resolved", public_answer="已清运。")
    page = await pull(house)
    assert told(page) == [
        ("case.registered", "register", "discover.registered"), ("case.moved", "route", "handle.dispatched"),
        ("case.followed_up", "chase", "handle.dispatched"), ("case.closed", "route", "closed"),
    ]  # fmt: skip
    assert {each["external_id"] for each in page["items"]} == {"SH-1"}
    assert page["items"][-1]["public_answer"] == "已清运。"
    again = await pull(house, page["next"])
    assert (again["items"], again["more"]) == ([], False)
    await house.as_("hotline").post(f"/v1/cases/{case_no}/chases", json={})
    assert [each["move"] for each in (await pull(house, again["next"]))["items"]] == ["chase"]


async def test_pages_join_without_gap_or_double(house: House) -> None:
    numbers = [await house.post() for _ in range(5)]
    seen, after = list[str](), None
    while True:
        page = await pull(house, after, limit=2)
        seen += [each["case_no"] for each in page["items"]]
        after = page["next"]
        if not page["more"]:
            break
    assert seen == numbers


async def test_nobody_reads_the_changes_of_another_client_or_of_a_desk(house: House) -> None:
    await house.post("hotline")
    await house.post("clerk", channel="walk_in")
    page = await pull(house, person="other hotline")
    assert page["items"] == []
    answer = await house.as_("hotline").get("/v1/changes", params={"after": page["next"]})
    assert answer.status_code == 422
    assert (await house.as_("clerk").get("/v1/changes")).status_code == 403


async def test_a_change_that_commits_late_is_after_the_cursor_not_before_it(house: House) -> None:
    early, late = await house.post(), await house.post()
    start = (await pull(house))["next"]
    async with house.database.unit() as slow:
        report = await slow.get_one(Report, late)
        await changes.follow_up(slow, report, "chase", now())
        async with house.database.unit() as quick:
            await changes.follow_up(quick, await quick.get_one(Report, early), "amend", now())
        page = await pull(house, start)
        assert [each["move"] for each in page["items"]] == ["amend"]
    assert [each["move"] for each in (await pull(house, page["next"]))["items"]] == ["chase"]


async def test_a_change_of_a_rolled_back_transaction_is_never_told(house: House) -> None:
    case_no = await house.post()
    try:
        async with house.database.unit() as session:
            await changes.follow_up(session, await session.get_one(Report, case_no), "chase", now())
            raise RuntimeError
    except RuntimeError:
        pass
    assert [each["move"] for each in (await pull(house))["items"]] == ["register"]


async def test_reconciliation_names_what_differs_what_is_unknown_and_what_is_missing(house: House) -> None:
    same, other, missing = [await house.post(external_id=f"SH-{n}") for n in range(3)]
    foreign = await house.post("other hotline")
    await house.moved(other, "closed", 1, outcome="resolved")
    cases = [
        {"case_no": same, "state": "discover.registered"}, {"external_id": "SH-1", "state": "handle.working"},
        {"case_no": foreign, "state": "closed"}, {"case_no": same, "external_id": "SH-1", "state": "closed"},
    ]  # fmt: skip
    body = {"cases": cases, "received_from": (now() - timedelta(hours=1)).isoformat()}
    answer = (await house.as_("hotline").post("/v1/reconciliation", json=body)).json()
    assert (answer["checked"], answer["same"], answer["unknown"]) == (4, 1, [2, 3])
    assert [(each["case_no"], each["said"], each["state"], each["outcome"]) for each in answer["differs"]] == [
        (other, "handle.working", "closed", "resolved")
    ]
    assert [each["case_no"] for each in answer["missing"]] == [missing]
    whole = {"cases": [{"external_id": "SH-1", "state": "closed.resolved"}]}
    answer = (await house.as_("hotline").post("/v1/reconciliation", json=whole)).json()
    assert (answer["same"], answer["differs"], answer["missing"]) == (1, [], [])


async def test_no_case_is_called_unknown_because_there_were_too_many(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "ANSWERED", 2)
    numbers = [await house.post() for _ in range(3)]
    time = {"received_from": (now() - timedelta(hours=1)).isoformat()}
    body = {"cases": [{"case_no": numbers[2], "state": "discover.registered"}]}
    refused = await house.as_("hotline").post("/v1/reconciliation", json=body | time)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (413, "too-many-cases")
    assert (await house.as_("hotline").post("/v1/reconciliation", json=body)).json()["same"] == 1
