"""The life of an order, told as stories: from the report to the verdict and back again."""

import asyncio

from grid_centre import AREA, COMMITTEE, DISTRICT, STREET, Centre, soon
from order_team import DONE, REACHED, Team
from sqlalchemy import create_engine, text

from routing.verifying import Break, verify_all
from services.timeline import first_broken


async def test_a_report_goes_its_whole_way_to_a_verdict(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    assert (await centre.order(case_no))["state"] == "handle.dispatched"
    assert (await centre.made(team.officer, case_no, "accept"))["state"] == "handle.working"
    await centre.made(team.officer, case_no, "contact", {"at": soon(), **REACHED})
    assert (await centre.made(team.officer, case_no, "report-done", DONE))["state"] == "supervise.checking"
    approved = await centre.made(team.supervisor, case_no, "approve", {"finding": "属实"})
    assert approved["state"] == "feedback.surveying"
    assert (await centre.judge(case_no, "resolved")).status == "done"

    order = await centre.order(case_no)
    assert (order["state"], order["outcome"], order["due_at"]) == ("closed", "resolved", None)
    assert order["contacted_at"] is not None
    moves = ["register", "route", "accept", "contact", "report_done", "approve", "judge"]
    assert await centre.timeline(case_no) == moves
    told = await centre.told("order.moved", case_no)
    assert [moved["move"] for moved in told] == moves[1:]
    assert told[-1]["outcome"] == "resolved"
    (handled,) = await centre.told("order.handled", case_no)
    assert (handled["kind"], handled["round"], handled["public_answer"]) == ("handled", 1, DONE["public_answer"])
    assert handled["lead"]["code"] == COMMITTEE


async def test_the_numbers_of_what_is_told_count_up_without_a_gap(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await team.survey(case_no)
    rows = await centre.rows(
        "select convert_from(payload, 'utf8')::jsonb ->> 'sequence' as n from pgqueuer "
        "where entrypoint = 'to_feedback' order by id"
    )
    assert [int(row["n"]) for row in rows] == list(range(1, len(rows) + 1))
    assert await centre.value(case_no, "told") == len(rows)


async def test_the_timeline_is_one_unbroken_chain(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await team.survey(case_no)
    await centre.judge(case_no, "resolved")
    order = await centre.order(case_no)
    async with centre.database.unit() as session:
        assert await first_broken(session, case_no, chain=order["chain"], count=order["entries"]) is None


async def test_a_changed_entry_is_named_by_its_case_and_number(
    centre: Centre, team: Team, routing_urls: dict[str, str]
) -> None:
    whole, broken = await centre.report(), await centre.report()
    await centre.made(team.officer, broken, "accept")
    assert await verify_all(centre.database) == (2, [])
    engine = create_engine(routing_urls["owner"])
    with engine.begin() as connection:
        forged = "update routing.timeline set by_role = 'leader' where case_no = :it and number = 3"
        connection.execute(text(forged), {"it": broken})
        connection.execute(text("delete from routing.timeline where case_no = :it and number = 2"), {"it": whole})
    engine.dispose()
    assert await verify_all(centre.database) == (2, [Break(whole, 2), Break(broken, 3)])


async def test_every_move_leaves_one_audit_entry(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await team.survey(case_no)
    rows = await centre.rows("select action, person, voice from audit where subject = :it order by id", it=case_no)
    assert [row["action"] for row in rows] == [f"order.{move}" for move in await centre.timeline(case_no)]
    assert [row["voice"] for row in rows[:2]] == ["reporter", "matcher"]
    assert rows[2]["person"] == team.officer.person


async def test_an_unsolved_case_is_handled_again_by_the_same_unit_under_supervision(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await team.survey(case_no)
    await centre.judge(case_no, "unresolved")
    order = await centre.order(case_no)
    assert (order["state"], order["round"], order["lead_unit"]) == ("handle.dispatched", 2, COMMITTEE)
    assert order["supervised"]
    assert order["handled_at"] is None


async def test_the_third_handling_is_one_level_up_and_after_the_last_it_is_unresolved(
    centre: Centre, team: Team
) -> None:
    case_no = await centre.report()
    above = await centre.desk("officer", AREA)
    await team.survey(case_no)
    await centre.judge(case_no, "unresolved")
    await team.survey(case_no)
    await centre.judge(case_no, "unresolved", round=2)
    assert await centre.value(case_no, "lead_unit") == AREA
    await team.survey(case_no, officer=above)
    await centre.judge(case_no, "unresolved", round=3)
    order = await centre.order(case_no)
    assert (order["state"], order["outcome"], order["round"]) == ("closed", "unresolved", 3)
    assert [told["round"] for told in await centre.told("order.handled", case_no)] == [1, 2, 3]


async def test_a_disputed_order_is_ruled_to_a_unit_and_becomes_a_proposed_list_row(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    said = {"reason": "不属居委会职责", "legal_basis": "责任清单第4行", "proposed_unit": "310101023-management"}
    await centre.made(team.officer, case_no, "dispute", said)
    ruled = await centre.made(
        team.supervisor,
        case_no,
        "rule",
        {"decision": "dispatch", "unit": "310101023-management", "reason": "街道管理办职责"},
    )
    assert (ruled["state"], ruled["lead"]["code"]) == ("handle.dispatched", "310101023-management")
    (dispute,) = await centre.rows("select * from disputes where case_no = :it", it=case_no)
    assert (dispute["unit"], dispute["decision"], dispute["ruled_by"]) == (
        COMMITTEE,
        "dispatch",
        team.supervisor.person,
    )
    (row,) = await centre.rows("select * from list_proposals where case_no = :it", it=case_no)
    assert (row["unit"], row["reason"], row["grid"]) == ("310101023-management", "街道管理办职责", COMMITTEE)
    assert (await centre.told("order.moved", case_no))[-1]["disputes"] == 1


async def test_a_party_to_the_dispute_does_not_rule_it(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    said = {"reason": "不属本单位", "legal_basis": "责任清单", "proposed_unit": DISTRICT}
    await centre.made(team.officer, case_no, "dispute", said)
    party = await centre.desk("supervisor", DISTRICT)
    answer = await centre.move(party, case_no, "rule", {"decision": "dispatch", "unit": STREET})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:gridloop:problem:ruler-is-party")


async def test_a_unit_disputes_an_order_once(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    said = {"reason": "不属本单位", "legal_basis": "责任清单", "proposed_unit": STREET}
    await centre.made(team.officer, case_no, "dispute", said)
    await centre.made(team.supervisor, case_no, "rule", {"decision": "dispatch", "unit": COMMITTEE})
    answer = await centre.move(team.officer, case_no, "dispute", said)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:gridloop:problem:disputed-already")


async def test_merged_reports_end_with_their_parent_each_with_its_own_survey(centre: Centre, team: Team) -> None:
    parent, child = await centre.report(), await centre.report()
    merged = await centre.made(team.dispatcher, child, "merge", {"parent": parent})
    assert (merged["state"], merged["merged_into"]) == ("merged", parent)
    assert await centre.value(parent, "waiting_children") == 1
    await team.survey(parent)
    assert {told["case_no"] for told in await centre.told("order.handled")} == {parent, child}
    await centre.judge(parent, "resolved")
    order = await centre.order(child)
    assert (order["state"], order["outcome"], order["public_answer"]) == ("closed", "resolved", DONE["public_answer"])
    assert await centre.timeline(child) == ["register", "route", "merge", "follow"]


async def test_an_unmerged_report_is_decided_anew(centre: Centre, team: Team) -> None:
    parent, child = await centre.report(), await centre.report()
    await centre.made(team.dispatcher, child, "merge", {"parent": parent})
    back = await centre.made(team.dispatcher, child, "unmerge", {"reason": "不是同一户"})
    assert (back["state"], back["merged_into"], back["lead"]) == ("discover.triage", None, None)
    assert await centre.value(parent, "waiting_children") == 0


async def test_what_one_merged_reporter_finds_unsolved_is_handled_again(centre: Centre, team: Team) -> None:
    parent, child = await centre.report(), await centre.report()
    await centre.made(team.dispatcher, child, "merge", {"parent": parent})
    await team.survey(parent)
    await centre.judge(child, "unresolved")
    assert (await centre.order(parent))["state"] == "handle.dispatched"
    assert (await centre.order(child))["state"] == "merged"


async def test_an_order_with_others_merged_into_it_is_not_merged_itself(centre: Centre, team: Team) -> None:
    one, two, three = await centre.report(), await centre.report(), await centre.report()
    await centre.made(team.dispatcher, two, "merge", {"parent": one})
    answer = await centre.move(team.dispatcher, one, "merge", {"parent": three})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:gridloop:problem:has-children")


async def test_two_orders_are_not_merged_into_each_other(centre: Centre, team: Team) -> None:
    one, other = await centre.report(), await centre.report()
    answers = await asyncio.gather(
        centre.move(team.dispatcher, one, "merge", {"parent": other}),
        centre.move(team.dispatcher, other, "merge", {"parent": one}),
    )
    assert sorted(answer.status_code for answer in answers)[0] == 200
    assert sorted(answer.status_code for answer in answers)[1] in (409, 412)
    states = [await centre.value(case_no, "state") for case_no in (one, other)]
    assert sorted(states) == ["handle.dispatched", "merged"]


async def test_praise_is_closed_without_a_survey(centre: Centre, team: Team) -> None:
    case_no = await centre.report(item_type="praise")
    await team.handle(case_no)
    closed = await centre.made(team.supervisor, case_no, "approve", {"finding": "已转达"})
    assert (closed["state"], closed["outcome"]) == ("closed", "not_surveyed")


async def test_what_staff_write_is_redacted_before_it_is_stored(centre: Centre, team: Team) -> None:
    case_no = await centre.report()
    await centre.made(team.officer, case_no, "note", {"text": "反映人电话13912345678，晚上再联系"})
    kept = await centre.rows("select words from timeline_words where case_no = :it", it=case_no)
    assert "13912345678" not in str(kept)
    assert "晚上再联系" in str(kept)
