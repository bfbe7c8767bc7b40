"""Situations that take all three services, told from the front door to the citizen's last word."""

import asyncio
from typing import Any

from called import Called
from test_the_loop import RUBBISH, SOLVED, UNSOLVED, Story, copy_of, lived, moves

from services.demo.doors import Doors, Json

PATIENCE = 400


async def until(doors: Doors, case_no: str, **wanted: Any) -> Json:
    """The order, once it stands like that."""
    order: Json = {}
    for _ in range(PATIENCE):
        order = await doors.find(f"/routing/v1/orders/{case_no}") or {}
        if order and all(order[name] == value for name, value in wanted.items()):
            return order
        await asyncio.sleep(0.05)
    raise AssertionError(f"{case_no} stays {order.get('state')} {order.get('outcome')}, not {wanted}")


async def posted(doors: Doors, **changes: Any) -> str:
    body = {name: value for name, value in {**RUBBISH, **changes}.items() if value is not None}
    answer = await doors.ask("hotline", "POST", "/intake/v1/cases", body, Prefer="wait=8")
    return str(answer.json()["case_no"])


async def test_one_report_with_two_matters_becomes_two_cases_each_with_its_own_answer(doors: Doors) -> None:
    case_no = await posted(doors, description="弄堂口垃圾堆了三天；五号楼楼道灯不亮。")
    parts = {"original": {"description": "弄堂口垃圾堆了三天。"}, "second": {"description": "五号楼楼道灯不亮。"}}
    second = (await doors.ask("hotline", "POST", f"/intake/v1/cases/{case_no}/splits", parts)).json()
    order = await until(doors, case_no, text="弄堂口垃圾堆了三天。")
    other = await until(doors, second["case_no"], split_from=case_no)
    assert "楼道灯" in other["text"]
    assert "楼道灯" not in order["text"]
    assert second["received_at"] == (await doors.read("hotline", f"/intake/v1/cases/{case_no}"))["received_at"]


async def test_a_code_that_nobody_knows_is_told_in_the_answer_and_a_dispatcher_decides(doors: Doors) -> None:
    case_no = await posted(doors, issue_code="99-99")
    case = await doors.read("hotline", f"/intake/v1/cases/{case_no}")
    assert (case["state"], case["issue"]["code"]) == ("discover.triage", "99-99")
    assert "事项代码99-99不在清单中" in str(case["timeline"])


async def test_merged_reporters_are_asked_again_when_the_parent_is_handled_again(doors: Doors) -> None:
    """Each by the own number and survey; what one of them calls unsolved is handled again for both."""
    parent, child = await posted(doors), await posted(doors)
    order = await until(doors, child, state="handle.dispatched")
    assert await doors.move("dispatcher", order, "merge", {"parent": parent})
    story = Story(doors, {**RUBBISH, "play": {}}, "", case_no=parent)
    await story.until("feedback.surveying")
    await say(doors, child, 1, UNSOLVED)
    await until(doors, parent, round=2)
    assert (await until(doors, child, round=2))["state"] == "merged"
    await story.until("feedback.surveying")
    await say(doors, child, 2, SOLVED)
    await say(doors, parent, 2, SOLVED)
    await until(doors, parent, outcome="resolved")
    await until(doors, child, outcome="resolved")


async def say(doors: Doors, case_no: str, round_: int, answer: Json) -> None:
    """The provider reports the call, as soon as there is a survey of that round."""
    data = {"case_no": case_no, "round": round_, "called_at": "2025-03-02T10:00:00+08:00", **answer}
    for _ in range(PATIENCE):
        if await doors.call_back(data) == "recorded":
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{case_no} has no survey of round {round_}")


async def test_withdrawn_during_the_survey_nobody_is_asked_any_longer(doors: Doors) -> None:
    story = await surveyed(doors)
    await doors.ask("hotline", "POST", f"/intake/v1/cases/{story.case_no}/withdrawal", {"reason": "已解决"})
    await until(doors, story.case_no, outcome="withdrawn")
    seen = []
    for _ in range(PATIENCE):
        data = {"case_no": story.case_no, "round": 1, "called_at": "2025-03-02T10:00:00+08:00", **SOLVED}
        if (seen := [*seen, await doors.call_back(data)])[-1] in ("cancelled", "duplicate"):
            break
        await asyncio.sleep(0.05)
    assert seen[-1] in ("cancelled", "duplicate")
    assert (await until(doors, story.case_no, outcome="withdrawn"))["state"] == "closed"


async def surveyed(doors: Doors) -> Story:
    story = Called(doors, {**RUBBISH, "play": {}}, "", case_no=await posted(doors))
    await story.until("feedback.surveying")
    return story


async def test_an_appeal_is_handled_one_level_up_and_the_citizen_has_the_last_word(doors: Doors) -> None:
    story = await lived(doors, calls=[SOLVED, SOLVED])
    await copy_of(doors, story)
    lead = story.lead
    await doors.ask("hotline", "POST", f"/intake/v1/cases/{story.case_no}/appeals", {"reason": "第二天又满了"})
    again = await until(doors, story.case_no, state="handle.dispatched")
    assert again["lead"]["code"] != lead
    await story.live()
    assert (story.order["outcome"], story.order["round"], moves(story).count("appeal")) == ("resolved", 2, 1)
