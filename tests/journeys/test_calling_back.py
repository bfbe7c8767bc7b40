"""A caller of the evaluation body reaches the person through intake, and what is said moves the order in routing."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any

from services.demo.doors import Doors
from services.demo.stories import Story

REPORT = {
    "channel": "hotline", "item_type": "complaint", "issue_code": "05-01",
    "description": "弄堂口垃圾堆了三天没人清运。",
    "grid_code": "310101023011", "reporter": {"name": "样例", "phone": "13800001234"},
}  # fmt: skip
SOLVED, UNSOLVED = {"solved": "解决", "satisfied": "满意"}, {"solved": "未解决", "satisfied": "不满意"}


async def surveying(doors: Doors) -> Story:
    """A case that is handled and checked; its survey waits."""
    story = Story(doors, {**REPORT, "play": {"unit": "310101023"}}, secrets.token_hex(8))
    await story.post()
    async with asyncio.timeout(60):
        await story.until("feedback.surveying")
    return story


async def survey_of(doors: Doors, story: Story) -> str:
    """The open survey of a case, once feedback has it."""
    async with asyncio.timeout(30):
        while True:
            for item in await doors.every("caller", "/feedback/v1/calls?kind=handled"):
                if item["case_no"] == story.case_no:
                    return str(item["id"])
            await asyncio.sleep(0.1)


async def reached(doors: Doors, story: Story, survey: str) -> dict[str, Any]:
    """Put through by the relay, once intake knows survey and caller."""
    async with asyncio.timeout(30):
        while True:
            path = f"/intake/v1/cases/{story.case_no}/contacts"
            errand = (await doors.ask("caller", "GET", f"/feedback/v1/calls/{survey}")).json()["errand"]
            answer = await doors._http.post(
                path,
                json={"survey": survey, "errand": errand},
                headers={"authorization": f"Bearer {doors.keys['caller']}"},
            )
            if answer.status_code == 201:
                return dict(answer.json())
            assert answer.status_code in (401, 404), answer.text
            await asyncio.sleep(0.1)


async def until(story: Story, *states: str) -> None:
    async with asyncio.timeout(30):
        while story.order["state"] not in states:
            await asyncio.sleep(0.1)
            await story.look()


async def test_a_caller_takes_reaches_and_writes_down_and_the_case_closes(doors: Doors) -> None:
    story = await surveying(doors)
    survey = await survey_of(doors, story)
    taken = (await doors.ask("caller", "POST", f"/feedback/v1/calls/{survey}/take")).json()
    assert taken["asked"]["solved"] == "您反映的问题解决了吗？"
    way = await reached(doors, story, survey)
    assert way["reference"].startswith("fake-")
    assert way["number"] is None
    await doors.ask("caller", "POST", f"/feedback/v1/calls/{survey}/answers", SOLVED)
    await until(story, "closed")
    assert story.order["outcome"] == "resolved"


async def test_a_late_unsolved_reopens_the_closed_case_one_level_up(doors: Doors) -> None:
    story = await surveying(doors)
    survey = await survey_of(doors, story)
    await doors.ask("caller", "POST", f"/feedback/v1/calls/{survey}/take")
    await doors.ask("caller", "POST", f"/feedback/v1/calls/{survey}/answers", SOLVED)
    await until(story, "closed")
    lead = story.order["lead"]["code"]
    told = {"case_no": story.case_no, "round": 1, "contacted": True, "called_at": datetime.now(UTC).isoformat()}
    assert await doors.call_back({**told, **UNSOLVED}) == "late"
    await until(story, "handle.dispatched", "discover.triage")
    assert story.order["lead"]["code"] != lead
    assert story.order["timeline"][-1]["move"] in ("appeal", "route", "dispatch")
