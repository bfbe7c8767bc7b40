"""Stories that begin with the report: nobody to ask, no place, a wrong code, several matters, a wrong number."""

import pytest
from grid_centre import (
    CITY,
    COMMITTEE,
    NEIGHBOURS,
    STREET,
    TRAPPED,
    Centre,
    soon,
)
from story import Cast

from routing.telling import in_sample
from services.clocks import now
from services.messages import Place, Settled

MICRO = "310101023006001"
CORRIDOR, TO_BE_HELPED = "08-04", "18-12"
"""Simple matters that the starter street's lists give to the micro-grid."""


@pytest.fixture
async def cast(centre: Centre) -> Cast:
    return await Cast.come(centre)


async def test_a_wrong_number_counts_as_contact_and_the_citizen_can_mend_it(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report()
    await centre.made(cast.officer, case_no, "accept")
    tried = {"at": soon(), "how": "phone", "result": "wrong_number", "words": "号码为空号"}
    await centre.made(cast.officer, case_no, "contact", tried)
    assert await centre.value(case_no, "contacted_at") is not None
    assert "号码有误" in (await cast.notes(case_no))[-1]
    await cast.amend(case_no, text="号码已更正")
    await centre.made(cast.officer, case_no, "contact", {"at": soon(), "how": "phone", "result": "reached"})
    assert (await centre.timeline(case_no))[2:] == ["accept", "contact", "note", "contact"]


async def test_an_anonymous_report_is_handled_like_any_other_and_nobody_is_asked(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report(reporter=False)
    await cast.survey(case_no)
    order = await centre.order(case_no)
    assert (order["outcome"], order["contact_due"]) == ("not_surveyed", None)
    asked = await centre.told("order.handled", case_no)
    assert [each["kind"] for each in asked] == (["recheck"] if in_sample(case_no, "recheck", 5) else [])


async def test_a_look_at_the_spot_that_finds_it_unsolved_has_an_anonymous_case_handled_one_level_up(
    centre: Centre, cast: Cast
) -> None:
    case_no = await centre.report(reporter=False)
    led = await centre.value(case_no, "lead_unit")
    await cast.survey(case_no)
    await centre.judge(case_no, "resolved", kind="recheck", reason="现场复核“解决”，维持办结")
    assert (await centre.value(case_no, "state"), (await centre.timeline(case_no))[-1]) == ("closed", "note")
    await centre.judge(case_no, "unresolved", kind="recheck", reason="现场复核“未解决”，需再次处置")
    order = await centre.order(case_no)
    assert (await cast.notes(case_no))[-1] == "经复核仍未解决，将重新办理"
    assert (order["state"], order["round"], order["lead_unit"] == led) == ("handle.dispatched", 2, False)


async def test_without_a_place_the_dispatcher_asks_is_answered_and_dispatches(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report(grid=None, text="楼上邻居每天半夜吵闹")
    order = await centre.order(case_no)
    assert (order["state"], order["desk_unit"]) == ("discover.triage", CITY)
    assert "地点不明确" in order["explanation"]["sentence"]
    await centre.made(cast.dispatcher, case_no, "ask", {"missing": "请补充小区和楼栋"})
    await cast.amend(case_no, grid=COMMITTEE, text="在楼道里")
    assert await centre.value(case_no, "desk_unit") == STREET
    street = await centre.desk("dispatcher", STREET)
    face = await centre.made(street, case_no, "dispatch", {"unit": COMMITTEE})
    assert (face["lead"]["code"], face["grid"]["code"]) == (COMMITTEE, COMMITTEE)
    assert face["deadlines"]["case_due"] == (await centre.see(street, case_no)).json()["deadlines"]["case_due"]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"issue": "99-99"}, "事项代码99-99不在清单中"),
        ({"place": Place(grid="310101999")}, "网格代码310101999不存在"),
        ({"place": Place(grid="310101999", address="瑞金二路街道永嘉居委会")}, "网格代码310101999不存在"),
    ],
)
async def test_a_code_that_nobody_knows_is_kept_as_told_and_goes_to_triage_with_the_reason(
    centre: Centre, cast: Cast, facts: dict[str, object], said: str
) -> None:
    case_no = await centre.report(**facts)
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"]) == ("discover.triage", None)
    assert said in order["explanation"]["sentence"]
    assert list(order["explanation"]["unknown"].values()) in (["99-99"], ["310101999"])
    assert "99-99" in (order["issue"] or "") or order["told_grid"] == "310101999"
    assert said in (await cast.notes(case_no))[0]
    right = {"issue": NEIGHBOURS, "reason": "编码有误"}
    await centre.made(cast.dispatcher, case_no, "reclassify", right)
    assert (await centre.made(cast.dispatcher, case_no, "dispatch", {"unit": COMMITTEE}))["lead"]["code"] == COMMITTEE


async def test_several_matters_become_two_orders_and_the_first_keeps_only_its_part(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report(text="楼上吵闹，另外五号楼电梯困人。")
    await cast.amend(case_no, text="主要在夜里十一点以后")
    await cast.amend(case_no, text="楼上吵闹。", replaces=True)
    second = await centre.report(issue=TRAPPED, text="五号楼电梯困人。", split_from=case_no)
    assert await centre.value(case_no, "text") == "楼上吵闹。\n【补充】主要在夜里十一点以后"
    assert "分开办理" in (await cast.notes(case_no))[-1]
    seen = (await centre.see(cast.dispatcher, second)).json()
    assert (seen["split_from"], seen["grade"], seen["text"]) == (case_no, "urgent", "五号楼电梯困人。")


async def test_of_two_splits_the_later_counts_whichever_comes_first(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report(text="三件事。")
    centre.sequences[case_no] = 8
    await cast.amend(case_no, text="第一件事。", replaces=True)
    centre.sequences[case_no] = 3
    await cast.amend(case_no, text="第一件和第二件事。", replaces=True)
    assert await centre.value(case_no, "text") == "第一件事。"
    assert await centre.timeline(case_no) == ["register", "route", "note", "note"]


async def test_a_part_that_stays_in_triage_is_read_anew_for_the_dispatcher(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report(issue=None, grid=None, text="有两件事要说。")
    await cast.amend(case_no, text="瑞金二路街道永嘉居委会的楼道堆满杂物。", replaces=True)
    order = await centre.order(case_no)
    assert (order["state"], order["desk_unit"]) == ("discover.triage", STREET)
    assert "永嘉" in order["grid_name"]


async def test_a_complaint_about_the_street_goes_around_it_one_level_up(centre: Centre, cast: Cast) -> None:
    """The area's row would lead to the street's office; whoever is accused neither leads nor helps nor decides."""
    accused = "投诉街道办事处对占道问题推诿不作为"
    case_no = await centre.report(issue="21-01", grid=STREET, text=accused)
    order = await centre.order(case_no)
    assert not str(order["lead_path"] or "").endswith(f"/{STREET}/")
    lead = order["lead_unit"]
    assert lead is None or not lead.startswith(STREET)
    assert STREET not in [each["unit"] for each in await centre.rows("select unit from order_units")]
    street = await centre.desk("officer", STREET)
    assert (await centre.see(street, case_no)).status_code == 404


async def test_an_inquiry_answered_at_once_is_closed_with_its_answer(centre: Centre, cast: Cast) -> None:
    answer = Settled.model_validate({"done": "窗口工作日9点到17点", "at": now(), "unit": CITY, "by": "hotline"})
    case_no = await centre.report(item_type="inquiry", issue=None, text="居委会几点上班？", settled=answer)
    order = await centre.order(case_no)
    assert (order["outcome"], order["public_answer"], order["due_at"]) == ("settled_on_spot", answer.done, None)
    assert await cast.notes(case_no) == ["已当场办结"]


async def test_settled_on_the_spot_then_dissatisfied_a_dispatcher_decides_and_the_case_has_its_rounds(
    centre: Centre, cast: Cast
) -> None:
    done = Settled.model_validate({"done": "当场清理", "at": now(), "unit": COMMITTEE, "by": "officer"})
    case_no = await centre.report(settled=done)
    await centre.judge(case_no, "unresolved", kind="settled")
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"]) == ("discover.triage", None)
    assert order["state_due"] is not None
    assert (await centre.see(cast.officer, case_no)).status_code == 404
    await centre.made(cast.dispatcher, case_no, "dispatch", {"unit": STREET})
    handler = await centre.desk("officer", STREET)
    await cast.survey(case_no, handler)
    await centre.judge(case_no, "resolved")
    assert await centre.value(case_no, "outcome") == "resolved"


# What the grade does.


@pytest.mark.parametrize("issue", [CORRIDOR, TO_BE_HELPED])
async def test_a_simple_one_goes_straight_to_the_micro_grid_on_the_short_limit(
    centre: Centre, cast: Cast, issue: str
) -> None:
    case_no = await centre.report(issue=issue, grid=MICRO)
    order = await centre.order(case_no)
    assert (order["grade"], order["lead_unit"], order["state"]) == ("simple", MICRO, "handle.dispatched")
    whole = await centre.report(issue="02-05", grid=MICRO)
    assert order["case_due"] < await centre.value(whole, "case_due")


async def test_a_complex_one_gets_a_lead_with_co_units_and_the_long_limit(centre: Centre, cast: Cast) -> None:
    rows = await centre.rows(
        "select i.code from issues i join responsibilities r on r.issue = i.code and r.version = i.version "
        "where i.grade = 'complex' and r.lead = '@area' and jsonb_array_length(r.co) > 0 order by i.code limit 1"
    )
    case_no = await centre.report(issue=rows[0]["code"])
    order = await centre.order(case_no)
    units = await centre.rows("select unit, role from order_units where case_no = :it", it=case_no)
    assert order["grade"] == "complex"
    assert [unit["unit"] for unit in units if unit["role"] == "lead"] == [order["lead_unit"]]
    assert [unit for unit in units if unit["role"] == "co"]


async def test_an_urgent_one_rings_until_somebody_takes_it_up(centre: Centre, cast: Cast) -> None:
    case_no, calm = await centre.report(issue=TRAPPED), await centre.report()
    listed = await centre.client(cast.dispatcher).get("/v1/orders?grade=urgent")
    assert [(each["case_no"], each["rings"]) for each in listed.json()["items"]] == [(case_no, True)]
    assert not (await centre.see(cast.dispatcher, calm)).json()["rings"]
    officer = await centre.desk("officer", await centre.value(case_no, "lead_unit"))
    assert not (await centre.made(officer, case_no, "accept"))["rings"]
    waits = await centre.report(issue=TRAPPED, grid=None)
    assert (await centre.see(cast.dispatcher, waits)).json()["rings"]
    order = await centre.order(waits)
    assert (order["state_due"] - order["state_since"]).total_seconds() == 3600
