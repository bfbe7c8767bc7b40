"""Stories of orders that somebody would send to the very unit the words accuse: not alone, and never unseen."""

from typing import Any

import pytest
from grid_centre import COMMITTEE, STREET, Centre, Desk

from services.roles import Role

DISTRICT = "310101"
AGAINST_THE_STREET = "投诉街道办事处对楼道堆物推诿不作为"
WHY = "诉求的文字指向这个单位或其上级"


async def desks(centre: Centre, *roles: Role, unit: str = DISTRICT) -> list[Desk]:
    return [await centre.desk(role, unit) for role in roles]


async def accusing(centre: Centre) -> str:
    """It stands with the district, whatever the row of the place says."""
    case_no = await centre.report(issue="21-01", grid=COMMITTEE, text=AGAINST_THE_STREET)
    told = (await centre.told("order.moved", case_no))[-1]
    assert (told["lead"]["code"], told["accused"]) == (DISTRICT, f"/31/310101/{STREET}/")
    return case_no


async def in_triage(centre: Centre) -> str:
    """The same, put back to the district's dispatcher."""
    case_no = await accusing(centre)
    (dispatcher,) = await desks(centre, Role.DISPATCHER)
    await centre.made(dispatcher, case_no, "redirect", {"reason": "待核实"})
    return case_no


async def entries(centre: Centre, case_no: str, move: str) -> list[dict[str, Any]]:
    rows = await centre.rows("select facts from timeline where case_no = :no and move = :move order by number",
                             no=case_no, move=move)  # fmt: skip
    return [row["facts"] for row in rows]


@pytest.mark.parametrize("unit", [STREET, COMMITTEE])
async def test_to_the_accused_and_those_below_it_needs_a_second_person_who_is_told_why(
    centre: Centre, unit: str
) -> None:
    case_no = await in_triage(centre)
    dispatcher, supervisor = await desks(centre, Role.DISPATCHER, Role.SUPERVISOR)
    answer = await centre.move(dispatcher, case_no, "dispatch", {"unit": unit})
    assert (answer.status_code, answer.json()["second_role"]) == (202, "supervisor")
    assert WHY in answer.json()["why"]
    assert await centre.value(case_no, "state") == "discover.triage"
    (waiting,) = (await centre.see(supervisor, case_no)).json()["proposals"]
    assert (waiting["yours_to_decide"], WHY in waiting["why"]) == (True, True)
    (facts,) = await entries(centre, case_no, "dispatch")
    assert (facts["step"], WHY in facts["why"]) == ("proposed", True)
    await centre.made(supervisor, case_no, "dispatch", {"unit": unit})
    facts = (await entries(centre, case_no, "dispatch"))[-1]
    assert (facts["lead"], facts["accused"]) == (unit, STREET)
    assert facts["agreed_by"]
    handler = await centre.desk(Role.OFFICER, unit)
    assert (await centre.see(handler, case_no)).status_code == 200
    assert (await centre.told("order.moved", case_no))[-1]["accused"] is None


async def test_the_second_person_may_refuse_and_it_stays_where_it_was(centre: Centre) -> None:
    case_no = await in_triage(centre)
    dispatcher, supervisor = await desks(centre, Role.DISPATCHER, Role.SUPERVISOR)
    waiting = (await centre.move(dispatcher, case_no, "dispatch", {"unit": STREET})).json()["proposal"]
    await centre.made(supervisor, case_no, f"proposals/{waiting}/refusal", {"reason": "被投诉人不得自查"})
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"], order["accused_path"]) == (
        "discover.triage", None, f"/31/310101/{STREET}/",
    )  # fmt: skip


async def test_a_second_dispatcher_is_no_second_person_here(centre: Centre) -> None:
    case_no = await in_triage(centre)
    dispatcher, _ = await desks(centre, Role.DISPATCHER, Role.SUPERVISOR)
    another = await centre.desk(Role.DISPATCHER, DISTRICT)
    assert (await centre.move(dispatcher, case_no, "dispatch", {"unit": STREET})).status_code == 202
    assert (await centre.move(another, case_no, "dispatch", {"unit": STREET})).status_code == 403
    assert await centre.value(case_no, "state") == "discover.triage"


async def test_to_a_unit_that_is_not_accused_one_person_is_enough(centre: Centre) -> None:
    case_no = await in_triage(centre)
    (dispatcher,) = await desks(centre, Role.DISPATCHER)
    await centre.made(dispatcher, case_no, "dispatch", {"unit": DISTRICT})
    assert await centre.value(case_no, "accused_path") == f"/31/310101/{STREET}/"


async def test_an_accused_unit_is_not_brought_in_beside_the_lead_either(centre: Centre) -> None:
    case_no = await in_triage(centre)
    (dispatcher,) = await desks(centre, Role.DISPATCHER)
    answer = await centre.move(dispatcher, case_no, "dispatch", {"unit": DISTRICT, "co_units": [STREET]})
    assert answer.status_code == 202


async def test_what_is_led_already_is_redirected_and_transferred_to_the_accused_by_two_alone(centre: Centre) -> None:
    case_no = await accusing(centre)
    dispatcher, leader, supervisor = await desks(centre, Role.DISPATCHER, Role.LEADER, Role.SUPERVISOR)
    city = await centre.desk(Role.SUPERVISOR, "31")
    for desk, move, more in ((leader, "transfer", {}), (dispatcher, "redirect", {"reason": "属街道职责"})):
        answer = await centre.move(desk, case_no, move, {"unit": STREET, **more})
        assert (answer.status_code, answer.json().get("second_role")) == (202, "supervisor"), (move, answer.text)
    assert await centre.value(case_no, "lead_unit") == DISTRICT
    own_team = await centre.move(supervisor, case_no, "redirect", {"unit": STREET, "reason": "属街道职责"})
    assert own_team.status_code == 403
    await centre.made(city, case_no, "redirect", {"unit": STREET, "reason": "属街道职责"})
    assert await centre.value(case_no, "lead_unit") == STREET


async def test_a_ruling_for_the_accused_is_made_by_two_supervisors(centre: Centre) -> None:
    case_no = await accusing(centre)
    officer = await centre.desk(Role.OFFICER, DISTRICT)
    one, two = await centre.desk(Role.SUPERVISOR, "31"), await centre.desk(Role.SUPERVISOR, "31")
    said = {"reason": "不属本单位职责", "legal_basis": "责任清单", "proposed_unit": STREET}
    await centre.made(officer, case_no, "dispute", said)
    ruling = {"decision": "dispatch", "unit": STREET, "reason": "街道职责"}
    assert (await centre.move(one, case_no, "rule", ruling)).status_code == 202
    assert (await centre.move(one, case_no, "rule", ruling)).status_code == 403
    await centre.made(two, case_no, "rule", ruling)
    assert await centre.value(case_no, "lead_unit") == STREET


async def test_the_accused_is_summoned_by_two_alone(centre: Centre) -> None:
    case_no = await accusing(centre)
    officer, leader = await desks(centre, Role.OFFICER, Role.LEADER)
    city = await centre.desk(Role.SUPERVISOR, "31")
    await centre.made(officer, case_no, "accept", {})
    answer = await centre.move(leader, case_no, "summon", {"unit": STREET})
    assert (answer.status_code, answer.json()["second_role"], WHY in answer.json()["why"]) == (202, "supervisor", True)
    assert await centre.value(case_no, "accused_path") == f"/31/310101/{STREET}/"
    await centre.made(city, case_no, "summon", {"unit": STREET})
    invited = await centre.desk(Role.OFFICER, STREET)
    assert (await centre.see(invited, case_no)).status_code == 200
    (*_, facts) = await entries(centre, case_no, "summon")
    assert facts["accused"] == STREET


async def test_another_unit_is_summoned_by_the_leader_alone(centre: Centre) -> None:
    case_no = await accusing(centre)
    officer, leader = await desks(centre, Role.OFFICER, Role.LEADER)
    await centre.made(officer, case_no, "accept", {})
    await centre.made(leader, case_no, "summon", {"unit": "310104"})
    assert await centre.value(case_no, "accused_path") == f"/31/310101/{STREET}/"


async def test_raised_a_level_it_goes_past_whoever_is_accused(centre: Centre) -> None:
    """A committee leads what accuses the street over it: two agreed. One level up is then the district."""
    case_no = await in_triage(centre)
    dispatcher, supervisor = await desks(centre, Role.DISPATCHER, Role.SUPERVISOR)
    for desk in (dispatcher, supervisor):
        assert (await centre.move(desk, case_no, "dispatch", {"unit": COMMITTEE})).status_code in (200, 202)
    assert await centre.value(case_no, "lead_unit") == COMMITTEE
    await centre.made(supervisor, case_no, "raise-level", {})
    assert await centre.value(case_no, "lead_unit") == DISTRICT
