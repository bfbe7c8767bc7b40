"""The feed of case events: nothing personal, nothing missed however late it commits, the same by pull and by stream."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from grid_centre import CITY, COMMITTEE, DISTRICT, OTHER_STREET, STREET, Centre, Desk
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.api import events
from routing.events import feed
from routing.events.schemas import CaseEventSeen, CaseMoved, coarse
from routing.models import Order
from services.clocks import now, stopped
from services.database import Database
from services.messages import OrderMoved
from services.messaging import tell

TEXT = "永嘉路弄口垃圾桶满溢三天，无人清运。"


@pytest.fixture
async def reader(centre: Centre) -> Desk:
    return await centre.desk("subscriber", CITY)


async def pull(centre: Centre, desk: Desk, after: str | None = None, **more: Any) -> dict[str, Any]:
    asked = {name: value for name, value in {"after": after, **more}.items() if value is not None}
    answer = await centre.client(desk).get("/v1/events", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def moves(page: dict[str, Any]) -> list[str]:
    return [event["data"]["move"] for event in page["items"]]


async def note(session: AsyncSession, case_no: str, entry: int) -> None:
    """As a move of the order would."""
    order = (await session.scalars(select(Order).where(Order.case_no == case_no))).one()
    moved = OrderMoved.model_validate(
        {"case_no": order.case_no, "entry": entry, "move": f"move {entry}", "at": now(), "state": "handle.working",
         "round": 1, "channel": "hotline", "item_type": "complaint", "issue": None, "received_at": now()}
    )  # fmt: skip
    await tell(session, moved, sequence=entry, beside=feed.waiting(order, moved))


async def test_a_move_is_a_cloud_event_without_anything_personal(centre: Centre, reader: Desk) -> None:
    case_no = await centre.report(text=f"{TEXT}请联系王小姐。")
    officer = await centre.desk("officer", COMMITTEE)
    await centre.made(officer, case_no, "accept")
    await centre.made(officer, case_no, "contact", {"at": (now() - timedelta(seconds=1)).isoformat(), "how": "phone",
                                                    "result": "reached"})  # fmt: skip
    page = await pull(centre, reader)
    assert moves(page) == ["route", "accept", "contact"]
    last = CaseEventSeen.model_validate(page["items"][-1])
    assert (last.subject, last.source, last.data.grid, last.data.state) == (
        case_no, "/routing", COMMITTEE, "handle.working",
    )  # fmt: skip
    assert last.data.lead is not None
    assert last.data.lead.code == COMMITTEE
    told = json.dumps(page, ensure_ascii=False)
    assert "垃圾桶" not in told
    assert str(officer.person) not in told
    assert {"officer", "note", "public_answer", "text", "path"}.isdisjoint(CaseMoved.model_fields)


async def test_a_confidential_case_has_no_place_and_a_small_grid_is_told_as_its_neighbourhood(
    centre: Centre, reader: Desk
) -> None:
    await centre.report(confidential=True)
    (event,) = (await pull(centre, reader))["items"]
    assert (event["data"]["grid"], event["data"]["district"]) == (None, "310101")
    assert coarse("/31/310101/310101023/310101023P02/310101023006/310101023006001/") == COMMITTEE
    assert coarse("/31/310101/310101023/310101023P02/310101023Z01/") == STREET
    assert coarse("") is None


async def test_a_cursor_misses_no_event_that_commits_late(centre: Centre, reader: Desk) -> None:
    """Written first and committed last: any feed that goes by a number given at writing, or by time, loses it."""
    early, late = await centre.report(), await centre.report()
    cursor = (await pull(centre, reader))["next"]
    database: Database = centre.database
    async with database.unit() as slow:
        await note(slow, late, 90)
        async with database.unit() as quick:
            await note(quick, early, 91)
        page = await pull(centre, reader, cursor)
        assert moves(page) == ["move 91"]
        assert moves(await pull(centre, reader, page["next"])) == []
    assert moves(await pull(centre, reader, page["next"])) == ["move 90"]
    again = await pull(centre, reader, cursor)
    assert moves(again) == ["move 91", "move 90"]
    assert [int(event["sequence"]) for event in again["items"]] == [int(cursor) + 1, int(cursor) + 2]


async def test_whoever_numbers_waits_for_nobody_and_nothing_is_numbered_twice(centre: Centre, reader: Desk) -> None:
    await centre.report()
    async with centre.database.unit() as first:
        assert await feed.number(first) == 1
        async with centre.database.unit() as second:
            assert await feed.number(second) == 0
    page = await pull(centre, reader)
    assert [event["sequence"] for event in page["items"]] == [f"{1:019d}"]


async def test_what_was_rolled_back_is_no_event(centre: Centre, reader: Desk) -> None:
    case_no = await centre.report()

    async def broken() -> None:
        async with centre.database.unit() as session:
            await note(session, case_no, 90)
            raise LookupError

    with pytest.raises(LookupError):
        await broken()
    assert moves(await pull(centre, reader)) == ["route"]


async def test_pages_follow_each_other_without_a_gap(centre: Centre, reader: Desk) -> None:
    numbers = [await centre.report() for _ in range(5)]
    seen, cursor, more = [], None, True
    while more:
        page = await pull(centre, reader, cursor, limit=2)
        seen += [event["subject"] for event in page["items"]]
        cursor, more = page["next"], page["more"]
    assert seen == numbers


async def test_a_subscriber_reads_what_the_own_subtree_leads_and_its_cursor_goes_on_past_the_rest(
    centre: Centre,
) -> None:
    await centre.report()
    of_street, of_other = await centre.desk("subscriber", STREET), await centre.desk("subscriber", OTHER_STREET)
    assert len((await pull(centre, of_street))["items"]) == 1
    page = await pull(centre, of_other)
    assert (page["items"], page["more"], int(page["next"])) == ([], False, 1)
    assert (await centre.client(of_street).get("/v1/orders")).status_code == 403
    officer = await centre.desk("officer", COMMITTEE)
    assert (await centre.client(officer).get("/v1/events")).status_code == 403


async def test_who_is_accused_reads_no_event_of_it(centre: Centre) -> None:
    """投诉街道: neither the street nor those below it, also where one of them leads it in the end."""
    case_no = await centre.report(issue="21-01", grid=COMMITTEE, text="投诉街道办事处对楼道堆物推诿不作为")
    async with centre.database.unit() as session:
        order = (await session.scalars(select(Order))).one()
        assert order.accused_path == "/31/310101/310101023/"
        order.lead_path = f"{order.accused_path}{COMMITTEE}/"
        await note(session, case_no, 90)
    for unit, told in ((STREET, 0), (COMMITTEE, 0), (DISTRICT, 1), (CITY, 2)):
        page = await pull(centre, await centre.desk("subscriber", unit))
        assert (moves(page)[-1:], len(page["items"]) >= told) == (["move 90"] if told else [], True)
        assert "accused" not in json.dumps(page)


async def stream(centre: Centre, desk: Desk, **headers: str) -> httpx.Response:
    answer = await centre.client(desk).get("/v1/events/stream?seconds=0", headers=headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    return answer


def parts(answer: httpx.Response) -> list[dict[str, str]]:
    """The events of a stream, each by its fields."""
    blocks = [block for block in answer.text.split("\n\n") if "data: " in block]
    return [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks]


async def test_a_stream_tells_the_same_and_goes_on_after_the_last_event_id(centre: Centre, reader: Desk) -> None:
    await centre.report()
    second = await centre.report()
    pulled = (await pull(centre, reader))["items"]
    streamed = parts(await stream(centre, reader))
    assert [json.loads(part["data"]) for part in streamed] == pulled
    assert [part["id"] for part in streamed] == [event["sequence"] for event in pulled]
    assert {part["event"] for part in streamed} == {"org.gridloop.case.moved.v1"}
    (rest,) = parts(await stream(centre, reader, **{"last-event-id": streamed[0]["id"]}))
    assert json.loads(rest["data"])["subject"] == second
    faulty = await centre.client(reader).get("/v1/events/stream?seconds=0", headers={"last-event-id": "yesterday"})
    assert faulty.status_code == 422


async def test_the_audit_has_one_entry_for_a_stream_and_one_for_a_page_that_held_cases(
    centre: Centre, reader: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_no = await centre.report()
    await stream(centre, reader)
    monkeypatch.setattr(events, "POLL", 0.01)
    monkeypatch.setattr(events, "HEARTBEAT", 0.02)
    answer = await centre.client(reader).get("/v1/events/stream?seconds=1")
    assert answer.text.count(": still here") > 3
    page = await pull(centre, reader)
    await pull(centre, reader, page["next"])
    query = "select action, cases, facts ->> 'route' as route from audit where person = :who order by id"
    rows = [tuple(row.values()) for row in await centre.rows(query, who=reader.person)]
    assert rows == [("exported", None, "/v1/events/stream")] * 2 + [("cases.listed", [case_no], "/v1/events")]


async def test_a_stream_tells_what_comes_while_it_is_open(
    centre: Centre, reader: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second look finds what the first did not: the report arrives between the two."""
    looks = 0
    plain = events._look

    async def look(*asked: Any) -> Any:
        nonlocal looks
        looks += 1
        if looks == 2:
            await centre.report()
            monkeypatch.setattr(events, "PAGE", 200)
        return await plain(*asked)

    monkeypatch.setattr(events, "_look", look)
    monkeypatch.setattr(events, "POLL", 0.01)
    answer = await centre.client(reader).get("/v1/events/stream?seconds=1")
    assert len(parts(answer)) == 1
    assert answer.text.startswith("retry: 2000\n\n")


async def test_a_stream_ends_when_its_key_no_longer_holds(
    centre: Centre, reader: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "POLL", 0.01)
    monkeypatch.setattr(events, "HEARTBEAT", 0.0)
    plain = events._look

    async def look(*asked: Any) -> Any:
        await centre.rows("update keys set revoked_at = now() where person = :who returning id", who=reader.person)
        return await plain(*asked)

    monkeypatch.setattr(events, "_look", look)
    answer = await centre.client(reader).get("/v1/events/stream")
    assert answer.text == "retry: 2000\n\n"
    assert (await centre.client(reader).get("/v1/events")).status_code == 401


async def test_events_are_kept_for_a_while_and_an_older_cursor_is_told_so(centre: Centre, reader: Desk) -> None:
    await centre.report()
    begin = (await pull(centre, reader, limit=1))["next"]
    with stopped(now() + timedelta(days=50)):
        for _ in range(2):
            await centre.report()
        end = (await pull(centre, reader))["next"]
    with stopped(now() + timedelta(days=100)):
        async with centre.database.unit() as session:
            assert await feed.forget(session, days=90) == 1
    assert len((await pull(centre, reader, begin))["items"]) == 2
    with stopped(now() + timedelta(days=200)):
        async with centre.database.unit() as session:
            assert await feed.forget(session, days=90) == 1
    gone = await centre.client(reader).get(f"/v1/events?after={begin}")
    assert (gone.status_code, gone.json()["title"]) == (410, "Events forgotten")
    assert len((await pull(centre, reader))["items"]) == 1
    assert (await pull(centre, reader, end))["items"] == []
    ahead = await centre.client(reader).get(f"/v1/events?after={int(end) + 1}")
    assert ahead.status_code == 410


async def test_the_worker_numbers_what_nobody_reads(centre: Centre) -> None:
    for _ in range(3):
        await centre.report()
    await feed.number_all(centre.database)
    rows = await centre.rows("select position from case_events order by position")
    assert [row["position"] for row in rows] == [1, 2, 3]
    assert await centre.rows("select 1 from case_events_waiting") == []
