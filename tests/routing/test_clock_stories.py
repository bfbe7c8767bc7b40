"""The clock acts, told as stories: through the API, with a sweep at another time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from grid_centre import AREA, CITY, COMMITTEE, DISTRICT, HOUSING, STREET, TRAPPED, Centre, Desk
from sqlalchemy import create_engine, text

from routing import acting, sweeping
from routing.agenda import Act
from routing.models import Order
from routing.verifying import verify_all
from services.clocks import stopped
from services.messages import ReportChased

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
DONE = {"done": "已清运", "public_answer": "已清运"}


def at(text_: str) -> datetime:
    return datetime.fromisoformat(f"{text_}+08:00").astimezone(UTC)


@pytest.fixture
async def officer(centre: Centre) -> Desk:
    return await centre.desk("officer", COMMITTEE)


@pytest.fixture
async def leader(centre: Centre) -> Desk:
    return await centre.desk("leader", COMMITTEE)


@pytest.fixture
async def supervisor(centre: Centre) -> Desk:
    return await centre.desk("supervisor", CITY)


async def reported(centre: Centre, when: datetime = MONDAY, **facts: Any) -> str:
    with stopped(when):
        return await centre.report(received_at=when, **facts)


async def working(centre: Centre, officer: Desk, when: datetime = MONDAY) -> str:
    """Reported, accepted and contacted within the hour."""
    case_no = await reported(centre, when)
    await made(centre, when + 10 * MINUTE, officer, case_no, "accept")
    contact = {"at": (when + 15 * MINUTE).isoformat(), "how": "phone", "result": "reached"}
    await made(centre, when + 20 * MINUTE, officer, case_no, "contact", contact)
    return case_no


async def made(
    centre: Centre, when: datetime, desk: Desk, case_no: str, move: str, body: Mapping[str, Any] | None = None
) -> None:
    with stopped(when):
        answer = await centre.move(desk, case_no, move, body)
    assert answer.status_code in (200, 202), answer.text


async def entries(centre: Centre, case_no: str, move: str) -> list[dict[str, Any]]:
    query = "select move, at, facts, by_role from timeline where case_no = :it and move = :move order by number"
    return await centre.rows(query, it=case_no, move=move)


async def told(centre: Centre, desk: Desk) -> list[tuple[str, str]]:
    """What the clock has told this person, the oldest first: what, and which unit."""
    answer = await centre.client(desk).get("/v1/reminders")
    assert answer.status_code == 200, answer.text
    return [(each["kind"], each["unit"]) for each in reversed(answer.json()["items"])]


async def test_what_is_nearly_due_is_reminded_of_once_whatever_is_said_and_whoever_restarts(
    centre: Centre, officer: Desk
) -> None:
    case_no = await working(centre, officer)
    await centre.sweep(at("2026-03-06T15:00"))
    assert await entries(centre, case_no, "reminded") == []
    await centre.sweep(at("2026-03-06T17:00"))
    (reminder,) = await entries(centre, case_no, "reminded")
    assert (reminder["by_role"], reminder["facts"]["clock"]) == ("clock", "case")

    await made(centre, at("2026-03-06T17:10"), officer, case_no, "note", {"text": "明天再去一次"})
    with stopped(at("2026-03-06T17:20")):
        await centre.hear("intake", ReportChased(case_no=case_no, text="还没好", at=at("2026-03-06T17:19")))
    await centre.database.engine.dispose()
    for hour in ("2026-03-06T17:30", "2026-03-09T09:00", "2026-03-09T17:59"):
        await centre.sweep(at(hour))
    assert len(await entries(centre, case_no, "reminded")) == 1
    assert await entries(centre, case_no, "overdue") == []
    assert await told(centre, officer) == [("reminded", COMMITTEE)]


async def test_overdue_is_said_once_raised_a_level_after_and_supervised_at_the_top(
    centre: Centre, officer: Desk, supervisor: Desk
) -> None:
    case_no = await working(centre, officer)
    due = await centre.value(case_no, "case_due")
    assert due == at("2026-03-09T18:00")
    await centre.sweep(due)
    await centre.sweep(due + MINUTE)
    assert len(await entries(centre, case_no, "overdue")) == 1
    assert await centre.value(case_no, "lead_unit") == COMMITTEE

    await centre.sweep(at("2026-03-10T18:00"))
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"], order["levels_raised"]) == ("handle.dispatched", AREA, 1)
    assert order["case_due"] == due, "a level never moves the case clock"
    assert (await centre.told("order.moved", case_no))[-1]["move"] == "raise_level"
    assert ("overdue", AREA) in await told(centre, supervisor)

    units = []
    while not (await centre.value(case_no, "supervised")):
        await centre.sweep(await centre.value(case_no, "clock_at"))
        units.append(await centre.value(case_no, "lead_unit"))
    assert [unit for place, unit in enumerate(units) if unit not in units[:place]] == [AREA, STREET, DISTRICT, CITY]
    last = (await entries(centre, case_no, "raise_level"))[-1]
    assert last["facts"]["effects"] == ["supervised"], "at the top there is only supervision"
    assert await centre.value(case_no, "clock_at") is None, "and then the clock has said all it can"
    assert await verify_all(centre.database) == (1, [])


async def test_what_is_deferred_comes_back_at_its_review_date_with_time_to_work(
    centre: Centre, officer: Desk, leader: Desk, supervisor: Desk
) -> None:
    case_no = await working(centre, officer)
    asked = {"review_date": "2026-05-20", "reason": "列入二季度维修计划"}
    await made(centre, MONDAY + DAY, leader, case_no, "defer", asked)
    await made(centre, MONDAY + 2 * DAY, supervisor, case_no, "defer", asked)
    await centre.sweep(at("2026-05-20T17:59"))
    assert await centre.value(case_no, "state") == "handle.deferred"
    assert await entries(centre, case_no, "overdue") == []

    await centre.sweep(at("2026-05-20T18:00"))
    order = await centre.order(case_no)
    assert (order["state"], order["due_at"] > at("2026-05-21T00:00")) == ("handle.working", True)
    (resumed,) = await entries(centre, case_no, "resume")
    assert resumed["by_role"] == "clock"
    assert await entries(centre, case_no, "overdue") == []
    assert (await told(centre, officer))[-1] == ("resumed", COMMITTEE)
    await centre.sweep(order["due_at"])
    assert len(await entries(centre, case_no, "overdue")) == 1


async def test_a_co_unit_that_never_comes_is_supervised_and_does_not_block_the_lead(
    centre: Centre, officer: Desk, leader: Desk
) -> None:
    case_no = await working(centre, officer)
    with stopped(MONDAY + 30 * MINUTE):
        answer = await centre.move(leader, case_no, "summon", {"unit": HOUSING, "reason": "需现场联合处置"})
    assert answer.status_code == 200, answer.text
    absent = await centre.desk("officer", HOUSING)
    await centre.sweep(at("2026-03-02T16:00"))
    await centre.sweep(at("2026-03-02T17:00"))
    (missed,) = await entries(centre, case_no, "arrival_overdue")
    assert missed["facts"]["unit"] == HOUSING
    (supervised,) = await entries(centre, case_no, "supervise")
    assert (supervised["by_role"], supervised["facts"]["absent"]) == ("clock", HOUSING)
    assert ("arrival_overdue", HOUSING) in await told(centre, absent)

    await made(centre, at("2026-03-02T17:10"), officer, case_no, "report-done", DONE)
    assert await centre.value(case_no, "state") == "supervise.checking"


async def test_a_triage_desk_that_nobody_attends_is_told_to_the_next_desk_up_until_the_top(centre: Centre) -> None:
    case_no = await reported(centre, issue=None, text="有事反映")
    desk = await centre.order(case_no)
    assert (desk["state"], desk["desk_unit"]) == ("discover.triage", STREET)
    above, top = await centre.desk("dispatcher", DISTRICT), await centre.desk("supervisor", CITY)

    await centre.sweep(desk["state_due"])
    order = await centre.order(case_no)
    assert (order["state"], order["levels_raised"], order["raised_to"]) == ("discover.triage", 1, DISTRICT)
    assert order["supervised"]
    assert order["state_since"] == desk["state_since"]
    assert await told(centre, above) == [("raised", DISTRICT)]

    await centre.sweep(order["state_due"])
    second = await centre.order(case_no)
    assert (second["levels_raised"], second["raised_to"]) == (2, CITY)
    await centre.sweep(second["state_due"])
    assert [each["facts"].get("desk") for each in await entries(centre, case_no, "raise_level")] == [DISTRICT, CITY]
    assert len(await entries(centre, case_no, "supervise")) == 2
    assert ("raised", CITY) in await told(centre, top)


async def test_a_checking_desk_that_nobody_attends_is_told_to_the_unit_above(centre: Centre, officer: Desk) -> None:
    case_no = await working(centre, officer)
    await made(centre, MONDAY + DAY, officer, case_no, "report-done", DONE)
    await centre.sweep(await centre.value(case_no, "state_due"))
    order = await centre.order(case_no)
    assert (order["state"], order["raised_to"], order["supervised"]) == ("supervise.checking", AREA, True)


async def test_what_was_asked_and_not_answered_is_decided_without(centre: Centre) -> None:
    case_no = await reported(centre, issue=None, text="有事反映")
    dispatcher = await centre.desk("dispatcher", STREET)
    await made(centre, MONDAY + MINUTE, dispatcher, case_no, "ask", {"missing": "请补充具体楼栋"})
    until = await centre.value(case_no, "asked_until")
    assert until == at("2026-03-03T18:00")
    await centre.sweep(until)
    order = await centre.order(case_no)
    assert (order["state"], order["asked_until"], order["state_due"]) == (
        "discover.triage",
        None,
        at("2026-03-04T18:00"),
    )
    assert await told(centre, dispatcher) == [("ask_ended", STREET)]
    await made(centre, until + MINUTE, dispatcher, case_no, "dispatch", {"unit": COMMITTEE})


async def test_a_first_contact_that_nobody_made_is_said_once(centre: Centre, officer: Desk) -> None:
    case_no = await reported(centre)
    await made(centre, MONDAY + MINUTE, officer, case_no, "accept")
    for hour in ("2026-03-03T18:00", "2026-03-04T09:00"):
        await centre.sweep(at(hour))
    assert len(await entries(centre, case_no, "contact_overdue")) == 1
    assert ("contact_overdue", COMMITTEE) in await told(centre, officer)


async def test_an_extension_that_was_granted_has_a_reminder_and_an_end_of_its_own(
    centre: Centre, officer: Desk, leader: Desk, supervisor: Desk
) -> None:
    case_no = await working(centre, officer)
    await centre.sweep(at("2026-03-09T17:00"))
    longer = {"new_limit": {"amount": 15, "unit": "working_days"}, "reason": "配件外地调货"}
    await made(centre, at("2026-03-09T17:10"), leader, case_no, "extend", longer)
    await centre.sweep(at("2026-03-09T17:20"))
    await made(centre, at("2026-03-09T17:30"), supervisor, case_no, "extend", longer)
    await centre.sweep(at("2026-03-20T12:00"))
    assert len(await entries(centre, case_no, "reminded")) == 2
    assert await entries(centre, case_no, "overdue") == []
    await centre.sweep(at("2026-03-23T18:00"))
    assert len(await entries(centre, case_no, "overdue")) == 1


async def test_nobody_is_reminded_of_what_is_closed(centre: Centre, officer: Desk) -> None:
    case_no = await working(centre, officer)
    dispatcher = await centre.desk("dispatcher", CITY)
    handed = {"receiver": "110", "reference": "J-1", "at": (MONDAY + 30 * MINUTE).isoformat(), "emergency": True}
    await made(centre, MONDAY + 40 * MINUTE, dispatcher, case_no, "hand-over", handed)
    before = await centre.timeline(case_no)
    await centre.sweep(MONDAY + 90 * DAY)
    assert await centre.timeline(case_no) == before


async def test_an_urgent_order_is_raised_an_hour_after_it_is_overdue(centre: Centre) -> None:
    case_no = await reported(centre, issue=TRAPPED, grid=COMMITTEE)
    unit = await centre.value(case_no, "lead_unit")
    mine = await centre.desk("officer", unit)
    await made(centre, MONDAY + MINUTE, mine, case_no, "accept")
    due = await centre.value(case_no, "case_due")
    await centre.sweep(due)
    await centre.sweep(due + timedelta(hours=1))
    assert len(await entries(centre, case_no, "raise_level")) == 1


async def test_one_bad_case_is_noted_and_stops_nobody(
    centre: Centre, officer: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await working(centre, officer), await working(centre, officer, MONDAY + MINUTE)
    overdue = acting.ACTS[Act.OVERDUE]

    async def fails(session: Any, order: Order, call: Any, terms: Any) -> None:
        if order.case_no == bad:
            raise RuntimeError("words that must not be kept")
        await overdue(session, order, call, terms)

    monkeypatch.setattr(acting, "ACTS", {**acting.ACTS, Act.OVERDUE: fails})
    due = await centre.value(bad, "case_due")
    swept = await centre.sweep(due)
    assert (swept.orders, swept.failed) == (2, 1)
    row = await centre.order(bad)
    assert (row["clock_failures"], row["clock_error"]) == (1, "RuntimeError")
    assert row["clock_at"] == due + sweeping.FIRST_REST
    assert len(await entries(centre, good, "overdue")) == 1

    assert (await centre.sweep(due + 30 * timedelta(seconds=1))).orders == 0
    monkeypatch.undo()
    await centre.sweep(due + sweeping.FIRST_REST)
    row = await centre.order(bad)
    assert (row["clock_failures"], row["clock_error"]) == (0, None)
    assert len(await entries(centre, bad, "overdue")) == 1


async def test_the_oldest_due_comes_first_and_one_that_is_held_is_passed_over(
    centre: Centre, officer: Desk, routing_urls: dict[str, str]
) -> None:
    cases = [await reported(centre, MONDAY + number * MINUTE) for number in (3, 1, 2)]
    late, first, second = cases
    engine = create_engine(routing_urls["owner"])
    with engine.connect() as connection:
        held = "select 1 from routing.orders where case_no = :it for update"
        connection.execute(text(held), {"it": second})
        await centre.sweep(await centre.value(late, "state_due"))
        connection.rollback()
    accepted = await centre.rows("select case_no from timeline where move = 'accept' order by id")
    assert [row["case_no"] for row in accepted] == [first, late]
    await centre.sweep(await centre.value(second, "state_due") + MINUTE)
    assert await centre.value(second, "state") == "handle.working"
    engine.dispose()


async def test_the_sweep_finds_its_orders_by_the_index(centre: Centre, routing_urls: dict[str, str]) -> None:
    await centre.report()
    plan = await centre.rows(
        "explain select case_no from orders where clock_at <= now() order by clock_at, case_no limit 1 "
        "for update skip locked"
    )
    engine = create_engine(routing_urls["owner"])
    with engine.connect() as connection:
        connection.execute(text("set enable_seqscan = off"))
        query = "explain select case_no from routing.orders where clock_at <= now() order by clock_at, case_no limit 1"
        plan_lines = " ".join(row[0] for row in connection.execute(text(query)))
    engine.dispose()
    assert plan
    assert "ix_orders_clock_at_case_no" in plan_lines
    assert "Sort" not in plan_lines
