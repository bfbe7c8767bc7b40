"""What a change tells, it tells once; what is heard has its effect once, in order, and a failure leaves nothing."""

import asyncio
import json

import pytest
from messages_told import (
    HANDLERS,
    effects,
    envelope,
    inbox,
    moved,
    note,
    outbox,
    received,
    tell_all,
    withdraw,
    withdrawn,
)
from sqlalchemy.ext.asyncio import AsyncSession

from services.database import Database
from services.messages import ReportReceived, ReportWithdrawn
from services.messaging import (
    Envelope,
    Handler,
    MayNotSay,
    NotYet,
    receive,
    retry_waiting,
    tell,
)


async def test_a_rolled_back_change_tells_nobody(intake: Database) -> None:
    async def change_and_fail() -> None:
        async with intake.unit() as session:
            await tell(session, received(), sequence=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change_and_fail()
    assert await outbox(intake) == []


async def test_a_change_tells_everybody_concerned_exactly_once(routing: Database) -> None:
    await tell_all(routing, moved("7"))
    jobs = await outbox(routing)
    assert [entrypoint for entrypoint, _ in jobs] == ["to_feedback", "to_intake"]
    assert jobs[0][1] == jobs[1][1]
    event = json.loads(jobs[0][1])
    assert event["data"]["state"] == "handle.working"
    assert (event["specversion"], event["source"], event["type"]) == ("1.0", "/routing", "order.moved")
    assert (event["subject"], event["sequence"], event["time"][-1]) == ("7", "0000000001", "Z")


async def test_telling_everybody_takes_one_statement(routing: Database, statements: list[str]) -> None:
    async with routing.unit() as session:
        await session.connection()
        statements.clear()
        await tell(session, moved(), sequence=1)
        assert len(statements) == 1
    assert len(await outbox(routing)) == 2


async def test_a_service_does_not_say_what_another_one_says(routing: Database) -> None:
    async def say() -> None:
        async with routing.unit() as session:
            await tell(session, received(), sequence=1)

    with pytest.raises(MayNotSay):
        await say()
    assert await outbox(routing) == []


async def test_a_message_has_its_effect_once_however_often_it_comes(routing: Database) -> None:
    first = envelope("a", "report.received")
    data = received().model_dump(mode="json")
    lines = await asyncio.gather(*(receive(routing, HANDLERS, first, data) for _ in range(8)))
    assert sorted(line.status for line in lines) == ["done", *["duplicate"] * 7]
    assert (await receive(routing, HANDLERS, first, data)).status == "duplicate"
    assert await effects(routing) == [("1", "report.received", 1)]
    assert await inbox(routing) == [("a", "done", True)]


async def test_a_withdrawal_that_overtakes_its_report_waits_for_it(routing: Database) -> None:
    early = await receive(routing, HANDLERS, envelope("b", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert early.status == "waiting"
    assert await inbox(routing) == [("b", "waiting", False)]
    again = await receive(routing, HANDLERS, envelope("b", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert again.status == "duplicate"
    late = await receive(routing, HANDLERS, envelope("a", "report.received", 1), received().model_dump(mode="json"))
    assert late.status == "done"
    assert await effects(routing) == [("1", "report.received", 1), ("1", "report.withdrawn", 2)]
    assert await inbox(routing) == [("a", "done", True), ("b", "done", True)]


async def test_waiting_messages_are_taken_in_their_order(routing: Database) -> None:
    taken: list[int] = []

    async def remember(session: AsyncSession, message: ReportWithdrawn, about: Envelope) -> None:
        await withdraw(session, message, about)
        taken.append(about.sequence)

    handlers: dict[str, Handler] = {**HANDLERS, "report.withdrawn": remember}
    for sequence in (4, 2, 3):
        line = await receive(
            routing,
            handlers,
            envelope(f"w{sequence}", "report.withdrawn", sequence),
            withdrawn().model_dump(mode="json"),
        )
        assert line.status == "waiting"
    await receive(routing, handlers, envelope("r", "report.received", 1), received().model_dump(mode="json"))
    assert taken == [2, 3, 4]


async def test_what_came_while_a_message_was_put_to_wait_is_not_missed(routing: Database) -> None:
    """The report is committed between the handler's look and the waiting row: neither would wake the other."""
    looked: list[bool] = []

    async def look_then_be_overtaken(session: AsyncSession, message: ReportWithdrawn, about: Envelope) -> None:
        if not looked:
            looked.append(True)
            data = received().model_dump(mode="json")
            assert (await receive(routing, HANDLERS, envelope("r", "report.received"), data)).status == "done"
            raise NotYet
        await withdraw(session, message, about)

    handlers: dict[str, Handler] = {**HANDLERS, "report.withdrawn": look_then_be_overtaken}
    await receive(routing, handlers, envelope("w", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert await effects(routing) == [("1", "report.received", 1), ("1", "report.withdrawn", 2)]
    assert await inbox(routing) == [("r", "done", True), ("w", "done", True)]


async def test_a_waiting_message_is_found_by_the_sweep(routing: Database) -> None:
    await receive(routing, HANDLERS, envelope("w", "report.withdrawn", 2), withdrawn().model_dump(mode="json"))
    assert await retry_waiting(routing, HANDLERS) == 0
    async with routing.unit() as session:
        await note(session, received(), envelope("r", "report.received"))
    assert await retry_waiting(routing, HANDLERS) == 1
    assert await retry_waiting(routing, HANDLERS) == 0
    assert await inbox(routing) == [("w", "done", True)]


async def test_an_unknown_kind_is_noted_and_ignored(routing: Database) -> None:
    line = await receive(routing, HANDLERS, envelope("x", "report.sung"), {"case_no": "1", "tune": "la"})
    assert line.status == "ignored"
    assert await inbox(routing) == [("x", "ignored", True)]
    assert (await receive(routing, HANDLERS, envelope("x", "report.sung"), {})).status == "duplicate"


async def test_a_kind_that_the_sender_may_not_send_is_refused(routing: Database) -> None:
    line = await receive(routing, HANDLERS, envelope("x", "verdict.given"), {})
    assert (line.status, line.detail) == ("failed", "MayNotSay")
    assert await inbox(routing) == []


async def test_a_failure_leaves_nothing_behind_and_says_no_more_than_its_name(routing: Database) -> None:
    async def break_down(session: AsyncSession, message: ReportReceived, about: Envelope) -> None:
        await note(session, message, about)
        raise RuntimeError("13812345678")

    data = received().model_dump(mode="json")
    line = await receive(routing, {"report.received": break_down}, envelope("a", "report.received"), data)
    assert line.model_dump() == {"id": "a", "status": "failed", "detail": "RuntimeError"}
    assert await effects(routing) == []
    assert await inbox(routing) == []
    assert (await receive(routing, HANDLERS, envelope("a", "report.received"), data)).status == "done"


async def test_data_that_does_not_fit_its_kind_fails(routing: Database) -> None:
    line = await receive(routing, HANDLERS, envelope("a", "report.received"), {"case_no": "1"})
    assert (line.status, line.detail) == ("failed", "ValidationError")
