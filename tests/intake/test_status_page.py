"""The status page: number and code open it together, wrong pairs tell nothing, and it chases and appeals once."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from front_desk import COMMITTEE, House, unit
from phones import Phone, jobs, sender
from sqlalchemy import select

from intake.models import Report
from intake.status_codes import new_code, status_code
from services.clocks import now, stopped
from services.limits_of_use import RateBucket


async def code_of(house: House, case_no: str) -> str:
    async with house.database.unit() as session:
        report = (await session.scalars(select(Report).where(Report.case_no == case_no))).one()
        code = await status_code(session, house.app.state.vault, report)
    assert code is not None
    return code


async def look(house: House, no: str, code: str, **more: str) -> httpx.Response:
    return await house.as_(None).post("/status", data={"no": no, "code": code, **more})


async def pair(house: House, person: str = "hotline", **changes: Any) -> tuple[str, str]:
    case_no = await house.post(person, **changes)
    return case_no, await code_of(house, case_no)


async def test_number_and_code_show_how_it_stands_and_never_the_person_or_the_words(house: House) -> None:
    no, code = await pair(house)
    await house.moved(no, "handle.dispatched", contact_due=now() + timedelta(days=1))
    page = await look(house, f" {no[:8]} {no[8:]} ", code.lower().replace("-", ""))
    assert page.status_code == 200
    assert "已经派给承办单位" in page.text
    assert "承办单位签收后会先与您联系" in page.text
    for secret in ("欧阳静好", "13912345678", "垃圾箱房"):
        assert secret not in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_wrong_pairs_and_unknown_numbers_are_answered_alike(house: House) -> None:
    no, code = await pair(house)
    other, _ = await pair(house, "clerk", channel="walk_in")
    unknown = "2025030100000426"
    pages = [await look(house, *each) for each in ((no, new_code()), (other, code), (unknown, code), (no, ""))]
    plain = {re.sub(r'value="\d+"', "", page.text) for page in pages}
    assert ([page.status_code for page in pages], len(plain)) == ([404] * 4, 1)
    assert "编号和查询码对不上" in plain.pop()
    assert (await look(house, "13912345678", code)).status_code == 404


async def test_an_address_that_tries_too_often_is_told_to_wait_even_with_the_right_pair(house: House) -> None:
    no, code = await pair(house)
    with stopped(now()):
        assert (await look(house, no, new_code())).status_code == 404
        async with house.database.unit() as session:
            bucket = (await session.scalars(select(RateBucket))).one()
            bucket.count = house.app.state.settings.public_rate_per_minute
        page = await look(house, no, code)
    assert (page.status_code, "retry-after" in page.headers) == (429, True)
    assert no not in page.text


async def test_the_reporter_chases_once_a_day(house: House) -> None:
    no, code = await pair(house)
    await house.moved(no, "handle.working")
    done = await look(house, no, code, act="chase", words="已经三天了，请打13912345678")
    assert (done.status_code, "已替您催办" in done.text) == (200, True)
    again = await look(house, no, code, act="chase")
    assert (again.status_code, "今天已经催过" in again.text) == (409, True)
    (_, told) = await house.told()
    assert (told["type"], told["data"]["text"]) == ("report.chased", "已经三天了，请打[电话]")
    (entry,) = await house.rows("select by_role, by_person from timeline where move = 'chase'")
    assert entry == {"by_role": "reporter", "by_person": None}
    (audited,) = await house.rows("select voice, person from audit where action = 'chase'")
    assert audited == {"voice": "reporter", "person": None}


async def test_the_reporter_appeals_once_with_a_reason_and_in_the_window(house: House) -> None:
    no, code = await pair(house)
    await house.moved(no, "closed", outcome="unresolved", closed_at=now() - timedelta(days=29))
    page = await look(house, no, code)
    assert "可以申诉到" in page.text
    empty = await look(house, no, code, act="appeal", words="")
    assert (empty.status_code, "请写明理由" in empty.text) == (422, True)
    assert "申诉已收到" in (await look(house, no, code, act="appeal", words="第二天又满了")).text
    assert (await look(house, no, code, act="appeal", words="再说一次")).status_code == 409
    assert [event["type"] for event in await house.told()] == ["report.received", "report.appealed"]


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        ("closed", {"outcome": "resolved", "closed_at": now() - timedelta(days=31)}),
        ("closed", {"outcome": "withdrawn", "closed_at": now() - timedelta(days=1)}),
        ("feedback.surveying", {}),
    ],
)
async def test_what_is_not_possible_is_neither_offered_nor_done(
    house: House, state: str, facts: dict[str, Any]
) -> None:
    no, code = await pair(house)
    await house.moved(no, state, **facts)
    assert 'name="act"' not in (await look(house, no, code)).text
    for act in ("chase", "appeal"):
        assert (await look(house, no, code, act=act, words="因为")).status_code == 409
    assert len(await house.told()) == 1


async def test_an_officers_own_find_has_nobody_to_chase_for(house: House) -> None:
    no, code = await pair(house, "officer", channel="visit", reporter=None)
    assert 'name="act"' not in (await look(house, no, code)).text


async def test_the_code_goes_to_the_reporter_once_and_stands_in_no_queue_and_no_log(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    no, code = await pair(house)
    (job,) = await jobs(house)
    assert code not in job.decode()
    phone = Phone()
    for _ in range(2):
        await sender(house, phone)(job)
    ((kind, to, text),) = phone.sent
    assert (kind, to) == ("registered", "13912345678")
    assert f"查询码 {code}" in text
    assert f"https://city.example/intake/status?no={no}#{code}" in text
    (revealed,) = await house.rows("select facts from audit where action = 'reveal'")
    assert revealed["facts"]["purpose"] == "notice registered"
    assert [row["way"] for row in await house.rows("select way from disclosures")] == ["notice"]
    assert code not in "".join(capsys.readouterr())


async def test_nobody_to_reach_is_sent_nothing(house: House) -> None:
    await house.post("clerk", channel="walk_in", reporter=None)
    assert await jobs(house) == []


async def test_the_page_speaks_english_after_a_form_as_well(house: House) -> None:
    no, code = await pair(house)
    page = await house.as_(None).post("/status?lang=en", data={"no": no, "code": code})
    assert ("Registered" in page.text, 'lang="en"' in page.text) == (True, True)
    assert (await house.as_(None).get(f"/status?no={no}")).text.count(no) == 1


async def test_the_reporter_reads_who_has_seen_what_was_left_by_role_and_never_by_name(house: House) -> None:
    no, code = await pair(house)
    assert "还没有人看过" in (await look(house, no, code)).text
    lead = unit(COMMITTEE)
    await house.moved(no, "handle.working", lead=lead, officer=house.people["officer"])
    asked = {"fields": ["phone"], "purpose": "first_contact", "reason": "约时间看现场"}
    assert (await house.as_("officer").post(f"/v1/cases/{no}/reveals", json=asked)).status_code == 201
    page = (await look(house, no, code)).text
    assert "承办人员 · 看到了您留下的信息 · 先行联系" in page
    assert str(house.people["officer"]) not in page
    english = await house.as_(None).post("/status?lang=en", data={"no": no, "code": code})
    assert "The officer · saw what you left · " in english.text
