"""Cases travel through all three services: every step a real request by the role that makes it."""

import asyncio
import re
import secrets
from typing import Any

import httpx
import pytest
from called import Called

from services.demo.doors import Doors, Refused
from services.demo.stories import Story
from services.settings import Settings

RUBBISH = {
    "channel": "hotline",
    "item_type": "complaint",
    "issue_code": "05-01",
    "description": "弄堂口垃圾堆了三天没人清运。",
    "grid_code": "310101023011",
    "reporter": {"name": "样例", "phone": "13800001234"},
}
SOLVED = {"contacted": True, "solved": "解决", "satisfied": "满意"}
UNSOLVED = {"contacted": True, "solved": "未解决", "satisfied": "不满意"}
NOBODY = {"contacted": False, "result": "no_answer"}


async def lived(doors: Doors, report: dict[str, Any] | None = None, **play: Any) -> Story:
    """A case played to its end."""
    script = {**RUBBISH, **(report or {}), "play": {"unit": "310101023", **play}}
    story = Called(doors, {name: value for name, value in script.items() if value is not None}, secrets.token_hex(8))
    await story.post()
    async with asyncio.timeout(60):
        await story.live()
    return story


async def copy_of(doors: Doors, story: Story) -> dict[str, Any]:
    """intake's copy, once it has caught up."""
    for _ in range(100):
        case = await doors.read("hotline", f"/intake/v1/cases/{story.case_no}")
        if case["state"] == story.order["state"] and case["outcome"] == story.order["outcome"]:
            return case
        await asyncio.sleep(0.05)
    raise AssertionError(f"intake still says {case['state']}")


def moves(story: Story) -> list[str]:
    return [entry["move"] for entry in story.order["timeline"]]


async def test_a_report_is_dispatched_handled_checked_judged_and_closed(doors: Doors) -> None:
    story = await lived(doors, calls=[SOLVED], answer="垃圾已清运。")
    case = await copy_of(doors, story)
    assert (case["state"], case["outcome"], case["round"]) == ("closed", "resolved", 1)
    assert case["public_answer"] == "垃圾已清运。"
    wanted = ["register", "route", "accept", "contact", "report_done", "approve", "judge"]
    assert [move for move in moves(story) if move in wanted] == wanted
    assert story.order["explanation"]["sentence"]


async def test_what_the_citizen_calls_unsolved_is_handled_again_by_the_same_unit_and_supervised(doors: Doors) -> None:
    story = await lived(doors, calls=[UNSOLVED, SOLVED])
    assert (story.order["outcome"], story.order["round"], story.order["supervised"]) == ("resolved", 2, True)
    assert moves(story).count("judge") == 2


async def test_unsolved_to_the_last_round_is_closed_as_unresolved_one_level_up(doors: Doors) -> None:
    story = await lived(doors, calls=[UNSOLVED, UNSOLVED, UNSOLVED])
    assert (story.order["outcome"], story.order["round"]) == ("unresolved", 3)


async def test_nobody_reached_after_three_attempts_closes_as_unreachable(doors: Doors) -> None:
    story = await lived(doors, calls=[NOBODY, NOBODY, NOBODY])
    assert story.order["outcome"] == "unreachable"


async def test_a_dispute_is_ruled_and_the_ruling_binds(doors: Doors) -> None:
    dispute = {"reason": "非本单位职责", "legal_basis": "责任清单", "proposed_unit": "310101023-enforcement"}
    story = await lived(doors, dispute=dispute, calls=[SOLVED])
    assert {"dispute", "rule"} <= set(moves(story))
    assert story.order["lead"]["code"] == "310101023-enforcement"


async def test_the_checker_sends_back_what_is_not_done(doors: Doors) -> None:
    story = await lived(doors, send_back="现场仍有残留", calls=[SOLVED])
    assert moves(story).count("report_done") == 2
    assert story.order["outcome"] == "resolved"


async def test_a_case_without_a_place_goes_to_triage_and_two_dispatchers_decline_it(doors: Doors) -> None:
    bare = {"grid_code": None, "issue_code": None, "description": "合同纠纷法院已经判了，我不服，你们给我改判。"}
    story = await lived(doors, bare, decline={"reason": "已由法院判决", "legal_route": "依法申请再审"})
    case = await copy_of(doors, story)
    assert (case["state"], case["outcome"]) == ("closed", "not_accepted")
    assert "再审" in str(case["timeline"])


async def test_an_anonymous_report_is_closed_without_a_survey(doors: Doors) -> None:
    story = await lived(doors, {"reporter": None})
    assert story.order["outcome"] == "not_surveyed"


async def test_what_was_settled_on_the_spot_is_closed_at_once(doors: Doors) -> None:
    story = await lived(doors, {"channel": "walk_in", "settled": {"done": "当场联系保洁清运"}})
    assert story.order["outcome"] == "settled_on_spot"


async def test_registering_can_wait_for_the_routed_state(doors: Doors) -> None:
    answer = await doors.ask("hotline", "POST", "/intake/v1/cases", RUBBISH, Prefer="wait=8")
    assert answer.headers["preference-applied"] == "wait=8"
    assert answer.json()["state"] == "handle.dispatched"
    assert answer.json()["unit"]


async def test_a_withdrawn_case_is_closed_and_its_survey_recalled(doors: Doors) -> None:
    answer = await doors.ask("hotline", "POST", "/intake/v1/cases", RUBBISH)
    case_no = answer.json()["case_no"]
    await doors.ask("hotline", "POST", f"/intake/v1/cases/{case_no}/withdrawal", {"reason": "已经清走了"})
    for _ in range(200):
        case = await doors.read("hotline", f"/intake/v1/cases/{case_no}")
        if case["state"] == "closed":
            break
        await asyncio.sleep(0.05)
    assert case["outcome"] == "withdrawn"


async def test_the_citizens_one_time_page_closes_the_case_and_is_spent(
    doors: Doors, house: Settings, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The link goes out through the console adapter; the page needs no key and no script."""
    story = Story(doors, {**RUBBISH, "play": {}}, secrets.token_hex(8))
    await story.post()
    async with asyncio.timeout(30):
        await story.until("feedback.surveying")
    link = await link_of(story.case_no, capsys)
    async with httpx.AsyncClient(trust_env=False) as citizen:
        page = await citizen.get(link)
        assert page.status_code == 200
        assert "13800001234" not in page.text
        done = await citizen.post(link, data={"solved": "solved", "satisfied": "satisfied"})
        assert done.is_success
        assert (await citizen.get(link)).status_code == 410
    async with asyncio.timeout(30):
        while story.order["state"] != "closed":
            await story.look()
    assert story.order["outcome"] == "resolved"


async def link_of(case_no: str, capsys: pytest.CaptureFixture[str]) -> str:
    printed = ""
    for _ in range(200):
        printed += capsys.readouterr().out
        for line in printed.splitlines():
            if case_no in line and (found := re.search(r"http://\S+/feedback/s/\S+", line)):
                return found[0]
        await asyncio.sleep(0.05)
    raise AssertionError("no link was sent")


async def test_an_officer_of_another_street_sees_nothing(doors: Doors) -> None:
    answer = await doors.ask("hotline", "POST", "/intake/v1/cases", RUBBISH, Prefer="wait=8")
    case_no = answer.json()["case_no"]
    stranger = await doors.hire("officer", "310104003")
    with pytest.raises(Refused, match="404"):
        await doors.read(stranger, f"/routing/v1/orders/{case_no}")
    async with asyncio.timeout(30):
        while (status := await status_of(doors, stranger, f"/intake/v1/cases/{case_no}")) == 401:
            await asyncio.sleep(0.1)  # the key is still on its way from routing
    assert status == 404


async def status_of(doors: Doors, role: str, path: str) -> int:
    try:
        return (await doors.ask(role, "GET", path)).status_code
    except Refused as refused:
        return refused.status
