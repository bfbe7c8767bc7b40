"""A re-check of a case with nobody to ask is a look at the spot: no caller's, and nobody's who has judged before."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from call_centre import CASE, DAY, Centre, event, missed
from test_photos import picture

from feedback import staff
from feedback.fates import Choice
from feedback.figures import raw_counts
from feedback.models import Survey
from feedback.recomputing import recompute
from services.clocks import now, stopped
from services.roles import Role

SAW = {"solved": "未解决", "words": "张伟家门口的垃圾还在，13912345678", "looked_at": "2025-03-05T10:00:00+08:00"}


@pytest.fixture
async def drawn(centre: Centre) -> dict[str, Any]:
    """A look that routing drew, and a second evaluator."""
    async with centre.database.unit() as session:
        person, _ = await staff.appoint(session, name="second", roles=[Role.EVALUATOR])
        _, centre.keys["second"] = await staff.hand_key(session, person=person)
    await centre.moved(state="closed", outcome="not_surveyed")
    await centre.handled(kind="recheck")
    return await centre.survey()


async def do(centre: Centre, what: str, person: str = "evaluator", **body: Any) -> httpx.Response:
    survey = (await centre.rows("select id from surveys where kind = 'recheck' order by id desc"))[0]["id"]
    return await centre.as_(person).post(f"/v1/looks/{survey}/{what}", json=body or None)


async def waiting(centre: Centre, person: str = "evaluator", **params: str) -> list[str]:
    return [each["case_no"] for each in (await centre.as_(person).get("/v1/looks", params=params)).json()["items"]]


async def test_no_caller_gets_it_and_nobody_is_told_to_reach_anybody(centre: Centre, drawn: dict[str, Any]) -> None:
    caller = centre.as_("caller")
    assert (await caller.get("/v1/calls")).json()["items"] == []
    assert (await caller.get("/v1/calls", params={"kind": "recheck"})).json()["items"] == []
    for what in ("take", "attempts", "answers"):
        body = {"attempts": {"result": "no_answer"}, "answers": {"solved": "解决"}}.get(what)
        assert (await caller.post(f"/v1/calls/{drawn['id']}/{what}", json=body)).status_code == 404
    assert (await caller.get(f"/v1/calls/{drawn['id']}")).status_code == 404
    assert await centre.results(event(kind="recheck"), missed(kind="recheck")) == ["unknown", "unknown"]
    assert await centre.told() == []
    assert drawn["relay"] is None


async def test_an_evaluator_finds_takes_and_writes_down_and_the_case_is_handled_again(
    centre: Centre, drawn: dict[str, Any]
) -> None:
    assert await waiting(centre) == [CASE]
    assert (await do(centre, "finding", **SAW)).json()["type"].endswith("look-not-taken")
    taken = await do(centre, "take")
    assert (taken.status_code, taken.json()["public_answer"][:5]) == (200, "垃圾已清运")
    assert (await waiting(centre, mine="true"), await waiting(centre, "second")) == ([CASE], [])
    assert (await do(centre, "take", "second")).status_code == 409
    told = await do(centre, "finding", **SAW, photo=base64.b64encode(picture()).decode())
    assert told.json() == {"result": "recorded", "state": "answered", "attempts": 0}
    (found,) = await centre.rows("select * from answers")
    assert (found["via"], found["solved"], found["satisfied"]) == ("on_site", "unsolved", "unrated")
    assert found["called_at"] == datetime(2025, 3, 5, 2, tzinfo=UTC)
    assert "13912345678" not in str(await centre.rows("select words from timeline_words"))
    (given,) = await centre.told()
    assert (given["type"], given["data"]["kind"], given["data"]["verdict"]) == (
        "verdict.given", "recheck", "unresolved",
    )  # fmt: skip
    assert given["data"]["reason"] == "现场复核“未解决”，需再次处置"
    assert await centre.moves() == ["issue", "answer", "judge"]
    assert (await centre.as_("evaluator").get(f"/v1/ratings/{found['id']}/photo")).status_code == 200
    assert (await do(centre, "finding", **SAW)).status_code == 410


@pytest.mark.parametrize(
    ("word", "verdict"), [("solved", "resolved"), ("partly", "unresolved"), ("unsolved", "unresolved")]
)
async def test_it_decides_as_a_recheck_does_and_again_by_its_rule(
    centre: Centre, drawn: dict[str, Any], word: str, verdict: str
) -> None:
    await do(centre, "take")
    await do(centre, "finding", **{**SAW, "solved": word})
    assert [told["data"]["verdict"] for told in await centre.told()] == [verdict]
    async with centre.database.unit() as session:
        assert await recompute(session) == (1, [], None)
        counts = await raw_counts(session, Choice(DAY - timedelta(days=1), now()), as_of=now())
    ((fates, number),) = counts.items()
    assert (fates.split("|")[-1], fates.split("|")[2], number) == ("no_first_answer", "not_surveyed", 1)


async def test_who_looked_at_one_round_does_not_look_at_the_next(centre: Centre, drawn: dict[str, Any]) -> None:
    await do(centre, "take")
    await do(centre, "finding", **SAW)
    await centre.handled(kind="recheck", round=2, sequence=5)
    assert (await waiting(centre), await waiting(centre, "second")) == ([], [CASE])
    assert (await do(centre, "take")).json()["type"].endswith("own-verdict")
    assert (await do(centre, "take", "second")).status_code == 200


async def test_who_called_about_the_case_does_not_look_at_it(centre: Centre, drawn: dict[str, Any]) -> None:
    async with centre.database.unit() as session:
        person, _ = await staff.appoint(session, name="both", roles=[Role.CALLER, Role.EVALUATOR])
        _, centre.keys["both"] = await staff.hand_key(session, person=person)
    await centre.handled(kind="settled")
    (asked,) = await centre.rows("select id from surveys where kind = 'settled'")
    await centre.as_("both").post(f"/v1/calls/{asked['id']}/take")
    await centre.as_("both").post(f"/v1/calls/{asked['id']}/attempts", json={"result": "no_answer"})
    assert await waiting(centre, "both") == []
    assert (await do(centre, "take", "both")).status_code == 409


async def test_a_look_that_nobody_made_ends_without_a_verdict(centre: Centre, drawn: dict[str, Any]) -> None:
    with stopped(now() + timedelta(days=8)):
        await centre.expire(drawn["id"])
    assert (await centre.survey())["state"] == "expired"
    assert (await centre.told(), await centre.rows("select 1 from verdicts")) == ([], [])
    assert await centre.moves() == ["issue", "lapse"]
    assert (await do(centre, "take")).status_code == 410


async def test_a_look_that_was_taken_is_free_again_after_three_days(centre: Centre, drawn: dict[str, Any]) -> None:
    await do(centre, "take")
    with stopped(now() + timedelta(days=3, minutes=1)):
        assert (await do(centre, "finding", **SAW)).status_code == 409
        assert (await do(centre, "take", "second")).status_code == 200


async def test_a_bad_finding_is_named_and_keeps_nothing(centre: Centre, drawn: dict[str, Any]) -> None:
    await do(centre, "take")
    for wrong, field in (
        ({"looked_at": "2025-03-01T10:00:00+08:00"}, "looked_at"), ({"words": ""}, "words"),
        ({"solved": "差不多"}, "solved"), ({"photo": "bm8gcGljdHVyZQ=="}, "photo"), ({"photo": "?"}, "photo"),
    ):  # fmt: skip
        answer = await do(centre, "finding", **{**SAW, **wrong})
        assert (answer.status_code, field in answer.text) == (422, True)
    assert await centre.rows("select 1 from answers") == []


async def test_only_evaluators_look_and_auditors_read(centre: Centre, drawn: dict[str, Any]) -> None:
    for person in ("caller", "supervisor", "officer"):
        assert (await centre.as_(person).get("/v1/looks")).status_code == 403
    assert await waiting(centre, "auditor") == [CASE]
    assert (await do(centre, "take", "auditor")).status_code == 403
    listed = (await centre.as_("auditor").get("/v1/surveys", params={"on_site": "true"})).json()["items"]
    assert [each["on_site"] for each in listed] == [True]
    assert (await centre.as_("auditor").get("/v1/surveys", params={"on_site": "false"})).json()["items"] == []


async def test_a_second_call_is_no_look(centre: Centre) -> None:
    await centre.handled(kind="settled")
    survey = await centre.survey()
    assert (await do_not_take(centre, survey["id"])).status_code == 404
    assert Survey(kind="recheck", rechecks=survey["id"]).on_site is False
    assert await waiting(centre) == []


async def do_not_take(centre: Centre, survey: Any) -> httpx.Response:
    return await centre.as_("evaluator").post(f"/v1/looks/{survey}/take")
