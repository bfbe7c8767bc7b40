"""Reports by the thousand in one request: what single registering does, for every line, once."""

import asyncio
import json
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import active_children
from typing import Any

import pytest
from front_desk import COMPLAINT, House
from phones import Phone, jobs, sender

from intake.bridge import benching
from intake.bridge import lines as bulk_lines
from intake.bridge.hiding import PIECE, Hiders, Plain, hide_all
from intake.notices.delivery import once
from intake.notices.planning import Job
from intake.reporters import Identity
from services import timeline
from services.settings import Settings

NDJSON = {"content-type": "application/x-ndjson"}


def line(number: int, **changes: Any) -> dict[str, Any]:
    reporter = {"name": "欧阳静好", "phone": f"139{number:08d}"}
    told = {**COMPLAINT, "external_id": f"SH-{number}", "reporter": reporter, **changes}
    return {name: value for name, value in told.items() if value is not None}


async def post(house: House, *lines: dict[str, Any] | str, person: str = "hotline", **headers: str) -> Any:
    body = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    return await house.as_(person).post("/v1/cases/bulk", content=body.encode(), headers={**NDJSON, **headers})


async def count(house: House, table: str) -> int:
    return int((await house.rows(f"select count(*) as n from {table}"))[0]["n"])


async def test_every_line_becomes_a_case_like_one_posted_alone(house: House) -> None:
    alone = await house.post(external_id="alone", description="我是欧阳静好，永嘉路垃圾满溢，电话13912345678。")
    told = line(1, description="我是欧阳静好，永嘉路垃圾满溢，电话13912345678。", reporter=COMPLAINT["reporter"])
    answer = await post(house, told, line(2))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["registered"], body["repeated"], body["refused"]) == (2, 0, 0)
    many = body["lines"][0]["case_no"]
    rows = await house.rows("select * from reports where case_no in (:a, :b) order by case_no", a=alone, b=many)
    differing = {name for name in rows[0] if rows[0][name] != rows[1][name]}
    own = {"case_no", "external_id", "body_digest", "reporter", "received_at", "as_of", "status_digest", "chain"}
    assert differing == own
    assert "欧阳静好" not in rows[1]["text"]
    for table in ("timeline", "timeline_words", "reporters", "audit", "told_changes"):
        assert await count(house, table) == 3, table
    first, _, third = await house.told()
    assert {**first["data"], "case_no": "", "received_at": ""} == {
        **(await house.told())[1]["data"], "case_no": "", "received_at": "", "open_cases": [],
    }  # fmt: skip
    assert (await house.told())[1]["data"]["open_cases"] == [alone]
    assert third["sequence"] == first["sequence"] == "0000000001"
    notices = [Job.read(payload) for payload in await jobs(house, "registered")]
    assert {each.case_no for each in notices} == {alone, *(each["case_no"] for each in body["lines"])}
    assert {each.notification for each in notices} == {str(once(each.case_no, "registered")) for each in notices}


async def test_lines_of_one_caller_know_each_other(house: House) -> None:
    same = COMPLAINT["reporter"]
    lines = (await post(house, line(1, reporter=same), line(2), line(3, reporter=same))).json()["lines"]
    known = [each["data"]["open_cases"] for each in await house.told()]
    assert known == [[], [], [lines[0]["case_no"]]]


async def test_what_the_person_of_a_line_says_about_notices_holds_like_one_said_alone(house: House) -> None:
    spoken = [("13700000001", {"notices": False}), ("+86 137-0000-0001", {"wecom_user": "wang.xm"}),
              ("13700000002", {"notices": False}), ("13700000002", {"notices": True}),
              ("13700000003", {})]  # fmt: skip
    await house.post(reporter={"phone": "13700000003", "notices": False})
    body = [line(at, reporter={"phone": phone, **said}) for at, (phone, said) in enumerate(spoken)]
    assert (await post(house, *body)).json()["registered"] == 5
    kept = await house.rows("select sms, wecom from notice_choices order by sms, wecom")
    assert [tuple(row.values()) for row in kept] == [(False, True), (False, None), (True, None)]
    assert (await post(house, *body)).json()["repeated"] == 5
    phone = Phone()
    for payload in await jobs(house):
        await sender(house, phone)(payload)
    assert {to for _, to, _ in phone.sent} == {"13700000002"}


async def test_the_timeline_of_a_line_holds_and_its_person_opens(house: House) -> None:
    case_no = (await post(house, line(1))).json()["lines"][0]["case_no"]
    async with house.database.unit() as session:
        row = (await house.rows("select chain, entries from reports"))[0]
        broken = await timeline.first_broken(session, case_no, chain=bytes(row["chain"]), count=row["entries"])
    assert broken is None
    assert (await house.case(case_no))["description"] == COMPLAINT["description"]


async def test_a_bad_line_costs_nobody_else_their_case(house: House) -> None:
    answer = await post(
        house, line(1), "{", line(2, item_type="poem"), "", line(3, external_id=None), line(4, channel="visit"),
        line(5, description=None), line(6),
    )  # fmt: skip
    results = answer.json()["lines"]
    assert [(each["line"], each["status"]) for each in results] == [
        (1, "registered"), (2, "refused"), (3, "refused"), (5, "refused"), (6, "refused"), (7, "refused"),
        (8, "registered"),
    ]  # fmt: skip
    faults = [[fault["field"] for fault in each["problem"]["errors"]] for each in results if each["problem"]]
    assert faults == [["(body)"], ["item_type"], ["external_id"], ["channel"], ["description"]]
    assert await count(house, "reports") == 2


async def test_a_line_sent_again_is_repeated_and_another_body_refused(house: House) -> None:
    first = (await post(house, line(1), line(2))).json()["lines"]
    again = (await post(house, line(2), line(1, description="另一件事"), line(3), line(3))).json()
    assert [each["status"] for each in again["lines"]] == ["repeated", "refused", "registered", "repeated"]
    assert again["lines"][0]["case_no"] == first[1]["case_no"]
    assert again["lines"][1]["problem"]["case_no"] == first[0]["case_no"]
    assert again["lines"][3]["case_no"] == again["lines"][2]["case_no"]
    assert await count(house, "reports") == 3


async def test_a_line_and_a_single_request_of_one_number_make_one_case(house: House) -> None:
    alone = await house.as_("hotline").post("/v1/cases", json=line(1))
    assert (await post(house, line(1))).json()["lines"][0]["case_no"] == alone.json()["case_no"]


async def test_racing_requests_register_every_number_once(house: House) -> None:
    lines = [line(number) for number in range(12)]
    racers = [post(house, *lines), post(house, *reversed(lines)), house.as_("hotline").post("/v1/cases", json=line(5))]
    answers = await asyncio.gather(*racers)
    assert {answer.status_code for answer in answers} <= {200, 201}
    cases = {each["external_id"]: each["case_no"] for each in answers[0].json()["lines"]}
    assert cases == {each["external_id"]: each["case_no"] for each in answers[1].json()["lines"]}
    assert answers[2].json()["case_no"] == cases["SH-5"]
    assert await count(house, "reports") == await count(house, "reporters") == len(lines)


async def test_an_idempotency_key_gets_the_first_answer_again(house: House) -> None:
    key = {"idempotency-key": "bulk-1"}
    first = await post(house, line(1), **key)
    again = await post(house, line(1), **key)
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("person", ["clerk", "officer", "administrator"])
async def test_only_a_hotline_posts_in_bulk(house: House, person: str) -> None:
    assert (await post(house, line(1), person=person)).status_code == 403


async def test_too_many_lines_and_other_types_are_refused_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_lines, "MOST", 2)
    assert (await post(house, line(1), line(2), line(3))).status_code == 413
    assert (await post(house)).status_code == 422
    assert (await post(house, line(1), **{"content-type": "application/json"})).status_code == 415
    assert await count(house, "reports") == 0


async def hidden_by(hiders: Hiders, plain: list[Plain]) -> list[dict[str, str]]:
    return [hidden async for piece in hiders.hide(plain) for hidden in piece]


async def test_a_large_request_is_redacted_by_other_processes_with_the_same_result() -> None:
    plain = [Plain((f"我叫李秀兰，电话1381234{n:04d}，楼道堆物。",), Identity(name="李秀兰")) for n in range(2 * PIECE)]
    hiders = Hiders(processes=1)
    try:
        assert await hidden_by(hiders, plain) == hide_all(plain)
    finally:
        hiders.close()
    assert hiders.spent > 0
    assert "李秀兰" not in next(iter(hide_all(plain)[0].values()))


async def test_where_a_process_died_the_next_request_is_redacted_by_another() -> None:
    plain = [Plain((f"我叫李秀兰，电话1381234{n:04d}，楼道堆物。",), Identity(name="李秀兰")) for n in range(2 * PIECE)]
    hiders = Hiders(processes=1)
    try:
        before = set(active_children())
        await hidden_by(hiders, plain)
        for process in set(active_children()) - before:
            process.kill()
        with pytest.raises(BrokenProcessPool):
            await hidden_by(hiders, plain)
        assert await hidden_by(hiders, plain) == hide_all(plain)
    finally:
        hiders.close()


async def test_the_bench_measures_both_ways_in_one_run(house: House, settings: Settings) -> None:
    figures = await benching.measure(settings, singles=4, bulk=8, rounds=1)
    assert figures["ratio"] == round(figures["bulk_per_second"] / figures["single_per_second"], 1)
    assert figures["processor_ratio"] > 0
    assert await count(house, "reports") == 2 * (4 + 8)
    assert "ratio" in benching.told(figures)
