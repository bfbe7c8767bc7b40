"""One way out: at each occasion once, by a way the person allows, logged before it is opened."""

from typing import Any

import pytest
from front_desk import House
from phones import Phone, jobs, sender

from intake.notices import choices
from intake.notices.choices import Choice, Way
from intake.notices.delivery import Notice, Undeliverable
from intake.vault import MasterKeys, Suite, Vault, new_master_key
from services.attempts import Unreachable

NUMBER = "13912345678"


class Dead(Phone):
    """Nobody is at any address."""

    name = "dead"

    async def send(self, to: str, notice: Notice) -> str | None:
        await super().send(to, notice)
        raise Undeliverable("invalid_number")


async def go(house: House, phone: Any, occasion: str = "", **more: Any) -> None:
    for payload in await jobs(house, occasion):
        await sender(house, phone, **more)(payload)


async def results(house: House) -> list[tuple[str, str]]:
    rows = await house.rows("select kind, result from notifications order by at, id")
    return [(row["kind"], row["result"]) for row in rows]


async def choose(house: House, case_no: str, person: str = "hotline", **told: Any) -> int:
    return (await house.as_(person).put(f"/v1/cases/{case_no}/notices", json=told)).status_code


async def test_a_reporter_is_told_at_each_occasion_once_and_never_of_the_rest(house: House) -> None:
    case_no = await house.post()
    way = [
        ("route", "handle.dispatched", {}), ("approve", "feedback.surveying", {}), ("judge", "handle.dispatched", {}),
        ("defer", "handle.deferred", {}), ("judge", "closed", {"outcome": "unresolved"}),
        ("appeal", "handle.dispatched", {}),
    ]  # fmt: skip
    for number, (move, state, facts) in enumerate(way, 1):
        await house.moved(case_no, state, number, move=move, **facts)
    await house.moved(case_no, "handle.dispatched", 6, move="appeal")
    phone = Phone()
    for _ in range(2):
        await go(house, phone)
    occasions = ["registered", "answered", "handled_again", "deferred", "closed", "appeal_heard"]
    assert [occasion for occasion, _, _ in phone.sent] == occasions
    assert {to for _, to, _ in phone.sent} == {NUMBER}
    assert all(case_no in text and f"/intake/status?no={case_no}#" in text for _, _, text in phone.sent)
    assert len(await house.rows("select 1 from disclosures where way = 'notice'")) == len(occasions)


async def test_news_that_come_too_late_are_not_told(house: House) -> None:
    case_no = await house.post()
    await house.moved(case_no, "closed", 5, move="judge", outcome="resolved")
    await house.moved(case_no, "feedback.surveying", 3, move="approve")
    assert [each for each in await jobs(house) if b"answered" in each] == []


async def test_who_left_no_number_is_told_nothing(house: House) -> None:
    case_no = await house.post("clerk", channel="walk_in", reporter=None)
    await house.moved(case_no, "closed", 1, move="judge", outcome="resolved")
    assert await jobs(house) == []
    assert await choose(house, case_no, "clerk", sms=True) == 409


async def test_a_no_holds_for_every_report_of_this_person_and_is_asked_for_at_each_sending(house: House) -> None:
    first = await house.post()
    assert await choose(house, first, sms=False) == 200
    await house.post(reporter={"phone": "+86 139-1234-5678"})
    await house.post(reporter={"phone": "13700001111"})
    phone = Phone()
    await go(house, phone)
    assert [to for _, to, _ in phone.sent] == ["13700001111"]
    assert [result for _, result in await results(house)].count("refused") == 2
    assert len(await house.rows("select 1 from disclosures")) == 1
    assert await choose(house, first, sms=None) == 200
    assert await house.rows("select 1 from notice_choices") == []


async def test_in_a_city_that_wants_a_yes_nothing_goes_out_before_it(house: House) -> None:
    await house.post()
    await house.post(reporter={"phone": "13700001111", "notices": True})
    phone = Phone()
    await go(house, phone, consent="opt_in")
    assert [to for _, to, _ in phone.sent] == ["13700001111"]


async def test_the_person_says_no_on_the_status_page_and_yes_again(house: House) -> None:
    case_no = await house.post()
    phone = Phone()
    await go(house, phone)
    ((_, _, text),) = phone.sent
    code = text.rpartition("#")[2]
    page = house.as_(None)
    assert "不要再发短信" in (await page.post("/status", data={"no": case_no, "code": code})).text
    off = await page.post("/status", data={"no": case_no, "code": code, "tell": "off"})
    assert (off.status_code, "请发短信告诉我" in off.text) == (200, True)
    await house.moved(case_no, "closed", 1, move="judge", outcome="resolved")
    await go(house, phone, "closed")
    assert len(phone.sent) == 1
    on = await page.post("/status", data={"no": case_no, "code": code, "tell": "on"})
    assert "不要再发短信" in on.text
    said = await house.rows("select voice, facts ->> 'sms' as sms from audit where action like 'notices%' order by id")
    assert [(row["voice"], row["sms"]) for row in said] == [("reporter", "false"), ("reporter", "true")]


async def test_wecom_takes_a_yes_and_a_text_message_stands_in_where_nobody_is_there(house: House) -> None:
    await house.post(reporter={"phone": NUMBER, "wecom_user": "wang.xm"})
    await house.post(reporter={"phone": "13700001111"})
    wecom, phone = Phone(), Phone()
    await go(house, None, ways={Way.WECOM: wecom, Way.SMS: phone})
    assert ([to for _, to, _ in wecom.sent], [to for _, to, _ in phone.sent]) == (["wang.xm"], ["13700001111"])
    case_no = await house.post(reporter={"phone": NUMBER, "wecom_user": "gone"})
    await go(house, None, case_no, ways={Way.WECOM: Dead(), Way.SMS: phone})
    fields = await house.rows("select fields from disclosures where case_no = :no order by id", no=case_no)
    assert [row["fields"] for row in fields] == [["wecom_user"], ["phone"]]
    assert phone.sent[-1][1] == NUMBER


async def test_where_nobody_is_at_any_way_it_ends_as_undeliverable(house: House) -> None:
    await house.post()
    dead = Dead()
    for _ in range(2):
        await go(house, dead)
    assert len(dead.sent) == 1
    assert await results(house) == [("registered", "undeliverable")]


async def test_a_provider_that_is_away_leaves_it_waiting_and_is_given_the_same_id_again(house: House) -> None:
    await house.post()
    ids: list[Any] = []

    class Away(Phone):
        async def send(self, to: str, notice: Notice) -> str | None:
            ids.append(notice.id)
            raise Unreachable("away")

    for _ in range(2):
        with pytest.raises(Unreachable):
            await go(house, Away())
    assert (len(ids), len(set(ids))) == (2, 1)
    assert await results(house) == [("registered", "pending")]


async def test_the_person_chooses_english(house: House) -> None:
    case_no = await house.post(reporter={"phone": NUMBER})
    await choose(house, case_no, language="en")
    phone = Phone()
    await go(house, phone)
    assert phone.sent[0][2].startswith(f"Your report is registered as {case_no}.")
    (row,) = await house.rows("select template, provider_id from notifications")
    assert row == {"template": "registered 2026.1 en", "provider_id": "m-1"}


async def test_the_desk_reads_what_was_sent_and_chosen_and_never_where_to(house: House) -> None:
    case_no = await house.post(reporter={"phone": NUMBER, "notices": True})
    await go(house, Phone())
    answer = await house.as_("auditor").get(f"/v1/cases/{case_no}/notices")
    told = answer.json()
    assert told["choice"] == {"sms": True, "wecom": None, "language": "zh"}
    assert [(item["occasion"], item["result"], item["adapter"]) for item in told["items"]] == [
        ("registered", "sent", "phone")
    ]
    assert NUMBER not in answer.text
    assert (await house.as_("officer").get(f"/v1/cases/{case_no}/notices")).status_code == 403
    assert await choose(house, case_no, "other clerk", sms=False) == 404


async def test_a_choice_matches_no_index_of_callers_and_comes_along_to_a_new_key(house: House) -> None:
    case_no = await house.post()
    await choose(house, case_no, sms=False)
    (kept,) = await house.rows("select person, phone_index from notice_choices, reporters")
    assert bytes(kept["person"]) != bytes(kept["phone_index"])
    old, new = new_master_key("old"), new_master_key("new")
    before = Vault(MasterKeys.parse(old), Suite.AES)
    after = Vault(MasterKeys.parse(f"{old}\n{new}"), Suite.AES)
    async with house.database.unit() as session:
        await choices.say(session, before, "13700001111", Choice(sms=False))
    async with house.database.unit() as session:
        assert await choices.under_other_keys(session, after) == 2
        assert (await choices.of_phone(session, after, "13700001111")).sms is False
    async with house.database.unit() as session:
        assert await choices.under_other_keys(session, after) == 1
