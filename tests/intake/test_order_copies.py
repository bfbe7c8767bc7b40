"""The copy of the order follows routing, in whatever order its messages arrive."""

import asyncio
import itertools

import pytest
from front_desk import COMMITTEE, PATHS, House, order_moved, unit

from services.clocks import now
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact
from services.roles import Role
from services.signing import sign_link

STORY = [
    (1, "handle.dispatched", "route"),
    (2, "handle.working", "accept"),
    (3, "supervise.checking", "report_done"),
    (4, "closed", "approve"),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
async def test_any_order_of_arrival_ends_in_the_same_case(house: House, order: tuple[int, ...]) -> None:
    case_no = await house.post()
    for place in order:
        number, state, move = STORY[place]
        outcome = "not_surveyed" if state == "closed" else None
        line = await house.moved(case_no, state, number, move=move, outcome=outcome, lead=unit(COMMITTEE))
        assert line.status == "done"
    case = await house.case(case_no)
    assert (case["state"], case["outcome"]) == ("closed", "not_surveyed")
    theirs = [(each["move"], each["state"]) for each in case["timeline"] if each["source"] == "routing"]
    assert theirs == [(move, state) for _, state, move in STORY]


async def test_a_stale_message_is_told_in_the_timeline_and_changes_the_etag_alone(house: House) -> None:
    case_no = await house.post()
    await house.moved(case_no, "handle.working", 2, move="accept")
    before = await house.as_("hotline").get(f"/v1/cases/{case_no}")
    await house.moved(case_no, "handle.dispatched", 1, move="route")
    after = await house.as_("hotline").get(f"/v1/cases/{case_no}")
    assert after.json()["state"] == "handle.working"
    assert after.json()["as_of"] == before.json()["as_of"]
    assert len(after.json()["timeline"]) == len(before.json()["timeline"]) + 1
    assert after.headers["etag"] != before.headers["etag"]


async def test_a_duplicate_has_no_second_effect(house: House) -> None:
    case_no = await house.post()
    message = order_moved(case_no, "handle.working", entry=1)
    first = await house.hear("routing", message, 1, message_id="m-1")
    etag = (await house.as_("hotline").get(f"/v1/cases/{case_no}")).headers["etag"]
    again = await house.hear("routing", message, 1, message_id="m-1")
    told_anew = await house.hear("routing", message, 1, message_id="m-2")
    assert (first.status, again.status, told_anew.status) == ("done", "duplicate", "done")
    assert (await house.as_("hotline").get(f"/v1/cases/{case_no}")).headers["etag"] == etag
    assert len(await house.rows("select 1 from order_entries")) == 1


async def test_the_copy_forgets_what_the_order_no_longer_has(house: House) -> None:
    case_no = await house.post()
    await house.moved(case_no, "handle.dispatched", 1, lead=unit(COMMITTEE), state_due=now(), grade="simple")
    await house.moved(case_no, "discover.triage", 2, lead=None, state_due=None)
    case = await house.case(case_no)
    assert (case["unit"], case["deadlines"]["state_due"], case["grade"]) == (None, None, None)


async def test_reclassifying_shows_the_new_issue_and_type(house: House) -> None:
    case_no = await house.post(issue_code="0101")
    await house.moved(case_no, "handle.working", item_type="request", issue="0504", issue_name="垃圾满溢")
    case = await house.case(case_no)
    assert (case["item_type"], case["issue"]) == ("request", {"code": "0504", "name": "垃圾满溢"})


async def test_a_withdrawal_that_overtakes_the_dispatch_stays_withdrawn(house: House) -> None:
    case_no = await house.post()
    await house.as_("hotline").post(f"/v1/cases/{case_no}/withdrawal", json={"reason": "不用了"})
    await house.moved(case_no, "closed", 2, move="withdraw", outcome="withdrawn")
    await house.moved(case_no, "handle.dispatched", 1, move="route")
    case = await house.case(case_no)
    assert (case["state"], case["outcome"]) == ("closed", "withdrawn")


async def test_moves_and_follow_ups_at_once_lose_nothing(house: House) -> None:
    case_no = await house.post()
    chasing = [house.as_("hotline").post(f"/v1/cases/{case_no}/chases", json={}) for _ in range(4)]
    moving = [house.moved(case_no, "handle.working", number) for number in (1, 2, 3, 4)]
    answers, lines = await asyncio.gather(asyncio.gather(*chasing), asyncio.gather(*moving))
    assert [answer.status_code for answer in answers] == [202] * 4
    assert [line.status for line in lines] == ["done"] * 4
    (row,) = await house.rows("select entries, told, copied, seen_sequence from reports")
    assert row == {"entries": 5, "told": 5, "copied": 4, "seen_sequence": 4}


async def test_an_order_without_a_report_is_for_a_person_to_look_at(house: House) -> None:
    line = await house.moved("2025030100000426", "handle.working")
    assert (line.status, line.detail) == ("failed", "UnknownCase")
    assert await house.rows("select 1 from inbox") == []


async def test_a_kind_that_is_not_known_is_ignored(house: House) -> None:
    class Greeted(AccessChanged):
        type = "peer.greeted"

    assert (await house.hear("routing", Greeted(), 1)).status == "ignored"


async def test_only_routing_moves_orders(house: House) -> None:
    case_no = await house.post()
    line = await house.hear("feedback", order_moved(case_no, "closed"), 1)
    assert line.status == "failed"
    assert (await house.case(case_no))["state"] == "discover.registered"


async def test_a_key_that_was_revoked_opens_nothing_any_more(house: House) -> None:
    person, key_id = house.people["hotline"], house.keys["hotline"].split("_")[1]
    assert (await house.as_("hotline").get("/v1/cases")).status_code == 200
    revoked = KeyFact(id=key_id, person=person, digest="-", revoked_at=now(), version=2)
    await house.hear("routing", AccessChanged(keys=(revoked,)), 1)
    assert (await house.as_("hotline").get("/v1/cases")).status_code == 401


async def test_a_person_who_was_made_known_may_act(house: House) -> None:
    clerk = PersonFact(id=house.people["caller"], name="-", version=2)
    (unit_code,) = [code for code, path in PATHS.items() if path == PATHS[COMMITTEE]]
    grant = GrantFact(id=house.people["caller"], person=clerk.id, role=Role.CLERK, unit=unit_code)
    await house.hear("routing", AccessChanged(people=(clerk,), grants=(grant,)), 1)
    assert await house.post("caller", channel="walk_in")


async def test_messages_come_in_by_a_signed_post_alone(house: House) -> None:
    case_no, client, settings = await house.post(), house.as_(None), house.app.state.settings
    event = {
        "specversion": "1.0", "id": "m-1", "source": "/routing", "type": "order.moved", "subject": case_no,
        "time": now().isoformat(), "sequence": "0000000001", "datacontenttype": "application/json",
        "data": order_moved(case_no, "handle.working").model_dump(mode="json"),
    }  # fmt: skip
    content_type = {"content-type": "application/cloudevents-batch+json"}
    request = client.build_request("POST", "/v1/messages", json=[event], headers=content_type)
    assert (await client.send(request)).status_code == 401
    signed = sign_link(settings, "routing", "intake", "POST", "/v1/messages", request.content)
    request.headers.update(signed)
    answer = await client.send(request)
    assert answer.status_code == 200
    assert [line["status"] for line in answer.json()] == ["done"]
    assert (await house.case(case_no))["state"] == "handle.working"
