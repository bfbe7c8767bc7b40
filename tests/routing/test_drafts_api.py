"""Who drafts, who publishes, and what the answers say, through the API."""

import asyncio
from io import BytesIO

import pytest
from grid_centre import CITY, COMMITTEE, NEIGHBOURS, STREET, Centre
from list_office import ROW, Office, few, without
from openpyxl import load_workbook
from sqlalchemy import text

from routing.lists import starter_lists
from routing.lists.workbook import read_workbook, write_csv, write_workbook

pytestmark = pytest.mark.usefixtures("lists_back")
GAP = "R030"
"""The row of the class noise: without it some matters of noise are nobody's."""


@pytest.fixture
async def office(centre: Centre) -> Office:
    return await Office.opened(centre)


async def test_an_exported_workbook_comes_back_as_the_same_draft(office: Office) -> None:
    book = await office.ask(office.editor, "GET", "/1/workbook")
    assert read_workbook(book.content) == starter_lists()
    answer = await office.upload(read_workbook(book.content))
    assert answer.status_code == 201
    made = answer.json()
    assert made["state"] == "draft"
    assert made["author"] == str(office.editor.person)
    whole = (await office.ask(office.editor, "GET", f"/{made['number']}")).json()
    nothing = {"added": [], "removed": [], "changed": []}
    assert whole["changes"] == {"issues": nothing, "responsibilities": nothing}
    assert whole["responsibilities"] == len(starter_lists().responsibilities.rows)


async def test_a_dry_run_tells_what_would_change_and_keeps_nothing(office: Office) -> None:
    answer = await office.upload(without(GAP), params={"dry_run": True})
    assert answer.status_code == 200
    assert answer.json()["changes"]["responsibilities"]["removed"] == [GAP]
    assert [each["number"] for each in (await office.ask(office.editor, "GET", "")).json()["items"]] == [1]


async def test_of_a_workbook_with_a_fault_nothing_is_kept_and_the_cell_is_named(office: Office) -> None:
    book = load_workbook(BytesIO(write_workbook(starter_lists())))
    book["责任清单"]["E2"] = "@nobody"
    broken = BytesIO()
    book.save(broken)
    xlsx = {"content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    answer = await office.ask(office.editor, "POST", "", content=broken.getvalue(), headers=xlsx)
    assert answer.status_code == 422
    problem = answer.json()
    (error,) = problem["errors"]
    assert (error["field"], error["rule"]) == ("责任清单:2:主办", "duty")
    assert error["remedy"]
    assert problem["cells"][0]["value"] == "@nobody"
    assert [each["number"] for each in (await office.ask(office.editor, "GET", "")).json()["items"]] == [1]


async def test_one_list_as_csv_leaves_the_other_as_it_is_published(office: Office) -> None:
    _, duties = write_csv(without(GAP))
    answer = await office.ask(office.editor, "POST", "", json={"responsibilities_csv": duties})
    assert answer.status_code == 201
    whole = (await office.ask(office.editor, "GET", f"/{answer.json()['number']}")).json()
    assert whole["issues"] == len(starter_lists().issues)
    assert whole["changes"]["responsibilities"]["removed"] == [GAP]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"from": 1, "issues_csv": ""}', "application/json", 422),
        (b"{", "application/json", 400),
        (b"%PDF", "application/pdf", 415),
        (b"no workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 422),
        (b'{"from": 999}', "application/json", 404),
        (b"x" * (8 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
async def test_what_is_no_list_is_refused_with_a_problem(office: Office, body: bytes, kind: str, status: int) -> None:
    answer = await office.ask(office.editor, "POST", "", content=body, headers={"content-type": kind})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_same_upload_with_the_same_key_makes_one_draft(office: Office) -> None:
    client = office.centre.client(office.editor)
    client.headers["idempotency-key"] = "once"
    first, again = [await client.post("/v1/lists", json={"from": 1}) for _ in range(2)]
    assert first.json()["number"] == again.json()["number"]
    assert again.headers["idempotent-replayed"] == "true"


async def test_a_published_change_decides_the_next_report(office: Office) -> None:
    number = await office.drafted()
    assert (await office.put_row(number)).status_code == 200
    assert (await office.checked(number))["coverage"]["ok"] is True
    case_no = await office.centre.report()
    assert await office.centre.value(case_no, "lead_unit") == COMMITTEE
    answer = await office.publish(office.publisher, number)
    assert answer.status_code == 200, answer.text
    assert answer.json()["publisher"] == str(office.publisher.person)
    assert await office.state(1) == "superseded"
    await asyncio.sleep(1.1)
    later = await office.centre.report()
    row = await office.centre.order(later)
    assert row["lead_unit"] == STREET
    assert row["explanation"]["lists"] == number


async def test_nobody_publishes_what_they_drafted_or_edited(office: Office) -> None:
    both = await office.centre.desk("publisher", CITY, person=office.editor.person)
    helped = await office.centre.desk("editor", CITY, person=office.other.person)
    number = await office.drafted()
    assert (await office.ask(helped, "PUT", f"/{number}/responsibilities/T1", json=ROW)).status_code == 200
    await office.checked(number)
    for desk in (both, office.other):
        answer = await office.publish(desk, number)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:gridloop:problem:own-draft"
    assert await office.state(number) == "checked"


async def test_an_unchecked_draft_is_not_published_and_an_edit_takes_the_check_back(office: Office) -> None:
    number = await office.drafted()
    assert (await office.publish(office.publisher, number)).status_code == 409
    await office.checked(number)
    await office.put_row(number)
    answer = await office.publish(office.publisher, number)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:gridloop:problem:not-checked"


async def test_gaps_need_an_override_that_is_kept(office: Office) -> None:
    number = (await office.upload(without(GAP))).json()["number"]
    found = (await office.checked(number))["coverage"]
    assert found["ok"] is False
    assert found["gap_pairs"] > 6000
    refused = await office.publish(office.publisher, number)
    assert refused.status_code == 409
    assert refused.json()["gap_pairs"] == found["gap_pairs"]
    answer = await office.publish(office.publisher, number, override={"reason": "夏夜噪音专班下周成立"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["override"] == "夏夜噪音专班下周成立"
    query = "select person, facts from audit where action = 'list.published'"
    (entry,) = await office.centre.rows(query)
    assert entry["person"] == office.publisher.person
    assert entry["facts"]["gap_pairs"] == found["gap_pairs"]


async def test_of_two_publishers_at_once_one_wins(office: Office) -> None:
    drafts = [await office.drafted(), await office.drafted()]
    for number in drafts:
        await office.checked(number)
    same = [office.publish(desk, drafts[0]) for desk in (office.publisher, office.other)]
    answers = await asyncio.gather(*same, office.publish(office.other, drafts[1]))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    states = [await office.state(number) for number in (1, *drafts)]
    assert sorted(states) == ["checked", "published", "superseded"]


@pytest.mark.parametrize("role", ["officer", "dispatcher", "administrator", "publisher", "auditor"])
async def test_only_an_editor_drafts(centre: Centre, role: str) -> None:
    client = centre.client(await centre.desk(role, CITY))
    assert (await client.post("/v1/lists", json={"from": 1})).status_code == 403
    expected = 200 if role in ("publisher", "auditor") else 403
    assert (await client.get("/v1/lists")).status_code == expected


async def test_a_faulty_edit_changes_nothing(office: Office) -> None:
    number = await office.drafted()
    answer = await office.put_row(number, issue="02-05", lead="@committee")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["rule"] == "hard_rule"
    whole = (await office.ask(office.editor, "GET", f"/{number}")).json()
    assert whole["changes"]["responsibilities"]["added"] == []


async def test_rows_and_issues_are_added_replaced_and_removed(office: Office) -> None:
    number = await office.drafted()
    issue = {
        "parent": "04", "name": "无人机噪音", "grade": "simple", "limit": {"amount": 5, "unit": "working_days"},
        "filing_condition": "属实", "closing_condition": "停止", "public": True, "phrases": ["无人机天天飞"],
    }  # fmt: skip
    editor = office.editor
    assert (await office.ask(editor, "PUT", f"/{number}/issues/04-99", json=issue)).status_code == 200
    await office.put_row(number, limit={"amount": 3, "unit": "working_days"})
    assert (await office.put_row(number, "R034", scope_kind="anywhere", scope=None)).status_code == 200
    assert (await office.ask(editor, "DELETE", f"/{number}/responsibilities/{GAP}")).status_code == 200
    assert (await office.ask(editor, "DELETE", f"/{number}/responsibilities/{GAP}")).status_code == 404
    changed = (await office.ask(editor, "GET", f"/{number}")).json()["changes"]
    assert changed["issues"]["added"] == ["04-99"]
    assert changed["responsibilities"] == {"added": ["T1"], "removed": [GAP], "changed": ["R034"]}
    refused = await office.ask(editor, "DELETE", f"/{number}/issues/{NEIGHBOURS}")
    assert "known_issue" in {error["rule"] for error in refused.json()["errors"]}
    assert (await office.ask(editor, "DELETE", f"/{number}/issues/04-99")).status_code == 200


async def test_an_edit_of_an_older_revision_is_refused(office: Office) -> None:
    number = await office.drafted()
    stale = (await office.ask(office.editor, "GET", f"/{number}")).headers["etag"]
    await office.put_row(number)
    path, headers = f"/{number}/responsibilities/T2", {"if-match": stale}
    answer = await office.ask(office.editor, "PUT", path, json={**ROW, "issue": "04-05"}, headers=headers)
    assert answer.status_code == 412


async def test_a_draft_is_discarded_a_published_list_never(office: Office) -> None:
    number = await office.drafted()
    assert (await office.ask(office.editor, "DELETE", f"/{number}")).status_code == 200
    assert (await office.ask(office.editor, "GET", f"/{number}")).status_code == 404
    assert (await office.ask(office.editor, "DELETE", "/1")).status_code == 409
    assert (await office.put_row(1)).status_code == 409
    assert await office.drafted() > number


async def test_a_new_issue_list_brings_its_own_model(office: Office) -> None:
    number = (await office.upload(few())).json()["number"]
    checked = await office.checked(number)
    before = (await office.ask(office.editor, "GET", "/1")).json()["model"]
    assert checked["model"] != before
    again = (await office.upload(few())).json()["number"]
    assert (await office.checked(again))["model"] == checked["model"]
    assert len(await office.centre.rows("select version from classifiers")) == 2


async def test_replay_tells_which_orders_would_go_elsewhere_and_writes_nothing(office: Office) -> None:
    number = await office.drafted()
    await office.put_row(number)
    case_no = await office.centre.report()
    await office.centre.report(issue="04-05")
    answer = await office.ask(office.publisher, "POST", f"/{number}/replay")
    assert answer.status_code == 200, answer.text
    told = answer.json()["differences"]
    assert (told["orders"], told["lead"]) == (2, 1)
    (flow,) = told["flows"]
    assert (flow["before"], flow["after"]) == (COMMITTEE, STREET)
    assert flow["examples"][0]["order"]["case_no"] == case_no
    assert await office.centre.value(case_no, "lead_unit") == COMMITTEE


async def test_the_template_reads_as_a_workbook_and_rulings_are_listed(office: Office) -> None:
    book = await office.ask(office.editor, "GET", "/template")
    assert len(read_workbook(book.content).issues) > 0
    assert (await office.ask(office.editor, "GET", "/proposals")).json() == {"items": [], "next": None}
    case_no = await office.centre.report()
    query = (
        "insert into list_proposals values (gen_random_uuid(), :case_no, '310101', '04-04', :unit, :unit, "
        "'裁定由居委会办理', now())"
    )
    async with office.centre.database.unit() as session:
        await session.execute(text(query), {"case_no": case_no, "unit": COMMITTEE})
    (row,) = (await office.ask(office.editor, "GET", "/proposals")).json()["items"]
    assert (row["case_no"], row["unit"]) == (case_no, COMMITTEE)


async def test_versions_are_paged_newest_first(office: Office) -> None:
    made = [await office.drafted() for _ in range(2)]
    first = (await office.ask(office.editor, "GET", "", params={"limit": 2})).json()
    assert [each["number"] for each in first["items"]] == made[::-1]
    rest = (await office.ask(office.editor, "GET", "", params={"cursor": first["next"]})).json()
    assert [each["number"] for each in rest["items"]] == [1]
    assert rest["next"] is None
