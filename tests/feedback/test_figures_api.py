"""Figures open to their cases, parts and files; who may read which; exclusions by two evaluators."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from call_centre import AREA, CITY, STREET, Centre, event, place
from openpyxl import load_workbook
from random_history import AT, RATES, hours
from sqlalchemy.exc import ProgrammingError
from test_figures import IN_MARCH, history, shown

from feedback import staff
from services.clocks import stopped
from services.roles import Role
from services.spreadsheets import as_csv, as_xlsx


async def asked(centre: Centre, path: str, person: str = "evaluator", **params: Any) -> Any:
    with stopped(AT):
        answer = await centre.as_(person).get(path, params={**IN_MARCH, **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def pages(centre: Centre, **params: Any) -> list[dict[str, Any]]:
    """All pages of a list of cases."""
    found, following = [], None
    while True:
        more = {"cursor": following} if following else {}
        page = await asked(centre, "/v1/figures/cases", **params, **more)
        found += page["items"]
        following = page["next"]
        if following is None:
            return found


async def test_every_figure_opens_to_the_cases_behind_it(centre: Centre) -> None:
    await history(centre)
    rates = (await shown(centre))["rates"]
    for name in RATES:
        figure = rates[name]
        parts = {**figure["parts"], **figure["excluded"]}
        for part, number in parts.items():
            behind = await pages(centre, rate=name, part=part, limit=2)
            assert len({case["case_no"] for case in behind}) == len(behind) == number
            assert {case["fate"] for case in behind} <= {part}
    resolved = await pages(centre, rate="resolution", part="numerator", limit=1)
    assert [case["case_no"] for case in resolved] == ["01", "02"]
    whole = await pages(centre, rate="resolution", part="denominator")
    left_out = await pages(centre, rate="resolution", part="excluded_all")
    assert len(whole) == rates["resolution"]["denominator"]
    assert len(whole) + len(left_out) == 9


async def test_the_list_and_the_count_use_one_filter(centre: Centre) -> None:
    await history(centre)
    for choice in ({"grid": STREET}, {"unit": CITY}, {"channel": "walk_in"}, {"issue": "0504"}, {"grid": AREA}):
        rate = (await shown(centre, **choice))["rates"]["on_time"]
        behind = await pages(centre, rate="on_time", part="denominator", limit=3, **choice)
        assert len(behind) == rate["denominator"]


async def test_a_figure_names_its_version_and_its_interval(centre: Centre) -> None:
    await history(centre)
    found = await shown(centre)
    contact = found["rates"]["contact"]
    assert contact["interval"] == {"low": 0.300642, "high": 0.954413}
    assert contact["small"] is True
    older = await shown(centre, formula="2026.1")
    assert (older["formula"], older["composite"], set(older["rates"])) == ("2026.1", None, set(RATES[:4]))
    listed = await asked_plain(centre, "/v1/figures/formulas")
    assert [each["version"] for each in listed["items"]] == ["2026.2", "2026.1"]
    assert listed["items"][0]["rates"]["satisfaction"]["parts"]["mostly"] == 0.8
    unknown = await centre.as_("auditor").get("/v1/figures", params={"formula": "1999"})
    assert unknown.json()["errors"][0]["field"] == "formula"


async def asked_plain(centre: Centre, path: str, person: str = "evaluator") -> Any:
    return (await centre.as_(person).get(path)).json()


async def test_the_composite_weighs_its_rates_and_is_null_where_one_is_over_nothing(centre: Centre) -> None:
    await history(centre)
    made = (await shown(centre))["composite"]
    assert made["value"] == pytest.approx(0.1 * 0.75 + 0.2 * 0.8 + 0.35 * 2 / 3 + 0.35 * 0.6, abs=1e-5)
    assert (await shown(centre, channel="walk_in"))["composite"]["value"] is None


async def test_a_leader_reads_the_own_subtree_and_nothing_else(centre: Centre) -> None:
    await history(centre)
    own = await asked(centre, "/v1/figures", "leader")
    assert (own["unit"], own["cases"]) == (STREET, 8)
    assert (await asked(centre, "/v1/figures", "leader", unit=AREA))["cases"] == 0
    assert (await asked(centre, "/v1/figures", "leader", grid=CITY))["cases"] == 8
    for path in ("/v1/figures", "/v1/figures/by/unit", "/v1/figures/export", "/v1/reports/2025-03"):
        refused = await centre.as_("leader").get(path, params={"unit": CITY})
        assert refused.status_code == 404, path
    cases = await centre.as_("leader").get("/v1/figures/cases", params={"unit": CITY, "rate": "contact"})
    assert cases.status_code == 404
    assert (await asked(centre, "/v1/figures", "supervisor"))["cases"] == 9
    assert (await asked(centre, "/v1/figures", "auditor"))["unit"] is None


async def test_units_with_few_answers_have_no_rank(centre: Centre) -> None:
    await history(centre)
    found = await asked(centre, "/v1/figures/by/unit", unit=CITY)
    assert [(each["code"], each["cases"], each["rank"]) for each in found["items"]] == [("310101", 8, None)]
    assert all("person" not in key for each in found["items"] for key in each)
    channels = await asked(centre, "/v1/figures/by/channel")
    assert [(each["code"], each["cases"]) for each in channels["items"]] == [("hotline", 8), ("walk_in", 1)]


async def test_figures_leave_as_csv_and_workbook(centre: Centre) -> None:
    await history(centre)
    with stopped(AT):
        text = await centre.as_("evaluator").get("/v1/figures/export", params={**IN_MARCH, "by": "channel"})
        book = await centre.as_("evaluator").get("/v1/figures/export", params={**IN_MARCH, "format": "xlsx"})
        cases = await centre.as_("evaluator").get(
            "/v1/figures/cases/export", params={**IN_MARCH, "rate": "contact", "format": "csv"}
        )
    rows = list(csv.reader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert rows[1][:7] == ["合计", "合计", "9", "先行联系率", "0.75", "3.0", "4"]
    assert {row[0] for row in rows[1:]} == {"合计", "hotline", "walk_in"}
    sheets = load_workbook(io.BytesIO(book.content))
    assert sheets.sheetnames == ["指标", "口径"]
    assert ("公式版本", "2026.2") in list(sheets["口径"].values)
    assert [row[6] for row in csv.reader(io.StringIO(cases.content.decode("utf-8-sig")))][1:].count("按时") == 3


def test_no_cell_is_run_as_a_formula() -> None:
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "plain", "_x0041_\x07"]
    (row,) = csv.reader(io.StringIO(as_csv([evil]).decode("utf-8-sig")))
    assert row[:6] == [f"'{each}" for each in evil[:6]]
    cells = load_workbook(io.BytesIO(as_xlsx([("a", [["head"], evil])])))["a"][2]
    assert [cell.data_type for cell in cells] == ["s"] * 8
    assert [cell.quotePrefix for cell in cells[:5]] == [True] * 5
    assert cells[0].value == "=1+1"


WANTED = {
    "case_no": "01",
    "rates": ["resolution", "satisfaction"],
    "ground": "duplicate",
    "reason": "与另一件重复计入",
    "evidence": "测评函〔2025〕3号",
}


async def second(centre: Centre) -> Any:
    """A second evaluator's client."""
    async with centre.database.unit() as session:
        person, _ = await staff.appoint(session, name="复核员（虚构）", roles=[Role.EVALUATOR])
        _, centre.keys["second"] = await staff.hand_key(session, person=person)
    return centre.as_("second")


async def told(centre: Centre) -> tuple[int, int]:
    figure = (await shown(centre))["rates"]["resolution"]
    return figure["denominator"], figure["excluded"].get("excluded", 0)


async def one_answered(centre: Centre) -> None:
    await centre.moved("01", received_at=hours(-30), handled_at=hours(-20))
    await centre.handled("01")
    await centre.results(event("01"))


async def test_an_exclusion_needs_two_evaluators_and_is_published_as_a_count(centre: Centre) -> None:
    await one_answered(centre)
    first, other = centre.as_("evaluator"), await second(centre)
    proposed = await first.post("/v1/exclusions", json=WANTED)
    assert (proposed.status_code, proposed.json()["state"]) == (202, "proposed")
    again = await first.post("/v1/exclusions", json=WANTED)
    assert (again.status_code, again.json()["id"]) == (202, proposed.json()["id"])
    assert await told(centre) == (1, 0)
    different = await other.post("/v1/exclusions", json={**WANTED, "rates": ["contact"]})
    assert different.status_code == 409
    agreed = await other.post("/v1/exclusions", json={**WANTED, "rates": ["satisfaction", "resolution"]})
    assert (agreed.status_code, agreed.json()["state"]) == (200, "agreed")
    assert await told(centre) == (0, 1)
    assert [case["fate"] for case in await pages(centre, rate="resolution", part="excluded")] == ["excluded"]
    assert await centre.moves("01") == ["issue", "answer", "judge", "propose_exclusion", "agree_exclusion"]


async def test_an_exclusion_is_undone_by_another_row_and_by_two(centre: Centre) -> None:
    await one_answered(centre)
    first, other = centre.as_("evaluator"), await second(centre)
    await first.post("/v1/exclusions", json=WANTED)
    number = (await other.post("/v1/exclusions", json=WANTED)).json()["id"]
    why = {"reason": "核实后并非重复", "evidence": "测评函〔2025〕9号"}
    assert (await other.post(f"/v1/exclusions/{number}/undoing", json=why)).status_code == 202
    assert await told(centre) == (0, 1)
    assert (await first.post(f"/v1/exclusions/{number}/undoing", json=why)).status_code == 200
    assert await told(centre) == (1, 0)
    assert (await first.post(f"/v1/exclusions/{number}/undoing", json=why)).status_code == 409
    listed = (await first.get("/v1/exclusions", params={"case_no": "01", "limit": 1})).json()
    rest = (await first.get("/v1/exclusions", params={"cursor": listed["next"]})).json()
    assert [each["state"] for each in listed["items"] + rest["items"]] == ["undone", "agreed"]
    assert UUID(rest["items"][0]["undoes"]) == UUID(number)


async def test_a_second_evaluator_may_refuse_with_a_reason_and_the_proposer_may_not(centre: Centre) -> None:
    await one_answered(centre)
    first, other = centre.as_("evaluator"), await second(centre)
    number = (await first.post("/v1/exclusions", json=WANTED)).json()["id"]
    why = {"reason": "证据不足，不予剔除"}
    assert (await first.post(f"/v1/exclusions/{number}/refusal", json=why)).status_code == 409
    refused = await other.post(f"/v1/exclusions/{number}/refusal", json=why)
    assert (refused.status_code, refused.json()["ruling"]["reason"]) == (200, why["reason"])
    assert (await other.post(f"/v1/exclusions/{number}/refusal", json=why)).status_code == 409
    assert await told(centre) == (1, 0)
    assert (await first.post("/v1/exclusions", json=WANTED)).status_code == 202


@pytest.mark.parametrize("table", ["exclusions", "exclusion_rulings"])
async def test_an_exclusion_is_never_rewritten(centre: Centre, table: str) -> None:
    await one_answered(centre)
    await centre.as_("evaluator").post("/v1/exclusions", json=WANTED)
    await (await second(centre)).post("/v1/exclusions", json=WANTED)
    assert len(await centre.rows(f"select * from {table}")) == 1
    for statement in (f"delete from {table}", f"update {table} set reason = ''", f"truncate {table} cascade"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await centre.rows(statement)


async def test_only_evaluators_exclude_and_only_known_cases(centre: Centre) -> None:
    await one_answered(centre)
    for person in ("supervisor", "leader", "caller", "administrator", "auditor"):
        assert (await centre.as_(person).post("/v1/exclusions", json=WANTED)).status_code == 403
    unknown = await centre.as_("evaluator").post("/v1/exclusions", json={**WANTED, "case_no": "99"})
    assert unknown.status_code == 404
    short = await centre.as_("evaluator").post("/v1/exclusions", json={**WANTED, "evidence": ""})
    assert short.status_code == 422


async def test_the_words_of_an_exclusion_are_redacted(centre: Centre) -> None:
    await one_answered(centre)
    wanted = {**WANTED, "reason": "联系电话 13800138000 重复登记"}
    made = (await centre.as_("evaluator").post("/v1/exclusions", json=wanted)).json()
    assert "13800138000" not in made["reason"]


async def test_the_monthly_report_is_a_page_and_a_pdf_in_chinese(centre: Centre) -> None:
    await history(centre)
    with stopped(AT):
        page = await centre.as_("evaluator").get("/v1/reports/2025-03")
        paper = await centre.as_("leader").get("/v1/reports/2025-03", params={"format": "pdf"})
        early = await centre.as_("evaluator").get("/v1/reports/2025-04")
    assert page.status_code == 200, page.text
    for words in (
        "市民诉求办理月报（2025年3月）",
        "本月受理诉求9件",
        "先行联系率",
        "综合指数",
        "公式版本 2026.2",
        "<svg",
    ):
        assert words in page.text
    assert "<script" not in page.text
    assert "src=" not in page.text
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert early.status_code == 422
    assert (await centre.as_("officer").get("/v1/reports/2025-03")).status_code == 403


async def test_a_unit_moved_elsewhere_is_not_the_leaders(centre: Centre) -> None:
    await centre.moved("01", received_at=hours(-3), lead=place(CITY))
    assert (await asked(centre, "/v1/figures", "leader"))["cases"] == 0
