"""Who shows to be the reporter may have a copy, correct and be erased; who does not, may not, and it is noted."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import House
from test_erasing import PERSON, closed, everything

from intake import reporters, status_codes
from intake.keeping.exports import Gatherer
from intake.keeping.readable import readable
from intake.models import Report
from intake.relay import BIND, Binder, FakeRelay
from services import presets
from services.attempts import Unreachable
from services.clocks import now
from services.messages import SurveyDue
from services.messaging import Peers

SEEN = {"document_seen": True, "name": "欧阳静好", "phone": "139 1234 5678", "id_number": "310101199003077715"}


async def code(house: House, case_no: str) -> dict[str, str]:
    async with house.database.unit() as session:
        report = await session.get_one(Report, case_no)
        found = await status_codes.status_code(session, house.app.state.vault, report)
    return {"status_code": str(found)}


async def identity(house: House, case_no: str) -> reporters.Identity:
    async with house.database.unit() as session:
        return reporters.opened(house.app.state.vault, await reporters.of_case(session, case_no))


async def ask(house: House, case_no: str, verb: str, person: str = "clerk", **told: Any) -> httpx.Response:
    return await house.as_(person).post(f"/v1/cases/{case_no}/{verb}", json=told)


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit(":", 1)[-1]


async def test_a_number_is_corrected_and_the_old_one_destroyed(house: House) -> None:
    case_no = await closed(house)
    (before,) = await house.rows("select phone, phone_index, home from reporters")
    told = {"proof": await code(house, case_no), "phone": "13800005678", "remove": ["home"], "reason": "换了手机号"}
    answer = await ask(house, case_no, "corrections", **told)
    assert (answer.status_code, answer.json()["fields"]) == (200, ["phone", "home"])
    held = await identity(house, case_no)
    assert (held.phone, held.home, held.name) == ("13800005678", None, "欧阳静好")
    (after,) = await house.rows("select phone, phone_index from reporters")
    assert before["phone"] != after["phone"]
    assert before["phone_index"] != after["phone_index"]
    (entry,) = await house.rows("select facts, word_digests from timeline where move = 'correct'")
    assert (entry["facts"]["fields"], entry["facts"]["known_by"]) == (["phone", "home"], "code")
    assert "13800005678" not in await everything(house)


async def test_a_corrected_number_takes_along_what_was_said_of_notices_and_a_removed_one_ends_it(house: House) -> None:
    case_no = await closed(house, reporter=PERSON | {"notices": False, "wecom_user": "ou.jh"})
    proof = {"proof": await code(house, case_no), "reason": "换了手机号"}
    changed = await ask(house, case_no, "corrections", **proof, phone="13800005678", wecom_user="ou.jinghao")
    assert changed.json()["fields"] == ["phone", "wecom_user"]
    assert (await identity(house, case_no)).wecom_user == "ou.jinghao"
    told = (await house.as_("clerk").get(f"/v1/cases/{case_no}/notices")).json()
    assert told["choice"] == {"sms": False, "wecom": True, "language": "zh"}
    assert len(await house.rows("select 1 from notice_choices")) == 1
    await ask(house, case_no, "corrections", **proof, remove=["phone"])
    assert await house.rows("select 1 from notice_choices") == []


async def test_a_document_counts_at_a_desk_alone_and_only_where_all_of_it_fits(house: House) -> None:
    case_no = await closed(house)
    assert (await ask(house, case_no, "exports", proof=SEEN)).status_code == 202
    by_phone = await closed(house, "hotline")
    assert kind(await ask(house, by_phone, "exports", "hotline", proof=SEEN)) == (403, "not-the-reporter")
    for wrong in ({"name": "欧阳"}, {"phone": "13912345679"}, {"id_number": "310101199003077716"}, {"id_number": None}):
        assert kind(await ask(house, case_no, "exports", proof=SEEN | wrong)) == (403, "not-the-reporter")
    assert (await ask(house, case_no, "exports", proof={"document_seen": True})).status_code == 422


async def test_five_wrong_proofs_a_day_are_the_most_and_each_is_in_the_audit(house: House) -> None:
    case_no = await closed(house)
    wrong = {"proof": {"status_code": "0000-0000-0000"}}
    told = [kind(await ask(house, case_no, "erasure", **wrong)) for _ in range(6)]
    assert told == [(403, "not-the-reporter")] * 5 + [(429, "too-many-tries")]
    assert len(await house.rows("select 1 from audit where action = 'right.refused'")) == 5
    right = {"proof": await code(house, case_no)}
    assert kind(await ask(house, case_no, "erasure", **right)) == (429, "too-many-tries")


async def test_many_wrong_proofs_at_once_are_no_more_than_five(house: House) -> None:
    case_no = await closed(house)
    wrong = {"proof": {"status_code": "0000-0000-0000"}}
    answers = await asyncio.gather(*(ask(house, case_no, "erasure", **wrong) for _ in range(12)))
    assert sorted(map(kind, answers)) == [(403, "not-the-reporter")] * 5 + [(429, "too-many-tries")] * 7
    assert len(await house.rows("select 1 from audit where action = 'right.refused'")) == 5


async def test_a_proof_that_fits_uses_up_no_try_and_a_stranger_to_the_case_counts_none(house: House) -> None:
    case_no = await closed(house)
    right, wrong = {"proof": await code(house, case_no)}, {"proof": {"status_code": "0000-0000-0000"}}
    for _ in range(6):
        assert (await ask(house, case_no, "exports", **right)).status_code == 202
        assert (await ask(house, case_no, "exports", "other clerk", **wrong)).status_code == 404
    again = {"Idempotency-Key": "one"}
    where = f"/v1/cases/{case_no}/exports"
    first = await house.as_("clerk").post(where, json=right, headers=again)
    told = [kind(await ask(house, case_no, "erasure", **wrong)) for _ in range(6)]
    assert told == [(403, "not-the-reporter")] * 5 + [(429, "too-many-tries")]
    assert (await house.as_("clerk").post(where, json=right, headers=again)).json() == first.json()


async def test_an_open_case_and_a_held_one_are_not_erased_on_request(house: House) -> None:
    open_case = await house.post("clerk", channel="walk_in", reporter=PERSON)
    told = {"proof": await code(house, open_case)}
    assert kind(await ask(house, open_case, "erasure", **told)) == (409, "still-open")
    held = await closed(house)
    assert (await ask(house, held, "holds", "supervisor", reason="法院调查")).status_code == 202
    told = {"proof": await code(house, held)}
    assert kind(await ask(house, held, "erasure", **told)) == (409, "on-hold")
    assert (await identity(house, held)).name == "欧阳静好"


async def test_erasing_twice_is_once_and_names_who_asked(house: House) -> None:
    case_no = await closed(house)
    told = {"proof": await code(house, case_no)}
    assert (await ask(house, case_no, "erasure", **told)).json()["erased"] is True
    assert kind(await ask(house, case_no, "erasure", **told)) == (403, "not-the-reporter")
    (row,) = await house.rows("select cause, by_person from erasures")
    assert row == {"cause": "asked", "by_person": house.people["clerk"]}


class Answering(Peers):
    """The other two, or their silence."""

    async def call(self, destination: Any, method: str, path: str, payload: Any = None, *, within: float = 3.0) -> Any:
        return {"timeline": [], "of": f"{destination} {path}"}


def gatherer(house: House, peers: Peers) -> Gatherer:
    zone = presets.load("shanghai").zone
    return Gatherer(house.database, peers, house.app.state.vault, zone)


async def test_an_export_is_sealed_for_who_asked_and_each_fetching_is_a_disclosure(house: House) -> None:
    case_no = await closed(house, reporter=PERSON | {"notices": False, "wecom_user": "ou.jh"})
    made = await ask(house, case_no, "exports", proof=await code(house, case_no))
    where = made.headers["location"].removeprefix("/intake")
    assert (await house.as_("clerk").get(where)).status_code == 202
    await gatherer(house, Answering(house.app.state.settings, "intake"))(made.json()["export"].encode())
    assert "欧阳静好" not in await everything(house)
    assert (await house.as_("street clerk").get(where)).status_code == 404
    answer = await house.as_("clerk").get(where)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    held = answer.json()
    assert held["reporter"] == PERSON | {"wecom_user": "ou.jh"}
    assert held["intake"]["notices_wanted"] == {"sms": False, "wecom": True, "language": "zh"}
    assert held["routing"]["of"] == f"routing /v1/held/{case_no}"
    (row,) = await house.rows("select fields, purpose, role from disclosures where way = 'export'")
    assert (row["role"], set(row["fields"]) >= {"name", "phone"}) == ("clerk", True)
    page = readable(held)
    assert "姓名：欧阳静好" in page
    assert "企业微信账号：ou.jh" in page
    assert "None" not in page


async def test_an_export_waits_for_a_service_that_is_away_and_goes_with_the_person(house: House) -> None:
    case_no = await closed(house)
    proof = await code(house, case_no)
    made = await ask(house, case_no, "exports", proof=proof)
    peers = Peers(house.app.state.settings, "intake")
    with pytest.raises(Unreachable):
        await gatherer(house, peers)(made.json()["export"].encode())
    await peers.close()
    await ask(house, case_no, "erasure", proof=proof)
    await gatherer(house, Answering(house.app.state.settings, "intake"))(made.json()["export"].encode())
    assert await house.rows("select 1 from exports") == []
    where = made.headers["location"].removeprefix("/intake")
    assert (await house.as_("clerk").get(where)).status_code == 404


async def test_two_erasures_at_once_are_one(house: House) -> None:
    case_no = await closed(house)
    told = {"proof": await code(house, case_no)}
    answers = await asyncio.gather(*(ask(house, case_no, "erasure", **told) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403]
    assert len([each for each in await house.told() if each["type"] == "report.erased"]) == 1


class Rings(FakeRelay):
    """A relay that says which numbers it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: dict[str, str] = {}

    async def bind(self, handle: str, number: str, until: datetime) -> None:
        self.numbers[handle] = number

    async def end(self, handle: str) -> None:
        self.numbers.pop(handle, None)


async def test_a_relay_that_holds_the_old_number_gets_the_new_one_or_none(house: House) -> None:
    case_no, relay = await closed(house), Rings()
    binder = Binder(house.database, house.app.state.vault, relay)
    survey = {"case_no": case_no, "survey": uuid4(), "round": 1, "kind": "handled", "relay": "rl_provider"}
    await house.hear("feedback", SurveyDue.model_validate(survey | {"until": now() + timedelta(days=7)}), 1)

    async def work() -> dict[str, str]:
        taken = "delete from pgqueuer where entrypoint = :name returning payload"
        for row in await house.rows(taken, name=BIND):
            await binder.bind(bytes(row["payload"]))
        return relay.numbers

    assert await work() == {"rl_provider": "13912345678"}
    proof = await code(house, case_no)
    await ask(house, case_no, "corrections", proof=proof, phone="13800005678", reason="换了手机号")
    assert await work() == {"rl_provider": "13800005678"}
    await ask(house, case_no, "corrections", proof=proof, remove=["phone"], reason="不愿再接电话")
    assert await work() == {}
    told = await house.rows("select purpose, person from disclosures where way = 'relay' order by at")
    assert told == [{"purpose": "survey", "person": None}] * 2


async def test_routing_hears_once_that_nobody_can_be_reached_any_longer_and_of_a_number_given_again(
    house: House,
) -> None:
    case_no = await closed(house)
    proof = await code(house, case_no)
    for told in ({"remove": ["home"]}, {"phone": "13800005678"}, {"remove": ["phone"]}, {"phone": "13800005679"}):
        answer = await ask(house, case_no, "corrections", proof=proof, reason="更正信息", **told)
        assert answer.status_code == 200, answer.text
    heard = [each["data"] for each in await house.told() if each["type"] == "report.amended"]
    assert [each["reachable"] for each in heard] == [False, True]
    assert not any("1380000" in str(each) for each in heard)
