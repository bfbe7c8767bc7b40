"""议事: neighbours disagree about an elevator; they are asked, they vote by code, and what they decide binds."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from deliberating import GROUPS, OPTIONS, Hall
from grid_centre import COMMITTEE, DISTRICT, OTHER_STREET, Centre

from services.clocks import now, stopped

MINUTES = {"minutes": "议事厅当场公布结果。"}


@pytest.fixture
async def hall(centre: Centre) -> Hall:
    return await Hall.opened(centre)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def later(hours: float = 3) -> datetime:
    return now() + timedelta(hours=hours)


# The story of an elevator.


async def test_an_elevator_is_voted_on_objected_to_and_the_result_binds_the_handling(hall: Hall) -> None:
    ends = now() + timedelta(days=14)
    granted = {"new_limit": {"amount": 20, "unit": "working_days"}, "closes_at": ends.isoformat()}
    asked = await hall.ask(threshold="civil_code_278_major", **granted)
    assert asked.status_code == 202, asked.text
    deliberation = asked.json()["id"]
    before = (await hall.order())["deadlines"]["case_due"]

    # A supervisor grants the time, by the order's own move; only then it begins.
    proposal = (await hall.order())["proposals"][0]
    assert proposal["id"] == asked.json()["waits_for"]
    assert proposal["fields"]["deliberation"] == deliberation
    assert await hall.centre.told("codes.due") == []
    await hall.centre.made(hall.supervisor, hall.case_no, "extend", proposal["fields"])
    seen = await hall.see(deliberation)
    assert seen["state"] == "open"
    after = (await hall.order())["deadlines"]["case_due"]
    assert seen["granted"] == {"limit": "20 working_days", "since": before, "until": after}
    assert after > before
    assert (await hall.order())["deliberations"][0]["granted"] == seen["granted"]

    # Nothing is done before its end.
    assert kind(await hall.report_done()) == (409, "deliberating")
    assert "report-done" not in (await hall.centre.see(hall.officer, hall.case_no)).json()["moves"]

    # Somebody objects, somebody votes.
    said = {"stance": "objection", "speaker": "resident", "text": "一楼采光受影响，我叫欧阳静好，电话13912345678"}
    assert (await hall.step(deliberation, "statements", said, hall.officer)).status_code == 201
    codes = await hall.codes(deliberation)
    for code, option in zip(codes, ["add", "add", "add", "add", "abstain"], strict=False):
        assert (await hall.vote(code, option)).status_code == 201
    seen = await hall.see(deliberation)
    assert (seen["codes"], seen["codes_spent"], seen["voted"]) == (6, 5, None)
    assert [option["votes"] for option in seen["options"]] == [None, None]
    assert "13912345678" not in seen["statements"][0]["text"]

    # The end: minutes, an answer to the objection, the areas from the owners' own count.
    with stopped(ends):
        areas = {"area_participated": 80.0, "area_agreed": 76.5}
        assert kind(await hall.step(deliberation, "close", MINUTES | areas)) == (409, "objection-unanswered")
        answers = [{"statement": seen["statements"][0]["id"], "answer": "井道北移1.2米"}]
        closed = await hall.step(deliberation, "close", {**MINUTES, **areas, "answers": answers})
    assert closed.status_code == 200, closed.text
    assert (closed.json()["state"], closed.json()["option"], closed.json()["voted"]) == ("decided", "add", 5)
    seen = await hall.see(deliberation)
    assert [option["votes"] for option in seen["options"]] == [4, 0]
    assert seen["statements"][0]["answer"] == "井道北移1.2米"

    # It stands on the order and in its timeline, and the handling has to name it.
    order = await hall.order()
    assert order["bound_by"] == {"deliberation": deliberation, "option": "add"}
    steps = [entry["facts"]["step"] for entry in order["timeline"] if entry["move"] == "deliberation"]
    assert steps == ["opened", "stated", "decided"]
    assert kind(await hall.report_done()) == (422, "result-not-named")
    other = {"deliberation": deliberation, "option": "not_add"}
    assert kind(await hall.report_done(result=other)) == (409, "against-result")
    done = await hall.report_done(result=order["bound_by"])
    assert (done.status_code, done.json()["state"]) == (200, "supervise.checking")
    notes = [moved["note"] for moved in await hall.centre.told("order.moved") if moved["move"] == "deliberation"]
    assert notes[-1] == "议事结果：同意按方案加装电梯（应参与6户，参与5户），将按此办理"


async def test_the_codes_that_are_due_name_grids_and_numbers_and_nobody(hall: Hall) -> None:
    deliberation = await hall.running()
    (row,) = await hall.centre.rows(
        "select convert_from(payload, 'UTF8') as event from pgqueuer"
        " where entrypoint = 'to_intake' and convert_from(payload, 'UTF8') like '%codes.due%'"
    )
    assert deliberation in row["event"]
    assert all(group in row["event"] for group in GROUPS)


# What it needs.


async def test_a_deliberation_needs_the_order_in_work_and_its_leader(hall: Hall) -> None:
    officer_too = await hall.centre.desk("leader", OTHER_STREET)
    assert (await hall.ask(officer_too)).status_code == 404
    above = await hall.centre.desk("leader", DISTRICT)
    assert (await hall.ask(above)).status_code == 201
    waiting = await hall.centre.report()
    hall.case_no = waiting
    assert kind(await hall.ask()) == (409, "not-worked-on")


async def test_one_deliberation_runs_at_a_time(hall: Hall) -> None:
    await hall.running()
    assert kind(await hall.ask()) == (409, "one-at-a-time")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"grids": [{"grid": "999", "households": 3}]}, "grids"),
        ({"grids": [{"grid": GROUPS[0], "households": 3}, {"grid": COMMITTEE, "households": 3}]}, "grids"),
        ({"grids": [{"grid": OTHER_STREET, "households": 3}]}, "grids"),
        ({"threshold": "by_shouting"}, "threshold"),
        ({"closes_at": "2020-01-01T00:00:00+08:00"}, "closes_at"),
        ({"closes_at": "2099-01-01T00:00:00+08:00"}, "new_limit"),
        ({"closes_at": "2099-01-01T00:00:00+08:00", "new_limit": {"amount": 9, "unit": "working_days"}}, "closes_at"),
        ({"options": [OPTIONS[0]]}, "options"),
        ({"options": [*OPTIONS, {"key": "abstain", "text": "弃权"}]}, "(body)"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_field(hall: Hall, changes: dict[str, Any], field: str) -> None:
    answer = await hall.ask(**changes)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]
    assert await hall.centre.rows("select 1 from deliberations") == []


async def test_time_that_was_refused_gives_way_to_another_request(hall: Hall) -> None:
    ends = (now() + timedelta(days=10)).isoformat()
    more = {"new_limit": {"amount": 20, "unit": "working_days"}, "closes_at": ends}
    first = await hall.ask(**more)
    version = await hall.centre.value(hall.case_no, "version")
    assert kind(await hall.ask(**more)) == (409, "one-at-a-time")
    refusal = await hall.centre.client(hall.supervisor).post(
        f"/v1/orders/{hall.case_no}/proposals/{first.json()['waits_for']}/refusal",
        json={"reason": "先行调解"},
        headers={"if-match": f'"{version}"'},
    )
    assert refusal.status_code == 200, refusal.text
    assert (await hall.ask(**more)).status_code == 202
    assert (await hall.see(first.json()["id"]))["state"] == "withdrawn"


# Votes.


async def test_a_code_votes_once_however_it_is_typed_and_is_never_changed(hall: Hall) -> None:
    code, *_ = await hall.codes(await hall.running())
    paper = await hall.centre.client(None).post("/v1/votes/paper", json={"code": code.lower().replace("-", " ")})
    assert [option["key"] for option in paper.json()["options"]] == ["add", "not_add"]
    assert not paper.json()["spent"]
    assert (await hall.vote(code.lower().replace("-", ""), "add")).status_code == 201
    assert kind(await hall.vote(code, "not_add")) == (409, "code-spent")
    assert [row["option"] for row in await hall.centre.rows("select option from ballots")] == ["add"]


async def test_the_same_code_pressed_at_once_makes_one_vote(hall: Hall) -> None:
    code, *_ = await hall.codes(await hall.running())
    answers = await asyncio.gather(*(hall.vote(code, option) for option in ["add", "not_add"] * 4))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await hall.centre.rows("select 1 from ballots")) == 1


async def test_votes_at_the_moment_of_closing_are_counted_or_refused_never_lost(hall: Hall) -> None:
    deliberation = await hall.running()
    codes = await hall.codes(deliberation)
    for code in codes[:5]:
        assert (await hall.vote(code, "add")).status_code == 201
    last, closed = await asyncio.gather(hall.vote(codes[5], "add"), hall.step(deliberation, "close", MINUTES))
    if closed.status_code == 409:
        closed = await hall.step(deliberation, "close", MINUTES)
    assert closed.status_code == 200, closed.text
    assert closed.json()["voted"] == 5 + (last.status_code == 201) == 6


async def test_unknown_codes_options_and_late_votes_are_refused(hall: Hall) -> None:
    deliberation = await hall.running()
    code, other, *_ = await hall.codes(deliberation)
    assert kind(await hall.vote("0000-0000-0000-0000", "add")) == (404, "no-such-code")
    assert (await hall.vote(code, "escalator")).status_code == 422
    with stopped(later()):
        assert kind(await hall.vote(code, "add")) == (409, "voting-over")
        await hall.step(deliberation, "close", MINUTES)
    assert kind(await hall.vote(other, "add")) == (404, "no-such-code")


async def test_there_are_never_more_codes_than_households(hall: Hall) -> None:
    deliberation = await hall.running()
    await hall.codes(deliberation, 4)
    await hall.codes(deliberation, 4)
    assert (await hall.see(deliberation))["codes"] == 6


async def test_a_vote_is_not_closed_early_and_says_why_it_decided_nothing(hall: Hall) -> None:
    deliberation = await hall.running()
    code, *_ = await hall.codes(deliberation)
    await hall.vote(code, "add")
    assert kind(await hall.step(deliberation, "close", MINUTES)) == (409, "still-running")
    with stopped(later()):
        closed = await hall.step(deliberation, "close", MINUTES)
    assert (closed.json()["state"], closed.json()["because"]) == ("undecided", "too_few_took_part")
    assert (await hall.report_done()).status_code == 200


# Consensus, withdrawal, setting aside.


async def test_a_consensus_is_recorded_with_its_objections(hall: Hall) -> None:
    deliberation = await hall.running(method="consensus")
    assert await hall.centre.told("codes.due") == []
    told = {**MINUTES, "option": "not_add", "present": 5}
    assert kind(await hall.step(deliberation, "close", {**told, "option": "maybe"}))[0] == 422
    assert kind(await hall.step(deliberation, "close", {**told, "present": 7}))[0] == 422
    closed = await hall.step(deliberation, "close", told)
    assert (closed.json()["state"], closed.json()["option"]) == ("decided", "not_add")
    assert (await hall.order())["bound_by"]["option"] == "not_add"


async def test_a_withdrawn_deliberation_binds_nobody_and_its_codes_are_worth_nothing(hall: Hall) -> None:
    deliberation = await hall.running()
    code, *_ = await hall.codes(deliberation)
    assert (await hall.step(deliberation, "withdraw", {"reason": "方案修改后重新表决"})).status_code == 200
    assert kind(await hall.vote(code, "add")) == (404, "no-such-code")
    assert (await hall.report_done()).status_code == 200


async def test_a_supervisor_not_of_the_team_can_set_a_result_aside(hall: Hall) -> None:
    deliberation = await hall.running(method="consensus")
    reason = {"reason": "结果违反消防规范"}
    assert kind(await hall.step(deliberation, "set-aside", reason, hall.supervisor)) == (409, "nothing-decided")
    await hall.step(deliberation, "close", {**MINUTES, "option": "add", "present": 5})
    own = await hall.centre.desk("supervisor", COMMITTEE)
    assert kind(await hall.step(deliberation, "set-aside", reason, own)) == (403, "not-over-it")
    assert (await hall.step(deliberation, "set-aside", reason, hall.supervisor)).status_code == 200
    assert (await hall.order())["bound_by"] is None
    assert (await hall.report_done()).status_code == 200


async def test_a_step_needs_the_version_that_was_read(hall: Hall) -> None:
    deliberation = await hall.running(method="consensus")
    stale = {"if-match": '"1"'}
    said = {"stance": "remark", "speaker": "expert", "text": "需加固基础"}
    assert (await hall.step(deliberation, "statements", said)).status_code == 201
    path = f"/v1/deliberations/{deliberation}/close"
    answer = await hall.centre.client(hall.leader).post(path, json={**MINUTES, "option": "add"}, headers=stale)
    assert kind(answer) == (412, "version-stale")


async def test_the_timeline_stays_whole(hall: Hall) -> None:
    deliberation = await hall.running(method="consensus")
    await hall.step(deliberation, "close", {**MINUTES, "option": "add"})
    from routing.verifying import verify_all

    number, broken = await verify_all(hall.centre.database)
    assert (number, broken) == (1, [])


# Privacy.


async def test_no_table_leads_from_a_ballot_to_a_code_or_to_a_voter(hall: Hall) -> None:
    deliberation = await hall.running()
    codes = await hall.codes(deliberation)
    await hall.vote(codes[0], "add")
    columns = await hall.centre.rows(
        "select table_name, column_name from information_schema.columns"
        " where table_schema = 'routing' and table_name in ('ballots', 'voting_codes')"
    )
    held: dict[str, set[str]] = {}
    for row in columns:
        held.setdefault(row["table_name"], set()).add(row["column_name"])
    assert held == {
        "ballots": {"id", "deliberation", "district", "option"},
        "voting_codes": {"digest", "deliberation", "district", "spent"},
    }
    assert (
        await hall.centre.rows("select 1 from timeline where facts::text ilike '%vote%' and move <> 'deliberation'")
        == []
    )
    assert await hall.centre.rows("select 1 from audit where action ilike '%vote%' or action ilike '%ballot%'") == []
    tables = await hall.centre.rows("select tablename from pg_tables where schemaname = 'routing'")
    for table in tables:
        if table["tablename"] == "alembic_version":
            continue
        found = await hall.centre.rows(
            f'select 1 from "{table["tablename"]}" t where to_jsonb(t)::text like any(array[:one, :two])',
            one=f"%{codes[0]}%",
            two=f"%{codes[0].encode().hex()}%",
        )
        assert found == [], table
    with stopped(later()):
        await hall.step(deliberation, "close", MINUTES)
    assert await hall.centre.rows("select 1 from voting_codes") == []


async def test_a_ballot_cannot_be_changed_by_the_service_itself(hall: Hall) -> None:
    from sqlalchemy.exc import ProgrammingError

    for verb in ("delete from ballots", "update ballots set option = 'add'"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await hall.centre.rows(verb)
