"""Surveys are read by those who call back, evaluate and audit; a list pages by cursor and shows no person."""

import pytest
from call_centre import CASE, Centre, event, missed


async def test_the_list_pages_in_the_order_of_issue(centre: Centre) -> None:
    cases = [f"20250301{n:08d}" for n in range(7)]
    for case_no in cases:
        await centre.handled(case_no)
    seen: list[str] = []
    following: str | None = ""
    while following is not None:
        params = {"limit": "3"} | ({"cursor": following} if following else {})
        page = (await centre.as_("caller").get("/v1/surveys", params=params)).json()
        seen += [item["case_no"] for item in page["items"]]
        following = page["next"]
    assert seen == cases


async def test_the_list_narrows_by_state_and_kind(centre: Centre) -> None:
    await centre.handled()
    await centre.handled(CASE[:-1] + "9", kind="settled")
    await centre.results(event())
    client = centre.as_("evaluator")
    found = [(await client.get("/v1/surveys", params=params)).json()["items"] for params in (
        {"state": "open"}, {"state": "answered"}, {"kind": "settled"}, {"state": "answered", "kind": "settled"},
    )]  # fmt: skip
    assert [[item["kind"] for item in items] for items in found] == [["settled"], ["handled"], ["settled"], []]


async def test_a_case_shows_what_came_back_and_the_verdict(centre: Centre) -> None:
    await centre.handled()
    await centre.results(missed(), event(solved="部分解决", words="张三说还没修好"), event(solved="解决"))
    answer = await centre.as_("auditor").get(f"/v1/surveys/{CASE}")
    (survey,) = answer.json()["surveys"]
    assert (survey["state"], survey["attempts"], len(survey["tries"])) == ("answered", 1, 1)
    assert [(each["solved"], each["late"]) for each in survey["answers"]] == [("partly", False), ("solved", True)]
    assert (survey["verdict"]["verdict"], survey["verdict"]["rule"]) == ("unresolved", "2026.1/shanghai-1")
    assert "张三" not in answer.text


@pytest.mark.parametrize("case_no", ["2025030100000433", "x", "%00", "长"])
async def test_a_case_without_a_survey_is_not_found(centre: Centre, case_no: str) -> None:
    assert (await centre.as_("caller").get(f"/v1/surveys/{case_no}")).status_code == 404


@pytest.mark.parametrize(
    "params", [{"state": "lost"}, {"limit": "0"}, {"cursor": "x"}, {"cursor": "e30"}, {"stat": "open"}]
)
async def test_a_wrong_filter_is_named(centre: Centre, params: dict[str, str]) -> None:
    answer = await centre.as_("caller").get("/v1/surveys", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] in params


@pytest.mark.parametrize("person", ["officer", "leader", "supervisor", "city administrator"])
async def test_those_who_are_judged_do_not_read_single_surveys(centre: Centre, person: str) -> None:
    for path in ("/v1/surveys", f"/v1/surveys/{CASE}"):
        assert (await centre.as_(person).get(path)).status_code == 403


async def test_nothing_is_read_without_a_key(centre: Centre) -> None:
    for path in ("/v1/surveys", f"/v1/surveys/{CASE}", "/v1/figures"):
        assert (await centre.as_().get(path)).status_code == 401
