"""A caller reaches the reporter for an open survey only: by relay, or by a number shown once; logged before."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import STREET, House

from intake.commands import ROOM
from intake.relay import BIND, UNBIND, Binder, FakeRelay
from services import errands
from services.clocks import now, stopped
from services.identity import Actor, digest, identify, mint
from services.messages import (
    AccessChanged,
    GrantFact,
    KeyFact,
    PersonFact,
    StaffChanged,
    SurveyDue,
    SurveyEnded,
    UnitFact,
)
from services.messaging import Peers
from services.problems import Problem
from services.roles import Role
from services.rooms import Tools

PHONE = "13912345678"


def due(case_no: str, **facts: Any) -> SurveyDue:
    plain = {"case_no": case_no, "survey": uuid4(), "round": 1, "kind": "handled", "until": now() + timedelta(days=7)}
    return SurveyDue.model_validate({**plain, **facts})


async def opened(house: House, **facts: Any) -> SurveyDue:
    message = due(await house.post(), **facts)
    assert (await house.hear("feedback", message, 1)).status == "done"
    return message


async def end(house: House, message: SurveyDue, sequence: int = 2) -> None:
    await house.hear("feedback", SurveyEnded.model_validate(message.model_dump()), sequence)


async def reach(house: House, message: SurveyDue, person: str = "caller", **body: Any) -> httpx.Response:
    headers = {"idempotency-key": key} if (key := body.pop("key", None)) else {}
    path = f"/v1/cases/{message.case_no}/contacts"
    told = {"survey": str(message.survey), "errand": errand_of(house, message, person), **body}
    return await house.as_(person).post(path, json=told, headers=headers)


def errand_of(house: House, message: SurveyDue, person: str = "caller", **facts: str) -> str:
    """What feedback gives whoever has taken the survey."""
    until, who = now() + timedelta(minutes=10), house.people.get(person, uuid4())
    told = {"survey": str(message.survey), "case_no": message.case_no, **facts}
    return errands.write(house.app.state.settings, "feedback", "intake", "contact", person=who, until=until, **told)


async def disclosures(house: House) -> list[dict[str, Any]]:
    return await house.rows("select * from disclosures order by id")


async def test_the_relay_connects_and_nobody_sees_a_number(house: House) -> None:
    message = await opened(house)
    answer = await reach(house, message)
    assert answer.status_code == 201
    assert answer.json()["reference"].startswith("fake-")
    assert PHONE not in answer.text
    (row,) = await disclosures(house)
    assert (row["case_no"], row["way"], row["fields"], row["purpose"]) == (
        message.case_no,
        "relay",
        ["phone"],
        "survey",
    )
    assert (row["survey"], row["person"], row["role"]) == (message.survey, house.people["caller"], "caller")


async def test_a_number_is_shown_once_for_a_reason_and_a_quarter_of_an_hour(house: House) -> None:
    message = await opened(house)
    assert (await reach(house, message, way="number")).json()["type"].endswith("reason-missing")
    told = {"way": "number", "reason": f"中继不通，改拨{PHONE}", "key": "k-1", "errand": errand_of(house, message)}
    shown = await reach(house, message, **told)
    assert (shown.json()["number"], shown.headers["cache-control"]) == (PHONE, "no-store")
    again = await reach(house, message, **told)
    assert (again.status_code, again.json()["number"]) == (201, None)
    (row,) = await disclosures(house)
    assert (row["way"], PHONE in row["reason"]) == ("shown", False)
    assert timedelta(0) <= timedelta(minutes=15) - (row["until"] - row["at"]) < timedelta(minutes=1)
    kept = await house.rows("select answer from idempotency_keys")
    assert PHONE not in str(kept) + str(await house.rows("select facts from audit"))


async def test_with_the_survey_every_way_ends(house: House) -> None:
    message = await opened(house)
    await end(house, message)
    for way in ("relay", "number"):
        assert (await reach(house, message, way=way, reason="中继不通")).status_code == 410
    late = await opened(house)
    with stopped(now() + timedelta(days=8)):
        assert (await reach(house, late)).status_code == 410
    assert await disclosures(house) == []


async def test_an_end_that_overtakes_the_beginning_opens_nothing(house: House) -> None:
    message = due(await house.post())
    await end(house, message)
    await house.hear("feedback", message, 1)
    assert (await reach(house, message)).status_code == 410


async def test_only_who_has_taken_the_survey_reaches_its_person(house: House) -> None:
    message, other = await opened(house), await opened(house)
    for errand in (errand_of(house, other), errand_of(house, message, "officer")):
        assert (await reach(house, message, errand=errand)).json()["type"].endswith("not-your-errand")
    assert (await reach(house, message, errand="none")).status_code == 410
    assert await disclosures(house) == []


async def test_a_survey_opens_no_other_case(house: House) -> None:
    message, other = await opened(house), await opened(house)
    mixed = message.model_copy(update={"case_no": other.case_no})
    assert (await reach(house, mixed)).status_code == 404
    assert (await reach(house, message.model_copy(update={"survey": uuid4()}))).status_code == 404


async def test_nobody_is_reached_who_left_no_number_or_more_often_than_allowed(house: House) -> None:
    silent = due(await house.post(reporter=None))
    await house.hear("feedback", silent, 1)
    assert (await reach(house, silent)).json()["type"].endswith("no-number")
    message = await opened(house)
    answers = [(await reach(house, message)).status_code for _ in range(11)]
    assert answers == [201] * 10 + [409]


@pytest.mark.parametrize("person", ["hotline", "officer", "supervisor", "auditor", "administrator"])
async def test_nobody_but_a_caller_is_put_through(house: House, person: str) -> None:
    assert (await reach(house, await opened(house), person)).status_code == 403


async def test_a_providers_handle_is_bound_at_once_and_ends_with_the_survey(house: House) -> None:
    message = await opened(house, relay="rl_provider")
    relay = FakeRelay()
    binder = Binder(house.database, house.app.state.vault, relay)
    await binder.bind(*await jobs(house, BIND))
    assert relay.bound == {"rl_provider": message.until}
    (row,) = await disclosures(house)
    assert (row["way"], row["role"], row["person"]) == ("relay", "system", None)
    await end(house, message)
    await binder.unbind(*await jobs(house, UNBIND))
    assert relay.bound == {}
    await binder.bind(*await jobs(house, BIND))
    assert relay.bound == {}


async def jobs(house: House, name: str) -> list[bytes]:
    rows = await house.rows("select payload from pgqueuer where entrypoint = :name order by id", name=name)
    assert PHONE not in str(rows)
    return [bytes(row["payload"]) for row in rows]


async def test_what_is_asked_by_telephone_alone_sends_no_link(house: House) -> None:
    message = await opened(house, kind="recheck", link=False)
    assert await house.rows("select 1 from notifications") == []
    assert (await reach(house, message)).status_code == 201


async def test_the_room_offers_the_relays_jobs_to_its_worker(house: House) -> None:
    settings = house.app.state.settings
    peers = Peers(settings, "intake")
    assert {BIND, UNBIND} <= ROOM.jobs(Tools(settings, house.database, peers)).keys()
    await peers.close()


def staff(role: Role = Role.CALLER, **facts: Any) -> tuple[dict[str, Any], str]:
    person, (key, half, _) = uuid4(), mint()
    centre = UnitFact(code="EVAL", name="测评", level="city", parent=None, path="/EVAL/", version=0)
    rows = {
        "units": (centre,), "people": (PersonFact(id=person, name="回访员"),),
        "grants": (GrantFact(id=uuid4(), person=person, role=role, unit="EVAL"),),
        "keys": (KeyFact(id=half, person=person, digest=digest(key)),),
    }  # fmt: skip
    return {**rows, **facts}, key


async def actor_of(house: House, key: str) -> Actor | None:
    async with house.database.unit() as session:
        try:
            return await identify(session, key)
        except Problem:
            return None


async def test_a_caller_comes_from_the_evaluation_body_and_from_nobody_else(house: House) -> None:
    rows, key = staff()
    forged, their_key = staff()
    assert (await house.hear("routing", AccessChanged(**forged), 1)).status == "done"
    assert (await house.hear("feedback", StaffChanged(**rows), 1)).status == "done"
    ours, theirs = await actor_of(house, key), await actor_of(house, their_key)
    assert ours is not None
    assert ours.has([Role.CALLER])
    assert theirs is None or not theirs.has([Role.CALLER])
    house.keys["ours"], house.people["ours"] = key, ours.person
    assert (await reach(house, await opened(house), "ours")).status_code == 201


async def test_routing_gives_no_key_to_a_caller_and_feedback_no_role_but_its_own(house: House) -> None:
    rows, _ = staff()
    await house.hear("feedback", StaffChanged(**rows), 1)
    stolen, half, _ = mint()
    person = rows["people"][0].id
    key = KeyFact(id=half, person=person, digest=digest(stolen))
    await house.hear("routing", AccessChanged(keys=(key,), people=(PersonFact(id=person, name="x", version=9),)), 2)
    assert await actor_of(house, stolen) is None
    hotline, taken = house.people["hotline"], mint()
    grant = GrantFact(id=uuid4(), person=hotline, role=Role.CALLER, unit=STREET)
    key = KeyFact(id=taken[1], person=hotline, digest=digest(taken[0]))
    told = StaffChanged(people=(PersonFact(id=hotline, name="x", version=9),), grants=(grant,), keys=(key,))
    await house.hear("feedback", told, 3)
    assert await actor_of(house, taken[0]) is None
    too_much, key_ = staff(Role.ADMINISTRATOR)
    await house.hear("feedback", StaffChanged(**too_much), 4)
    found = await actor_of(house, key_)
    assert found is not None
    assert found.grants == ()


async def test_of_a_confidential_case_no_number_is_shown_and_the_relay_still_connects(house: House) -> None:
    case_no = await house.post(reporter={"name": "欧阳静好", "phone": PHONE, "confidential": True})
    message = due(case_no)
    assert (await house.hear("feedback", message, 1)).status == "done"
    refused = await reach(house, message, way="number", reason="中继不通")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridloop:problem:relay-alone")
    assert await disclosures(house) == []
    assert (await reach(house, message)).status_code == 201
