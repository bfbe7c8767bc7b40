"""Text messages: signed, once by their id, each refusal for what it is; and receipts that are noted once."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import House
from phones import jobs, sender
from pydantic import SecretStr
from test_wecom import notice

from intake.notices.choices import Way
from intake.notices.delivery import ProviderRefused, Undeliverable
from intake.notices.providers import notifiers_of
from intake.notices.sms import SmsNotifier
from services.attempts import Unreachable
from services.settings import MissingSetting, Settings
from services.signing import BadSignature, sign, verify

SECRET = "whsec_" + "c29tZS1ieXRlcy1mb3ItdGhlLXRlc3RzLWFsb25l"
URL = "https://sms.example/v1/messages"


class Provider:
    """Checks the signature, sends each id once, and answers as it is told to."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.sent: dict[str, dict[str, Any]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        try:
            verify(SECRET, request.headers, request.content)
        except BadSignature:
            return httpx.Response(401, json={"code": "bad_signature"})
        if self.answers:
            return self.answers.pop(0)
        body = json.loads(request.content)
        assert body["id"] == request.headers["webhook-id"]
        self.sent.setdefault(body["id"], body)
        return httpx.Response(202, json={"message_id": f"sms-{list(self.sent).index(body['id']) + 1}"})


def sms(provider: Any, secret: str = SECRET) -> SmsNotifier:
    return SmsNotifier(URL, secret, transport=httpx.MockTransport(provider))


async def test_a_message_carries_template_version_facts_and_text_signed_with_its_id() -> None:
    provider, told = Provider(), notice()
    assert await sms(provider).send("13912345678", told) == "sms-1"
    (body,) = provider.sent.values()
    assert body == {
        "id": str(told.id), "to": "13912345678", "template": "closed", "version": "2026.1", "language": "zh",
        "facts": {"case_no": "2025030100000426", "link": "https://city.example/s/1"}, "text": told.text,
    }  # fmt: skip


async def test_the_same_notice_again_is_the_same_message() -> None:
    provider, told = Provider(), notice()
    assert [await sms(provider).send("13912345678", told) for _ in range(2)] == ["sms-1", "sms-1"]
    assert await sms(provider).send("13912345678", notice()) == "sms-2"


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_busy_provider_is_asked_again_for_as_long_as_it_takes(status: int) -> None:
    with pytest.raises(Unreachable, match=str(status)):
        await sms(Provider(httpx.Response(status, text="later"))).send("13912345678", notice())


@pytest.mark.parametrize("code", ["invalid_number", "unsubscribed", "not_in_service"])
async def test_a_number_that_takes_nothing_is_undeliverable(code: str) -> None:
    provider = Provider(httpx.Response(422, json={"code": code, "message": "13912345678 takes nothing"}))
    with pytest.raises(Undeliverable) as found:
        await sms(provider).send("13912345678", notice())
    assert (found.value.reason, "13912345678" in str(found.value)) == (code, False)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(422, json={"code": "unknown_template"}),
        httpx.Response(403, text="no"),
        httpx.Response(200, json={}),
        httpx.Response(302, headers={"location": "https://elsewhere.example"}),
    ],
    ids=["template", "forbidden", "no-id", "elsewhere"],
)
async def test_any_other_refusal_counts_and_waits_for_a_person_in_the_end(answer: httpx.Response) -> None:
    with pytest.raises(ProviderRefused):
        await sms(Provider(answer)).send("13912345678", notice())


async def test_another_secret_is_refused() -> None:
    with pytest.raises(ProviderRefused, match="401"):
        await sms(Provider(), "whsec_" + "YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3Rz").send("13912345678", notice())


def test_an_installation_sends_by_what_is_set_up_and_refuses_to_start_with_nothing(settings: Settings) -> None:
    assert {each.name for each in notifiers_of(settings).values()} == {"console"}
    live = settings.model_copy(update={"notification_adapter": "providers"})
    with pytest.raises(MissingSetting, match="SMS_URL"):
        notifiers_of(live)
    half = live.model_copy(update={"wecom_corp_id": "ww0000000000000000", "wecom_secret": SecretStr("s")})
    with pytest.raises(MissingSetting, match="AGENT_ID"):
        notifiers_of(half)
    whole = {"sms_url": URL, "sms_secret": SecretStr(SECRET), "wecom_agent_id": 1000002}
    assert set(notifiers_of(half.model_copy(update=whole))) == {Way.SMS, Way.WECOM}


async def test_receipts_are_signed_and_noted_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.app.state.settings, "sms_secret", SecretStr(SECRET))
    await house.post()
    for payload in await jobs(house):
        await sender(house, sms(Provider()))(payload)
    told = [{"message_id": "sms-1", "result": "delivered"}, {"message_id": "strange", "result": "delivered"}]
    body = json.dumps({"receipts": told}).encode()
    provider = house.as_(None)
    as_json = {"content-type": "application/json"}
    assert (await provider.post("/v1/notices/receipts", content=body)).status_code == 415
    assert (await provider.post("/v1/notices/receipts", content=body, headers=as_json)).status_code == 401
    answers = []
    for _ in range(2):
        headers = {**as_json, **sign(SECRET, str(uuid4()), datetime.now(UTC), body)}
        answers.append((await provider.post("/v1/notices/receipts", content=body, headers=headers)).json())
    assert answers == [{"noted": 1, "ignored": 1}, {"noted": 0, "ignored": 2}]
    assert [row["result"] for row in await house.rows("select result from notifications")] == ["delivered"]
