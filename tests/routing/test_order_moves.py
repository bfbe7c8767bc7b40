"""Moves of an order one by one, with their clocks, second persons and refusals, told as stories."""

from typing import Any

from grid_centre import AREA, CITY, COMMITTEE, CONSTRUCTION, SITE, STREET, TRAPPED, Centre, soon
from order_team import Team


async def test_a_dispatcher_asks_dispatches_and_redirects(centre: Centre, team: Team) -> None:
    case_no = await centre.report(grid=None)
    asked = await centre.made(team.dispatcher, case_no, "ask", {"missing": "请补充楼栋号"})
    assert asked["state"] == "discover.triage"
    assert "请补充楼栋号" in (await centre.told("order.moved", case_no))[-1]["note"]
    given = await centre.made(team.dispatcher, case_no, "dispatch", {"unit": STREET, "co_units": [COMMITTEE]})
    assert (given["lead"]["code"], given["co_units"][0]["code"]) == (STREET, COMMITTEE)
    moved = await centre.made(team.dispatcher, case_no, "redirect", {"reason": "属居委会", "unit": COMMITTEE})
    assert (moved["lead"]["code"], moved["co_units"]) == (COMMITTEE, [])
    back = await centre.made(team.dispatcher, case_no, "redirect", {"reason": "职责不清"})
    assert (back["state"], back["lead"], back["officer"]) == ("discover.triage", None, None)
    units = await centre.rows("select unit, role, until from order_units where case_no = :it order by id", it=case_no)
    assert [(unit["unit"], unit["role"]) for unit in units if unit["role"] == "lead"] == [
        (STREET, "lead"),
        (COMMITTEE, "lead"),
    ]
    assert all(unit["until"] is not None for unit in units)


async def test_a_transfer_never_goes_back(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.leader, case_no, "transfer", {"unit": "310101023009", "reason": "辖区内转派"})
    answer = await centre.move(team.leader, case_no, "transfer", {"unit": COMMITTEE})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:gridloop:problem:goes-back")
    assert answer.json()["errors"][0]["field"] == "unit"


async def test_a_transfer_stays_inside_the_leaders_subtree(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    answer = await centre.move(team.leader, case_no, "transfer", {"unit": "310101-police"})
    assert answer.json()["type"] == "urn:gridloop:problem:outside-subtree"


async def test_a_transfer_does_not_stop_the_case_clock_and_restarts_the_states(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    before = await centre.order(case_no)
    await centre.made(team.leader, case_no, "transfer", {"unit": "310101023009"})
    after = await centre.order(case_no)
    assert after["case_due"] == before["case_due"]
    assert after["state_since"] > before["state_since"]


async def test_the_checker_is_not_of_the_team(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await team.handle(case_no)
    own = await centre.desk("supervisor", COMMITTEE)
    answer = await centre.move(own, case_no, "send-back", {"finding": "未解决"})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:gridloop:problem:checker-is-handler")
    back = await centre.made(team.supervisor, case_no, "send-back", {"finding": "现场仍有噪音"})
    assert (back["state"], back["handled_at"]) == ("handle.working", None)


async def test_who_reported_it_done_does_not_check_it_whatever_other_role_they_hold(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    both = await centre.desk("supervisor", CITY, person=team.officer.person)
    await team.handle(case_no)
    answer = await centre.move(both, case_no, "approve", {"finding": "属实"})
    assert answer.json()["type"] == "urn:gridloop:problem:checker-is-handler"


async def test_summoned_units_arrive_and_are_released(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.officer, case_no, "accept")
    await centre.made(team.leader, case_no, "summon", {"unit": "310101-fire", "reason": "联合查看"})
    fire = await centre.desk("officer", "310101-fire")
    await centre.made(fire, case_no, "arrive")
    (stint,) = await centre.rows("select * from order_units where unit = '310101-fire' and case_no = :it", it=case_no)
    assert stint["arrive_by"] is not None
    assert stint["arrived_at"] is not None
    assert "310101-fire" in [unit["code"] for unit in (await centre.told("order.moved", case_no))[-1]["co_units"]]
    await centre.made(team.leader, case_no, "release", {"unit": "310101-fire"})
    assert (await centre.see(fire, case_no)).status_code == 404


async def test_an_extension_is_asked_for_by_the_leader_and_granted_by_a_supervisor(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.officer, case_no, "accept")
    due = await centre.value(case_no, "case_due")
    body = {"new_limit": {"amount": 15, "unit": "working_days"}, "reason": "需多方协商"}
    asked = await centre.move(team.leader, case_no, "extend", body)
    assert (asked.status_code, asked.json()["second_role"]) == (202, "supervisor")
    assert await centre.value(case_no, "case_due") == due
    await centre.made(team.supervisor, case_no, "extend", body)
    order = await centre.order(case_no)
    assert order["case_due"] > due
    assert order["state_due"] == order["case_due"]
    assert order["granted_limit"] == "15 working_days"


async def test_a_shorter_limit_is_no_extension(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.officer, case_no, "accept")
    body = {"new_limit": {"amount": 1, "unit": "hours"}, "reason": "缩短"}
    answer = await centre.move(team.leader, case_no, "extend", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "new_limit")


async def test_a_deferred_order_waits_for_its_review_date_and_is_resumed(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.officer, case_no, "accept")
    body = {"review_date": "2099-09-01", "reason": "纳入改造计划"}
    assert (await centre.move(team.leader, case_no, "defer", body)).status_code == 202
    deferred = await centre.made(team.supervisor, case_no, "defer", body)
    assert deferred["state"] == "handle.deferred"
    assert deferred["deadlines"]["state_due"].startswith("2099-09-01T18:00")
    assert "纳入改造计划" in (await centre.told("order.moved", case_no))[-1]["note"]
    assert (await centre.made(team.supervisor, case_no, "resume"))["state"] == "handle.working"


async def test_raised_a_level_it_is_the_parent_units(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    raised = await centre.made(team.supervisor, case_no, "raise-level", {"reason": "多次催办无进展"})
    assert (raised["lead"]["code"], raised["levels_raised"]) == (AREA, 1)


async def test_supervision_shortens_the_clock_and_a_note_does_not_touch_it(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.officer, case_no, "accept")
    before = await centre.order(case_no)
    await centre.made(team.officer, case_no, "note", {"text": "商户十点开门"})
    assert (await centre.order(case_no))["state_due"] == before["state_due"]
    await centre.made(team.supervisor, case_no, "supervise", {"reason": "临近时限"})
    assert (await centre.order(case_no))["state_due"] < before["state_due"]


async def test_an_emergency_is_handed_over_by_an_officer_alone_anything_else_with_a_supervisor(
    centre: Centre, team: Team
) -> None:
    one, other = await centre.report(), await centre.report()
    body: dict[str, Any] = {"receiver": "110", "reference": "HP-20250301-0087", "at": soon()}
    gone = await centre.made(team.officer, one, "hand-over", {**body, "emergency": True})
    assert (gone["state"], gone["outcome"]) == ("closed", "handed_over")
    assert (await centre.move(team.officer, other, "hand-over", body)).status_code == 202
    assert (await centre.made(team.supervisor, other, "hand-over", body))["outcome"] == "handed_over"


async def test_a_trapped_person_is_urgent_and_a_hazard(centre: Centre) -> None:
    order = await centre.order(await centre.report(issue=TRAPPED))
    assert (order["grade"], order["hazard"]) == ("urgent", True)
    assert (order["case_due"] - order["received_at"]).total_seconds() == 7200


async def test_another_issue_with_another_lead_takes_the_order_there(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.officer, case_no, "accept")
    body = {"issue": SITE, "reason": "反映的是工程质量"}
    answer = await centre.made(team.dispatcher, case_no, "reclassify", body)
    assert (answer["lead"]["code"], answer["state"]) == (CONSTRUCTION, "handle.dispatched")
    assert (await centre.timeline(case_no))[-2:] == ["reclassify", "redirect"]
    order = await centre.order(case_no)
    assert (order["issue"], order["grade"], order["issue_limit"]) == (SITE, "complex", "15 working_days")


async def test_a_complaint_becomes_an_inquiry_only_with_a_second_dispatcher(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    body = {"item_type": "inquiry", "reason": "反映人只想了解规定"}
    assert (await centre.move(team.dispatcher, case_no, "reclassify", body)).status_code == 202
    other = await centre.desk("dispatcher", CITY)
    assert (await centre.made(other, case_no, "reclassify", body))["item_type"] == "inquiry"
