"""The lists people work by: what is on each, that counts, badges and files show the same, and who keeps which views."""

import csv
import io
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from grid_centre import AREA, CITY, COMMITTEE, CONSTRUCTION, DISTRICT, POLICE, SITE, STREET, Centre, Desk
from openpyxl import load_workbook
from sqlalchemy import text

from routing import exporting, worklists
from services.clocks import now
from services.messages import ReportAmended

DISPUTE = {"reason": "不属于本网格", "legal_basis": "责任清单", "proposed_unit": POLICE}
DONE = {"done": "已上门劝导", "public_answer": "已处理，谢谢反映。", "evidence": [{"kind": "photo", "shows": "现场"}]}


async def listed(centre: Centre, desk: Desk, **query: Any) -> set[str]:
    answer = await centre.client(desk).get("/v1/orders", params={"count": True, **query})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["count"] == len(page["items"])
    return {line["case_no"] for line in page["items"]}


async def badges(centre: Centre, desk: Desk) -> dict[str, int]:
    counts: dict[str, int] = (await centre.client(desk).get("/v1/worklists")).json()["counts"]
    return counts


async def test_each_worklist_holds_what_waits_for_its_asker(centre: Centre) -> None:
    officer, leader = await centre.desk("officer", COMMITTEE), await centre.desk("leader", COMMITTEE)
    supervisor, dispatcher = await centre.desk("supervisor", STREET), await centre.desk("dispatcher", STREET)
    city = await centre.desk("dispatcher", CITY)
    fresh, working, checking, disputed = [await centre.report() for _ in range(4)]
    unplaced, site = await centre.report(grid=None), await centre.report(issue=SITE)
    for case_no in (working, checking):
        await centre.made(officer, case_no, "accept")
    await centre.made(officer, checking, "report-done", DONE)
    await centre.made(officer, disputed, "dispute", DISPUTE)
    await centre.made(leader, working, "summon", {"unit": CONSTRUCTION})
    builder = await centre.desk("officer", CONSTRUCTION)
    assert await listed(centre, officer, worklist="to_accept") == {fresh}
    mine = await centre.rows("select case_no from orders where :me in (officer, handler)", me=officer.person)
    assert checking in await listed(centre, officer, worklist="mine") == {row["case_no"] for row in mine}
    assert await listed(centre, leader, worklist="unit") == {fresh, working, checking, disputed}
    assert await listed(centre, supervisor, worklist="to_check") == {checking}
    assert await listed(centre, supervisor, worklist="disputes") == {disputed}
    assert await listed(centre, builder, worklist="summons") == {working}
    assert await listed(centre, builder, worklist="to_accept") == {site}
    assert await listed(centre, dispatcher, worklist="triage") == set()
    assert await listed(centre, city, worklist="triage") == {unplaced}
    assert (await badges(centre, officer))["mine"] == len(mine)
    await centre.made(builder, working, "arrive")
    assert await listed(centre, builder, worklist="summons") == set()


async def test_badges_are_the_counts_of_the_lists(centre: Centre) -> None:
    for grid in (COMMITTEE, COMMITTEE, None):
        await centre.report(grid=grid)
    for role, unit in (("officer", COMMITTEE), ("leader", STREET), ("dispatcher", CITY), ("supervisor", CITY)):
        desk = await centre.desk(role, unit)
        told = await badges(centre, desk)
        assert told == {name: len(await listed(centre, desk, worklist=name)) for name in told}
        assert "overdue" in told


async def test_a_supervisor_never_checks_or_rules_where_the_own_team_is(centre: Centre) -> None:
    officer, outside = await centre.desk("officer", COMMITTEE), await centre.desk("supervisor", STREET)
    own = await centre.desk("supervisor", COMMITTEE)
    party = await centre.desk("supervisor", DISTRICT)
    await centre.desk("officer", POLICE, person=party.person)
    done, disputed = await centre.report(), await centre.report()
    await centre.made(officer, done, "accept")
    await centre.made(officer, done, "report-done", DONE)
    await centre.made(officer, disputed, "dispute", DISPUTE)
    assert await listed(centre, outside, worklist="to_check") == {done}
    assert await listed(centre, outside, worklist="disputes") == {disputed}
    for desk in (own, party):
        for worklist, case_no, move in (("to_check", done, "approve"), ("disputes", disputed, "rule")):
            assert await listed(centre, desk, worklist=worklist) == set()
            body = {"finding": "已核"} if move == "approve" else {"decision": "dispatch", "unit": COMMITTEE}
            assert (await centre.move(desk, case_no, move, body)).status_code == 403


async def test_what_is_due_today_is_not_yet_overdue(centre: Centre) -> None:
    leader = await centre.desk("leader", STREET)
    late, today, later = [await centre.report() for _ in range(3)]
    for case_no, due in ((late, timedelta(minutes=-1)), (today, timedelta(seconds=50)), (later, timedelta(days=2))):
        async with centre.database.unit() as session:
            told = {"at": now() + due, "case_no": case_no}
            await session.execute(text("UPDATE orders SET due_at = :at WHERE case_no = :case_no"), told)
    assert await listed(centre, leader, worklist="overdue") == {late}
    assert await listed(centre, leader, worklist="due_today") <= {today}
    assert later not in await listed(centre, leader, worklist="due_today")


async def test_a_worklist_of_another_role_is_refused(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    answer = await centre.client(officer).get("/v1/orders", params={"worklist": "to_check"})
    assert (answer.status_code, answer.json()["roles"]) == (403, ["supervisor"])
    assert "to_check" not in await badges(centre, officer)


@pytest.mark.parametrize(
    ("field", "code"),
    [("issue", "77-77"), ("issue", "0"), ("grid", "nowhere"), ("unit", "nobody"), ("tag", "x"), ("q", "a")],
)
async def test_an_unknown_code_is_refused_by_name(centre: Centre, field: str, code: str) -> None:
    answer = await centre.client(await centre.desk("auditor", CITY)).get("/v1/orders", params={field: code})
    assert (answer.status_code, answer.json()["errors"][0]["field"].split(".")[-1]) == (422, field)


async def test_a_cursor_belongs_to_its_list(centre: Centre) -> None:
    client = centre.client(await centre.desk("auditor", CITY))
    for _ in range(3):
        await centre.report()
    first = (await client.get("/v1/orders", params={"limit": 1, "stage": "handle"})).json()["next"]
    for other in ({}, {"stage": "discover"}, {"stage": "handle", "sort": "due"}, {"worklist": "overdue"}):
        answer = await client.get("/v1/orders", params={"cursor": first, **other})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")
    assert (await client.get("/v1/orders", params={"cursor": first, "stage": "handle", "limit": 9})).status_code == 200


async def test_an_amended_text_is_found_by_its_new_words(centre: Centre) -> None:
    auditor, case_no = await centre.desk("auditor", CITY), await centre.report()
    assert await listed(centre, auditor, q="凌晨施工") == set()
    await centre.hear("intake", ReportAmended(case_no=case_no, text="昨夜又有凌晨施工", at=now()))
    assert await listed(centre, auditor, q="凌晨施工") == {case_no}
    assert await listed(centre, auditor, q="施工凌晨") == set()


async def test_tags_are_set_by_those_on_the_order_and_written_down(centre: Centre) -> None:
    case_no, officer = await centre.report(), await centre.desk("officer", COMMITTEE)

    async def put(desk: Desk, *tags: str) -> Any:
        headers = {"if-match": f'"{await centre.value(case_no, "version")}"'}
        return await centre.client(desk).put(f"/v1/orders/{case_no}/tags", json={"tags": tags}, headers=headers)

    answer = await put(officer, "many", "safety")
    assert (answer.status_code, answer.json()["tags"]) == (200, ["safety", "many"])
    assert await listed(centre, officer, tag="many") == {case_no}
    assert (await put(officer, "safety")).json()["tags"] == ["safety"]
    assert await listed(centre, officer, tag="many") == set()
    view = (await centre.see(officer, case_no)).json()
    assert [entry["facts"] for entry in view["timeline"] if entry["move"] == "tag"] == [
        {"added": ["many", "safety"], "removed": []},
        {"added": [], "removed": ["many"]},
    ]
    assert (await put(await centre.desk("auditor", CITY), "many")).status_code == 403
    assert (await put(await centre.desk("officer", "310101002"), "many")).status_code == 404
    assert (await put(officer, "angry")).status_code == 422


async def test_views_are_kept_for_their_person_alone(centre: Centre) -> None:
    me, other = await centre.desk("officer", COMMITTEE), await centre.desk("officer", COMMITTEE)
    told = {"name": "待我签收", "filters": {"worklist": "to_accept", "grade": "urgent"}}
    made = await centre.client(me).post("/v1/views", json=told)
    assert (made.status_code, made.json()["filters"]) == (201, told["filters"])
    assert (await centre.client(me).post("/v1/views", json=told)).status_code == 409
    assert (await centre.client(other).get("/v1/views")).json()["items"] == []
    assert (await centre.client(other).delete(f"/v1/views/{made.json()['id']}")).status_code == 404
    assert [each["name"] for each in (await centre.client(me).get("/v1/views")).json()["items"]] == ["待我签收"]
    assert (await centre.client(me).get("/v1/orders", params=made.json()["filters"])).status_code == 200
    assert (await centre.client(me).delete(f"/v1/views/{made.json()['id']}")).json() == {"items": []}
    assert (await centre.client(me).post("/v1/views", json={"name": "x", "filters": {"color": 1}})).status_code == 422


async def test_a_file_holds_the_list_and_is_written_down(centre: Centre) -> None:
    auditor, client = await centre.desk("auditor", CITY), centre.client(await centre.desk("auditor", CITY))
    cases = {await centre.report(text=words) for words in ("=1+1 路灯不亮", "@SUM(A1) 路灯不亮", "路灯不亮")}
    await centre.report(issue=SITE)
    wanted = {"q": "路灯不亮", "stage": "handle"}
    assert await listed(centre, auditor, **wanted) == cases
    told = await client.get("/v1/orders/export", params=wanted)
    rows = list(csv.DictReader(io.StringIO(told.content.decode("utf-8-sig"))))
    assert {row["case_no"] for row in rows} == cases
    assert {row["summary"] for row in rows} == {"'=1+1 路灯不亮", "'@SUM(A1) 路灯不亮", "路灯不亮"}
    book = await client.get("/v1/orders/export", params={**wanted, "format": "xlsx"})
    sheet = load_workbook(io.BytesIO(book.content)).worksheets[0]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert {row[0] for row in values} == cases
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == "=1+1 路灯不亮"} == {
        "s"
    }
    written = await centre.rows("select facts from audit where action = 'orders.exported' order by id")
    assert [(row["facts"]["form"], row["facts"]["rows"]) for row in written] == [("csv", 3), ("xlsx", 3)]
    assert "路灯" not in str(written)


async def test_a_list_that_is_too_long_for_a_file_is_refused(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST", dict.fromkeys(exporting.MOST, 1))
    leader = await centre.desk("leader", AREA)
    for _ in range(2):
        await centre.report()
    answer = await centre.client(leader).get("/v1/orders/export")
    assert (answer.status_code, answer.json()["most"]) == (422, 1)


async def test_a_list_longer_than_can_be_counted_says_so(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    leader = await centre.desk("leader", AREA)
    for _ in range(3):
        await centre.report()
    page = (await centre.client(leader).get("/v1/orders", params={"count": True})).json()
    assert (page["count"], page["count_more"]) == (3, False)
    counted = worklists.count
    monkeypatch.setattr(worklists, "MOST_COUNTED", 2)
    monkeypatch.setattr(worklists, "count", partial(counted, most=2))
    page = (await centre.client(leader).get("/v1/orders", params={"count": True})).json()
    assert (page["count"], page["count_more"], len(page["items"])) == (2, True, 3)
