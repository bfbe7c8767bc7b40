"""What the other services say, in any order of arrival: nothing is refused, nothing has its effect twice."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from grid_centre import CITY, COMMITTEE, CONSTRUCTION, NEIGHBOURS, SITE, STREET, TRAPPED, Centre, Desk, report

from routing.inbound import handlers
from routing.telling import in_sample
from services.clocks import now
from services.events import Envelope
from services.inbox import receive, retry_waiting
from services.messages import (
    Message,
    Place,
    ReportAmended,
    ReportAppealed,
    ReportChased,
    ReportWithdrawn,
    Settled,
)

DONE = {"done": "上门劝导", "public_answer": "已上门劝导。"}


def withdrawn(case_no: str) -> ReportWithdrawn:
    return ReportWithdrawn(case_no=case_no, reason="已自行解决", at=now())


def appealed(case_no: str) -> ReportAppealed:
    return ReportAppealed(case_no=case_no, text="仍然每晚吵闹", at=now())


def settled(by: str = "officer") -> Settled:
    return Settled.model_validate({"done": "当场清理", "at": now(), "unit": COMMITTEE, "by": by})


async def survey(centre: Centre, case_no: str) -> None:
    officer, supervisor = await centre.desk("officer", COMMITTEE), await centre.desk("supervisor", CITY)
    await centre.made(officer, case_no, "accept")
    await centre.made(officer, case_no, "report-done", DONE)
    await centre.made(supervisor, case_no, "approve", {"finding": "属实"})


# A report.


async def test_a_report_opens_one_order_that_the_lists_place(centre: Centre) -> None:
    order = await centre.order(await centre.report())
    assert (order["state"], order["lead_unit"], order["grid"]) == ("handle.dispatched", COMMITTEE, COMMITTEE)
    assert (order["issue_name"], order["grade"], order["issue_limit"]) == ("邻居生活噪声", "simple", "5 working_days")
    assert (order["desk_unit"], order["district"]) == (STREET, "310101")
    assert order["grid_path"] == "/31/310101/310101023/310101023P02/310101023006/"
    assert order["explanation"]
    (moved,) = await centre.told("order.moved")
    assert (moved["move"], moved["lead"]["code"], moved["grid"]["path"]) == ("route", COMMITTEE, order["grid_path"])
    assert [unit["code"] for unit in moved["co_units"]] == ["310101-police"]


async def test_the_same_report_twice_is_one_order(centre: Centre) -> None:
    case_no = await centre.report()
    again = await centre.hear("intake", report(case_no, issue=NEIGHBOURS, grid=COMMITTEE))
    assert again.status == "done"
    assert len(await centre.rows("select 1 from orders")) == 1
    assert await centre.timeline(case_no) == ["register", "route"]


async def test_the_same_message_delivered_by_two_at_once_has_its_effect_once(centre: Centre) -> None:
    message = report("2025030100000425", issue=NEIGHBOURS, grid=COMMITTEE)
    envelope = Envelope(str(uuid4()), "intake", message.type, message.subject, 1, now())
    told = handlers(centre.app.state.settings)
    lines = await asyncio.gather(
        *(receive(centre.database, told, envelope, message.model_dump(mode="json")) for _ in range(4))
    )
    assert sorted(line.status for line in lines) == ["done", "duplicate", "duplicate", "duplicate"]
    assert len(await centre.rows("select 1 from orders")) == 1


async def test_what_the_lists_cannot_place_waits_in_triage_with_the_reason(centre: Centre) -> None:
    case_no = await centre.report(grid=None)
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"], order["desk_unit"]) == ("discover.triage", None, CITY)
    assert order["state_due"] is not None
    assert (await centre.told("order.moved", case_no))[-1]["state"] == "discover.triage"


async def test_an_anonymous_report_owes_nobody_a_contact(centre: Centre) -> None:
    assert (await centre.order(await centre.report(reporter=False)))["contact_due"] is None
    assert (await centre.order(await centre.report()))["contact_due"] is not None


async def test_the_numbers_of_the_callers_other_cases_are_shown_to_nobody(centre: Centre) -> None:
    case_no = await centre.report(open_cases=["2025030100009999"])
    desk = await centre.desk("dispatcher", CITY)
    assert "2025030100009999" not in (await centre.see(desk, case_no)).text
    assert await centre.value(case_no, "open_cases") == ["2025030100009999"]


# Settled on the spot.


async def test_what_was_settled_on_the_spot_is_closed_and_never_dispatched(centre: Centre) -> None:
    case_no = await centre.report(channel="visit", settled=settled())
    order = await centre.order(case_no)
    assert (order["state"], order["outcome"], order["lead_unit"]) == ("closed", "settled_on_spot", None)
    assert (order["case_due"], order["grid"], order["public_answer"]) == (None, COMMITTEE, "当场清理")
    assert await centre.timeline(case_no) == ["register", "settle_on_spot"]


async def test_a_sample_of_what_was_settled_is_surveyed_always_the_same_one(centre: Centre) -> None:
    numbers = [str(2025030100000000 + number) for number in range(200)]
    chosen = [number for number in numbers if in_sample(number, "settled", 10)][:3]
    others = [number for number in numbers if not in_sample(number, "settled", 10)][:3]
    for number in chosen + others:
        await centre.report(case_no=number, settled=settled("clerk"))
    told = await centre.told("order.handled")
    assert [handled["case_no"] for handled in told] == chosen
    assert {(handled["kind"], handled["public_answer"]) for handled in told} == {("settled", "当场清理")}


async def test_a_sample_is_as_large_as_it_says() -> None:
    cases = [str(2025030100000000 + number) for number in range(10_000)]
    assert 900 < sum(in_sample(case_no, "settled", 10) for case_no in cases) < 1100
    assert not any(in_sample(case_no, "settled", 0) for case_no in cases)
    assert all(in_sample(case_no, "settled", 100) for case_no in cases)


async def test_nobody_is_asked_about_a_find_of_the_officers_own(centre: Centre) -> None:
    number = next(
        str(each) for each in range(2025030100000000, 2025030100001000) if in_sample(str(each), "settled", 10)
    )
    await centre.report(case_no=number, channel="visit", reporter=False, settled=settled())
    assert await centre.told("order.handled") == []


async def test_a_dissatisfied_one_goes_to_triage_and_not_to_the_settler(centre: Centre) -> None:
    case_no = await centre.report(settled=settled())
    await centre.judge(case_no, "unresolved", kind="settled")
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"], order["appealed"]) == ("discover.triage", None, True)


# Before its report.


@pytest.mark.parametrize("kind", ["amended", "withdrawn", "chased", "appealed"])
async def test_what_overtakes_its_report_waits_for_it(centre: Centre, kind: str) -> None:
    case_no, at = "2025030100000777", now()
    early: dict[str, Message] = {
        "amended": ReportAmended(case_no=case_no, text="补充", at=at),
        "withdrawn": withdrawn(case_no),
        "chased": ReportChased(case_no=case_no, at=at),
        "appealed": appealed(case_no),
    }
    assert (await centre.hear("intake", early[kind])).status == "waiting"
    assert await centre.rows("select 1 from orders") == []
    await centre.hear("intake", report(case_no, issue=NEIGHBOURS, grid=COMMITTEE))
    last = (await centre.timeline(case_no))[-1]
    assert last == {"amended": "note", "withdrawn": "withdraw", "chased": "chase", "appealed": "note"}[kind]


async def test_a_verdict_before_its_report_waits(centre: Centre) -> None:
    assert (await centre.judge("2025030100000778", "resolved")).status == "waiting"
    assert await retry_waiting(centre.database, handlers(centre.app.state.settings)) == 0


# Amended.


async def test_more_words_are_appended_and_noted(centre: Centre) -> None:
    case_no = await centre.report()
    await centre.hear("intake", ReportAmended(case_no=case_no, text="主要在夜里十一点以后", at=now()))
    assert "主要在夜里十一点以后" in await centre.value(case_no, "text")
    assert await centre.value(case_no, "state") == "handle.dispatched"
    assert (await centre.timeline(case_no))[-1] == "note"
    assert (await centre.told("order.moved", case_no))[-1]["note"]


async def amend_place(centre: Centre, case_no: str, grid: str | None, address: str | None = None) -> None:
    place = Place(grid=grid, address=address)
    await centre.hear("intake", ReportAmended(case_no=case_no, place=place, at=now()))


async def test_another_place_with_another_lead_takes_the_order_there(centre: Centre) -> None:
    case_no = await centre.report()
    due = await centre.value(case_no, "case_due")
    await amend_place(centre, case_no, "310101023009")
    order = await centre.order(case_no)
    assert (order["lead_unit"], order["grid"], order["case_due"]) == ("310101023009", "310101023009", due)
    assert await centre.timeline(case_no) == ["register", "route", "redirect", "note"]


async def test_another_place_of_the_same_lead_is_a_note(centre: Centre) -> None:
    case_no = await centre.report()
    await amend_place(centre, case_no, "310101023006001")
    order = await centre.order(case_no)
    assert (order["lead_unit"], order["grid"]) == (COMMITTEE, "310101023006001")
    assert await centre.timeline(case_no) == ["register", "route", "note"]


async def test_a_place_that_is_not_found_takes_the_order_from_nobody(centre: Centre) -> None:
    case_no = await centre.report()
    await amend_place(centre, case_no, None, "小区里面那栋楼")
    order = await centre.order(case_no)
    assert (order["lead_unit"], order["grid"]) == (COMMITTEE, COMMITTEE)


async def test_a_place_told_while_it_is_in_triage_is_for_the_dispatcher(centre: Centre) -> None:
    case_no = await centre.report(grid=None)
    await amend_place(centre, case_no, COMMITTEE)
    order = await centre.order(case_no)
    assert (order["state"], order["grid"], order["desk_unit"]) == ("discover.triage", COMMITTEE, STREET)


async def test_a_dispute_that_an_amended_place_overtakes_is_ended(centre: Centre) -> None:
    case_no = await centre.report()
    officer = await centre.desk("officer", COMMITTEE)
    said = {"reason": "不在辖区", "legal_basis": "责任清单", "proposed_unit": "310101023009"}
    await centre.made(officer, case_no, "dispute", said)
    await amend_place(centre, case_no, "310101023009")
    (dispute,) = await centre.rows("select * from disputes")
    assert (dispute["decision"], dispute["ruling"]) == (None, "overtaken by redirect")
    assert dispute["ruled_at"] is not None


# Withdrawn, chased.


async def test_a_withdrawn_report_is_closed_and_told(centre: Centre) -> None:
    case_no = await centre.report()
    await centre.hear("intake", withdrawn(case_no))
    order = await centre.order(case_no)
    assert (order["state"], order["outcome"]) == ("closed", "withdrawn")
    assert (await centre.told("order.moved", case_no))[-1]["outcome"] == "withdrawn"


async def test_withdrawn_while_it_is_surveyed_it_is_closed_and_the_verdict_is_a_note(centre: Centre) -> None:
    case_no = await centre.report()
    await survey(centre, case_no)
    await centre.hear("intake", withdrawn(case_no))
    assert await centre.value(case_no, "outcome") == "withdrawn"
    await centre.judge(case_no, "resolved")
    assert await centre.value(case_no, "outcome") == "withdrawn"
    assert (await centre.timeline(case_no))[-2:] == ["withdraw", "note"]


async def test_a_hazard_stays_open_without_its_reporter(centre: Centre) -> None:
    case_no = await centre.report(issue=TRAPPED)
    await centre.hear("intake", withdrawn(case_no))
    order = await centre.order(case_no)
    assert (order["state"], order["reporter_left"]) == ("handle.dispatched", True)


async def test_the_order_of_several_ends_with_the_last(centre: Centre) -> None:
    parent, child = await centre.report(), await centre.report()
    dispatcher = await centre.desk("dispatcher", CITY)
    await centre.made(dispatcher, child, "merge", {"parent": parent})
    await centre.hear("intake", withdrawn(parent))
    assert await centre.value(parent, "state") == "handle.dispatched"
    await centre.hear("intake", withdrawn(child))
    assert await centre.value(child, "outcome") == "withdrawn"
    assert await centre.value(parent, "outcome") == "withdrawn"


async def test_a_withdrawal_of_what_is_closed_is_a_note_that_the_citizen_reads(centre: Centre) -> None:
    case_no = await centre.report(settled=settled())
    assert (await centre.hear("intake", withdrawn(case_no))).status == "done"
    assert await centre.value(case_no, "outcome") == "settled_on_spot"
    last = (await centre.told("order.moved", case_no))[-1]
    assert (last["move"], "无需撤诉" in last["note"]) == ("note", True)


async def test_a_chase_is_counted_and_moves_no_clock(centre: Centre) -> None:
    case_no = await centre.report()
    before = await centre.order(case_no)
    await centre.hear("intake", ReportChased(case_no=case_no, text="三天了", at=now()))
    after = await centre.order(case_no)
    assert (after["chases"], after["state_due"], after["case_due"]) == (1, before["state_due"], before["case_due"])


# Appealed.


async def test_an_appeal_goes_one_level_up_once(centre: Centre) -> None:
    case_no = await centre.report()
    await survey(centre, case_no)
    await centre.judge(case_no, "resolved")
    await centre.hear("intake", appealed(case_no))
    order = await centre.order(case_no)
    assert (order["state"], order["outcome"], order["lead_unit"]) == ("handle.dispatched", None, "310101023P02")
    assert (order["round"], order["supervised"], order["closed_at"]) == (2, True, None)
    await centre.hear("intake", withdrawn(case_no))
    await centre.hear("intake", appealed(case_no))
    assert await centre.value(case_no, "state") == "closed"
    last = (await centre.told("order.moved", case_no))[-1]
    assert (last["move"], "申诉未能受理" in last["note"]) == ("note", True)


async def test_an_appeal_after_the_window_is_a_note(centre: Centre) -> None:
    case_no = await centre.report()
    await survey(centre, case_no)
    await centre.judge(case_no, "resolved")
    late = appealed(case_no).model_copy(update={"at": now() + timedelta(days=31)})
    await centre.hear("intake", late)
    assert (await centre.timeline(case_no))[-1] == "note"


async def test_an_appeal_against_a_refusal_goes_to_triage(centre: Centre) -> None:
    case_no = await centre.report(grid=None)
    body = {"reason": "属于诉讼事项", "legal_route": "请向法院起诉"}
    one, two = await centre.desk("dispatcher", CITY), await centre.desk("dispatcher", CITY)
    await centre.move(one, case_no, "decline", body)
    await centre.made(two, case_no, "decline", body)
    await centre.hear("intake", appealed(case_no))
    assert await centre.value(case_no, "state") == "discover.triage"


async def test_a_merged_reporters_appeal_opens_the_parent_and_returns_the_child_to_it(centre: Centre) -> None:
    parent, child = await centre.report(), await centre.report()
    dispatcher = await centre.desk("dispatcher", CITY)
    await centre.made(dispatcher, child, "merge", {"parent": parent})
    await survey(centre, parent)
    await centre.judge(parent, "resolved")
    await centre.hear("intake", appealed(child))
    assert await centre.value(parent, "state") == "handle.dispatched"
    assert await centre.value(child, "state") == "merged"
    assert await centre.value(parent, "waiting_children") == 1


# Judged.


async def test_a_stale_verdict_is_a_note(centre: Centre) -> None:
    case_no = await centre.report()
    await survey(centre, case_no)
    await centre.judge(case_no, "unresolved")
    assert await centre.value(case_no, "round") == 2
    assert (await centre.judge(case_no, "resolved", round=1)).status == "done"
    order = await centre.order(case_no)
    assert (order["state"], order["round"]) == ("handle.dispatched", 2)
    assert (await centre.timeline(case_no))[-1] == "note"


async def test_a_late_unsolved_on_a_closed_case_is_an_appeal_by_feedback(centre: Centre) -> None:
    case_no = await centre.report()
    await survey(centre, case_no)
    await centre.judge(case_no, "unreachable")
    assert await centre.value(case_no, "outcome") == "unreachable"
    await centre.judge(case_no, "unresolved")
    order = await centre.order(case_no)
    assert (order["state"], order["appealed"]) == ("handle.dispatched", True)
    (entry,) = await centre.rows("select by_role from timeline where move = 'appeal'")
    assert entry["by_role"] == "feedback"


async def test_a_deferred_end_is_kept_for_what_the_handler_named_a_review_date_for(centre: Centre) -> None:
    case_no = await centre.report()
    officer, supervisor = await centre.desk("officer", STREET), await centre.desk("supervisor", CITY)
    for number in (1, 2, 3):
        await centre.made(officer, case_no, "accept")
        await centre.made(officer, case_no, "report-done", {**DONE, "review_date": "2099-06-01"})
        await centre.made(supervisor, case_no, "approve", {"finding": "属实"})
        await centre.judge(case_no, "unresolved", round=number)
    order = await centre.order(case_no)
    assert (order["state"], str(order["review_date"])) == ("handle.deferred", "2099-06-01")


async def test_a_reserved_matter_goes_to_its_department_whatever_the_place(centre: Centre) -> None:
    assert await centre.value(await centre.report(issue=SITE), "lead_unit") == CONSTRUCTION


async def test_the_officer_is_one_of_the_lead_units_with_least_to_do(centre: Centre) -> None:
    """Of those that the starter city has there, each gets one before anybody gets two."""
    officers: list[Desk] = [await centre.desk("officer", COMMITTEE) for _ in range(2)]
    of_unit = await centre.rows("select person from grants where unit = :it and role = 'officer'", it=COMMITTEE)
    given = [await centre.value(await centre.report(), "officer") for _ in of_unit]
    assert set(given) == {row["person"] for row in of_unit} >= {each.person for each in officers}


async def test_a_code_that_nobody_knows_leaves_the_case_to_a_person(centre: Centre) -> None:
    case_no = await centre.report(unmapped=("issue",))
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"]) == ("discover.triage", None)
    assert "事项代码没有对照" in str(order["explanation"])
