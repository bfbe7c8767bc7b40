"""`report.erased` in feedback: words and photo go, every rating stays, late words go with the next night."""

import json
from typing import Any
from uuid import uuid4

import pytest
from call_centre import CASE, Centre, event
from sqlalchemy.exc import ProgrammingError
from test_photos import picture, post

from feedback import forgetting
from feedback.inbound import handlers
from services.clocks import now
from services.events import Envelope, Line
from services.inbox import receive
from services.messages import ReportErased
from services.messaging import Peers
from services.retention.rules import FILE, read
from services.retention.runs import run
from services.rooms import Tools


async def erased(centre: Centre, *parts: Any) -> Line:
    message = ReportErased(case_no=CASE, parts=parts, at=now())
    envelope = Envelope(str(uuid4()), "intake", message.type, CASE, 9, now())
    return await receive(centre.database, handlers(centre.settings), envelope, message.model_dump(mode="json"))


async def everything(centre: Centre) -> str:
    names = ("surveys", "answers", "timeline_words", "timeline", "corrections", "exclusions", "photos")
    return json.dumps([await centre.rows(f"select * from {name}") for name in names], ensure_ascii=False, default=str)


async def test_words_and_photo_go_and_the_rating_stays(centre: Centre) -> None:
    await centre.handled(public_answer="玳瑁猫雕像旁已清运")
    await post(centre, await centre.link(), picture())
    (before,) = await centre.rows("select id, solved, satisfied, reasons from answers")
    assert before["reasons"] != []
    assert (await erased(centre, "survey_photos")).status == "done"
    assert await centre.rows("select * from photos") == []
    assert "玳瑁猫雕像" in await everything(centre)
    assert (await erased(centre, "everything")).status == "done"
    (after,) = await centre.rows("select id, solved, satisfied, reasons from answers")
    assert after == before | {"reasons": []}
    assert "玳瑁猫雕像" not in await everything(centre)
    assert await centre.rows("select * from timeline_words") == []
    assert "answer" in await centre.moves()


async def test_an_answer_that_comes_late_loses_its_words_the_next_night(centre: Centre) -> None:
    await centre.handled()
    assert await centre.results(event()) == ["recorded"]
    await erased(centre, "everything")
    assert await centre.results(event(words="玳瑁猫雕像旁还是脏", solved="未解决")) == ["late"]
    assert "玳瑁猫雕像" in await everything(centre)
    tools = Tools(centre.settings, centre.database, Peers(centre.settings, "feedback"))
    made = await run(centre.database, read(FILE), forgetting.retain(tools))
    assert made.tallies[0] | {"due": 1, "erased": 1} == made.tallies[0]
    assert "玳瑁猫雕像" not in await everything(centre)


async def test_the_role_takes_no_words_of_a_case_that_is_not_erased_and_changes_no_rating(centre: Centre) -> None:
    await centre.handled()
    await post(centre, await centre.link(), picture())
    await centre.rows("select forget_words(:case_no)::text", case_no=CASE)
    (row,) = await centre.rows("select reasons from answers")
    assert row["reasons"] != []
    with pytest.raises(ProgrammingError, match="permission denied"):
        await centre.rows("update answers set solved = 'solved'")


async def test_a_case_without_a_survey_is_noted_for_what_may_come(centre: Centre) -> None:
    assert (await erased(centre, "photos")).status == "done"
    assert (await erased(centre, "everything")).status == "done"
    assert [row["part"] for row in await centre.rows("select part from erased_cases")] == ["everything"]
