"""Voting codes go out by message or on a sheet; routing hears digests, and nobody else hears who got one."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from front_desk import CITY, COMMITTEE, STREET, House
from phones import Phone, sender
from phones import jobs as notices

from intake import codes
from intake.codes import MAKE, CodeMaker
from intake.commands import ROOM
from intake.notices.delivery import Notice
from intake.notices.planning import JOB
from services.clocks import now, stopped
from services.messages import CodesDue
from services.messaging import Peers
from services.one_time_codes import digest_of
from services.rooms import Tools

PATH = f"/{CITY}/310101/{STREET}/310101023P02/{COMMITTEE}/"
OTHER_PATH = f"/{CITY}/310101/{STREET}/310101023P02/310101023011/"


def grid(code: str, path: str, hand_out: str, households: int = 4) -> dict[str, Any]:
    named = {"code": code, "name": f"网格{code}", "path": path}
    return {"grid": named, "households": households, "hand_out": hand_out}


def due(case_no: str, *grids: dict[str, Any], hours: int = 48) -> CodesDue:
    told = {"case_no": case_no, "deliberation": uuid4(), "question": "是否加装电梯", "grids": grids}
    return CodesDue.model_validate({**told, "closes_at": now() + timedelta(hours=hours)})


async def jobs(house: House, name: str) -> list[bytes]:
    rows = await house.rows("select payload from pgqueuer where entrypoint = :name order by id", name=name)
    return [bytes(row["payload"]) for row in rows]


async def make(house: House, message: CodesDue) -> None:
    await house.hear("routing", message, 9)
    for payload in await jobs(house, MAKE):
        await CodeMaker(house.database, house.app.state.answer_key, house.app.state.vault)(payload)


async def send(house: House, phone: Phone) -> None:
    for payload in await notices(house, "voting_code"):
        await sender(house, phone)(payload)


async def digests_told(house: House) -> set[str]:
    (event,) = [event for event in await house.told() if event["type"] == "codes.made"]
    return set(event["data"]["digests"])


async def placed(house: House, path: str = PATH, sequence: int = 1, **report: Any) -> str:
    case_no = await house.post(**report)
    grid_named = {"code": path.split("/")[-2], "name": "网格", "path": path}
    await house.moved(case_no, "handle.working", sequence, grid=grid_named)
    return case_no


async def test_a_sheet_has_a_code_for_each_household_and_routing_hears_only_digests(house: House) -> None:
    message = due(await placed(house), grid(COMMITTEE, PATH, "sheet", 4))
    await make(house, message)
    clerk = house.as_("clerk")
    (listed,) = (await clerk.get("/v1/hand-outs")).json()["items"]
    assert (listed["households"], listed["ready"], listed["printed"]) == (4, True, 0)
    path = f"/v1/hand-outs/{message.deliberation}/{COMMITTEE}/sheet"
    first, again = (await clerk.get(path)).json(), await clerk.get(path)
    assert again.headers["cache-control"] == "no-store"
    assert first["codes"] == again.json()["codes"]
    assert len(set(first["codes"])) == 4
    assert await digests_told(house) == {digest_of(code).hex() for code in first["codes"]}
    audit = await house.rows("select person, facts from audit where action = 'codes.printed' order by id")
    assert [row["facts"]["time"] for row in audit] == [1, 2]
    assert {row["person"] for row in audit} == {house.people["clerk"]}


async def test_more_codes_than_a_message_holds_go_in_several(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "MOST_DIGESTS", 3)
    await make(house, due(await placed(house), grid(COMMITTEE, PATH, "sheet", 8)))
    parts = [event["data"]["digests"] for event in await house.told() if event["type"] == "codes.made"]
    assert [len(part) for part in parts] == [3, 3, 2]
    assert len({digest for part in parts for digest in part}) == 8


async def test_only_clerks_over_the_grid_print_its_sheet(house: House) -> None:
    message = due(await placed(house), grid(COMMITTEE, PATH, "sheet"))
    await make(house, message)
    path = f"/v1/hand-outs/{message.deliberation}/{COMMITTEE}/sheet"
    assert (await house.as_("street clerk").get(path)).status_code == 200
    assert (await house.as_("other clerk").get(path)).status_code == 404
    assert (await house.as_("other clerk").get("/v1/hand-outs")).json() == {"items": []}
    assert (await house.as_("leader").get(path)).status_code == 403
    assert (await house.as_(None).get(path)).status_code == 401
    with stopped(message.closes_at):
        assert (await house.as_("clerk").get(path)).status_code == 409


async def test_by_message_each_person_who_reported_it_there_gets_one_code(house: House) -> None:
    first = await placed(house)
    neighbour = await placed(house, reporter={"name": "司马清和", "phone": "13700001111"})
    again = await placed(house, reporter={"name": "欧阳静好", "phone": "139 1234 5678"})
    elsewhere = await placed(house, OTHER_PATH, reporter={"name": "诸葛文远", "phone": "13700002222"})
    nameless = await placed(house, reporter=None)
    for number, merged in enumerate((neighbour, again, elsewhere, nameless), 2):
        path = OTHER_PATH if merged == elsewhere else PATH
        named = {"code": path.split("/")[-2], "name": "网格", "path": path}
        await house.moved(merged, "merged", number, merged_into=first, grid=named)
    message = due(first, grid(COMMITTEE, PATH, "message", 10))
    await make(house, message)
    phone = Phone()
    await send(house, phone)
    assert {to for _, to, _ in phone.sent} == {"13912345678", "13700001111"}
    sent = {text.partition("表决码 ")[2].partition("，")[0] for _, _, text in phone.sent}
    assert await digests_told(house) == {digest_of(code).hex() for code in sent}
    notes = await house.rows("select case_no, kind, result from notifications order by id")
    assert {(row["case_no"], row["result"]) for row in notes} == {(first, "sent"), (neighbour, "sent")}
    reveals = await house.rows("select facts from audit where action = 'reveal'")
    assert {row["facts"]["purpose"] for row in reveals} == {"notice voting_code"}
    assert len(reveals) == 2


async def test_nobody_keeps_a_code_or_who_has_which(house: House) -> None:
    message = due(await placed(house), grid(COMMITTEE, PATH, "message"), grid("310101023011", OTHER_PATH, "sheet", 2))
    await make(house, message)
    phone = Phone()
    await send(house, phone)
    ((_, _, text),) = phone.sent
    code = text.partition("表决码 ")[2].partition("，")[0]
    for table in ("code_hand_outs", "notifications", "audit", "timeline", "order_entries", "reports", "reporters"):
        rows = str(await house.rows(f'select to_jsonb(t)::text as row from "{table}" t'))
        assert code not in rows
        assert digest_of(code).hex() not in rows
    (event,) = [event for event in await house.told() if event["type"] == "codes.made"]
    assert set(event["data"]) == {"case_no", "deliberation", "digests"}
    assert event["data"]["digests"] == sorted(event["data"]["digests"])


async def test_a_code_that_could_not_be_sent_is_sent_again_as_the_same_one(house: House) -> None:
    await make(house, due(await placed(house), grid(COMMITTEE, PATH, "message")))

    class Dead(Phone):
        async def send(self, to: str, notice: Notice) -> str | None:
            await super().send(to, notice)
            raise ConnectionError

    dead, phone = Dead(), Phone()
    with pytest.raises(ConnectionError):
        await send(house, dead)
    await send(house, phone)
    assert [text for _, _, text in dead.sent] == [text for _, _, text in phone.sent]
    await send(house, phone)
    assert len(phone.sent) == 1


async def test_codes_are_made_once_and_not_sent_after_the_end(house: House) -> None:
    message = due(await placed(house), grid(COMMITTEE, PATH, "message"))
    await make(house, message)
    await house.hear("routing", message, 10)
    for payload in await jobs(house, MAKE):
        await CodeMaker(house.database, house.app.state.answer_key, house.app.state.vault)(payload)
    assert len(await digests_told(house)) == 1
    assert len(await notices(house, "voting_code")) == 1
    phone = Phone()
    with stopped(datetime(2099, 1, 1, tzinfo=UTC)):
        await send(house, phone)
    assert phone.sent == []
    assert [row["result"] for row in await house.rows("select result from notifications")] == ["ended"]


async def test_the_room_offers_both_jobs_to_its_worker(house: House) -> None:
    settings = house.app.state.settings
    peers = Peers(settings, "intake")
    assert {MAKE, JOB} <= ROOM.jobs(Tools(settings, house.database, peers)).keys()
    await peers.close()
