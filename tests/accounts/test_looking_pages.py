"""The evaluator's pages: a look at the spot, the citizen's photo with its record, an exclusion undone by two."""

import io
from datetime import timedelta

import httpx
import pytest
from front_door import HOST, Browser, House
from PIL import Image
from test_evaluation_pages import CASES, DAY, hear, press, signed_in, surveyed

from services.clocks import now
from services.messages import OrderHandled
from services.roles import Role

__all__ = ["surveyed"]
WHY = {"rates": "resolution", "ground": "duplicate", "reason": "同一事项重复登记", "evidence": "并单记录第 3 条"}


@pytest.fixture
async def drawn(surveyed: House) -> str:
    """The page of a look that routing drew."""
    facts = {
        "case_no": CASES[0], "round": 1, "kind": "recheck", "item_type": "complaint", "public_answer": "井盖已换。",
        "handled_at": DAY,
    }  # fmt: skip
    await hear(surveyed, OrderHandled.model_validate(facts), 3)
    (survey,) = await surveyed.rows("select id from surveys where kind = 'recheck'", service="feedback")
    return f"/feedback/evaluation/looks/{survey['id']}"


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(written, "PNG")
    return written.getvalue()


async def send(browser: Browser, page: str, **filled: str) -> httpx.Response:
    """The form of what was found, with a photo, as a browser sends it."""
    shown = (await browser.get(page)).text
    inner = shown.partition(f'{page}/finding"')[2]
    hidden = {name: inner.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("csrf", "once")}
    photo = {"photo": ("spot.png", picture(), "image/png")}
    return await browser.post(f"{page}/finding", data=hidden | filled, files=photo, headers={"origin": HOST})


async def test_a_look_is_found_taken_and_written_down_with_a_photo(surveyed: House, drawn: str) -> None:
    evaluator = await signed_in(surveyed, Role.EVALUATOR)
    desk = (await evaluator.get("/feedback/evaluation")).text
    assert (drawn in desk, "待实地复核" in desk) == (True, True)
    assert "到现场看，不打电话" in await press(evaluator, drawn, "/take")
    lacking = await evaluator.form(await evaluator.get(drawn), "/finding", words="井盖还在响", looked_at="昨天")
    assert lacking.status_code == 422
    assert all(each in lacking.text for each in ("请选择现场看到的是否解决", "请填写到现场的时间", "井盖还在响"))
    at = (now() + timedelta(hours=8, minutes=-5)).strftime("%Y-%m-%dT%H:%M")
    done = await evaluator.follow(await send(evaluator, drawn, solved="partly", words="井盖还在响", looked_at=at))
    assert (done.status_code, "复核结果已记下" in done.text, drawn in done.text) == (200, True, False)
    page = (await evaluator.get(f"/feedback/evaluation/cases/{CASES[0]}")).text
    assert all(each in page for each in ("实地复核", "部分解决 / 未评价", "井盖还在响", "看照片"))


async def test_a_photo_is_shown_to_evaluators_and_each_look_is_recorded(surveyed: House, drawn: str) -> None:
    evaluator, auditor = await signed_in(surveyed, Role.EVALUATOR), await signed_in(surveyed, Role.AUDITOR, "10.0.0.7")
    await press(evaluator, drawn, "/take")
    at = (now() + timedelta(hours=8, minutes=-5)).strftime("%Y-%m-%dT%H:%M")
    await send(evaluator, drawn, solved="solved", words="已经换好", looked_at=at)
    (photo,) = await surveyed.rows("select answer from photos", service="feedback")
    path = f"/feedback/evaluation/ratings/{photo['answer']}/photo"
    page = (await evaluator.get(f"/feedback/evaluation/cases/{CASES[0]}")).text
    assert path in page
    looked = "select subject from audit where action = 'photo.seen'"
    assert await surveyed.rows(looked, service="feedback") == []
    shown = await evaluator.get(path)
    assert (shown.headers["content-type"], shown.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert Image.open(io.BytesIO(shown.content)).size == (40, 30)
    assert await surveyed.rows(looked, service="feedback") == [{"subject": CASES[0]}]
    assert (await auditor.get(path)).status_code == 403
    assert (await surveyed.browser().get(path)).status_code == 303


async def test_two_evaluators_undo_an_exclusion_and_the_first_cannot_alone(surveyed: House) -> None:
    first, second = [await signed_in(surveyed, Role.EVALUATOR, f"10.0.0.{n}") for n in (1, 2)]
    page = f"/feedback/evaluation/cases/{CASES[0]}"
    await press(first, page, "/exclusions", **WHY)
    await press(second, "/feedback/evaluation", "/agreement", reason="核对属实")
    facts = {"reason": "并单已撤销，应当计入", "evidence": "并单记录第 5 条"}
    assert "等另一位测评员" in await press(second, page, "/undoing", **facts)
    own = (await second.get(page)).text
    assert ("/agreement" in own, "/undoing" in own) == (False, False)
    assert "已同意" in await press(first, "/feedback/evaluation", "/agreement", reason="核对属实")
    after = (await first.get(page)).text
    assert ("已撤销剔除" in after, "/undoing" in after) == (True, False)
    rulings = await surveyed.rows("select agreed from exclusion_rulings", service="feedback")
    assert rulings == [{"agreed": True}] * 2


async def test_the_new_pages_speak_english(surveyed: House, drawn: str) -> None:
    evaluator = await signed_in(surveyed, Role.EVALUATOR)
    await press(evaluator, drawn, "/take")
    for path in ("/feedback/evaluation", drawn):
        shown = (await evaluator.get(path, params={"lang": "en"})).text
        assert "spot" in shown
        assert "到现场" not in shown.replace('lang="zh-CN"', "")
