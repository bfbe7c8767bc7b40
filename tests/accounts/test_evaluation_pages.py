"""Pages of the evaluation body's own people: who may open them, and what a press on them does."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from front_door import CITY, HOST, PATHS, STREET, Browser, House
from sqlalchemy import insert

from feedback.inbound import handlers
from feedback.models import Finding
from services.clocks import now, stopped
from services.events import Envelope
from services.inbox import receive
from services.messages import Message, OrderHandled, OrderMoved
from services.roles import Role

DAY = datetime(2026, 11, 3, 1, 0, tzinfo=UTC)
CASES = ["2026110300000011", "2026110300000022"]


async def hear(house: House, message: Message, sequence: int) -> None:
    envelope = Envelope(str(uuid4()), "routing", message.type, message.subject, sequence, now())
    line = await receive(
        house.database("feedback"), handlers(house.settings), envelope, message.model_dump(mode="json")
    )
    assert line.status == "done", line


@pytest.fixture
async def surveyed(house: House) -> House:
    """Two cases wait to be asked about."""
    street = {"code": STREET, "name": "样例街道", "path": PATHS[STREET]}
    for case_no in CASES:
        moved = {
            "case_no": case_no, "entry": 1, "move": "approve", "at": DAY, "state": "feedback.surveying", "round": 1,
            "channel": "hotline", "item_type": "complaint", "issue": "05-01", "grid": street, "lead": street,
            "received_at": DAY,
        }  # fmt: skip
        handled = {
            "case_no": case_no, "round": 1, "kind": "handled", "item_type": "complaint", "lead": street,
            "public_answer": "垃圾已清运。", "handled_at": DAY,
        }  # fmt: skip
        await hear(house, OrderMoved.model_validate(moved), 1)
        await hear(house, OrderHandled.model_validate(handled), 2)
    return house


@pytest.fixture
async def caller(surveyed: House) -> Browser:
    """A caller who has signed in."""
    who = await surveyed.caller()
    browser = surveyed.browser()
    answer = await browser.sign_in(who, at="/feedback", next="/feedback/calls")
    assert answer.headers["location"] == "/feedback/calls"
    return browser


async def signed_in(house: House, role: Role, address: str = "10.0.0.9") -> Browser:
    browser = house.browser(address=address)
    await browser.sign_in(await house.caller(role), at="/feedback")
    return browser


async def press(browser: Browser, page: str, to: str, **filled: str) -> str:
    """Press the form of a page that goes there; the text of where it leads."""
    answer = await browser.follow(await browser.form(await browser.get(page), to, **filled))
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_nobody_signed_in_is_led_to_feedbacks_own_sign_in(house: House) -> None:
    for path in ("/feedback/calls", "/feedback/evaluation", "/feedback/evaluation/figures"):
        answer = await house.browser().get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/feedback/sign-in")


async def test_callers_do_not_decide_evaluators_do_not_call_and_the_judged_do_neither(house: House) -> None:
    caller, evaluator = await signed_in(house, Role.CALLER), await signed_in(house, Role.EVALUATOR)
    assert (await caller.get("/feedback/evaluation")).status_code == 403
    assert (await evaluator.get("/feedback/calls")).status_code == 403
    supervisor = house.browser()
    await supervisor.sign_in(await house.person("supervisor", CITY))
    await house.carry()
    assert (await supervisor.get("/feedback/calls")).status_code == 403
    assert (await supervisor.get("/feedback/evaluation")).status_code == 403
    assert (await supervisor.get("/feedback/evaluation/figures")).status_code == 200


async def test_a_pass_that_is_soon_over_is_renewed_where_it_was_made(house: House) -> None:
    leader = house.browser()
    await leader.sign_in(await house.person("leader", STREET))
    await house.carry()
    with stopped(now() + timedelta(minutes=5)):
        answer = await leader.get("/feedback/evaluation/figures")
    assert answer.headers["location"].startswith("/routing/session?")


async def test_the_next_one_is_taken_answered_and_over(surveyed: House, caller: Browser) -> None:
    shown = await press(caller, "/feedback/calls", "/calls/next")
    assert CASES[0] in shown
    (survey,) = re.findall(r"/feedback/calls/([0-9a-f-]{36})/answers", shown)
    page = f"/feedback/calls/{survey}"
    lacking = await caller.form(await caller.get(page), "/answers", satisfied="mostly", words="说了一半")
    assert lacking.status_code == 422
    assert "请选择问题是否解决" in lacking.text
    assert re.search(r'value="mostly" required checked|value="mostly"[^>]* checked', lacking.text)
    assert "说了一半" in lacking.text
    told = await press(caller, page, "/answers", solved="solved", satisfied="satisfied", contacted="yes")
    assert "评价已记录" in told
    (rating,) = await surveyed.rows("select via, solved, unit_contacted from answers", service="feedback")
    assert rating == {"via": "caller", "solved": "solved", "unit_contacted": True}


async def test_who_was_just_tried_is_not_the_next_one(caller: Browser) -> None:
    first = await press(caller, "/feedback/calls", "/calls/next")
    (survey,) = re.findall(r"/feedback/calls/([0-9a-f-]{36})/attempts", first)
    await press(caller, f"/feedback/calls/{survey}", "/attempts", result="no_answer")
    assert CASES[1] in await press(caller, "/feedback/calls", "/calls/next")


async def test_a_form_without_its_token_does_nothing(surveyed: House, caller: Browser) -> None:
    assert (await caller.post("/feedback/calls/next", headers={"origin": HOST})).status_code == 403
    assert await surveyed.rows("select 1 from surveys where taken_by is not null", service="feedback") == []


async def test_with_two_callers_each_gets_another_one(surveyed: House, caller: Browser) -> None:
    other = await signed_in(surveyed, Role.CALLER)
    assert CASES[0] in await press(caller, "/feedback/calls", "/calls/next")
    assert CASES[1] in await press(other, "/feedback/calls", "/calls/next")


async def test_two_evaluators_exclude_a_case_and_the_first_cannot_alone(surveyed: House) -> None:
    first, second = [await signed_in(surveyed, Role.EVALUATOR, f"10.0.0.{n}") for n in (1, 2)]
    page = f"/feedback/evaluation/cases/{CASES[0]}"
    why = {"rates": "resolution", "ground": "duplicate", "reason": "同一事项重复登记", "evidence": "并单记录第 3 条"}
    assert "等另一位测评员" in await press(first, page, "/exclusions", **why)
    own = (await first.get("/feedback/evaluation")).text
    assert "您提出的" in own
    assert "/agreement" not in own
    assert "已同意" in await press(second, "/feedback/evaluation", "/agreement", reason="核对属实")
    (ruling,) = await surveyed.rows("select agreed, reason from exclusion_rulings", service="feedback")
    assert ruling == {"agreed": True, "reason": "核对属实"}
    assert "已剔除" in (await first.get(page)).text


async def test_two_evaluators_correct_a_rating(surveyed: House, caller: Browser) -> None:
    shown = await press(caller, "/feedback/calls", "/calls/next")
    (survey,) = re.findall(r"/feedback/calls/([0-9a-f-]{36})/answers", shown)
    await press(caller, f"/feedback/calls/{survey}", "/answers", solved="solved", satisfied="satisfied")
    first, second = [await signed_in(surveyed, Role.EVALUATOR, f"10.0.0.{n}") for n in (1, 2)]
    page = f"/feedback/evaluation/cases/{CASES[0]}"
    facts = {"solved": "partly", "satisfied": "mostly", "reason": "录音里说的是部分解决"}
    assert "等另一位测评员" in await press(first, page, "/corrections", **facts)
    await press(second, "/feedback/evaluation", "/agreement")
    rows = await surveyed.rows("select solved, via from answers order by id", service="feedback")
    assert [tuple(row.values()) for row in rows] == [("solved", "caller"), ("partly", "correction")]


async def test_a_finding_is_reviewed_once_with_a_reason(surveyed: House) -> None:
    number = await a_finding(surveyed)
    evaluator = await signed_in(surveyed, Role.EVALUATOR)
    page = f"/feedback/evaluation/findings/{number}"
    assert "全部满意" in (await evaluator.get("/feedback/evaluation")).text
    lacking = await evaluator.form(await evaluator.get(page), "/review", decision="explained")
    assert lacking.status_code == 422
    assert "只下一次" in await press(evaluator, page, "/review", decision="explained", reason="抽听十件录音，属实")


async def test_a_figure_opens_to_its_cases(surveyed: House) -> None:
    evaluator = await signed_in(surveyed, Role.EVALUATOR)
    page = (await evaluator.get("/feedback/evaluation/figures", params={"month": "2026-11", "lang": "en"})).text
    (link,) = set(
        re.findall(r'href="(/feedback/evaluation/figures/cases[^"]*rate=dispute&amp;part=denominator)"', page)
    )
    opened = (await evaluator.get(link.replace("&amp;", "&"))).text
    assert all(case_no in opened for case_no in CASES)


async def a_finding(house: House) -> UUID:
    row = {
        "id": uuid4(), "test": "all_satisfied", "method": "2026.1", "subject": STREET, "period_start": DAY,
        "period_end": DAY + timedelta(days=27), "statistic": {"name": "product of peers' rates", "ratings": 30,
        "expected_share": 0.74, "q_value": 0.0021}, "p_value": 0.00012, "cases": CASES, "found_at": now(), "version": 1,
    }  # fmt: skip
    async with house.database("feedback").unit() as session:
        await session.execute(insert(Finding), row)
    return row["id"]
