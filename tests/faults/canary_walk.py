"""Where the canary flies: handled, triaged, judged, spoken of badly, revealed, left and forgotten."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
from canary import IDENTITY, NAME, NUMBERS, PERSON, PHONE, dump, words
from canary_house import OTHER_UNIT, PLACE, STATUE, UNIT, Watched
from sqlalchemy import text

from intake.channels import Channel
from routing.states import Move
from services.clocks import now
from services.demo.doors import Refused
from services.settings import SERVICES


async def handled(house: Watched) -> str:
    """From the hotline to the survey: every move on the way, each with the person in its words."""
    told = {"external_id": "canary-1", "address": f"永嘉路120弄 {NAME}"}
    case_no = await house.post("hotline", Channel.HOTLINE, **PLACE, **told)
    assert house.doors
    await house.doors.hire("supervisor", "31")
    await house.doors.hire("dispatcher", "31")
    lead = await house.taken(case_no)
    officer = await house.doors.hire("officer", lead)
    await house.move(officer, case_no, Move.ACCEPT)
    await house.move(officer, case_no, Move.CONTACT, at=now().isoformat())
    await house.move(officer, case_no, Move.DISPUTE, proposed_unit=OTHER_UNIT)
    await house.move("supervisor", case_no, Move.RULE, unit=OTHER_UNIT, legal_route=None)
    officer, leader = await house.doors.hire("officer", OTHER_UNIT), await house.doors.hire("leader", OTHER_UNIT)
    await house.move(officer, case_no, Move.ACCEPT)
    await house.move(leader, case_no, Move.SUMMON, unit=UNIT)
    await house.move("officer", case_no, Move.ARRIVE)
    await house.move(leader, case_no, Move.RELEASE, unit=UNIT)
    await house.move(officer, case_no, Move.NOTE)
    await house.move("supervisor", case_no, Move.SUPERVISE)
    await house.move(leader, case_no, Move.EXTEND, "supervisor")
    await house.move(leader, case_no, Move.DEFER, "supervisor", review_date=f"{now() + timedelta(days=60):%Y-%m-%d}")
    await house.move("supervisor", case_no, Move.RESUME)
    await house.move(officer, case_no, Move.REPORT_DONE)
    await house.move("supervisor", case_no, Move.SEND_BACK)
    await house.move(officer, case_no, Move.REPORT_DONE)
    await house.move("supervisor", case_no, Move.APPROVE)
    return case_no


async def triaged(house: Watched) -> None:
    """What a dispatcher does, on reports without a place."""
    case_no = await house.post("clerk", Channel.WALK_IN)
    await house.order(case_no, "discover.triage")
    await house.move("dispatcher", case_no, Move.ASK)
    await house.move("dispatcher", case_no, Move.RECLASSIFY, issue="05-01")
    if (await house.order(case_no))["state"] == "discover.triage":
        await house.move("dispatcher", case_no, Move.DISPATCH, unit=UNIT, co_units=[])
    await house.move("dispatcher", case_no, Move.REDIRECT, unit=None)
    await house.move("dispatcher", case_no, Move.DISPATCH, unit=UNIT, co_units=[])
    await house.move("leader", case_no, Move.TRANSFER, unit="310101023011")
    await house.move("supervisor", case_no, Move.RAISE_LEVEL)
    parent = await house.post("hotline", Channel.HOTLINE, description=words(1, "楼道里电瓶车乱停乱放，堵住了出口。"))
    await house.taken(parent)
    await house.move("dispatcher", case_no, Move.MERGE, parent=parent)
    await house.move("dispatcher", case_no, Move.UNMERGE)
    await house.move("dispatcher", case_no, Move.DECLINE, "dispatcher@31")
    await house.move("dispatcher", parent, Move.HAND_OVER, emergency=True, at=now().isoformat())


async def others(house: Watched, first: str) -> None:
    """The remaining doors, and what follows a report."""
    assert {channel.value for channel in Channel} == {"hotline", "walk_in", "visit", "open311"}
    await house.post_open311()
    await house.post("officer", Channel.VISIT, **PLACE)
    await house.post("clerk", Channel.WALK_IN, **PLACE, settled={"done": words(1)})
    case_no = await house.post("hotline", Channel.HOTLINE, **PLACE)
    path = f"/intake/v1/cases/{case_no}"
    told_later: dict[str, dict[str, Any]] = {
        "amendments": {"description": words(2), "address": f"{NAME}家，{PHONE}"},
        "chases": {"description": words(3)},
        "splits": {"original": {"description": words(4)}, "second": {"description": words(5)}},
        "withdrawal": {"reason": words(1)},
    }
    for turn, (name, told) in enumerate(told_later.items()):
        answer = await house.ask("hotline", "POST", f"{path}/{name}", told, Idempotency_Key=f"follow-{turn}")
        assert answer.is_success, answer.text
    await house.order(first, "closed")
    for _ in range(100):
        answer = await house.ask("hotline", "POST", f"/intake/v1/cases/{first}/appeals", {"reason": words(2)})
        if answer.is_success:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(answer.text)


async def judged(house: Watched, case_no: str) -> None:
    """The provider calls back, with the person in its words."""
    assert house.doors
    told = {
        "case_no": case_no,
        "round": 1,
        "contacted": True,
        "solved": "解决",
        "satisfied": "满意",
        "words": words(2),
    }
    for _ in range(300):
        try:
            if await house.doors.call_back(told) == "recorded":
                return
        except Refused:
            pass
        await asyncio.sleep(0.2)
    raise AssertionError(f"no survey of {case_no} came to feedback: {house.answers[-1].text}")


async def spoken_badly(house: Watched, case_no: str) -> None:
    """Bodies, headers and addresses that no route takes, each with the person in it."""
    path = "/intake/v1/cases"
    good: dict[str, Any] = {"channel": "hotline", "item_type": "complaint", "description": words(0), "reporter": PERSON}
    for turn, bad in enumerate(
        [
            {**good, "item_type": NAME}, {**good, "reporter": {**PERSON, "phone": f"{NUMBERS[0]}{NAME}"}},
            {**good, "reporter": {"mobile": PHONE}}, {**good, NAME: PHONE}, {**good, "description": ""},
            {**good, "location": {"lon": PHONE, "lat": NAME}}, {**good, "external_id": f"{NAME} {PHONE}"},
            {**good, "reporter": {**PERSON, "id_number": f"{IDENTITY}{NAME}"}}, [good], PHONE,
        ]
    ):  # fmt: skip
        assert (await house.ask("hotline", "POST", path, bad, Idempotency_Key=f"bad-{turn}")).status_code == 422
    same = {**good, "external_id": "canary-1"}
    assert (await house.ask("hotline", "POST", path, same)).status_code == 409
    assert (await house.ask("hotline", "POST", path, good, X_Forwarded_For=PHONE)).status_code == 201
    for service in SERVICES:
        for strange in (f"/v1/{NAME}", f"/v1/cases/{PHONE}", f"/v1/orders/{IDENTITY}/note", f"/v1/cases?state={NAME}"):
            assert not (await house.ask("auditor", "GET", f"/{service}{strange}")).is_server_error
    assert (await house.ask("officer", "POST", f"/routing/v1/orders/{case_no}/note", {"text": 7})).is_client_error
    order = await house.order(case_no)
    late = {"text": words(3), NAME: PHONE}
    tag = f'"{order["version"]}"'
    assert (
        await house.ask("officer", "POST", f"/routing/v1/orders/{case_no}/note", late, If_Match=tag)
    ).is_client_error


async def without_tables(house: Watched, case_no: str) -> None:
    """Tables vanish under the services: statements fail with all their parameters, jobs and messages as well."""
    version = (await house.order(case_no))["version"]
    gone = ("intake.reporters", "intake.audit", "routing.audit", "routing.timeline_words")
    with house.owner.begin() as connection:
        for name in gone:
            connection.execute(text(f"alter table {name} rename to {name.partition('.')[2]}_away"))
    good = {"channel": "hotline", "item_type": "complaint", "description": words(0), "reporter": PERSON}
    assert (await house.ask("hotline", "POST", "/intake/v1/cases", good)).status_code >= 500
    chase = f"/intake/v1/cases/{case_no}/chases"
    assert (await house.ask("hotline", "POST", chase, {"description": words(1)})).status_code >= 500
    tag, note = f'"{version}"', f"/routing/v1/orders/{case_no}/note"
    assert (await house.ask("supervisor", "POST", note, {"text": words(2)}, If_Match=tag)).status_code >= 500
    with house.owner.begin() as connection:
        for name in gone:
            connection.execute(text(f"alter table {name}_away rename to {name.partition('.')[2]}"))


async def revealed(house: Watched) -> httpx.Response:
    """The one lawful look; its answer alone may hold the number. The relay's answer may not."""
    case_no = await house.post("hotline", Channel.HOTLINE, description=words(1, "路灯坏了好几天，晚上一片漆黑。"))
    assert house.doors
    lead = await house.taken(case_no)
    officer = await house.doors.hire("officer", lead)
    await house.move(officer, case_no, Move.ACCEPT)
    told = {"fields": ["phone"], "purpose": "first_contact", "reason": words(1)[:150]}
    path = f"/intake/v1/cases/{case_no}"
    for _ in range(100):
        asked = await house.ask(officer, "POST", f"{path}/reveals", told)
        if asked.is_success:
            break
        await asyncio.sleep(0.1)
    assert asked.status_code == 201, asked.text
    called = await house.ask(officer, "POST", f"{path}/calls", {"reason": words(2)[:150]})
    assert called.status_code == 201, called.text
    return await house.ask(officer, "GET", asked.headers["location"])


async def left(house: Watched, case_no: str) -> None:
    """Everything that can be read or taken away: cases, lists, exports, figures, metrics."""
    reads = {
        "hotline": [f"/intake/v1/cases/{case_no}", "/intake/v1/cases", f"/intake/v1/cases/{case_no}/disclosures"],
        "auditor": [
            f"/intake/v1/cases/{case_no}/disclosures", f"/routing/v1/orders/{case_no}", "/routing/v1/orders",
            "/routing/v1/orders/export", "/routing/v1/orders/export?format=csv",
            "/routing/v1/orders/export?format=xlsx",
            "/feedback/v1/figures/export", "/feedback/v1/figures/cases", "/feedback/v1/figures/cases/export",
            f"/feedback/v1/surveys/{case_no}", "/feedback/v1/surveys", "/feedback/v1/anomalies",
            *(f"/{service}/metrics" for service in SERVICES),
        ],
    }  # fmt: skip
    good = 0
    for role, paths in reads.items():
        for path in paths:
            good += (await house.ask(role, "GET", path)).is_success
    assert good >= 10


async def forgotten(house: Watched) -> None:
    """Somebody who came to the desk is erased on their own word and document; all three services forget the words."""
    told = {"settled": {"done": words(2, STATUE)}, "description": words(1, STATUE), "address": f"{STATUE} {NAME}"}
    case_no = await house.post("clerk", Channel.WALK_IN, **PLACE, **told)
    await house.order(case_no, "closed")
    proof = {"document_seen": True, "name": NAME, "phone": PHONE, "id_number": IDENTITY}
    path = f"/intake/v1/cases/{case_no}"
    for _ in range(100):
        answer = await house.ask("clerk", "POST", f"{path}/erasure", {"proof": proof})
        if answer.is_success:
            break
        await asyncio.sleep(0.1)
    assert answer.json() == {"case_no": case_no, "erased": True}
    wrong = await house.ask("clerk", "POST", f"{path}/corrections", {"proof": proof, "name": NAME, "reason": words(4)})
    assert wrong.status_code == 409
    for _ in range(100):
        if not [row for row in dump(house.owner) if STATUE in row]:
            break
        await asyncio.sleep(0.1)
    query = "select r.* from intake.reporters r join intake.reports on reporter = r.id where case_no = :case_no"
    with house.owner.connect() as connection:
        kept = connection.execute(text(query), {"case_no": case_no}).mappings().one()
    assert {name for name, value in kept.items() if value is not None} == {"id", "erased_at"}
