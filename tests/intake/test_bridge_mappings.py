"""The hotline's own codes: mapped by a published table, told back as its own states; an unknown one fails nothing."""

import io
from typing import Any

import pytest
from front_desk import COMPLAINT, House
from openpyxl import Workbook, load_workbook

from intake.bridge.mapping_sheets import HEADINGS
from intake.bridge.translating import CodeMap
from services.spreadsheets import XLSX_TYPE

ROWS = [
    {"kind": "issue", "theirs": "垃圾-0301", "ours": "05-01", "name": "垃圾满溢"},
    {"kind": "area", "theirs": "HP-RJ2", "ours": "310101023", "name": "瑞金二路街道"},
    {"kind": "area", "theirs": "HP", "ours": "310101"},
    {"kind": "item_type", "theirs": "3", "ours": "complaint"},
    {"kind": "state", "theirs": "30", "ours": "handle"},
    {"kind": "state", "theirs": "90", "ours": "closed"},
    {"kind": "state", "theirs": "91", "ours": "closed.unresolved"},
]


def client(house: House) -> str:
    return str(house.people["hotline"])


async def drafted(house: House, rows: list[dict[str, Any]] = ROWS, person: str = "editor") -> int:
    answer = await house.as_(person).post("/v1/mappings", json={"client": client(house), "rows": rows})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


async def published(house: House, rows: list[dict[str, Any]] = ROWS) -> int:
    number = await drafted(house, rows)
    answer = await house.as_("publisher").post(f"/v1/mappings/{number}/publication")
    assert answer.status_code == 200, answer.text
    return number


async def told(house: House, **codes: str) -> dict[str, Any]:
    """What routing hears of a report with these codes."""
    await house.post(item_type=None, hotline_codes=codes)
    found: dict[str, Any] = (await house.told())[-1]["data"]
    return found


async def test_their_codes_become_ours(house: House) -> None:
    await published(house)
    data = await told(house, issue="垃圾-0301", area="HP-RJ2", item_type="3")
    assert (data["issue"], data["place"]["grid"], data["item_type"]) == ("05-01", "310101023", "complaint")
    assert data["unmapped"] == []
    assert (await told(house, area="HP", item_type="3"))["place"]["district"] == "310101"


async def test_a_field_of_ours_goes_before_a_code(house: House) -> None:
    await published(house)
    await house.post(issue_code="01-03", item_type="praise", hotline_codes={"issue": "垃圾-0301", "item_type": "3"})
    data = (await house.told())[-1]["data"]
    assert (data["issue"], data["item_type"]) == ("01-03", "praise")


async def test_an_unknown_code_fails_no_case_is_kept_and_reported(house: House) -> None:
    await published(house)
    for _ in range(2):
        data = await told(house, issue="X-9", item_type="77")
    assert (data["issue"], data["item_type"], data["unmapped"]) == (None, "request", ["issue", "item_type"])
    await told(house, issue="张三13912345678", item_type="3")
    report = (await house.as_("hotline").get("/v1/mappings/unknown")).json()["items"]
    assert [(each["kind"], each["code"], each["cases"]) for each in report[:2]] == [
        ("issue", "X-9", 2), ("item_type", "77", 2),
    ]  # fmt: skip
    assert len(report) == 3
    assert "13912345678" not in report[2]["code"]
    kept = await house.rows("select kind, code, ours from told_codes where case_no = :no order by kind",
                            no=report[0]["last_case"])  # fmt: skip
    assert [(row["kind"], row["code"], row["ours"]) for row in kept] == [
        ("issue", "X-9", None), ("item_type", "77", None),
    ]  # fmt: skip


async def test_what_is_mapped_later_leaves_the_report(house: House) -> None:
    await told(house, issue="垃圾-0301", item_type="3")
    assert len((await house.as_("hotline").get("/v1/mappings/unknown")).json()["items"]) == 2
    await published(house)
    assert (await house.as_("hotline").get("/v1/mappings/unknown")).json()["items"] == []


async def test_without_a_type_in_either_language_nothing_is_registered(house: House) -> None:
    body = {name: value for name, value in COMPLAINT.items() if name != "item_type"}
    answer = await house.as_("hotline").post("/v1/cases", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "item_type")


async def test_bulk_lines_are_translated_alike(house: House) -> None:
    await published(house)
    body = (
        '{"channel": "hotline", "external_id": "b-1", "description": "满溢", '
        '"hotline_codes": {"issue": "垃圾-0301", "area": "??", "item_type": "3"}}'
    )
    headers = {"content-type": "application/x-ndjson"}
    answer = await house.as_("hotline").post("/v1/cases/bulk", content=body.encode(), headers=headers)
    assert answer.json()["registered"] == 1
    data = (await house.told())[-1]["data"]
    assert (data["issue"], data["item_type"], data["unmapped"]) == ("05-01", "complaint", ["area"])
    report = (await house.as_("hotline").get("/v1/mappings/unknown")).json()["items"]
    assert [(each["kind"], each["code"]) for each in report] == [("area", "??")]


async def test_states_are_told_in_their_codes(house: House) -> None:
    await published(house)
    case_no = await house.post(external_id="SH-1")
    await house.moved(case_no, "handle.working", 1)
    await house.moved(case_no, "closed", 2, outcome="unresolved")
    items = (await house.as_("hotline").get("/v1/changes")).json()["items"]
    assert [each["status"] for each in items] == [None, "30", "91"]
    held = {"cases": [{"external_id": "SH-1", "state": "91"}, {"external_id": "SH-1", "state": "90"}]}
    answer = (await house.as_("hotline").post("/v1/reconciliation", json=held)).json()
    assert (answer["same"], answer["differs"][0]["status"]) == (1, "91")


def test_the_most_exact_state_wins() -> None:
    codes = CodeMap(states={"closed": "90", "closed.resolved": "92", "handle": "30"})
    states = [("closed", "resolved"), ("closed", "withdrawn"), ("handle.deferred", None), ("merged", None)]
    assert [codes.state(*state) for state in states] == ["92", "90", "30", None]


async def test_a_second_person_publishes_and_the_one_before_is_replaced(house: House) -> None:
    first, second = await published(house), await drafted(house, ROWS[:1])
    own = await drafted(house, ROWS[:1], person="administrator")
    assert (await house.as_("administrator").post(f"/v1/mappings/{own}/publication")).status_code == 403
    assert (await house.as_("editor").post(f"/v1/mappings/{second}/publication")).status_code == 403
    assert (await house.as_("publisher").post(f"/v1/mappings/{second}/publication")).status_code == 200
    refused = await house.as_("publisher").post(f"/v1/mappings/{own}/refusal", json={"reason": "缺少区域"})
    assert refused.json()["state"] == "refused"
    assert (await house.as_("publisher").post(f"/v1/mappings/{first}/publication")).status_code == 409
    listed = (await house.as_("hotline").get("/v1/mappings")).json()["items"]
    assert [(each["number"], each["state"]) for each in listed] == [
        (own, "refused"), (second, "published"), (first, "replaced"),
    ]  # fmt: skip
    assert (await house.as_("other hotline").get(f"/v1/mappings/{first}")).status_code == 404


async def test_a_workbook_goes_out_and_comes_in_again_the_same(house: House) -> None:
    number = await published(house)
    book = await house.as_("hotline").get(f"/v1/mappings/{number}/workbook")
    cells = list(load_workbook(io.BytesIO(book.content)).worksheets[0].iter_rows(values_only=True))
    assert cells[:2] == [HEADINGS, ("事项", "垃圾-0301", "05-01", "垃圾满溢")]
    answer = await house.as_("editor").post(
        "/v1/mappings", params={"client": client(house)}, content=book.content, headers={"content-type": XLSX_TYPE}
    )
    assert answer.status_code == 201, answer.text
    again = (await house.as_("hotline").get(f"/v1/mappings/{answer.json()['number']}")).json()
    assert [{name: value for name, value in row.items() if value} for row in again["rows"]] == ROWS


async def test_a_workbook_filled_in_by_a_person_is_read_as_it_looks(house: House) -> None:
    book = Workbook()
    sheet = book.active
    empty = (None, None, None, None)
    for row in (HEADINGS, ("诉求类型", 3, "投诉举报", None), empty, ("区域", 12.0, "310101", "黄浦")):
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    answer = await house.as_("editor").post(
        "/v1/mappings", params={"client": client(house)}, content=file.getvalue(), headers={"content-type": XLSX_TYPE}
    )
    rows = (await house.as_("editor").get(f"/v1/mappings/{answer.json()['number']}")).json()["rows"]
    assert [(row["kind"], row["theirs"], row["ours"]) for row in rows] == [
        ("item_type", "3", "complaint"), ("area", "12", "310101"),
    ]  # fmt: skip


BAD = {
    "type": [{"kind": "item_type", "theirs": "1", "ours": "poem"}],
    "twice": [ROWS[0], ROWS[0]],
    "state": [{"kind": "state", "theirs": "1", "ours": "Closed!"}],
    "issue": [{"kind": "issue", "theirs": "1", "ours": "垃圾"}],
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_row_is_named(house: House, case: str) -> None:
    answer = await house.as_("editor").post("/v1/mappings", json={"client": client(house), "rows": BAD[case]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "rows.1")


async def test_what_is_no_workbook_is_refused(house: House) -> None:
    headers, client_ = {"content-type": XLSX_TYPE}, {"client": client(house)}
    answer = await house.as_("editor").post("/v1/mappings", params=client_, content=b"PK", headers=headers)
    assert answer.json()["type"] == "urn:gridloop:problem:no-workbook"
    assert (await house.as_("clerk").post("/v1/mappings", json={})).status_code == 403
