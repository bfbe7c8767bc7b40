"""What every move has in common: who may make it, on which version, once, and all of it or nothing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from grid_centre import CITY, COMMITTEE, CONSTRUCTION, DISTRICT, OTHER_STREET, SITE, STREET, Centre, Desk, soon

from routing.moves import MOVES
from routing.schemas import BODIES, Told
from routing.states import Move
from services import clocks, outbox
from services.access import ROLES
from services.roles import Role

DECLINE = {"reason": "属于已进入诉讼的合同纠纷", "legal_route": "请向黄浦区人民法院提起诉讼"}
DISPUTE = {"reason": "不属本单位", "legal_basis": "责任清单", "proposed_unit": "310101-police"}


@pytest.fixture
async def officer(centre: Centre) -> Desk:
    return await centre.desk("officer", COMMITTEE)


@pytest.fixture
async def dispatcher(centre: Centre) -> Desk:
    return await centre.desk("dispatcher", CITY)


@pytest.fixture
async def supervisor(centre: Centre) -> Desk:
    return await centre.desk("supervisor", CITY)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


# Versions and repeats.


async def test_a_move_needs_the_version_that_was_read(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    client = centre.client(officer)
    assert kind(await client.post(f"/v1/orders/{case_no}/accept", json={})) == (428, "version-missing")
    assert kind(await centre.move(officer, case_no, "accept", version=99)) == (412, "version-stale")
    seen = await centre.see(officer, case_no)
    answer = await client.post(f"/v1/orders/{case_no}/accept", json={}, headers={"if-match": seen.headers["etag"]})
    assert answer.status_code == 200
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"' != seen.headers["etag"]


async def test_the_same_request_again_gives_the_same_answer_and_changes_nothing(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    once: dict[str, Any] = {"version": await centre.value(case_no, "version"), "headers": {"idempotency-key": "k-1"}}
    first = await centre.move(officer, case_no, "accept", **{**once, "headers": dict(once["headers"])})
    again = await centre.move(officer, case_no, "accept", **{**once, "headers": dict(once["headers"])})
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert (await centre.timeline(case_no)).count("accept") == 1


async def test_two_who_press_at_once_make_one_move(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    version = await centre.value(case_no, "version")
    answers = await asyncio.gather(
        *(
            centre.move(officer, case_no, move, body, version=version)
            for move, body in [("accept", {}), ("dispute", DISPUTE)] * 4
        )
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] + [412] * 7
    assert len(await centre.timeline(case_no)) == 3
    assert len(await centre.told("order.moved", case_no)) == 2


async def test_what_the_state_does_not_allow_is_refused_with_what_it_allows(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    answer = await centre.move(officer, case_no, "report-done", {"done": "已办", "public_answer": "已办"})
    assert kind(answer) == (409, "illegal-move")
    assert "accept" in answer.json()["possible"]
    assert "report-done" not in answer.json()["possible"]


# Bodies.


async def test_a_missing_field_is_named_with_its_remedy(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    answer = await centre.move(officer, case_no, "dispute", {"reason": "不属本单位"})
    assert kind(answer) == (422, "invalid")
    assert {fault["field"] for fault in answer.json()["errors"]} == {"legal_basis", "proposed_unit"}


async def test_a_field_that_nobody_knows_is_refused(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    answer = await centre.move(officer, case_no, "accept", {"state": "closed"})
    assert answer.json()["errors"][0]["field"] == "state"


async def test_a_need_that_depends_on_the_case_is_told_the_same_way(centre: Centre, supervisor: Desk) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    await centre.made(officer, case_no, "dispute", DISPUTE)
    answer = await centre.move(supervisor, case_no, "rule", {"decision": "dispatch"})
    assert kind(answer) == (422, "need-missing")
    assert answer.json()["errors"][0]["field"] == "unit"


async def test_a_move_that_does_not_exist_is_not_found(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    for name in ("abolish", "judge", "register", "report_done"):
        assert (await centre.move(officer, case_no, name)).status_code == 404


@pytest.mark.parametrize("unit", ["310101999", "EVAL", "310101023012"])
async def test_nothing_is_given_to_a_unit_that_is_unknown_or_closed(
    centre: Centre, dispatcher: Desk, unit: str
) -> None:
    await centre.rows("update units set closed_at = now() where code = '310101023012' returning code")
    case_no = await centre.report(grid=None)
    for move, body in [("dispatch", {"unit": unit}), ("dispatch", {"unit": STREET, "co_units": [unit]})]:
        answer = await centre.move(dispatcher, case_no, move, body)
        assert kind(answer) == (422, "invalid")
    assert {answer.json()["errors"][0]["field"]} == {"co_units"}


async def test_a_move_that_needs_nothing_needs_no_body(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    headers = {"if-match": f'"{await centre.value(case_no, "version")}"'}
    assert (await centre.client(officer).post(f"/v1/orders/{case_no}/accept", headers=headers)).status_code == 200


@pytest.mark.parametrize("body", BODIES.values(), ids=lambda body: str(body.move))
def test_every_body_is_described_with_an_example_that_holds(body: type[Told]) -> None:
    (example,) = body.model_json_schema()["examples"]
    assert isinstance(body.model_validate(example).told(), dict)


# Who may.


async def test_a_role_that_never_makes_a_move_is_refused(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    answer = await centre.move(officer, case_no, "approve", {"finding": "属实"})
    assert kind(answer) == (403, "wrong-role")
    assert answer.json()["roles"] == ["supervisor"]


async def test_an_order_of_another_unit_does_not_exist_for_an_officer(centre: Centre) -> None:
    case_no = await centre.report()
    for unit in (OTHER_STREET, "310101023009", CONSTRUCTION):
        stranger = await centre.desk("officer", unit)
        assert kind(await centre.move(stranger, case_no, "accept")) == (404, "no-such-order")
        assert (await centre.see(stranger, case_no)).status_code == 404


async def test_access_ends_with_the_responsibility(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    leader = await centre.desk("leader", STREET)
    assert (await centre.see(officer, case_no)).status_code == 200
    await centre.made(leader, case_no, "transfer", {"unit": "310101023009"})
    assert (await centre.see(officer, case_no)).status_code == 404
    assert kind(await centre.move(officer, case_no, "accept")) == (404, "no-such-order")


async def test_a_co_unit_sees_the_order_and_does_not_accept_it(centre: Centre) -> None:
    case_no = await centre.report()
    police = await centre.desk("officer", "310101-police")
    assert (await centre.see(police, case_no)).status_code == 200
    assert kind(await centre.move(police, case_no, "accept")) == (403, "not-your-order")


async def test_of_several_grants_the_one_that_may_is_used(centre: Centre) -> None:
    case_no = await centre.report()
    two = await centre.desk("officer", OTHER_STREET)
    await centre.desk("officer", COMMITTEE, person=two.person)
    assert (await centre.made(two, case_no, "accept"))["state"] == "handle.working"
    (entry,) = await centre.rows("select by_unit from timeline where move = 'accept'")
    assert entry["by_unit"] == COMMITTEE


def test_the_routes_of_the_moves_let_in_whom_the_lifecycle_knows() -> None:
    for move in BODIES:
        rule = MOVES[move]
        wanted = {role for role in rule.who if isinstance(role, Role)} | ({rule.second.role} if rule.second else set())
        assert ROLES["routing"]["POST", f"/v1/orders/{{case_no}}/{move.replace('_', '-')}"] == wanted


def test_every_move_that_a_person_makes_has_a_route_but_those_of_a_report() -> None:
    by_people = {move for move, rule in MOVES.items() if any(isinstance(who, Role) for who in rule.who)}
    assert by_people - set(BODIES) == {Move.REGISTER, Move.SETTLE_ON_SPOT}


# A second person.


async def test_declining_takes_two(centre: Centre, dispatcher: Desk) -> None:
    case_no = await centre.report(grid=None)
    before = await centre.value(case_no, "version")
    asked = await centre.move(dispatcher, case_no, "decline", DECLINE)
    assert (asked.status_code, asked.json()["move"]) == (202, "decline")
    order = await centre.order(case_no)
    assert (order["state"], order["proposals_pending"]) == ("discover.triage", 1)
    assert order["version"] > before
    assert kind(await centre.move(dispatcher, case_no, "decline", DECLINE)) == (403, "same-person")
    other = await centre.desk("dispatcher", STREET)
    assert kind(await centre.move(other, case_no, "decline", DECLINE)) == (404, "no-such-order")
    second = await centre.desk("dispatcher", CITY)
    assert (await centre.made(second, case_no, "decline", DECLINE))["outcome"] == "not_accepted"
    (row,) = await centre.rows("select * from proposals")
    assert (row["state"], row["by_person"], row["decided_by"]) == ("agreed", dispatcher.person, second.person)
    (moved,) = [told for told in await centre.told("order.moved", case_no) if told["move"] == "decline"]
    assert DECLINE["legal_route"] in moved["note"]


async def test_a_second_person_agrees_to_what_was_proposed_and_to_nothing_else(
    centre: Centre, dispatcher: Desk
) -> None:
    case_no = await centre.report(grid=None)
    await centre.move(dispatcher, case_no, "decline", DECLINE)
    second = await centre.desk("dispatcher", CITY)
    answer = await centre.move(second, case_no, "decline", {**DECLINE, "reason": "另有原因"})
    assert kind(answer) == (409, "proposal-differs")
    assert answer.json()["fields"] == DECLINE


async def test_a_proposal_is_refused_with_a_reason(centre: Centre, dispatcher: Desk) -> None:
    case_no = await centre.report(grid=None)
    proposal = (await centre.move(dispatcher, case_no, "decline", DECLINE)).json()["proposal"]
    path, why = f"proposals/{proposal}/refusal", {"reason": "仍在受理范围内"}
    assert kind(await centre.move(dispatcher, case_no, path, why)) == (403, "same-person")
    supervisor = await centre.desk("supervisor", CITY)
    assert kind(await centre.move(supervisor, case_no, path, why)) == (403, "wrong-role")
    second = await centre.desk("dispatcher", CITY)
    assert (await centre.move(second, case_no, path, why)).status_code == 200
    (row,) = await centre.rows("select * from proposals")
    assert (row["state"], row["refusal"]) == ("refused", "仍在受理范围内")
    assert kind(await centre.move(second, case_no, path, why)) == (409, "conflict")
    assert (await centre.move(dispatcher, case_no, "decline", DECLINE)).status_code == 202


async def test_a_change_of_state_voids_what_waits(centre: Centre, dispatcher: Desk) -> None:
    case_no = await centre.report(grid=None)
    await centre.move(dispatcher, case_no, "decline", DECLINE)
    await centre.made(dispatcher, case_no, "dispatch", {"unit": STREET})
    (row,) = await centre.rows("select state from proposals")
    assert (row["state"], await centre.value(case_no, "proposals_pending")) == ("void", 0)


async def test_what_was_proposed_by_somebody_who_left_is_not_completed(centre: Centre, dispatcher: Desk) -> None:
    case_no = await centre.report(grid=None)
    await centre.move(dispatcher, case_no, "decline", DECLINE)
    await centre.rows("update grants set ended_at = now() where person = :it returning id", it=dispatcher.person)
    second = await centre.desk("dispatcher", CITY)
    assert kind(await centre.move(second, case_no, "decline", DECLINE)) == (409, "proposal-lapsed")


async def test_who_needs_no_second_person_does_not_wait_for_anothers_proposal(
    centre: Centre, officer: Desk, dispatcher: Desk
) -> None:
    case_no = await centre.report()
    body = {"receiver": "法院", "reference": "2025沪0101", "at": soon()}
    assert (await centre.move(officer, case_no, "hand-over", body)).status_code == 202
    assert kind(await centre.move(officer, case_no, "hand-over", body)) == (403, "same-person")
    assert (await centre.made(dispatcher, case_no, "hand-over", body))["outcome"] == "handed_over"
    (row,) = await centre.rows("select state from proposals")
    assert row["state"] == "void"


async def test_an_order_shows_who_can_decide_a_proposal(centre: Centre, dispatcher: Desk) -> None:
    case_no = await centre.report(grid=None)
    await centre.move(dispatcher, case_no, "decline", DECLINE)
    second = await centre.desk("dispatcher", CITY)
    (mine,) = (await centre.see(dispatcher, case_no)).json()["proposals"]
    (theirs,) = (await centre.see(second, case_no)).json()["proposals"]
    assert (mine["yours_to_decide"], theirs["yours_to_decide"]) == (False, True)
    assert theirs["fields"] == DECLINE


# The hard rule.


async def test_what_the_law_reserves_to_a_department_goes_to_no_street_by_dispatch(
    centre: Centre, dispatcher: Desk
) -> None:
    case_no = await centre.report(issue=SITE, grid=None)
    for unit in (STREET, COMMITTEE, "310101023-management"):
        answer = await centre.move(dispatcher, case_no, "dispatch", {"unit": unit})
        assert kind(answer) == (409, "reserved-for-department")
    assert (await centre.made(dispatcher, case_no, "dispatch", {"unit": CONSTRUCTION}))["state"] == "handle.dispatched"


async def test_nor_by_redirect_ruling_or_transfer(centre: Centre, dispatcher: Desk, supervisor: Desk) -> None:
    case_no = await centre.report(issue=SITE)
    assert await centre.value(case_no, "lead_unit") == CONSTRUCTION
    answer = await centre.move(dispatcher, case_no, "redirect", {"reason": "就近", "unit": STREET})
    assert kind(answer) == (409, "reserved-for-department")

    leader = await centre.desk("leader", DISTRICT)
    answer = await centre.move(leader, case_no, "transfer", {"unit": STREET})
    assert kind(answer) == (409, "reserved-for-department")

    officer = await centre.desk("officer", CONSTRUCTION)
    await centre.made(officer, case_no, "dispute", {**DISPUTE, "proposed_unit": STREET})
    answer = await centre.move(supervisor, case_no, "rule", {"decision": "dispatch", "unit": STREET})
    assert kind(answer) == (409, "reserved-for-department")


# All or nothing.


async def test_accepting_takes_at_most_ten_statements(centre: Centre, officer: Desk, statements: list[str]) -> None:
    case_no = await centre.report()
    version = await centre.value(case_no, "version")
    statements.clear()
    answer = await centre.move(officer, case_no, "accept", version=version, headers={"idempotency-key": "k-1"})
    assert answer.status_code == 200
    made = [each for each in statements if each != ";"]  # a pooled connection is tried before it is used
    assert len(made) <= 10, "\n".join(made)


async def test_nothing_is_written_where_the_message_cannot_be(
    centre: Centre, officer: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_no = await centre.report()
    before = await centre.order(case_no)
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "_enqueue_sql", lambda _: "INSERT INTO no_such_table VALUES ($1, $2, $3, $4, $5, $6)")
        assert (await centre.move(officer, case_no, "accept")).status_code == 500
    assert await centre.order(case_no) == before
    assert await centre.timeline(case_no) == ["register", "route"]
    assert await centre.rows("select 1 from audit where action = 'order.accept'") == []
    assert (await centre.move(officer, case_no, "accept")).status_code == 200


# Deemed acceptance.


async def test_what_nobody_accepts_in_time_is_accepted_by_the_clock(centre: Centre) -> None:
    case_no = await centre.report()
    due = await centre.value(case_no, "state_due")
    await centre.sweep()
    assert await centre.value(case_no, "state") == "handle.dispatched"
    await centre.sweep(due + timedelta(seconds=1))
    await centre.sweep(due + timedelta(seconds=1))
    assert await centre.value(case_no, "state") == "handle.working"
    assert (await centre.timeline(case_no)).count("accept") == 1
    assert "视为" in (await centre.told("order.moved", case_no))[-1]["note"]


async def test_the_time_of_an_earlier_dispatch_accepts_no_later_one(centre: Centre) -> None:
    case_no = await centre.report()
    first = await centre.value(case_no, "state_due")
    leader = await centre.desk("leader", STREET)
    with clocks.stopped(first - timedelta(minutes=1)):
        await centre.made(leader, case_no, "transfer", {"unit": "310101023009"})
    await centre.sweep(first + timedelta(minutes=1))
    assert await centre.value(case_no, "state") == "handle.dispatched"
    await centre.sweep(await centre.value(case_no, "state_due"))
    assert await centre.value(case_no, "state") == "handle.working"


# What a contact is.


@pytest.mark.parametrize(
    ("result", "counts"), [("reached", True), ("wrong_number", True), ("declined", True), ("no_answer", False)]
)
async def test_nobody_who_did_not_answer_was_contacted(
    centre: Centre, officer: Desk, result: str, counts: bool
) -> None:
    case_no = await centre.report()
    await centre.made(officer, case_no, "contact", {"at": soon(), "how": "phone", "result": result})
    assert (await centre.value(case_no, "contacted_at") is not None) is counts


async def test_a_contact_lies_between_the_report_and_now(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    for wrong in ("2020-01-01T00:00:00+08:00", "2999-01-01T00:00:00+08:00"):
        answer = await centre.move(officer, case_no, "contact", {"at": wrong, "how": "phone", "result": "reached"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "at"


async def test_control_characters_are_refused_in_every_text(centre: Centre, officer: Desk) -> None:
    case_no = await centre.report()
    for move, body in (("note", {"text": "ab\0"}), ("contact", {"at": "0001-01-01T00:00:00+14:00"})):
        told = {"how": "phone", "result": "reached"} | body if move == "contact" else body
        refused = await centre.move(officer, case_no, move, **told)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] in body
