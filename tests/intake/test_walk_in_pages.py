"""The walk-in desk and the visit note by form: sent twice it is one case, with a slip, and advice or none."""

import re
from typing import Any

import httpx
import pytest
from front_desk import House

from intake.status_codes import check_code
from services.messaging import PeerFailed
from services.pages import maps

WALK_IN = {
    "external_id": "desk-1", "item_type": "complaint", "description": "垃圾箱房满溢三天。",
    "address": "永嘉路1弄", "name": "欧阳静好", "phone": "13912345678",
}  # fmt: skip
VISIT = {"external_id": "visit-1", "address": "志丰里6号", "description": "单元门关不上。"}
ADVICE: dict[str, Any] = {
    "match": {
        "sure": True, "lead": {"code": "310101023006", "name": "永嘉居民区"}, "limit": "4 work_hours",
        "issue_candidates": [{"code": "05-01", "name": "垃圾满溢"}], "grid": None, "chain": [], "grid_candidates": [],
        "explanation": {"sentence": "地点在永嘉居民区，事项为“垃圾满溢”。"},
    },
    "grids": [{"code": "310101023006", "name": "永嘉居民区 · 瑞金二路街道"}],
    "outlines": [{"code": "g", "name": "永嘉居民区", "ring": [[121.46, 31.21], [121.47, 31.21], [121.47, 31.22]]}],
}  # fmt: skip


REPEATS = {
    "items": [
        {"case_no": "310100250301000017", "issue": {"code": "05-02", "name": "垃圾满溢"}, "grid": None,
         "agree": ["门牌相同（永嘉路35）", "相隔5小时"]},
    ]
}  # fmt: skip


@pytest.fixture
def asked(house: House, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """routing advises; what it was asked."""
    heard: list[Any] = []

    async def call(destination: str, method: str, path: str, payload: Any = None, *, within: float) -> Any:
        assert (destination, method, within) == ("routing", "POST", 1.0)
        heard.append(payload)
        return {"/v1/advice": ADVICE, "/v1/advice/repeats": REPEATS}[path]

    monkeypatch.setattr(house.app.state.peers, "call", call)
    return heard


@pytest.fixture
def silent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def call(*_: Any, **__: Any) -> Any:
        raise PeerFailed("routing")

    monkeypatch.setattr(house.app.state.peers, "call", call)


async def form(house: House, path: str, person: str, **sent: str) -> httpx.Response:
    return await house.as_(person).post(path, data=sent)


async def test_a_report_at_the_desk_becomes_a_case_and_a_slip(house: House, silent: None) -> None:
    for _ in range(2):
        answer = await form(house, "/desk", "clerk", **WALK_IN)
        assert answer.status_code == 303
    rows = await house.rows("select case_no, channel, text, settled_done from reports")
    assert [row["channel"] for row in rows] == ["walk_in"]
    case_no = rows[0]["case_no"]
    assert answer.headers["location"] == f"/intake/desk/{case_no}"
    slip = (await house.as_("clerk").get(f"/desk/{case_no}")).text
    code = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", slip)
    assert code
    assert "<svg" in slip
    assert "欧阳" not in slip
    assert "139" not in slip
    async with house.database.unit() as session:
        assert await check_code(session, case_no, code[0])
    shown = await house.rows("select subject from audit where action = 'slip.shown'")
    assert [row["subject"] for row in shown] == [case_no]


async def test_a_slip_is_for_the_desk_that_sees_the_case(house: House, silent: None) -> None:
    case_no = await house.post("clerk", channel="walk_in")
    assert (await house.as_("other clerk").get(f"/desk/{case_no}")).status_code == 404
    assert (await house.as_("officer").get(f"/desk/{case_no}")).status_code == 403
    assert (await house.as_(None).get("/desk")).status_code == 303


async def test_what_is_wrong_is_said_beside_the_field_and_the_rest_stays(house: House, silent: None) -> None:
    answer = await form(house, "/desk", "clerk", **{**WALK_IN, "phone": "none", "description": " ", "settled": "1"})
    assert answer.status_code == 422
    for words in ("请写明是什么事", "电话号码不对", "请写明当场办了什么", 'value="欧阳静好"'):
        assert words in answer.text
    assert await house.rows("select 1 from reports") == []


async def test_settled_on_the_spot_is_told_with_the_report(house: House, silent: None) -> None:
    await form(house, "/desk", "clerk", **WALK_IN, settled="1", done="当场告知开放时间")
    await form(house, "/desk", "clerk", **{**WALK_IN, "external_id": "desk-2"}, done="没有勾选，不算办结")
    rows = await house.rows("select settled_done from reports order by case_no")
    assert [row["settled_done"] for row in rows] == ["当场告知开放时间", None]


async def test_advice_has_reasons_and_never_the_person(house: House, asked: list[Any]) -> None:
    words = {**WALK_IN, "description": "欧阳静好说垃圾满溢，回电13912345678"}
    page = await form(house, "/desk/advice", "clerk", **words, grid="永嘉")
    assert "事项为“垃圾满溢”" in page.text
    assert '<input type="radio" name="issue_code" value="05-01"' in page.text
    assert "<polygon" in page.text
    assert asked[0]["grid"] == "永嘉"
    assert "欧阳" not in repr(asked)
    assert "139" not in repr(asked)


async def test_while_it_is_written_the_desk_shows_what_is_told_already_and_why(house: House, asked: list[Any]) -> None:
    page = await form(house, "/desk/advice", "clerk", **WALK_IN)
    assert "310100250301000017" in page.text
    assert "门牌相同（永嘉路35）；相隔5小时" in page.text
    assert "照常登记" in page.text
    told = next(each for each in asked if "heard" in each)
    assert set(told) == {"heard", "desk"}
    assert set(told["heard"]) <= {"text", "address", "grid", "issue"}
    assert "欧阳" not in repr(told)


async def test_what_is_too_short_to_tell_is_not_compared(house: House, asked: list[Any]) -> None:
    await form(house, "/desk/advice", "clerk", **{**WALK_IN, "description": "垃圾"})
    assert [each for each in asked if "heard" in each] == []


async def test_without_advice_the_form_is_as_good(house: House, silent: None) -> None:
    page = await house.as_("clerk").get("/desk")
    assert page.status_code == 200
    assert "可以照常登记" in page.text


async def test_a_visit_note_is_a_case_or_settled(house: House) -> None:
    for _ in range(2):
        assert (await form(house, "/visits", "officer", **VISIT)).status_code == 303
    await form(house, "/visits", "officer", **{**VISIT, "external_id": "visit-2"}, done="当场上了润滑油")
    rows = await house.rows("select channel, settled_done, by_role from reports order by case_no")
    assert [(row["channel"], row["settled_done"]) for row in rows] == [("visit", None), ("visit", "当场上了润滑油")]
    page = (await house.as_("officer").get("/visits")).text
    assert page.count("志丰里6号") == 2
    assert "志丰里" not in (await house.as_("other officer").get("/visits")).text


async def test_the_phones_queue_gets_the_number_or_what_is_missing(house: House) -> None:
    client = house.as_("officer")
    accept = {"accept": "application/json"}
    first = await client.post("/visits", data=VISIT, headers=accept)
    again = await client.post("/visits", data=VISIT, headers=accept)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["case_no"] == again.json()["case_no"]
    empty = await client.post("/visits", data={"address": "志丰里"}, headers=accept)
    assert (empty.status_code, empty.json()["told"]) == (422, "请写明是什么事")


def test_a_tap_on_the_map_leads_back_to_its_place() -> None:
    drawn = maps.drawn(ADVICE["outlines"])
    assert drawn is not None
    x, y = map(float, drawn.shapes[0].points.split()[2].split(","))
    assert abs(drawn.west + x * drawn.lon_step - 121.47) < 1e-6
    assert abs(drawn.north - y * drawn.lat_step - 31.22) < 1e-6
    assert maps.drawn([]) is None
