"""Surveys come from routing's messages: once, in any order of arrival, and they end when what they ask about ends."""

import asyncio
from datetime import timedelta

import pytest
from call_centre import CASE, DAY, Centre, event, order_handled

from services.clocks import now, stopped


async def test_a_handled_round_is_surveyed_exactly_once(centre: Centre) -> None:
    await centre.handled()
    await centre.handled(sequence=5)
    survey = await centre.survey()
    assert (survey["state"], survey["round"], survey["kind"]) == ("open", 1, "handled")
    assert survey["due_at"] - survey["issued_at"] == timedelta(days=7)
    assert survey["link_expires_at"] - survey["issued_at"] == timedelta(days=14)
    (due,) = await centre.told()
    assert due["type"] == "survey.due"
    until = survey["due_at"].isoformat().replace("+00:00", "Z")
    assert due["data"] == {
        "case_no": CASE, "survey": str(survey["id"]), "round": 1, "kind": "handled", "link": True, "relay": None,
        "until": until,
    }  # fmt: skip
    assert await centre.moves() == ["issue"]


async def test_eight_senders_at_once_make_one_survey(centre: Centre) -> None:
    await asyncio.gather(*(centre.handled(sequence=n) for n in range(1, 9)))
    assert (await centre.survey())["state"] == "open"
    assert len(await centre.told("survey.due")) == 1


async def test_each_round_and_each_kind_has_its_own_survey(centre: Centre) -> None:
    for facts in ({"round": 1}, {"round": 2}, {"kind": "recheck"}, {"kind": "settled"}, {"kind": "withdrawn"}):
        await centre.handled(**facts)
    assert len(await centre.rows("select 1 from surveys")) == 5
    asked = await centre.told("survey.due")
    assert [told["data"]["kind"] for told in asked] == ["handled", "handled", "settled", "withdrawn"]
    sequences = [int(told["sequence"]) for told in await centre.told()]
    assert sequences == [1, 2, 3, 4]


@pytest.mark.parametrize("item_type", ["praise", "suggestion"])
async def test_praise_and_suggestions_are_not_surveyed(centre: Centre, item_type: str) -> None:
    assert (await centre.handled(item_type=item_type)).status == "done"
    assert await centre.rows("select * from surveys") == []
    assert await centre.told() == []
    (entry,) = await centre.rows("select * from audit where subject = :case_no", case_no=CASE)
    assert entry["action"] == "survey.not_asked"


async def test_a_withdrawal_recalls_an_open_survey(centre: Centre) -> None:
    await centre.handled()
    await centre.withdrawn()
    assert (await centre.survey())["state"] == "cancelled"
    assert [told["type"] for told in await centre.told()] == ["survey.due", "survey.ended"]
    assert await centre.rows("select * from verdicts") == []
    assert await centre.moves() == ["issue", "cancel"]


async def test_a_withdrawal_that_leaves_a_hazard_open_recalls_the_survey_too(centre: Centre) -> None:
    await centre.handled()
    await centre.moved(sequence=3, move="withdraw", state="feedback.surveying")
    assert (await centre.survey())["state"] == "cancelled"


async def test_a_withdrawal_that_comes_first_has_the_survey_born_cancelled(centre: Centre) -> None:
    await centre.withdrawn(sequence=3)
    await centre.handled(sequence=2)
    assert (await centre.survey())["state"] == "cancelled"
    assert await centre.told() == []


async def test_a_withdrawal_recalls_no_survey_about_itself(centre: Centre) -> None:
    await centre.handled(sequence=4, kind="withdrawn")
    await centre.withdrawn(sequence=3)
    await centre.handled(CASE[:-1] + "9", sequence=1, kind="withdrawn")
    await centre.withdrawn(CASE[:-1] + "9", sequence=2)
    assert [row["state"] for row in await centre.rows("select state from surveys")] == ["open", "open"]


async def test_a_merge_recalls_and_a_merged_case_has_its_own_survey_later(centre: Centre) -> None:
    await centre.handled(sequence=2)
    await centre.moved(sequence=3, move="merge", state="merged", merged_into="2025030100000433")
    await centre.handled(sequence=6, round=2)
    await centre.moved(sequence=7, move="chase", state="merged", merged_into="2025030100000433")
    states = await centre.rows("select round, state from surveys order by round")
    assert states == [{"round": 1, "state": "cancelled"}, {"round": 2, "state": "open"}]


async def test_a_withdrawal_and_a_handling_at_once_leave_no_survey_open(centre: Centre) -> None:
    cases = [f"20250301{n:08d}" for n in range(12)]
    both = [(centre.handled(case_no, sequence=2), centre.withdrawn(case_no, sequence=3)) for case_no in cases]
    await asyncio.gather(*(each for pair in both for each in pair))
    assert [row["state"] for row in await centre.rows("select state from surveys")] == ["cancelled"] * 12


async def test_news_from_before_the_survey_does_not_recall_it(centre: Centre) -> None:
    await centre.handled(sequence=6)
    await centre.moved(sequence=3, move="merge", state="merged", merged_into="2025030100000433")
    assert (await centre.survey())["state"] == "open"


async def test_closing_by_a_verdict_recalls_nothing(centre: Centre) -> None:
    await centre.handled(sequence=2)
    await centre.moved(sequence=3, move="follow", state="closed", outcome="resolved")
    assert (await centre.survey())["state"] == "open"


async def test_an_older_move_never_overwrites_the_copy(centre: Centre) -> None:
    await centre.moved(sequence=5, state="closed", outcome="resolved", closed_at=DAY, disputes=1)
    await centre.moved(sequence=3, state="handle.working")
    await centre.moved(sequence=5, state="handle.disputed")
    (copy,) = await centre.rows("select * from cases")
    assert (copy["seen"], copy["state"], copy["outcome"], copy["disputes"]) == (5, "closed", "resolved", 1)
    assert (copy["grid_code"], copy["lead_path"]) == ("310101023-A1", "/31/310101/310101023/")


async def test_the_same_message_twice_has_one_effect(centre: Centre) -> None:
    message = order_handled()
    assert (await centre.hear(message, 2, "once")).status == "done"
    assert (await centre.hear(message, 2, "once")).status == "duplicate"
    assert len(await centre.told()) == 1


async def test_a_survey_nobody_answers_expires_as_unreachable(centre: Centre) -> None:
    await centre.handled()
    survey = await centre.survey()
    with stopped(survey["due_at"] + timedelta(seconds=1)):
        await centre.expire(survey["id"])
        await centre.expire(survey["id"])
    assert (await centre.survey())["state"] == "expired"
    (given,) = await centre.told("verdict.given")
    assert (given["data"]["verdict"], given["data"]["reason"]) == ("unreachable", "回访期限届满，诉求人未作答复")
    assert len(await centre.told("survey.ended")) == 1
    assert await centre.moves() == ["issue", "judge"]


async def test_the_expiry_waits_in_the_queue_from_the_first_day(centre: Centre) -> None:
    await centre.handled()
    survey = await centre.survey()
    (job,) = await centre.rows("select * from pgqueuer where entrypoint = 'expire_survey'")
    assert bytes(job["payload"]).decode() == str(survey["id"])
    assert abs(job["execute_after"] - survey["due_at"]) < timedelta(seconds=5)


async def test_an_expiry_that_fires_early_comes_back_in_time(centre: Centre) -> None:
    await centre.handled()
    survey = await centre.survey()
    with stopped(survey["due_at"] - timedelta(hours=2)):
        await centre.expire(survey["id"])
    assert (await centre.survey())["state"] == "open"
    jobs = await centre.rows("select execute_after from pgqueuer where entrypoint = 'expire_survey' order by id")
    assert len(jobs) == 2
    assert abs(jobs[1]["execute_after"] - now() - timedelta(hours=2)) < timedelta(seconds=5)


async def test_an_answer_and_the_expiry_at_once_give_one_verdict(centre: Centre) -> None:
    cases = [f"20250301{n:08d}" for n in range(8)]
    for case_no in cases:
        await centre.handled(case_no)
    await centre.rows("update surveys set due_at = now() - interval '1 second'")
    surveys = await centre.rows("select id from surveys")
    answers = [centre.results(event(case_no)) for case_no in cases]
    _, results = await asyncio.gather(
        asyncio.gather(*(centre.expire(survey["id"]) for survey in surveys)), asyncio.gather(*answers)
    )
    assert {result for (result,) in results} <= {"recorded", "late"}
    assert len(await centre.told("verdict.given")) == len(cases)
    assert len(await centre.rows("select * from answers")) == len(cases)


async def test_an_expiry_after_the_end_changes_nothing(centre: Centre) -> None:
    await centre.handled()
    await centre.withdrawn()
    survey = await centre.survey()
    with stopped(survey["due_at"] + timedelta(days=1)):
        await centre.expire(survey["id"])
    assert (await centre.survey())["state"] == "cancelled"
    assert await centre.told("verdict.given") == []
