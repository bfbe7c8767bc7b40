"""专班与项目: twelve cases of standing water have one cause; a project drains three groups and answers them."""

import asyncio
import csv
from datetime import date
from io import BytesIO, StringIO
from typing import Any

import httpx
import pytest
from grid_centre import COMMITTEE, CONSTRUCTION, OTHER_STREET, STREET, Centre, Desk
from openpyxl import load_workbook

from routing.catalogue import Catalogue
from routing.projects.nearness import Offer, Want, fits, meet
from services.ids import new_id

GROUPS = ("31010102300600101", "31010102300600102", "31010102300600201")
ANSWER = {"done": "新铺雨水管，三个楼组加装蓄水模块", "public_answer": "积水问题已通过排水改造解决"}
OFFER = {
    "organisation": "某设计院", "kind": "service", "title": "排水方案设计", "grid": COMMITTEE, "capacity": 40,
    "measure": "工时",
}  # fmt: skip
NEED = {"kind": "service", "title": "排水方案", "grid": GROUPS[0], "amount": 30, "measure": "工时"}


@pytest.fixture
async def leader(centre: Centre) -> Desk:
    return await centre.desk("leader", COMMITTEE)


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def cases(centre: Centre, number: int, *, working: Desk | None = None) -> list[dict[str, str]]:
    """So many reports of standing water, spread over the three groups; accepted where somebody works on them."""
    linked = []
    for each in range(number):
        group = GROUPS[each % len(GROUPS)]
        case_no = await centre.report(grid=group, text="下大雨后楼前积水，出门要蹚水。")
        if working:
            await centre.made(working, case_no, "accept")
        linked.append({"case_no": case_no, "group": group})
    return linked


async def open_project(centre: Centre, leader: Desk, linked: list[dict[str, str]], **changes: Any) -> httpx.Response:
    told = {
        "name": "永嘉片区海绵化排水改造",
        "root_cause": "三个楼组共用的雨水管径不足且淤堵",
        "groups": GROUPS,
        "members": [CONSTRUCTION],
        "milestones": [{"name": "完成雨水管网清淤", "due_on": "2027-05-31"}],
        "cases": linked,
        "due_on": "2027-09-30",
    } | changes
    return await centre.client(leader).post("/v1/projects", json=told)


async def step(centre: Centre, desk: Desk, project: str, method: str, path: str, body: Any = None) -> httpx.Response:
    rows = await centre.rows("select version from projects where id = :id", id=project)
    headers = {"if-match": f'"{rows[0]["version"]}"'}
    return await centre.client(desk).request(method, f"/v1/projects/{project}{path}", json=body, headers=headers)


# The story of the drains.


async def test_a_project_over_twelve_cases_of_three_building_groups_closes_and_answers_them(
    centre: Centre, leader: Desk
) -> None:
    await centre.desk("officer", COMMITTEE, person=leader.person)
    officer = await centre.desk("officer", COMMITTEE)
    linked = await cases(centre, 12, working=officer)
    opened = await open_project(centre, leader, linked)
    assert opened.status_code == 201, opened.text
    project = opened.json()["id"]
    assert (opened.json()["cases"], opened.json()["groups_done"]) == (12, {"done": 0, "of": 3})

    # Progress is by building group; a member unit may tell it too.
    member = await centre.desk("officer", CONSTRUCTION)
    for group, progress in zip(GROUPS, ["done", "done", "working"], strict=True):
        answer = await step(centre, member, project, "PUT", f"/groups/{group}", {"progress": progress})
        assert answer.status_code == 200, answer.text
    seen = (await centre.client(leader).get(f"/v1/projects/{project}")).json()
    assert seen["groups_done"] == {"done": 2, "of": 3}
    assert [group["cases"] for group in seen["groups"]] == [4, 4, 4]
    milestone = seen["milestones"][0]["id"]
    assert (await step(centre, member, project, "POST", f"/milestones/{milestone}/reached")).status_code == 200

    # The end reports its cases done, by the lifecycle's own move: each waits for the check like every other.
    closed = await step(centre, leader, project, "POST", "/close", ANSWER)
    assert closed.status_code == 200, closed.text
    assert {answer["answered"] for answer in closed.json()["answers"]} == {"reported_done"}
    for each in linked:
        order = await centre.order(each["case_no"])
        assert (order["state"], order["public_answer"]) == ("supervise.checking", ANSWER["public_answer"])
        assert order["handler"] == leader.person
        moves = await centre.timeline(each["case_no"])
        assert moves[-3:] == ["project", "report_done", "project"]
    checker = await centre.desk("supervisor", STREET)
    face = await centre.made(checker, linked[0]["case_no"], "approve", {"finding": "雨后现场无积水"})
    assert face["state"] == "feedback.surveying"
    (handled,) = await centre.told("order.handled", linked[0]["case_no"])
    assert handled["public_answer"] == ANSWER["public_answer"]


async def test_whoever_closed_it_cannot_check_what_it_answered(centre: Centre, leader: Desk) -> None:
    await centre.desk("officer", COMMITTEE, person=leader.person)
    await centre.desk("supervisor", STREET, person=leader.person)
    officer = await centre.desk("officer", COMMITTEE)
    (linked,) = await cases(centre, 1, working=officer)
    project = (await open_project(centre, leader, [linked])).json()["id"]
    await step(centre, leader, project, "POST", "/close", ANSWER)
    answer = await centre.move(leader, linked["case_no"], "approve", {"finding": "属实"})
    assert kind(answer) == (403, "checker-is-handler")


async def test_the_answer_is_put_before_the_handler_where_it_is_not_the_closers_to_report(
    centre: Centre, leader: Desk
) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    waiting, working = await cases(centre, 2)
    await centre.made(officer, working["case_no"], "accept")
    project = (await open_project(centre, leader, [waiting, working])).json()["id"]
    closed = (await step(centre, leader, project, "POST", "/close", ANSWER)).json()
    assert {answer["answered"] for answer in closed["answers"]} == {"proposed"}
    seen = (await centre.see(officer, working["case_no"])).json()
    assert seen["state"] == "handle.working"
    assert seen["projects"][0]["proposed_answer"] == ANSWER["public_answer"]
    done = {"done": seen["projects"][0]["proposed_done"], "public_answer": seen["projects"][0]["proposed_answer"]}
    assert (await centre.move(officer, working["case_no"], "report-done", done)).status_code == 200


async def test_a_case_that_the_lifecycle_refuses_keeps_its_state_and_says_why(centre: Centre, leader: Desk) -> None:
    await centre.desk("officer", COMMITTEE, person=leader.person)
    officer = await centre.desk("officer", COMMITTEE)
    linked = await cases(centre, 3, working=officer)
    await centre.rows(
        "update orders set evidence_needed = true where case_no = :case_no returning 1", case_no=linked[0]["case_no"]
    )
    await centre.rows(
        "update orders set deliberating = true where case_no = :case_no returning 1", case_no=linked[1]["case_no"]
    )
    project = (await open_project(centre, leader, linked)).json()["id"]
    answers = (await step(centre, leader, project, "POST", "/close", ANSWER)).json()["answers"]
    told = {answer["case_no"]: (answer["answered"], answer["because"]) for answer in answers}
    assert [told[each["case_no"]] for each in linked] == [
        ("proposed", "EvidenceMissing"),
        ("proposed", "Deliberating"),
        ("reported_done", None),
    ]
    assert await centre.value(linked[0]["case_no"], "state") == "handle.working"


# Cases in and out.


async def test_a_case_belongs_to_one_project_and_can_be_taken_out(centre: Centre, leader: Desk) -> None:
    linked = await cases(centre, 2)
    first = (await open_project(centre, leader, linked)).json()["id"]
    assert kind(await open_project(centre, leader, linked[:1])) == (409, "held-elsewhere")
    out = await step(centre, leader, first, "DELETE", f"/cases/{linked[0]['case_no']}")
    assert (out.status_code, out.json()["cases"]) == (200, 1)
    assert (await open_project(centre, leader, linked[:1])).status_code == 201
    assert kind(await step(centre, leader, first, "DELETE", f"/cases/{linked[0]['case_no']}")) == (404, "not-found")
    again = await step(centre, leader, first, "POST", "/cases", {"cases": linked[:1]})
    assert kind(again) == (409, "held-elsewhere")


async def test_two_projects_that_take_the_same_case_at_once_do_not_both_have_it(centre: Centre, leader: Desk) -> None:
    linked = await cases(centre, 3)
    answers = await asyncio.gather(*(open_project(centre, leader, linked) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(await centre.rows("select 1 from project_cases where held")) == 3
    assert len(await centre.rows("select 1 from projects")) == 1


async def test_only_open_cases_that_are_seen_are_linked(centre: Centre, leader: Desk) -> None:
    (mine,) = await cases(centre, 1)
    theirs = await centre.report(grid=OTHER_STREET)
    assert kind(await open_project(centre, leader, [{"case_no": theirs, "group": GROUPS[0]}])) == (404, "no-such-order")
    await centre.rows("update orders set state = 'closed', outcome = 'resolved' returning 1")
    assert kind(await open_project(centre, leader, [mine])) == (409, "case-not-open")
    assert await centre.rows("select 1 from projects") == []


async def test_a_case_is_counted_in_the_group_it_lies_in(centre: Centre, leader: Desk) -> None:
    (linked,) = await cases(centre, 1)
    opened = await open_project(centre, leader, [{"case_no": linked["case_no"]}])
    seen = (await centre.client(leader).get(f"/v1/projects/{opened.json()['id']}")).json()
    assert seen["linked"][0]["group"] == linked["group"]


# Who may.


async def test_a_project_is_its_leads_and_others_do_not_see_it(centre: Centre, leader: Desk) -> None:
    project = (await open_project(centre, leader, [])).json()["id"]
    stranger = await centre.desk("leader", OTHER_STREET)
    assert (await centre.client(stranger).get(f"/v1/projects/{project}")).status_code == 404
    assert (await centre.client(stranger).get("/v1/projects")).json() == {"items": []}
    member = await centre.desk("leader", CONSTRUCTION)
    assert kind(await step(centre, member, project, "POST", "/close", ANSWER)) == (403, "not-its-lead")
    answer = await open_project(centre, leader, [], lead_unit=OTHER_STREET)
    assert kind(answer) == (403, "not-your-unit")
    auditor = await centre.desk("auditor", STREET)
    assert (await centre.client(auditor).get(f"/v1/projects/{project}")).status_code == 200
    above = await centre.desk("leader", STREET)
    assert (await step(centre, above, project, "POST", "/close", ANSWER)).status_code == 200
    assert kind(await step(centre, above, project, "POST", "/close", ANSWER)) == (409, "project-closed")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"groups": ["999"]}, "groups"),
        ({"groups": ["310101"]}, "groups"),
        ({"groups": []}, "groups"),
        ({"members": ["310101999"]}, "members"),
        ({"lead_unit": "310101999"}, "lead_unit"),
        ({"door": "3号楼201室"}, "door"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(
    centre: Centre, leader: Desk, changes: dict[str, Any], field: str
) -> None:
    answer = await open_project(centre, leader, [], **changes)
    assert answer.status_code == 422, answer.text
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_no_table_of_projects_has_a_place_for_a_door(centre: Centre) -> None:
    rows = await centre.rows(
        "select column_name from information_schema.columns where table_schema = 'routing'"
        " and (table_name like 'project%' or table_name in ('resources', 'needs', 'allotments'))"
    )
    names = {row["column_name"] for row in rows}
    assert not names & {"door", "room", "household", "address", "resident", "phone", "person"}


# Resources and needs.


async def test_a_need_finds_the_nearest_resource_that_is_enough_and_why(centre: Centre, leader: Desk) -> None:
    far = await centre.desk("leader", OTHER_STREET)
    mine, theirs = centre.client(leader), centre.client(far)
    await theirs.post("/v1/resources", json={**OFFER, "grid": OTHER_STREET, "capacity": 500})
    small = (await mine.post("/v1/resources", json={**OFFER, "capacity": 10})).json()
    near = (await mine.post("/v1/resources", json=OFFER)).json()
    await mine.post("/v1/resources", json={**OFFER, "kind": "venue"})
    await mine.post("/v1/resources", json={**OFFER, "valid_to": "2020-01-01"})
    need = (await mine.post("/v1/needs", json=NEED)).json()
    found = (await mine.get(f"/v1/needs/{need['id']}/matches")).json()["items"]
    assert [match["resource"] for match in found[:2]] == [near["id"], small["id"]]
    assert len(found) == 3
    assert found[0]["because"] == "同类；同一居村（上溯2级）；余量40工时足够，尚需30工时"
    assert found[2]["because"].startswith("同类；同一区")
    given = await mine.post(f"/v1/needs/{need['id']}/allotments", json={"resource": near["id"], "amount": 30})
    assert (given.status_code, given.json()["because"]) == (201, found[0]["because"])
    assert (await mine.get(f"/v1/needs/{need['id']}/matches")).json() == {"items": []}
    left = {each["id"]: each["left"] for each in (await mine.get("/v1/resources")).json()["items"]}
    assert left[near["id"]] == 10


async def test_the_last_of_a_resource_is_given_once(centre: Centre, leader: Desk) -> None:
    client = centre.client(leader)
    resource = (await client.post("/v1/resources", json=OFFER)).json()["id"]
    needs = [(await client.post("/v1/needs", json=NEED)).json()["id"] for _ in range(4)]
    told = {"resource": resource, "amount": 30}
    answers = await asyncio.gather(*(client.post(f"/v1/needs/{need}/allotments", json=told) for need in needs))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert [row["given"] for row in await centre.rows("select given from resources")] == [30]


async def test_only_the_list_it_is_on_gives_a_resource(centre: Centre, leader: Desk) -> None:
    client, street = centre.client(leader), centre.client(await centre.desk("leader", STREET))
    other = centre.client(await centre.desk("leader", OTHER_STREET))
    resource = (await other.post("/v1/resources", json={**OFFER, "grid": OTHER_STREET})).json()["id"]
    need = (await client.post("/v1/needs", json=NEED)).json()["id"]
    told = {"resource": resource, "amount": 1}
    assert kind(await client.post(f"/v1/needs/{need}/allotments", json=told)) == (403, "not-your-unit")
    assert kind(await other.post(f"/v1/needs/{need}/allotments", json=told)) == (404, "no-such-need")
    assert (await street.get("/v1/needs")).json()["items"][0]["id"] == need
    assert kind(await client.post(f"/v1/resources/{resource}/withdraw")) == (403, "not-your-unit")
    assert (await other.post(f"/v1/resources/{resource}/withdraw")).json()["state"] == "withdrawn"
    assert (await client.post(f"/v1/needs/{need}/withdraw")).json()["state"] == "withdrawn"


# The three lists as files.


async def test_the_three_lists_leave_as_files_and_no_cell_runs(centre: Centre, leader: Desk) -> None:
    client = centre.client(leader)
    formula = '=HYPERLINK("http://example.invalid")'
    await client.post("/v1/resources", json={**OFFER, "title": formula})
    await client.post("/v1/needs", json={**NEED, "title": "+1"})
    await open_project(centre, leader, [], name="@SUM(A1)")
    book = load_workbook(BytesIO((await client.get("/v1/projects/export")).content))
    assert book.sheetnames == ["说明", "资源清单", "需求清单", "项目清单"]
    cell = book["资源清单"]["C2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (formula, "s", True)
    assert book["项目清单"]["A2"].data_type == "s"
    for which, begins in [("resources", "'="), ("needs", "'+"), ("projects", "'@")]:
        answer = await client.get("/v1/projects/export", params={"format": "csv", "list": which})
        assert answer.headers["content-type"].startswith("text/csv")
        rows = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
        assert any(text.startswith(begins) for text in rows[1]), rows


# Nearness alone.


def test_nearness_is_how_far_up_the_tree_two_places_meet() -> None:
    city = Catalogue.starter().city
    assert meet(GROUPS[0], GROUPS[0], city)[0] == 0
    assert meet(GROUPS[0], GROUPS[1], city)[0] == 1
    steps = [meet(GROUPS[0], other, city)[0] for other in (GROUPS[0], GROUPS[1], GROUPS[2], OTHER_STREET)]
    assert steps == sorted(steps)


def test_what_does_not_fit_is_not_offered() -> None:
    city, day = Catalogue.starter().city, date(2026, 1, 1)
    want = Want(kind="venue", grid=GROUPS[0], missing=5, measure="场次")
    fit = Offer(new_id(), "某单位", "会议室", "venue", COMMITTEE, 5, "场次", day)
    assert [each.offer for each in fits(want, [fit], city, day)] == [fit]
    assert fits(want, [fit], city, date(2026, 1, 2)) == []
    for change in ({"kind": "money"}, {"measure": "元"}, {"left": 0}, {"grid": "nowhere"}):
        told = {name: getattr(fit, name) for name in Offer.__slots__} | change
        assert fits(want, [Offer(**told)], city, day) == []
