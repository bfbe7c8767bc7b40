"""A call-back agent takes a survey, tries, writes down; a second look is somebody else's."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from call_centre import CASE, Centre, event

from feedback import staff
from feedback.answers import drawn
from feedback.models import Survey
from services import errands
from services.clocks import now, stopped
from services.roles import Role

SAID = {"solved": "部分解决", "satisfied": "基本满意", "unit_contacted": True, "words": "张伟说还差一点，13912345678"}


@pytest.fixture
async def colleague(centre: Centre) -> str:
    """A second caller."""
    async with centre.database.unit() as session:
        person, _ = await staff.appoint(session, name="colleague", roles=[Role.CALLER])
        _, centre.keys["colleague"] = await staff.hand_key(session, person=person)
    return "colleague"


async def do(centre: Centre, what: str, person: str = "caller", **body: Any) -> httpx.Response:
    survey = (await centre.rows("select id from surveys where state = 'open' order by id"))[0]["id"]
    return await centre.as_(person).post(f"/v1/calls/{survey}/{what}", json=body or None)


async def listed(centre: Centre, person: str = "caller", **params: str) -> list[str]:
    page = (await centre.as_(person).get("/v1/calls", params=params)).json()
    return [item["case_no"] for item in page["items"]]


async def test_a_caller_takes_a_survey_reads_the_questions_and_writes_down(centre: Centre) -> None:
    await centre.handled()
    assert await listed(centre) == [CASE]
    taken = await do(centre, "take")
    assert taken.status_code == 200
    assert (taken.json()["asked"]["version"], taken.json()["public_answer"][:5]) == ("2026.2", "垃圾已清运")
    answered = await do(centre, "answers", **SAID)
    assert answered.json() == {"result": "recorded", "state": "answered", "attempts": 0}
    (rating,) = await centre.rows("select * from answers")
    assert (rating["via"], rating["solved"], rating["unit_contacted"]) == ("caller", "partly", True)
    assert rating["by_person"] is not None
    words = str(await centre.rows("select words from timeline_words"))
    assert "13912345678" not in words
    (given,) = await centre.told("verdict.given")
    assert given["data"]["verdict"] == "unresolved"
    assert await listed(centre) == []


async def test_what_one_caller_has_taken_is_no_others_until_the_time_is_over(centre: Centre, colleague: str) -> None:
    await centre.handled()
    await do(centre, "take")
    assert await listed(centre, colleague) == []
    assert (await do(centre, "take", colleague)).status_code == 409
    assert (await do(centre, "answers", colleague, **SAID)).status_code == 409
    assert await listed(centre, mine="true") == [CASE]
    with stopped(now() + timedelta(minutes=46)):
        assert (await do(centre, "answers", **SAID)).json()["type"].endswith("not-taken-by-you")
        assert (await do(centre, "take", colleague)).status_code == 200


async def test_attempts_are_kept_free_the_survey_and_end_it_by_the_citys_rule(centre: Centre) -> None:
    await centre.handled()
    for number, result in enumerate(("no_answer", "refused", "wrong_number"), start=1):
        await do(centre, "take")
        called = (now() - timedelta(hours=5 - number)).isoformat()
        tried = await do(centre, "attempts", result=result, called_at=called)
        assert tried.json()["attempts"] == number
    assert tried.json()["state"] == "unreachable"
    kept = await centre.rows("select result, via from attempts order by called_at")
    assert [row["result"] for row in kept] == ["no_answer", "refused", "wrong_number"]


async def test_a_recheck_is_asked_by_another_caller_than_the_first(centre: Centre, colleague: str) -> None:
    centre.app.state.desk = replace(centre.app.state.desk, recheck_percent=100)
    try:
        await centre.handled()
        await do(centre, "take")
        await do(centre, "answers", **{**SAID, "solved": "解决"})
    finally:
        centre.app.state.desk = replace(centre.app.state.desk, recheck_percent=0)
    due = (await centre.told("survey.due"))[-1]["data"]
    assert (due["kind"], due["link"]) == ("recheck", False)
    assert await listed(centre) == []
    assert (await do(centre, "take")).json()["type"].endswith("same-caller")
    assert await listed(centre, colleague) == [CASE]
    await do(centre, "take", colleague)
    await do(centre, "answers", colleague, solved="未解决", satisfied="不满意")
    given = [told["data"] for told in await centre.told("verdict.given")]
    assert [(each["kind"], each["verdict"]) for each in given] == [("handled", "resolved"), ("recheck", "unresolved")]
    assert await centre.rows("select 1 from surveys where state = 'open'") == []


def test_the_sample_is_drawn_by_lot_and_near_its_share() -> None:
    surveys = [Survey(case_no=f"{number:016d}", round=1) for number in range(4000)]
    chosen = [survey.case_no for survey in surveys if drawn(b"key", survey, 5)]
    assert 140 <= len(chosen) <= 260
    assert chosen == [survey.case_no for survey in surveys if drawn(b"key", survey, 5)]
    assert chosen != [survey.case_no for survey in surveys if drawn(b"another", survey, 5)]


async def test_the_same_key_writes_down_once(centre: Centre) -> None:
    await centre.handled()
    await do(centre, "take")
    survey = (await centre.survey())["id"]
    answers = [
        await centre.as_("caller").post(f"/v1/calls/{survey}/answers", json=SAID, headers={"idempotency-key": "k"})
        for _ in range(2)
    ]
    assert [answer.json() for answer in answers] == [answers[0].json()] * 2
    assert len(await centre.rows("select 1 from answers")) == 1


async def test_a_survey_that_ended_is_gone(centre: Centre) -> None:
    await centre.handled()
    await do(centre, "take")
    survey = (await centre.survey())["id"]
    await centre.results(event())
    answer = await centre.as_("caller").post(f"/v1/calls/{survey}/answers", json=SAID)
    assert answer.status_code == 410


@pytest.mark.parametrize("person", ["evaluator", "auditor", "officer", "supervisor"])
async def test_only_callers_call(centre: Centre, person: str) -> None:
    await centre.handled()
    assert (await do(centre, "take", person)).status_code == 403
    assert (await centre.as_(person).get("/v1/calls")).status_code == 403


async def test_only_who_has_taken_a_survey_is_given_the_errand_to_its_person(centre: Centre, colleague: str) -> None:
    await centre.handled()
    path = f"/v1/calls/{(await centre.survey())['id']}"
    assert (await centre.as_("caller").get(path)).json()["errand"] is None
    taken = await do(centre, "take")
    assert taken.json()["errand"] is None  # an answer is kept for repeats, an errand nowhere
    given = (await centre.as_("caller").get(path)).json()["errand"]
    assert errands.read(centre.settings, "feedback", "intake", "contact", given).facts["case_no"] == CASE
    assert (await centre.as_(colleague).get(path)).json()["errand"] is None
    await do(centre, "attempts", result="no_answer")
    assert (await centre.as_("caller").get(path)).json()["errand"] is None
