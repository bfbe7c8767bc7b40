"""A survey's link goes to the reporter: fetched fresh, sent by the adapter, logged like a reveal."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import House
from phones import LINK, Phone, jobs, link, sender

from intake.commands import ROOM
from intake.notices.delivery import ConsoleNotifier, Notice
from intake.notices.planning import JOB
from services.attempts import Unreachable
from services.messages import SurveyDue, SurveyEnded
from services.messaging import PeerFailed, Peers
from services.rooms import Tools
from services.signing import verify_link


def due(case_no: str) -> SurveyDue:
    return SurveyDue(case_no=case_no, survey=uuid4(), round=1, kind="handled")


def over(message: SurveyDue) -> SurveyEnded:
    return SurveyEnded.model_validate(message.model_dump())


async def results(house: House) -> list[str]:
    return [row["result"] for row in await house.rows("select result from notifications order by id")]


async def test_a_due_survey_is_noted_and_queued_without_the_person(house: House) -> None:
    case_no = await house.post()
    message = due(case_no)
    assert (await house.hear("feedback", message, 1)).status == "done"
    (payload,) = await jobs(house, "survey_link")
    job = json.loads(payload)
    assert (job["case_no"], job["occasion"]) == (case_no, "survey_link")
    assert job.keys() == {"notification", "case_no", "occasion"}
    assert await results(house) == ["pending"]


async def test_the_link_is_fetched_by_a_signed_call_and_sent_to_the_reporter(house: House) -> None:
    case_no = await house.post(reporter={"name": "欧阳静好", "phone": "139 1234 5678"})
    message = due(case_no)
    await house.hear("feedback", message, 1)

    def signed(request: httpx.Request) -> httpx.Response:
        headers, body = request.headers, request.content
        settings = house.app.state.settings
        assert verify_link(settings, "feedback", "POST", "/feedback/v1/links", headers, body) == "intake"
        assert json.loads(body) == {"survey": str(message.survey)}
        return link(request)

    phone = Phone()
    await sender(house, phone, signed)(*await jobs(house, "survey_link"))
    ((kind, to, text),) = phone.sent
    assert (kind, to) == ("survey_link", "139 1234 5678")
    assert case_no in text
    assert LINK in text
    (row,) = await house.rows("select case_no, kind, adapter, result from notifications")
    assert row == {"case_no": case_no, "kind": "survey_link", "adapter": "phone", "result": "sent"}


async def test_opening_the_number_is_logged_like_a_reveal(house: House) -> None:
    case_no = await house.post()
    message = due(case_no)
    await house.hear("feedback", message, 1)
    await sender(house, Phone())(*await jobs(house, "survey_link"))
    (audit,) = await house.rows("select subject, voice, facts from audit where action = 'reveal'")
    assert (audit["subject"], audit["voice"]) == (case_no, "system")
    assert audit["facts"] == {
        "purpose": "survey link", "field": "phone", "survey": str(message.survey), "round": 1, "adapter": "phone",
    }  # fmt: skip


async def test_the_reveal_is_logged_also_where_sending_fails(house: House) -> None:
    await house.hear("feedback", due(await house.post()), 1)

    class Dead(Phone):
        async def send(self, to: str, notice: Notice) -> str | None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await sender(house, Dead())(*await jobs(house, "survey_link"))
    assert len(await house.rows("select 1 from audit where action = 'reveal'")) == 1
    assert await results(house) == ["pending"]
    phone = Phone()
    await sender(house, phone)(*await jobs(house, "survey_link"))
    assert len(phone.sent) == 1


async def test_a_sent_link_is_not_sent_again(house: House) -> None:
    await house.hear("feedback", due(await house.post()), 1)
    phone = Phone()
    for _ in range(2):
        await sender(house, phone)(*await jobs(house, "survey_link"))
    assert len(phone.sent) == 1


async def test_a_survey_that_ended_is_not_sent_any_more(house: House) -> None:
    message = due(await house.post())
    await house.hear("feedback", message, 1)
    await house.hear("feedback", over(message), 2)
    phone = Phone()
    await sender(house, phone)(*await jobs(house, "survey_link"))
    assert phone.sent == []
    assert await house.rows("select 1 from audit where action = 'reveal'") == []


async def test_a_survey_that_ends_while_its_link_is_fetched_is_not_sent(house: House) -> None:
    message = due(await house.post())
    await house.hear("feedback", message, 1)
    phone = Phone()
    sending = sender(house, phone)

    async def ends(*_: object) -> Any:
        await house.hear("feedback", over(message), 2)
        return {"url": LINK, "expires_at": None}

    sending._contents._peers.call = ends
    await sending(*await jobs(house, "survey_link"))
    assert phone.sent == []


async def test_an_end_that_overtakes_the_beginning_keeps_the_link_back(house: House) -> None:
    message = due(await house.post())
    await house.hear("feedback", over(message), 2)
    await house.hear("feedback", message, 1)
    assert await jobs(house, "survey_link") == []
    assert await results(house) == ["ended"]


async def test_a_survey_that_feedback_no_longer_knows_is_ended(house: House) -> None:
    await house.hear("feedback", due(await house.post()), 1)
    phone = Phone()
    await sender(house, phone, lambda _: httpx.Response(409))(*await jobs(house, "survey_link"))
    assert phone.sent == []
    assert await results(house) == ["ended"]


async def test_feedback_that_is_away_is_asked_again_for_as_long_as_it_takes(house: House) -> None:
    await house.hear("feedback", due(await house.post()), 1)

    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    with pytest.raises(Unreachable):
        await sender(house, Phone(), away)(*await jobs(house, "survey_link"))
    with pytest.raises(PeerFailed):
        await sender(house, Phone(), lambda _: httpx.Response(500))(*await jobs(house, "survey_link"))
    assert await results(house) == ["pending"]


async def test_who_left_no_number_is_sent_nothing(house: House) -> None:
    await house.hear("feedback", due(await house.post(reporter=None)), 1)
    phone = Phone()
    await sender(house, phone)(*await jobs(house, "survey_link"))
    assert phone.sent == []
    assert await results(house) == ["no_address"]


async def test_the_console_says_case_and_link_and_never_the_number(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    case_no = await house.post()
    await house.hear("feedback", due(case_no), 1)
    await sender(house, ConsoleNotifier())(*await jobs(house, "survey_link"))
    out = capsys.readouterr().out
    assert out == f"notice survey_link/2026.1/zh {case_no} {LINK}\n"
    assert "13912345678" not in out


async def test_the_room_offers_the_job_to_its_worker(house: House) -> None:
    settings = house.app.state.settings
    peers = Peers(settings, "intake")
    assert ROOM.jobs(Tools(settings, house.database, peers)).keys() >= {JOB}
    await peers.close()
