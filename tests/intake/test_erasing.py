"""What is due goes, what is held stays, and the case is a number afterwards whose chain still verifies."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from front_desk import COMMITTEE, House, unit
from test_reveals import hire

from intake.keeping import noting, sweeping
from intake.keeping.erasing import Part
from services.clocks import now, stopped
from services.messaging import Peers
from services.retention import ledger
from services.retention.rules import FILE, read
from services.retention.runs import Run, Tally, run
from services.roles import Role
from services.rooms import Tools
from services.timeline import first_broken

WORDS = "玳瑁猫雕像旁的垃圾"
PERSON = {"name": "欧阳静好", "phone": "13912345678", "home": "永嘉路9弄2号301室", "id_number": "310101199003077715"}
RULES = read(FILE)


@pytest.fixture
def tools(house: House, tmp_path: Path) -> Tools:
    settings = house.app.state.settings.model_copy(update={"erasure_log": tmp_path / "erased.jsonl"})
    return Tools(settings, house.database, Peers(settings, "intake"))


async def closed(house: House, person: str = "clerk", **more: Any) -> str:
    """A case that routing closed now, with words in every place that has some."""
    channel = "walk_in" if person == "clerk" else "hotline"
    told = {"channel": channel, "description": f"我叫欧阳静好，{WORDS}", "reporter": PERSON, "address": WORDS} | more
    case_no = await house.post(person, **told)
    await house.as_(person).post(f"/v1/cases/{case_no}/chases", json={"description": f"我叫欧阳静好，{WORDS}"})
    moved = {"lead": unit(COMMITTEE), "officer": house.people["officer"]}
    await house.moved(case_no, "handle.working", 1, **moved)
    reveal = {"fields": ["phone"], "purpose": "first_contact", "reason": WORDS}
    assert (await house.as_("officer").post(f"/v1/cases/{case_no}/reveals", json=reveal)).status_code == 201
    moved |= {"outcome": "resolved", "closed_at": now(), "public_answer": WORDS, "note": WORDS}
    await house.moved(case_no, "closed", 2, **moved)
    return case_no


async def after(tools: Tools, time: timedelta) -> dict[str, Tally]:
    """The tallies of the nightly run so much later."""
    with stopped(now() + time):
        made: Run = await run(tools.database, RULES, sweeping.retain(tools))
    return {each["name"]: Tally(**each) for each in made.tallies}


async def everything(house: House) -> str:
    """Every row of intake's tables, as text."""
    tables = await house.rows("select tablename from pg_tables where schemaname = 'intake'")
    found = [await house.rows(f'select to_jsonb(t) as row from "{each["tablename"]}" t') for each in tables
             if each["tablename"] not in ("alembic_version", "pgqueuer")]  # fmt: skip
    return json.dumps([dict(row) for rows in found for row in rows], ensure_ascii=False, default=str)


async def whole(house: House, case_no: str) -> bool:
    (row,) = await house.rows("select chain, entries from reports where case_no = :case_no", case_no=case_no)
    async with house.database.unit() as session:
        return await first_broken(session, case_no, chain=bytes(row["chain"]), count=row["entries"]) is None


async def test_nothing_is_erased_before_its_time_and_open_cases_never(house: House, tools: Tools) -> None:
    await closed(house)
    open_case = await house.post()
    early = await after(tools, timedelta(days=100))
    assert [early[name].due for name in ("reporter", "originals", "photos", "survey_photos", "survey_words")] == [0] * 5
    late = await after(tools, timedelta(days=5000))
    assert late["reporter"] == Tally("reporter", due=1, erased=1)
    of_case = "select r.* from reporters r join reports on reporter = id where case_no = :n"
    (row,) = await house.rows(of_case, n=open_case)
    assert row["wrapped_key"] is not None


async def test_originals_go_first_and_the_person_with_all_words_at_the_end(house: House, tools: Tools) -> None:
    case_no = await closed(house)
    first = await after(tools, timedelta(days=370))
    assert (first["originals"].erased, first["photos"].erased, first["reporter"].due) == (1, 1, 0)
    (row,) = await house.rows("select original, wrapped_key, phone from reporters")
    assert (row["original"], row["phone"] is None) == (None, False)
    assert await house.rows("select 1 from sealed_words") == []
    assert WORDS in await everything(house)
    last = await after(tools, timedelta(days=3 * 365 + 1))
    assert last["reporter"] == Tally("reporter", due=1, erased=1)
    (row,) = await house.rows("select * from reporters")
    assert {name for name, value in row.items() if value is not None} == {"id", "erased_at"}
    assert WORDS not in await everything(house)
    assert await whole(house, case_no)
    case = await house.case(case_no, "auditor")
    assert (case["state"], case["outcome"], case["channel"]) == ("closed", "resolved", "walk_in")


async def test_a_message_given_up_goes_with_its_own_case_and_with_no_other(house: House, tools: Tools) -> None:
    """The second report names the first, which was open when the same caller called again."""
    first, second = await house.post(), await house.post()
    received = next(each for each in await house.told() if each["subject"] == second)
    assert received["data"]["open_cases"] == [first]
    await house.rows("update pgqueuer set status = 'failed' where entrypoint = 'to_routing' returning id")
    await house.moved(first, "closed", outcome="resolved", closed_at=now())
    assert (await after(tools, timedelta(days=2000)))["reporter"].erased == 1
    given_up = "select payload from pgqueuer where entrypoint = 'to_routing' and status = 'failed'"
    left = [json.loads(bytes(row["payload"]))["subject"] for row in await house.rows(given_up)]
    assert left == [second]


async def test_the_others_are_told_once_what_to_erase_and_a_second_run_finds_nothing(
    house: House, tools: Tools
) -> None:
    case_no = await closed(house)
    await after(tools, timedelta(days=2000))
    again = await after(tools, timedelta(days=2001))
    assert {each.due for each in again.values() if each.name not in ("audit", "audit_everyday", "disclosures")} == {0}
    for destination in ("to_routing", "to_feedback"):
        told = [each for each in await house.told(destination) if each["type"] == "report.erased"]
        assert [each["subject"] for each in told] == [case_no] * len(told)
        assert sorted(part for each in told for part in each["data"]["parts"]) == ["everything"]


async def test_a_held_case_is_never_erased_until_two_have_lifted_the_hold(house: House, tools: Tools) -> None:
    case_no, sup = await closed(house), house.as_("supervisor")
    asked = await sup.post(f"/v1/cases/{case_no}/holds", json={"reason": "法院调查"})
    assert (asked.status_code, asked.json()["state"]) == (202, "asked")
    hold = asked.json()["id"]
    assert (await after(tools, timedelta(days=2000)))["reporter"] == Tally("reporter", due=1, held=1)
    own = await sup.post(f"/v1/holds/{hold}/agreement")
    assert (own.status_code, own.json()["type"]) == (403, "urn:gridloop:problem:second-person-needed")
    await hire(house, "second", Role.SUPERVISOR, "31")
    two = house.as_("second")
    assert (await two.post(f"/v1/holds/{hold}/agreement")).json()["state"] == "held"
    assert (await sup.post(f"/v1/cases/{case_no}/holds", json={"reason": "再次"})).status_code == 409
    assert (await after(tools, timedelta(days=2000)))["reporter"].held == 1
    assert (await two.post(f"/v1/holds/{hold}/lifting", json={"reason": "结案"})).json()["state"] == "lifting"
    assert (await after(tools, timedelta(days=2000)))["reporter"].held == 1
    assert (await two.post(f"/v1/holds/{hold}/agreement")).status_code == 403
    assert (await sup.post(f"/v1/holds/{hold}/agreement")).json()["state"] == "lifted"
    assert (await after(tools, timedelta(days=2000)))["reporter"].erased == 1
    listed = (await house.as_("auditor").get("/v1/holds?state=all")).json()["items"]
    assert [each["state"] for each in listed] == ["lifted"]


async def test_what_was_said_about_notices_goes_with_the_last_case_of_the_number(house: House, tools: Tools) -> None:
    person = PERSON | {"notices": False, "wecom_user": "ou.jh"}
    case_no = await closed(house, reporter=person)
    still_open = await house.post(reporter={"phone": "+86 139-1234-5678"})
    await house.post(reporter={"phone": "13700001111", "notices": True})
    assert (await after(tools, timedelta(days=1080)))["reporter"].due == 0
    assert (await after(tools, timedelta(days=1096)))["reporter"].erased == 1
    assert len(await house.rows("select 1 from notice_choices")) == 2
    notices = (await house.as_("hotline").get(f"/v1/cases/{still_open}/notices")).json()
    assert notices["choice"] == {"sms": False, "wecom": True, "language": "zh"}
    await house.moved(still_open, "closed", 1, outcome="resolved", closed_at=now())
    assert (await after(tools, timedelta(days=1096)))["reporter"].erased == 1
    (left,) = await house.rows("select sms, wecom from notice_choices")
    assert left == {"sms": True, "wecom": None}
    held = await everything(house)
    assert case_no in held
    assert "ou.jh" not in held


async def test_a_choice_that_nobody_asked_for_any_longer_goes_after_its_time(house: House, tools: Tools) -> None:
    case_no = await house.post(reporter={"phone": "13700001111", "notices": False})
    with stopped(now() + timedelta(days=1000)):
        told = (await house.as_("hotline").get(f"/v1/cases/{case_no}/notices")).json()
    assert told["choice"]["sms"] is False
    assert (await after(tools, timedelta(days=2000)))["notice_choices"] == Tally("notice_choices")
    assert (await after(tools, timedelta(days=2900)))["notice_choices"] == Tally("notice_choices", due=1, erased=1)


async def test_words_that_come_after_an_erasure_go_with_the_next_night(house: House, tools: Tools) -> None:
    case_no = await closed(house)
    await after(tools, timedelta(days=2000))
    moved = {"outcome": "resolved", "closed_at": now(), "public_answer": WORDS, "note": WORDS}
    await house.moved(case_no, "closed", 3, **moved)
    assert WORDS in await everything(house)
    assert (await after(tools, timedelta(days=2001)))["late_words"].erased == 1
    assert WORDS not in await everything(house)


async def test_nothing_more_is_added_in_the_name_of_who_was_erased(house: House, tools: Tools) -> None:
    case_no = await closed(house)
    await after(tools, timedelta(days=2000))
    for verb, told in (("amendments", {"description": WORDS}), ("appeals", {"reason": WORDS})):
        answer = await house.as_("clerk").post(f"/v1/cases/{case_no}/{verb}", json=told)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:gridloop:problem:erased-case")


async def test_what_was_erased_is_noted_outside_and_erased_again_in_an_older_database(
    house: House, tools: Tools
) -> None:
    case_no = await closed(house)
    await after(tools, timedelta(days=2000))
    noted = ledger.read(ledger.path(tools.settings))
    assert {(each.case_no, each.part) for each in noted} == {(case_no, Part.EVERYTHING)}
    other = await closed(house)
    again = [ledger.Erased(other, "everything", now()), *noted]
    assert await noting.erase_again(house.database, house.app.state.vault, again) == 1
    assert WORDS not in await everything(house)


def test_a_line_that_was_cut_off_is_no_line_and_is_written_again(tmp_path: Path) -> None:
    file = tmp_path / "erased.jsonl"
    one, two = (ledger.Erased(number, "everything", now()) for number in ("1", "2"))
    assert ledger.append(file, [one]) == 1
    with file.open("a") as out:
        out.write('{"case_no": "2", "pa')
    assert ledger.read(file) == [one]
    assert ledger.append(file, [one, two]) == 1
    assert ledger.read(file) == [one, two]


async def test_reasons_of_disclosures_go_only_with_an_erased_case(house: House, tools: Tools) -> None:
    case_no = await closed(house)
    await house.rows("select forget_words(:case_no)::text", case_no=case_no)
    (before,) = await house.rows("select reason from disclosures where way = 'shown'")
    assert before == {"reason": WORDS}
    await after(tools, timedelta(days=2000))
    (row,) = await house.rows("select reason, purpose, role from disclosures where way = 'shown'")
    assert row == {"reason": None, "purpose": "first_contact", "role": "officer"}


async def test_holds_are_the_supervisors_and_seen_by_the_auditor(house: House) -> None:
    case_no = await closed(house)

    async def by(person: str) -> httpx.Response:
        return await house.as_(person).post(f"/v1/cases/{case_no}/holds", json={"reason": "审计"})

    assert [(await by(person)).status_code for person in ("clerk", "officer", "auditor", "administrator")] == [403] * 4
    assert (await house.as_("auditor").get("/v1/holds")).json()["items"] == []
