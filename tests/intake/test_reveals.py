"""Who works the case is shown what the purpose needs, for a while, after it was logged; nobody else ever is."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from front_desk import COMMITTEE, OTHER, STREET, House, unit

from intake.pages.watermark import watermark
from services import identity
from services.clocks import now, stopped
from services.identity import digest, mint
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, UnitFact
from services.roles import Role

NAME, PHONE, SECOND, HOME, NUMBER = "欧阳静好", "13912345678", "021-64370001", "永嘉路9弄2号301室", "310101199003077715"
PERSON = {"name": NAME, "phone": PHONE, "other_phone": SECOND, "home": HOME, "id_number": NUMBER}
ASKED = {"fields": ["phone"], "purpose": "first_contact", "reason": "约时间看现场"}
SECRETS = (NAME, PHONE, SECOND, HOME, NUMBER)


async def held(house: House, officer: str = "officer", state: str = "handle.working", **reporter: Any) -> str:
    """A case that the officer works."""
    case_no = await house.post(reporter={**PERSON, **reporter})
    moved = await house.moved(case_no, state, lead=unit(COMMITTEE), officer=house.people[officer])
    assert moved.status == "done"
    return case_no


async def ask(house: House, case_no: str, person: str = "officer", key: str = "", **body: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if key else {}
    return await house.as_(person).post(f"/v1/cases/{case_no}/reveals", json={**ASKED, **body}, headers=headers)


async def look(house: House, asked: httpx.Response, person: str = "officer") -> httpx.Response:
    return await house.as_(person).get(asked.headers["location"].removeprefix("/intake"))


async def report(house: House, case_no: str, person: str = "auditor") -> dict[str, Any]:
    answer = await house.as_(person).get(f"/v1/cases/{case_no}/disclosures")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]


async def hire(house: House, name: str, role: Role, unit_: UnitFact | str, person: UUID | None = None) -> None:
    """Somebody more, or one more role of somebody, as routing would tell it."""
    key, half, _ = mint()
    person = person or uuid4()
    units = (unit_,) if isinstance(unit_, UnitFact) else ()
    code = unit_.code if isinstance(unit_, UnitFact) else unit_
    told = AccessChanged(
        units=units, people=(PersonFact(id=person, name=name),),
        grants=(GrantFact(id=uuid4(), person=person, role=role, unit=code),),
        keys=(KeyFact(id=half, person=person, digest=digest(key)),),
    )  # fmt: skip
    async with house.database.unit() as session:
        await identity.copy(session, told)
    house.keys[name], house.people[name] = key, person


async def test_the_log_is_written_before_anything_is_shown(house: House) -> None:
    case_no = await held(house)
    asked = await ask(house, case_no)
    assert (asked.status_code, asked.json()["fields"]) == (201, ["phone"])
    assert not any(secret in asked.text for secret in SECRETS)
    (row,) = await house.rows("select way, fields, purpose, person, role, unit, until - at as lasts from disclosures")
    assert row == {
        "way": "shown", "fields": ["phone"], "purpose": "first_contact", "person": house.people["officer"],
        "role": "officer", "unit": COMMITTEE, "lasts": row["lasts"],
    }  # fmt: skip
    assert timedelta(minutes=14) < row["lasts"] <= timedelta(minutes=15, seconds=1)
    shown = await look(house, asked)
    assert (shown.json()["fields"], shown.headers["cache-control"]) == ({"phone": PHONE}, "no-store")


async def test_a_purpose_shows_what_it_needs_and_no_field_that_was_not_asked_for(house: House) -> None:
    case_no = await held(house)
    visit = await ask(house, case_no, purpose="appointment", fields=["name", "home"])
    assert (await look(house, visit)).json()["fields"] == {"name": NAME, "home": HOME}
    assert kind(await ask(house, case_no, fields=["phone", "id_number"])) == (422, "not-for-this")
    right = await ask(house, case_no, purpose="entitlement", fields=["id_number"])
    assert (await look(house, right)).json()["fields"] == {"id_number": NUMBER}


async def test_what_the_reporter_never_left_is_not_shown_and_not_logged(house: House) -> None:
    case_no = await held(house, other_phone=None)
    assert kind(await ask(house, case_no, fields=["other_phone"])) == (409, "nothing-left")
    asked = await ask(house, case_no, fields=["phone", "other_phone"])
    assert asked.json()["fields"] == ["phone"]


async def test_after_a_quarter_of_an_hour_it_is_over(house: House) -> None:
    case_no = await held(house)
    asked = await ask(house, case_no)
    with stopped(now() + timedelta(minutes=16)):
        assert (await look(house, asked)).status_code == 410


async def test_it_ends_with_the_task_even_within_its_time(house: House) -> None:
    case_no = await held(house)
    asked = await ask(house, case_no)
    await house.moved(case_no, "supervise.checking", 2, lead=unit(COMMITTEE), officer=house.people["officer"])
    assert kind(await look(house, asked)) == (403, "not-the-handler")
    assert kind(await ask(house, case_no)) == (403, "not-the-handler")


async def test_whoever_it_was_passed_from_is_out_and_whoever_has_it_now_is_in(house: House) -> None:
    await hire(house, "colleague", Role.OFFICER, COMMITTEE)
    case_no = await held(house)
    asked = await ask(house, case_no)
    await house.moved(case_no, "handle.working", 2, lead=unit(COMMITTEE), officer=house.people["colleague"])
    assert (await look(house, asked)).status_code == 403
    assert (await ask(house, case_no)).status_code == 403
    assert (await ask(house, case_no, "colleague")).status_code == 201
    assert (await look(house, asked, "colleague")).status_code == 404


async def test_when_the_handler_has_left_a_colleague_of_the_lead_unit_steps_in(house: House) -> None:
    await hire(house, "colleague", Role.OFFICER, COMMITTEE)
    await hire(house, "officer above", Role.OFFICER, STREET)
    case_no = await held(house)
    assert (await ask(house, case_no, "colleague")).status_code == 403
    gone = PersonFact(id=house.people["officer"], name="officer", active=False, version=2)
    async with house.database.unit() as session:
        await identity.copy(session, AccessChanged(people=(gone,)))
    assert (await ask(house, case_no, "colleague")).status_code == 201
    assert (await ask(house, case_no, "officer above")).status_code == 403
    assert (await ask(house, case_no)).status_code == 401


@pytest.mark.parametrize(
    ("person", "status"),
    [("other officer", 404), ("leader", 403), ("dispatcher", 403), ("supervisor", 403), ("auditor", 403),
     ("hotline", 403), ("clerk", 403), ("caller", 403), ("administrator", 403), (None, 401)],
)  # fmt: skip
async def test_nobody_else_is_shown_anything(house: House, person: str, status: int) -> None:
    case_no = await held(house)
    assert (await ask(house, case_no, person)).status_code == status
    asked = await ask(house, case_no)
    assert (await look(house, asked, person)).status_code == status


@pytest.mark.parametrize(
    "state", ["discover.triage", "handle.disputed", "supervise.checking", "feedback.surveying", "closed", "merged"]
)
async def test_nothing_is_shown_where_nobody_has_to_call(house: House, state: str) -> None:
    outcome = "resolved" if state == "closed" else None
    case_no = await house.post(reporter=PERSON)
    await house.moved(case_no, state, lead=unit(COMMITTEE), officer=house.people["officer"], outcome=outcome)
    assert kind(await ask(house, case_no)) == (403, "not-the-handler")


async def test_a_co_unit_is_shown_nothing_even_as_the_officer_of_the_order(house: House) -> None:
    case_no = await house.post(reporter=PERSON)
    await hire(house, "street officer", Role.OFFICER, STREET)
    for entry, officer in enumerate(("street officer", "officer"), start=1):
        await house.moved(
            case_no, "handle.working", entry, lead=unit(COMMITTEE), co_units=(unit(STREET),),
            officer=house.people[officer],
        )  # fmt: skip
        assert kind(await ask(house, case_no, "street officer")) == (403, "not-the-handler")


@pytest.mark.parametrize("name", ["永嘉物业服务有限公司", "某某物业管理处第一项目企业", "新城集团"])
async def test_a_company_is_shown_nothing_and_put_through_to_nobody(house: House, name: str) -> None:
    path = f"/31/310101/310101023/310101023006/{name}/"
    firm = UnitFact(code="firm", name=name, level="micro", parent=COMMITTEE, path=path)
    await hire(house, "manager", Role.OFFICER, firm)
    case_no = await house.post(reporter=PERSON)
    lead = {"code": "firm", "name": name, "path": path}
    await house.moved(case_no, "handle.working", lead=lead, officer=house.people["manager"])
    assert kind(await ask(house, case_no, "manager")) == (403, "never-a-company")
    called = await house.as_("manager").post(f"/v1/cases/{case_no}/calls", json={"reason": "约时间看现场"})
    assert kind(called) == (403, "never-a-company")
    both = await house.post(reporter=PERSON)
    await hire(house, "both", Role.OFFICER, COMMITTEE, house.people["manager"])
    await house.moved(both, "handle.working", lead=unit(COMMITTEE), officer=house.people["manager"])
    assert kind(await ask(house, both, "both")) == (403, "never-a-company")


async def test_an_authority_over_property_management_is_no_company(house: House) -> None:
    path = "/31/310101/310101023/310101023006/pm/"
    office = UnitFact(code="pm", name="物业管理科", level="micro", parent=COMMITTEE, path=path)
    await hire(house, "clerk of it", Role.OFFICER, office)
    case_no = await house.post(reporter=PERSON)
    lead = {"code": "pm", "name": office.name, "path": path}
    await house.moved(case_no, "handle.working", lead=lead, officer=house.people["clerk of it"])
    assert (await ask(house, case_no, "clerk of it")).status_code == 201


async def test_a_confidential_case_needs_a_supervisor_who_is_another_person_and_not_of_the_team(house: House) -> None:
    case_no = await held(house, confidential=True)
    asked = await ask(house, case_no)
    assert (asked.status_code, asked.json()["state"]) == (202, "pending")
    assert await house.rows("select 1 from disclosures") == []
    again = await ask(house, case_no, fields=["name"])
    assert again.json()["request"] == asked.json()["request"]
    await hire(house, "own supervisor", Role.SUPERVISOR, COMMITTEE)
    await hire(house, "officer as supervisor", Role.SUPERVISOR, STREET, house.people["officer"])
    path = f"/v1/reveal-requests/{asked.json()['request']}/grant"
    statuses = {who: kind(await house.as_(who).post(path)) for who in ("own supervisor", "officer as supervisor")}
    assert statuses == {"own supervisor": (403, "own-team"), "officer as supervisor": (403, "same-person")}
    (waiting,) = (await house.as_("supervisor").get("/v1/reveal-requests")).json()["items"]
    assert (waiting["case_no"], waiting["fields"]) == (case_no, ["phone"])
    assert (await house.as_("supervisor").post(path)).json()["state"] == "granted"
    assert kind(await house.as_("supervisor").post(path)) == (409, "decided-already")
    assert (await ask(house, case_no, purpose="answer")).status_code == 202
    shown = await ask(house, case_no)
    assert (await look(house, shown)).json()["fields"] == {"phone": PHONE}
    told = await report(house, case_no)
    assert told["disclosures"][0]["granted_by"] == str(house.people["supervisor"])


async def test_a_grant_wears_out_and_a_refusal_says_why(house: House) -> None:
    case_no = await held(house, confidential=True)
    asked = await ask(house, case_no)
    path = f"/v1/reveal-requests/{asked.json()['request']}"
    refused = await house.as_("supervisor").post(f"{path}/refusal", json={"reason": f"可走中继，勿拨{PHONE}"})
    assert (refused.json()["state"], PHONE in refused.text) == ("refused", False)
    second = await ask(house, case_no)
    await house.as_("supervisor").post(f"/v1/reveal-requests/{second.json()['request']}/grant")
    with stopped(now() + timedelta(hours=25)):
        assert (await ask(house, case_no)).status_code == 202


async def test_the_relay_puts_the_handler_through_without_the_number(house: House) -> None:
    case_no = await held(house, confidential=True)
    path = f"/v1/cases/{case_no}/calls"
    told, once = {"reason": f"约时间，{PHONE}"}, {"idempotency-key": "c"}
    answer = await house.as_("officer").post(path, json=told, headers=once)
    assert (answer.status_code, answer.json()["reference"].startswith("fake-")) == (201, True)
    again = await house.as_("officer").post(path, json=told, headers=once)
    assert again.json()["reference"] is None
    assert PHONE not in answer.text + again.text
    (row,) = await house.rows("select way, fields, person, reason from disclosures")
    assert (row["way"], row["fields"], row["person"]) == ("relay", ["phone"], house.people["officer"])
    assert PHONE not in row["reason"]
    assert (await house.as_("other officer").post(path, json={"reason": "约时间"})).status_code == 422
    assert (await house.as_("other officer").post(path, json={"reason": "约时间看"})).status_code == 404


async def test_a_form_sent_twice_is_one_disclosure_and_a_day_has_an_end(house: House) -> None:
    case_no = await held(house)
    first, second = await ask(house, case_no, key="k"), await ask(house, case_no, key="k")
    assert first.json() == second.json()
    answers = [(await ask(house, case_no)).status_code for _ in range(10)]
    assert answers == [201] * 9 + [409]


async def test_one_report_says_who_saw_what_when_and_why(house: House) -> None:
    case_no = await held(house)
    await look(house, await ask(house, case_no))
    await ask(house, case_no, "other officer")
    told = await report(house, case_no)
    (row,) = told["disclosures"]
    assert (row["person"], row["unit"], row["reason"]) == (str(house.people["officer"]), COMMITTEE, "约时间看现场")
    assert (row["fields"], row["purpose"], len(row["looks"])) == (["phone"], "first_contact", 1)
    assert told["refusals"] == [
        {"at": told["refusals"][0]["at"], "person": str(house.people["other officer"]), "rule": "not-found"}
    ]
    assert not any(secret in str(told) for secret in SECRETS)


async def test_the_reporter_is_told_roles_and_purposes_and_no_names(house: House) -> None:
    case_no = await held(house)
    await look(house, await ask(house, case_no))
    told = await report(house, case_no, "hotline")
    (row,) = told["disclosures"]
    assert set(row) == {"at", "until", "role", "way", "fields", "purpose"}
    assert (row["role"], told["requests"], told["refusals"]) == ("officer", None, None)
    assert str(house.people["officer"]) not in str(told)
    for person, status in {"other hotline": 404, "other clerk": 404, "officer": 403, "supervisor": 403}.items():
        assert (await house.as_(person).get(f"/v1/cases/{case_no}/disclosures")).status_code == status


async def test_the_street_auditor_reads_the_report_of_the_own_street_alone(house: House) -> None:
    case_no = await house.post(reporter=PERSON)
    await house.moved(case_no, "handle.working", lead=unit(OTHER), officer=house.people["other officer"])
    assert (await house.as_("street auditor").get(f"/v1/cases/{case_no}/disclosures")).status_code == 404


async def test_a_reveal_leaves_no_plaintext_behind(house: House) -> None:
    case_no = await held(house)
    await look(house, await ask(house, case_no, key="k", reason=f"联系人{NAME}，{PHONE}"))
    kept = [await house.rows(f"select * from {table}") for table in ("disclosures", "idempotency_keys", "audit")]
    assert not any(secret in str(kept) for secret in SECRETS)


async def test_who_works_the_order_is_shown_to_nobody(house: House) -> None:
    case_no = await held(house)
    for person in ("hotline", "officer", "supervisor", "auditor"):
        assert str(house.people["officer"]) not in str(await house.case(case_no, person))


async def press(house: House, case_no: str, what: str, person: str = "officer", **form: str) -> httpx.Response:
    return await house.as_(person).post(f"/contact/{case_no}/{what}", data=form)


async def test_the_page_shows_what_was_logged_under_the_viewers_watermark(house: House) -> None:
    case_no = await held(house)
    page = await house.as_("officer").get(f"/contact/{case_no}")
    assert page.status_code == 200
    assert not any(secret in page.text for secret in SECRETS)
    form = {"field-phone": "1", "purpose": "first_contact", "reason": "约时间看现场"}
    asked = await press(house, case_no, "reveals", **form)
    assert asked.status_code == 303
    (row,) = await house.rows("select id, fields from disclosures")
    assert asked.headers["location"] == f"/intake/contact/{case_no}/{row['id']}"
    shown = await house.as_("officer").get(asked.headers["location"].removeprefix("/intake"))
    assert PHONE in shown.text
    assert NAME not in shown.text
    viewer = f"officer {house.people['officer'].hex[-8:]} {now().astimezone(house.app.state.zone):%Y-%m-%d}"
    assert shown.text.count(f">{viewer.rpartition(' ')[0]}<") == 2
    assert viewer.rpartition(" ")[2] in shown.text.partition("</svg>")[0]
    assert shown.headers["cache-control"] == "no-store"
    assert re.fullmatch(rf"\d+;url=/intake/contact/{case_no}", shown.headers["refresh"])
    with stopped(now() + timedelta(minutes=16)):
        over = await house.as_("officer").get(f"/contact/{case_no}/{row['id']}")
    assert (over.status_code, PHONE in over.text) == (410, False)


async def test_the_page_puts_through_by_the_relay_and_says_when_a_grant_is_waited_for(house: House) -> None:
    case_no = await held(house, confidential=True)
    rung = await press(house, case_no, "calls", purpose="first_contact", reason="约时间看现场")
    assert (rung.status_code, rung.headers["location"]) == (303, f"/intake/contact/{case_no}?rung=1")
    form = {"field-phone": "1", "purpose": "first_contact", "reason": "约时间看现场"}
    assert (await press(house, case_no, "reveals", **form)).headers["location"].endswith("?asked=1")
    page = await house.as_("officer").get(f"/contact/{case_no}?lang=en")
    assert "waits for a supervisor" in page.text
    assert PHONE not in page.text


async def test_a_form_half_filled_and_somebody_else_get_a_page_that_says_so(house: House) -> None:
    case_no = await held(house)
    half = await press(house, case_no, "reveals", purpose="first_contact", reason=f"{PHONE}", **{"field-phone": ""})
    assert half.status_code == 303
    none = await press(house, case_no, "reveals", purpose="first_contact", reason=f"联系{NAME}")
    assert (none.status_code, NAME in none.text, none.headers["content-type"][:9]) == (422, False, "text/html")
    assert (await house.as_("other officer").get(f"/contact/{case_no}")).status_code == 404
    assert (await house.as_("supervisor").get(f"/contact/{case_no}")).status_code == 403
    assert (await house.as_(None).get(f"/contact/{case_no}")).status_code == 303


def test_a_watermark_cannot_be_broken_out_of_by_a_name() -> None:
    mark = watermark(name="</text><script>", person=uuid4(), at=now())
    assert "<script>" not in mark
    assert mark.startswith("<svg")
