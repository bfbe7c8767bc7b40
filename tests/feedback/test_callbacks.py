"""The survey provider: signed, in batches, with repeats, late and faulty lines; one answer counts, none is lost."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from call_centre import CASE, Centre, event, missed, opened
from pydantic import SecretStr

from feedback.api import create_app
from services.database import Database
from services.settings import Settings
from services.signing import sign

OTHER = "2025030100000433"


async def test_an_answer_closes_the_survey_with_a_verdict_and_tells_both_peers(centre: Centre) -> None:
    await centre.handled()
    assert await centre.results(event(satisfied="不满意", reasons=["处理速度"])) == ["recorded"]
    survey = await centre.survey()
    assert survey["state"] == "answered"
    (answer,) = await centre.rows("select * from answers")
    assert (answer["solved"], answer["satisfied"], answer["via"], answer["late"]) == (
        "solved", "dissatisfied", "callback", False,
    )  # fmt: skip
    assert answer["reasons"] == ["处理速度"]
    (verdict,) = await centre.rows("select * from verdicts")
    assert (verdict["verdict"], verdict["answer"], verdict["survey"]) == ("resolved", answer["id"], survey["id"])
    given, ended = (await centre.told())[1:]
    assert given["data"] == {
        "case_no": CASE, "round": 1, "kind": "handled", "verdict": "resolved", "rule": "2026.1/shanghai-1",
        "reason": "诉求人答复“解决”、满意度“不满意”，予以办结", "at": given["data"]["at"],
    }  # fmt: skip
    assert ended["type"] == "survey.ended"
    assert await centre.moves() == ["issue", "answer", "judge"]
    actions = await centre.rows("select action from audit where subject = :case_no order by id", case_no=CASE)
    assert [row["action"] for row in actions] == ["survey.issue", "survey.answer", "survey.judge"]


@pytest.mark.parametrize("solved", ["部分解决", "unsolved"])
async def test_what_is_not_solved_goes_back(centre: Centre, solved: str) -> None:
    await centre.handled()
    assert await centre.results(event(solved=solved)) == ["recorded"]
    (given,) = await centre.told("verdict.given")
    assert given["data"]["verdict"] == "unresolved"


async def test_a_single_event_is_as_good_as_a_list(centre: Centre) -> None:
    await centre.handled()
    answer = await centre.call(event())
    assert answer.json() == {"results": [{"line": 1, "case_no": CASE, "result": "recorded"}]}


async def nothing_happened(centre: Centre) -> bool:
    return (await centre.survey())["state"] == "open" and not await centre.rows("select * from answers")


async def test_a_forged_or_unsigned_callback_is_refused(centre: Centre) -> None:
    await centre.handled()
    body = json.dumps(event()).encode()
    signed = sign(centre.settings.need("survey_secret", "-"), "msg_1", datetime.now(UTC), body)
    forged = await centre.post_signed(body, secret="whsec_bm90IHRoZSBzZWNyZXQgb2YgdGhpcyBob3VzZQ==")
    unsigned = await centre.as_().post("/v1/callbacks", content=body)
    changed = await centre.as_().post("/v1/callbacks", content=body.replace(b"425", b"433"), headers=signed)
    renamed = await centre.as_().post("/v1/callbacks", content=body, headers={**signed, "webhook-id": "msg_2"})
    for answer in (forged, unsigned, changed, renamed):
        assert answer.status_code == 401
        assert answer.json()["type"] == "urn:gridloop:problem:bad-signature"
    assert await nothing_happened(centre)


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_callback_signed_at_another_time_is_refused(centre: Centre, minutes: int) -> None:
    await centre.handled()
    answer = await centre.call(event(), at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert answer.status_code == 401
    assert await nothing_happened(centre)


async def test_while_the_secret_rotates_both_are_good(centre: Centre) -> None:
    old, new = centre.settings.need("survey_secret", "-"), "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHByb3ZpZGVy"
    rotating = centre.settings.model_copy(update={"survey_secret": SecretStr(f"{new} {old}")})
    app = create_app(rotating)
    await centre.handled()
    async with opened(app, rotating) as other:
        body = json.dumps([event()]).encode()
        answers = [await other.post_signed(body, secret=secret, message="msg_1") for secret in (old, new)]
    await app.state.database.close()
    assert [answer.json()["results"][0]["result"] for answer in answers] == ["recorded", "duplicate"]


async def test_a_replayed_callback_changes_nothing(centre: Centre) -> None:
    await centre.handled()
    body = json.dumps([event(), missed(OTHER)]).encode()
    first = await centre.post_signed(body, message="msg_1")
    again = await centre.post_signed(body, message="msg_1")
    assert [line["result"] for line in first.json()["results"]] == ["recorded", "unknown"]
    assert [line["result"] for line in again.json()["results"]] == ["duplicate", "unknown"]
    assert len(await centre.told("verdict.given")) == 1
    assert await centre.moves() == ["issue", "answer", "judge"]


async def test_the_same_content_under_another_id_is_a_duplicate(centre: Centre) -> None:
    await centre.handled()
    said: dict[str, Any] = {"words": "修好了", "reasons": ["态度"]}
    assert await centre.results(event(**said), event(**said, called_at="2025-03-06T11:00:00+08:00")) == [
        "recorded", "duplicate",
    ]  # fmt: skip
    assert len(await centre.rows("select * from answers")) == 1


async def test_eight_same_callbacks_at_once_make_one_answer_and_one_verdict(centre: Centre) -> None:
    await centre.handled()
    results = await asyncio.gather(*(centre.results(event()) for _ in range(8)))
    assert sorted(result for (result,) in results) == ["duplicate"] * 7 + ["recorded"]
    assert len(await centre.rows("select * from answers")) == 1
    assert len(await centre.told("verdict.given")) == 1
    assert await centre.moves() == ["issue", "answer", "judge"]


async def test_eight_different_answers_at_once_count_once_and_are_all_kept(centre: Centre) -> None:
    await centre.handled()
    results = await asyncio.gather(*(centre.results(event(words=f"第{n}次")) for n in range(8)))
    assert sorted(result for (result,) in results) == ["late"] * 7 + ["recorded"]
    assert len(await centre.rows("select * from answers")) == 8
    assert len(await centre.rows("select * from answers where not late")) == 1
    assert len(await centre.told("verdict.given")) == 1


async def test_a_faulty_line_is_named_and_the_others_are_taken(centre: Centre) -> None:
    await centre.handled()
    await centre.handled(OTHER)
    faulty = event(OTHER, solved="差不多", round=0, called_at="2025-03-06 10:00")
    answer = await centre.call([event(), faulty, event(OTHER), ["no event"]])
    good, bad, other, none = answer.json()["results"]
    assert (good["result"], bad["result"], other["result"]) == ("recorded", "invalid", "recorded")
    assert (none["result"], none["errors"][0]["field"]) == ("invalid", "(line)")
    assert (bad["line"], "case_no" in bad) == (2, False)
    assert {error["field"] for error in bad["errors"]} == {"data.round", "data.solved", "data.called_at"}
    assert all(error["rule"] and error["remedy"] for error in bad["errors"])
    assert "差不多" not in answer.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"contacted": None}, "data.contacted"),
        ({"solved": None}, "data"),
        ({"contacted": False}, "data"),
        ({"kind": "phoned"}, "data.kind"),
        ({"called_at": "2199-01-01T00:00:00+08:00"}, "data.called_at"),
        ({"called_at": "0001-01-01T00:00:00+08:00"}, "data.called_at"),
        ({"words": "长" * 2001}, "data.words"),
        ({"reasons": ["短"] * 11}, "data.reasons"),
        ({"contacted": False, "solved": None, "result": "拨打13812345678"}, "data.result"),
        ({"case_no": ""}, "data.case_no"),
        ({"round": 2**40}, "data.round"),
    ],
)
async def test_each_rule_of_a_line_names_its_field(centre: Centre, changes: dict[str, Any], field: str) -> None:
    await centre.handled()
    (line,) = (await centre.call([event(**changes)])).json()["results"]
    assert (line["result"], [error["field"] for error in line["errors"]]) == ("invalid", [field])
    assert await nothing_happened(centre)


async def test_another_kind_of_event_and_an_unknown_case_are_no_fault(centre: Centre) -> None:
    assert await centre.results(event(type="survey.started"), event(OTHER), event(OTHER, round=2)) == [
        "ignored", "unknown", "unknown",
    ]  # fmt: skip
    assert await centre.rows("select * from dossiers") == []


async def test_nobody_reached_in_the_attempts_allowed_is_unreachable(centre: Centre) -> None:
    await centre.handled()
    assert await centre.results(missed(hour=10), missed(hour=12, result="wrong_number")) == ["recorded", "recorded"]
    assert (await centre.survey())["state"] == "open"
    assert await centre.results(missed(hour=11)) == ["recorded"]
    survey = await centre.survey()
    assert (survey["state"], survey["attempts"]) == ("unreachable", 3)
    (given,) = await centre.told("verdict.given")
    assert (given["data"]["verdict"], given["data"]["reason"]) == ("unreachable", "回访 3 次均未联系上诉求人")
    assert await centre.moves() == ["issue", "attempt", "attempt", "attempt", "judge"]


@pytest.mark.parametrize("blank", [None, ""])
async def test_blank_fields_are_as_good_as_none(centre: Centre, blank: str | None) -> None:
    await centre.handled()
    told = missed()
    told["data"] |= dict.fromkeys(("solved", "satisfied", "reasons", "words", "result"), blank)
    assert await centre.results(told) == ["recorded"]
    told = event()
    told["data"] |= dict.fromkeys(("satisfied", "reasons", "words", "result", "kind"), blank)
    assert await centre.results(told) == ["recorded"]
    (answer,) = await centre.rows("select satisfied from answers")
    assert answer == {"satisfied": "unrated"}


async def test_the_same_attempt_told_again_counts_once(centre: Centre) -> None:
    await centre.handled()
    results = [(await centre.results(missed(hour=10)))[0] for _ in range(4)]
    assert results == ["recorded", "duplicate", "duplicate", "duplicate"]
    told = missed(hour=10, called_at=None)
    told["timestamp"] = "2025-03-06T20:00:00+08:00"
    assert await centre.results(told, message="msg_9") == ["recorded"]
    told["timestamp"] = "2025-03-06T20:01:00+08:00"
    assert await centre.results(told, message="msg_9") == ["duplicate"]
    assert (await centre.survey())["attempts"] == 2


async def test_an_answer_after_failed_attempts_counts(centre: Centre) -> None:
    await centre.handled()
    assert await centre.results(missed(hour=9), missed(hour=10), event()) == ["recorded"] * 3
    assert (await centre.survey())["state"] == "answered"


async def test_a_late_answer_is_kept_and_decides_nothing(centre: Centre) -> None:
    await centre.handled()
    await centre.results(event())
    before = await centre.told()
    assert await centre.results(event(solved="未解决", words="又堵了")) == ["late"]
    assert await centre.results(event(solved="未解决", words="又堵了")) == ["duplicate"]
    assert await centre.results(missed()) == ["late"]
    (kept,) = await centre.rows("select * from answers where late")
    assert kept["solved"] == "unsolved"
    assert (await centre.survey())["state"] == "answered"
    assert await centre.told() == before
    assert await centre.moves() == ["issue", "answer", "judge", "answer", "attempt"]


async def test_an_answer_to_a_cancelled_survey_is_kept_as_late(centre: Centre) -> None:
    await centre.handled()
    await centre.withdrawn()
    assert await centre.results(event(), missed()) == ["cancelled", "cancelled"]
    (kept,) = await centre.rows("select * from answers")
    assert kept["late"] is True
    assert await centre.told("verdict.given") == []


async def test_an_answer_after_the_expiry_is_late(centre: Centre) -> None:
    await centre.handled()
    survey = await centre.survey()
    await centre.rows("update surveys set due_at = now() - interval '1 hour'")
    await centre.expire(survey["id"])
    assert await centre.results(event(solved="解决")) == ["late"]
    assert [told["data"]["verdict"] for told in await centre.told("verdict.given")] == ["unreachable"]


async def test_words_are_redacted_and_lie_with_the_timeline_alone(centre: Centre) -> None:
    await centre.handled()
    words = "修好了\x00，还有事打我电话13912345678。"
    assert await centre.results(event(words=words, reasons=["找13912345678"])) == ["recorded"]
    (answer,) = await centre.rows("select * from answers")
    (kept,) = await centre.rows("select words from timeline_words where number = :entry", entry=answer["entry"])
    assert kept["words"]["words"].startswith("修好了")
    found = [
        await centre.rows(f"select * from {table}") for table in ("answers", "timeline", "timeline_words", "audit")
    ]
    assert "13912345678" not in str(found) + str(await centre.told())
    assert "修好了" not in str(found[0] + found[1] + found[3]) + str(await centre.told())


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b"[]", 422),
        (b"17", 422),
        (json.dumps([event()] * 501).encode(), 422),
        (b" " * (4 * 2**20 + 1), 413),
    ],
    ids=["cut off", "too deep", "no line", "no event", "too many", "too large"],
)
async def test_what_is_no_callback_is_a_problem_document(centre: Centre, body: bytes, status: int) -> None:
    answer = await centre.post_signed(body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_whole_batch_is_taken_line_by_line(centre: Centre) -> None:
    cases = [f"20250301{n:08d}" for n in range(60)]
    await asyncio.gather(*(centre.handled(case_no) for case_no in cases))
    results = await centre.results(*(event(case_no) for case_no in cases), message=f"msg_{uuid4()}")
    assert results == ["recorded"] * 60
    assert len(await centre.told("verdict.given")) == 60


async def test_forty_callbacks_at_once_leave_no_connection_taken_and_none_waits_in_vain(
    centre: Centre, settings: Settings
) -> None:
    cases = [f"{number:016d}" for number in range(40)]
    narrow = Database(settings.database_for("feedback"), "feedback", pool_size=1)
    wide = centre.app.state.database
    try:
        for case_no in cases:
            await centre.handled(case_no)
        centre.app.state.database = narrow
        told = await asyncio.gather(*(centre.results(missed(case_no), event(case_no)) for case_no in cases))
        assert told == [["recorded", "recorded"]] * len(cases)
        assert narrow.engine.pool.checkedout() == 0
    finally:
        centre.app.state.database = wide
        await narrow.close()
