"""Stories of whose it is: disputed to the cap, for the courts, for 110, another address, a unit that is no more."""

from typing import Any

import pytest
from grid_centre import AREA, CITY, COMMITTEE, STREET, Centre, Desk
from installation import Urls
from list_office import Office
from sqlalchemy import create_engine, text
from story import Cast
from test_grids import grids_back as grids_back  # the city is the starter city again
from test_grids import imported, rows_under

from routing.abolished import CatalogueBehind, SomeLeft, redirect_left_behind, redirect_orders
from routing.catalogue import current
from routing.lists.starter import starter_lists
from routing.terms import terms

LEGAL_ROUTE = "请向黄浦区人民法院提起诉讼"
NEIGHBOUR_UNIT = "310101023009"
MICRO = "310101023006001"


@pytest.fixture
async def cast(centre: Centre) -> Cast:
    return await Cast.come(centre)


@pytest.fixture
async def editor(centre: Centre) -> Desk:
    return await centre.desk("editor", CITY)


@pytest.fixture(autouse=True)
def lists_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that has just looked waits for a second; here it looks each time."""
    monkeypatch.setattr("routing.catalogue.FRESH", 0.0)


async def work(centre: Centre) -> int:
    """The jobs that an abolition left, done as the worker does them; their number."""
    rows = await centre.rows("select id, payload from pgqueuer where entrypoint = 'redirect_abolished' order by id")
    for row in rows:
        await redirect_orders(centre.database, bytes(row["payload"]), terms(centre.app.state.settings))
        await centre.rows("delete from pgqueuer where id = :it returning id", it=row["id"])
    return len(rows)


def said(unit: str) -> dict[str, str]:
    return {"reason": "不属本单位职责", "legal_basis": "责任清单", "proposed_unit": unit}


async def test_disputed_to_the_cap_what_is_ruled_then_binds(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report()
    due = await centre.value(case_no, "case_due")
    await centre.made(cast.officer, case_no, "dispute", said(STREET))
    await centre.made(cast.supervisor, case_no, "rule", {"decision": "dispatch", "unit": STREET, "reason": "街道职责"})
    street = await centre.desk("officer", STREET)
    await centre.made(street, case_no, "accept")
    await centre.made(street, case_no, "dispute", said(COMMITTEE))
    await centre.made(cast.supervisor, case_no, "rule", {"decision": "dispatch", "unit": AREA, "reason": "片区统筹"})
    area = await centre.desk("officer", AREA)
    for body in (said(COMMITTEE), said(STREET)):
        answer = await centre.move(area, case_no, "dispute", body)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:gridloop:problem:disputed-already")
    order = await centre.order(case_no)
    assert (order["lead_unit"], order["disputes"], order["case_due"]) == (AREA, 2, due)
    assert len(await centre.rows("select 1 from list_proposals")) == 2
    await cast.survey(case_no, area)


async def test_a_ruling_that_it_is_for_the_courts_closes_it_and_tells_the_way(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report()
    await centre.made(cast.officer, case_no, "dispute", said("310101-justice"))
    answer = await centre.move(cast.supervisor, case_no, "rule", {"decision": "not_accepted"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "legal_route")
    ruling = {"decision": "not_accepted", "legal_route": LEGAL_ROUTE, "reason": "合同纠纷"}
    await centre.made(cast.supervisor, case_no, "rule", ruling)
    order = await centre.order(case_no)
    assert (order["outcome"], order["public_answer"], order["due_at"]) == ("not_accepted", LEGAL_ROUTE, None)
    assert LEGAL_ROUTE in (await cast.notes(case_no))[-1]
    (row,) = await centre.rows("select unit from list_proposals")
    assert row["unit"] is None


async def test_an_emergency_is_handed_to_110_at_once_with_receiver_and_reference(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report()
    await cast.hand_over(case_no)
    order = await centre.order(case_no)
    assert (order["outcome"], order["public_answer"]) == ("handed_over", "已移交110处理，编号HP-20250301-0087")
    (entry,) = await centre.rows("select facts from timeline where move = 'hand_over'")
    assert entry["facts"]["emergency"] is True
    assert "110" in (await cast.notes(case_no))[-1]


async def test_an_amended_address_in_another_grid_takes_it_there_and_the_clock_runs_on(
    centre: Centre, cast: Cast
) -> None:
    case_no = await centre.report()
    await centre.made(cast.officer, case_no, "accept")
    before = await centre.order(case_no)
    await cast.amend(case_no, grid=NEIGHBOUR_UNIT, text="说错了，是隔壁小区")
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"], order["grid"]) == ("handle.dispatched", NEIGHBOUR_UNIT, NEIGHBOUR_UNIT)
    assert (order["case_due"], order["accepted_at"]) == (before["case_due"], None)
    assert (await centre.see(cast.officer, case_no)).status_code == 404
    assert f"已改派至{order['lead_name']}办理" in await cast.notes(case_no)


async def test_a_boundary_that_moves_leaves_the_case_its_grid_and_its_unit(
    centre: Centre, cast: Cast, editor: Desk
) -> None:
    case_no = await centre.report(grid=MICRO)
    before = await centre.order(case_no)
    rows = [{**row, "boundary": ""} for row in await rows_under(centre, editor, COMMITTEE)]
    rows[0]["parent"] = next(code for code in ("310101023P01", AREA) if code != rows[0]["parent"])
    await imported(centre, editor, rows)
    assert await work(centre) == 0
    order = await centre.order(case_no)
    assert [order[name] for name in ("grid", "grid_path", "lead_unit", "state_since")] == [
        before[name] for name in ("grid", "grid_path", "lead_unit", "state_since")
    ]
    later = await centre.order(await centre.report(grid=MICRO))
    assert later["grid_path"] != order["grid_path"]


async def without_committee(centre: Centre, editor: Desk) -> None:
    """多格合一: the committee and all below it end."""
    committee = (await rows_under(centre, editor, COMMITTEE))[0]
    rows = await rows_under(centre, editor, committee["parent"])
    kept = [row for row in rows if not row["code"].startswith(COMMITTEE) and row["covered_by"] != COMMITTEE]
    await imported(centre, editor, kept)


async def test_the_unit_that_a_change_of_the_grids_ends_loses_its_open_orders_and_none_is_lost(
    centre: Centre, cast: Cast, editor: Desk
) -> None:
    """Whatever its state, each goes on: those in handling at once, the others when they come back to it."""
    fresh, working, disputed, checking, surveying = [await centre.report() for _ in range(5)]
    await centre.made(cast.officer, working, "accept")
    await centre.made(cast.officer, disputed, "dispute", said(STREET))
    await cast.check(checking)
    await cast.survey(surveying)
    dues = {each: await centre.value(each, "case_due") for each in (fresh, working, disputed)}
    await without_committee(centre, editor)
    assert await work(centre) == 1
    for case_no, due in dues.items():
        order = await centre.order(case_no)
        assert order["lead_unit"] != COMMITTEE
        assert (order["grid"], order["case_due"]) == (COMMITTEE, due)
        assert order["state"] in ("discover.triage", "handle.dispatched")
        assert (await centre.timeline(case_no))[-1] == "redirect"
    (dispute,) = await centre.rows("select ruling from disputes")
    assert dispute["ruling"] == "overtaken by redirect"

    back = await centre.made(cast.supervisor, checking, "send-back", {"finding": "仍有噪音"})
    assert (back["lead"] or {}).get("code") != COMMITTEE
    assert (await centre.timeline(checking))[-2:] == ["send_back", "redirect"]
    await centre.judge(surveying, "unresolved")
    assert await centre.value(surveying, "lead_unit") != COMMITTEE
    assert await centre.value(surveying, "round") == 2
    assert await centre.value(surveying, "state") in ("discover.triage", "handle.dispatched")


async def test_one_level_up_is_the_nearest_unit_that_still_is_one(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report()
    await cast.survey(case_no)
    await centre.judge(case_no, "resolved")
    await centre.rows("update units set closed_at = now() where code = :it returning code", it=AREA)
    await cast.appeal(case_no)
    assert await centre.value(case_no, "lead_unit") == STREET


async def test_the_unit_that_a_new_list_leaves_out_loses_its_open_orders(
    centre: Centre, cast: Cast, lists_back: None
) -> None:
    """Construction is named by no row any longer; the rows that were its are another department's now."""
    office = await Office.opened(centre)
    case_no, other = await centre.report(issue="02-05"), await centre.report()
    assert await centre.value(case_no, "lead_unit") == "310101-construction"
    number = await office.drafted()
    await hand_all(centre, office, number, "@district.construction", "@district.planning")
    await office.checked(number)
    published = await office.publish(office.publisher, number, override={"reason": "机构改革"})
    assert published.status_code == 200, published.text
    assert await work(centre) == 1
    order = await centre.order(case_no)
    assert (order["lead_unit"], order["state"]) == ("310101-planning", "handle.dispatched")
    (entry,) = await centre.rows("select facts from timeline where move = 'redirect'")
    assert entry["facts"]["cause"] == "list_published"
    assert await centre.value(other, "lead_unit") == COMMITTEE


async def hand_all(centre: Centre, office: Office, number: int, old: str, new: str) -> None:
    """Every row of one duty becomes another's, as lead and as co-unit."""
    for row in starter_lists().responsibilities.rows:
        if old in (row.lead, *row.co):
            co = [new if each == old else each for each in row.co]
            lead = new if row.lead == old else row.lead
            facts: dict[str, Any] = {
                "issue": row.issue, "scope_kind": row.scope_kind.value, "scope": row.scope, "lead": lead,
                "co": [each for each in dict.fromkeys(co) if each != lead], "power": row.power.value,
                "handed_down": row.handed_down, "legal_basis": row.legal_basis, "valid_from": str(row.valid_from),
            }  # fmt: skip
            told = {name: value for name, value in facts.items() if value is not None}
            answer = await office.ask(office.editor, "PUT", f"/{number}/responsibilities/{row.row}", json=told)
            assert answer.status_code == 200, answer.text


# What the job itself promises.


async def test_a_process_that_does_not_know_the_new_lists_yet_waits_for_them(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with centre.database.unit() as session:
        await current(session)
    monkeypatch.setattr("routing.catalogue.FRESH", 60.0)
    await centre.rows("update catalogue_state set version = version + 1, city = city + 1 returning version")
    with pytest.raises(CatalogueBehind):
        await redirect_orders(centre.database, f"unit_closed {COMMITTEE}".encode(), terms(centre.app.state.settings))


async def test_one_order_that_cannot_be_redirected_stops_no_other_and_is_tried_again(
    centre: Centre, cast: Cast, routing_urls: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await centre.report(), await centre.report()
    await centre.rows("update units set closed_at = now() where code = :it returning code", it=COMMITTEE)
    engine = create_engine(routing_urls["owner"])
    with engine.begin() as connection:  # a timeline that does not take another entry
        connection.execute(
            text(f"alter table routing.timeline add constraint bad check (case_no <> '{bad}') not valid")
        )
    agreed, payload = terms(centre.app.state.settings), f"unit_closed {COMMITTEE}".encode()
    try:
        with pytest.raises(SomeLeft):
            await redirect_orders(centre.database, payload, agreed)
        assert await centre.value(good, "lead_unit") != COMMITTEE
        assert await centre.value(bad, "lead_unit") == COMMITTEE
    finally:
        with engine.begin() as connection:
            connection.execute(text("alter table routing.timeline drop constraint bad"))
        engine.dispose()
    await redirect_left_behind(centre.database, agreed)
    assert await centre.value(bad, "lead_unit") != COMMITTEE
    assert (await centre.timeline(good)).count("redirect") == 1
