"""A rating is corrected by two evaluators and a new row; the old one stays; a late "unsolved" is an appeal, once."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from call_centre import Centre, event
from installation import Urls
from sqlalchemy import create_engine, text

from feedback import staff
from feedback.models import Answer
from feedback.ratings import valid
from services.roles import Role

CHANGE = {"solved": "未解决", "satisfied": "不满意", "reason": "录音核对：诉求人说没有解决"}


@pytest.fixture
async def second(centre: Centre) -> str:
    """Another evaluator."""
    async with centre.database.unit() as session:
        person, _ = await staff.appoint(session, name="second", roles=[Role.EVALUATOR])
        _, centre.keys["second"] = await staff.hand_key(session, person=person)
    return "second"


async def rated(centre: Centre) -> str:
    await centre.handled()
    await centre.results(event())
    (row,) = await centre.rows("select id from answers")
    return str(row["id"])


async def correct(centre: Centre, rating: str, person: str, **changes: Any) -> httpx.Response:
    return await centre.as_(person).post(f"/v1/ratings/{rating}/corrections", json={**CHANGE, **changes})


async def valid_rating(centre: Centre) -> Answer:
    async with centre.database.unit() as session:
        found = await valid(session, (await centre.survey())["id"])
    assert found
    return found


async def test_one_proposes_and_another_makes_it(centre: Centre, second: str) -> None:
    rating = await rated(centre)
    first = await correct(centre, rating, "evaluator")
    assert (first.status_code, first.json()["state"]) == (202, "pending")
    assert (await valid_rating(centre)).solved == "solved"
    assert (await correct(centre, rating, "evaluator")).json()["type"].endswith("second-person-needed")
    made = await correct(centre, rating, second)
    assert (made.status_code, made.json()["state"]) == (200, "made")
    found = await valid_rating(centre)
    assert (found.solved, found.via, str(found.corrects)) == ("unsolved", "correction", rating)
    both = await centre.rows("select solved, late from answers order by recorded_at")
    assert both == [{"solved": "solved", "late": False}, {"solved": "unsolved", "late": False}]
    assert (await centre.moves())[-3:] == ["propose_correction", "correct", "appeal"]


async def test_a_correction_to_unsolved_is_told_as_an_appeal_and_one_to_solved_is_not(
    centre: Centre, second: str
) -> None:
    rating = await rated(centre)
    for person in ("evaluator", second):
        await correct(centre, rating, person)
    newest = str((await valid_rating(centre)).id)
    for person in ("evaluator", second):
        await correct(centre, newest, person, solved="解决", satisfied="满意")
    assert (await valid_rating(centre)).solved == "solved"
    given = [told["data"]["verdict"] for told in await centre.told("verdict.given")]
    assert given == ["resolved", "unresolved"]


async def test_only_the_valid_rating_is_corrected_and_only_to_something_else(centre: Centre, second: str) -> None:
    rating = await rated(centre)
    same = await correct(centre, rating, "evaluator", solved="解决", satisfied="满意")
    assert (same.status_code, same.json()["type"].rpartition(":")[2]) == (422, "nothing-to-correct")
    for person in ("evaluator", second):
        await correct(centre, rating, person)
    old = await correct(centre, rating, "evaluator", satisfied="基本满意")
    assert old.json()["type"].endswith("not-the-valid-rating")


async def test_a_second_person_may_refuse_or_must_not_say_something_else(centre: Centre, second: str) -> None:
    rating = await rated(centre)
    proposal = (await correct(centre, rating, "evaluator")).json()["id"]
    assert (await correct(centre, rating, second, satisfied="基本满意")).json()["type"].endswith("other-proposal")
    path, why = f"/v1/corrections/{proposal}/refusal", {"reason": "录音里说的是解决"}
    assert (await centre.as_("evaluator").post(path, json=why)).status_code == 409
    refused = await centre.as_(second).post(path, json=why)
    assert refused.json()["state"] == "refused"
    assert len(await centre.rows("select 1 from answers")) == 1
    assert (await correct(centre, rating, second)).status_code == 202


@pytest.mark.parametrize("person", ["caller", "auditor", "supervisor", "administrator"])
async def test_nobody_else_corrects(centre: Centre, person: str) -> None:
    assert (await correct(centre, await rated(centre), person)).status_code == 403


def later(hour: int, **facts: Any) -> dict[str, Any]:
    return event(called_at=datetime(2025, 3, 7, hour, tzinfo=UTC).isoformat(), **facts)


async def test_a_late_unsolved_is_one_appeal_with_its_reason(centre: Centre) -> None:
    await rated(centre)
    assert await centre.results(later(3, solved="部分解决")) == ["late"]
    assert len(await centre.told("verdict.given")) == 1
    assert await centre.results(later(5, solved="未解决"), later(6, solved="未解决", words="还是没有")) == ["late"] * 2
    told = (await centre.told("verdict.given"))[1:]
    assert [(each["data"]["verdict"], each["data"]["reason"]) for each in told] == [
        ("unresolved", "回访结束后诉求人答复“未解决”，按申诉处理")
    ]
    assert (await valid_rating(centre)).solved == "solved"


async def test_what_was_said_before_the_answer_that_counted_is_no_appeal(centre: Centre) -> None:
    await rated(centre)
    assert await centre.results(event(solved="未解决", called_at="2025-03-06T09:00:00+08:00")) == ["late"]
    assert len(await centre.told("verdict.given")) == 1


async def test_an_unsolved_after_silence_is_an_appeal_and_after_a_recall_it_is_not(centre: Centre) -> None:
    await centre.handled()
    survey = await centre.survey()
    await centre.rows("update surveys set due_at = now() - interval '1 hour'")
    await centre.expire(survey["id"])
    assert await centre.results(event(solved="未解决")) == ["late"]
    assert [told["data"]["verdict"] for told in await centre.told("verdict.given")] == ["unreachable", "unresolved"]
    other = "2025030100000433"
    await centre.handled(other)
    await centre.withdrawn(other)
    assert await centre.results(event(other, solved="未解决")) == ["cancelled"]
    assert len(await centre.told("verdict.given")) == 2


async def test_where_the_commit_fails_neither_answer_nor_verdict_nor_message_stays(centre: Centre, urls: Urls) -> None:
    await centre.handled()
    before = await centre.told()
    as_owner(urls, BREAK)
    try:
        assert (await centre.call(event())).status_code == 500
    finally:
        as_owner(urls, "drop function feedback.refuse_commit cascade")
    for table in ("answers", "verdicts"):
        assert await centre.rows(f"select * from {table}") == []
    assert ((await centre.survey())["state"], await centre.told()) == ("open", before)
    assert await centre.moves() == ["issue"]
    assert await centre.results(event()) == ["recorded"]
    assert len(await centre.told("verdict.given")) == 1


def as_owner(urls: Urls, statement: str) -> None:
    engine = create_engine(urls["owner"])
    with engine.begin() as owner:
        owner.execute(text(statement))
    engine.dispose()


BREAK = """
    create function feedback.refuse_commit() returns trigger language plpgsql as
        $$ begin raise exception 'the commit fails'; end $$;
    create constraint trigger refuse_commit after insert on feedback.verdicts
        deferrable initially deferred for each row execute function feedback.refuse_commit()
"""
