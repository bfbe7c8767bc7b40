"""Subscribers are called back: signed, in order, until they take it; what they refuse is kept for a person."""

import asyncio
import ipaddress
import json
import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import House

from intake.bridge import callbacks
from intake.bridge.callbacks import CALL_BACK, REST, Caller
from intake.bridge.guard import NOWHERE, Forbidden, GuardedTransport, public, refuse_unsafe
from intake.bridge.records import Subscription
from services.problems import Invalid
from services.settings import Settings
from services.signing import BadSignature, verify

URL = "https://hotline.example/callbacks"


class Subscriber:
    """The edge: what arrived, and how it is answered; `None` is no answer."""

    def __init__(self) -> None:
        self.answers: list[int | None] = []
        self.got: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request)
        status = self.answers.pop(0) if self.answers else 204
        if status is None:
            raise httpx.ConnectError("-")
        return httpx.Response(status)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.got]

    @property
    def moves(self) -> list[str]:
        return [each["data"]["move"] for each in self.events]


class Bridge:
    """A house with a caller whose subscriber is played."""

    def __init__(self, house: House, settings: Settings) -> None:
        self.house, self.subscriber = house, Subscriber()
        self.caller = Caller(
            settings.model_copy(update={"max_attempts": 2}), house.database, house.app.state.zone,
            transport=httpx.MockTransport(self.subscriber),
        )  # fmt: skip

    async def subscribe(self, person: str = "hotline", **body: Any) -> dict[str, Any]:
        answer = await self.house.as_(person).post("/v1/subscriptions", json={"url": URL, **body})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def tick(self) -> None:
        """What the clock does, and the jobs it made."""
        await self.caller.see_what_is_due()
        taken = "delete from pgqueuer where entrypoint = :name returning payload"
        for row in await self.house.rows(taken, name=CALL_BACK):
            await self.caller(bytes(row["payload"]))

    async def rested(self) -> None:
        """The pause between two attempts is over."""
        await self.house.rows("update subscriptions set rest_until = now() - interval '1 s' returning id")
        await self.tick()

    async def seen(self, made: dict[str, Any]) -> dict[str, Any]:
        answer = await self.house.as_("hotline").get(f"/v1/subscriptions/{made['id']}")
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
def bridge(house: House, settings: Settings) -> Bridge:
    return Bridge(house, settings)


async def test_a_callback_is_a_signed_cloudevent_without_a_person(bridge: Bridge) -> None:
    made = await bridge.subscribe()
    case_no = await bridge.house.post(external_id="SH-1")
    await bridge.tick()
    request, event = bridge.subscriber.got[0], bridge.subscriber.events[0]
    verify(made["secret"], request.headers, request.content)
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert (event["specversion"], event["type"], event["subject"]) == ("1.0", "case.registered", case_no)
    assert event["id"] == request.headers["webhook-id"] == event["data"]["id"]
    assert event["data"]["external_id"] == "SH-1"
    assert "13912345678" not in request.content.decode()
    assert "欧阳静好" not in request.content.decode()


async def test_only_what_happens_after_it_and_of_the_kinds_asked_for(bridge: Bridge) -> None:
    case_no = await bridge.house.post()
    await bridge.subscribe(kinds=["case.closed"])
    await bridge.house.moved(case_no, "handle.working", 1)
    await bridge.house.moved(case_no, "closed", 2, outcome="resolved")
    await bridge.house.post("other hotline")
    await bridge.tick()
    assert [(each["type"], each["subject"]) for each in bridge.subscriber.events] == [("case.closed", case_no)]


async def test_nothing_passes_what_a_silent_subscriber_has_not_taken(bridge: Bridge) -> None:
    made = await bridge.subscribe()
    case_no = await bridge.house.post()
    await bridge.house.as_("hotline").post(f"/v1/cases/{case_no}/chases", json={})
    bridge.subscriber.answers = [None, 503, None, 429]
    for _ in range(4):
        await bridge.rested()
    assert bridge.subscriber.moves == ["register"] * 4
    seen = await bridge.seen(made)
    assert (seen["failures"], seen["trouble"]) == (4, "answered 429")
    assert seen["rest_until"] is not None
    await bridge.tick()
    assert len(bridge.subscriber.got) == 4
    await bridge.rested()
    assert bridge.subscriber.moves[4:] == ["register", "chase"]
    assert len({request.headers["webhook-id"] for request in bridge.subscriber.got[:5]}) == 1
    assert (await bridge.seen(made))["failures"] == 0


async def test_what_is_refused_to_the_last_attempt_is_kept_and_can_be_sent_again(bridge: Bridge) -> None:
    made = await bridge.subscribe()
    case_no = await bridge.house.post()
    await bridge.house.as_("hotline").post(f"/v1/cases/{case_no}/chases", json={})
    bridge.subscriber.answers = [500, 422]
    await bridge.tick()
    await bridge.rested()
    assert bridge.subscriber.moves == ["register", "register", "chase"]
    hotline, base = bridge.house.as_("hotline"), f"/v1/subscriptions/{made['id']}/dead-letters"
    letters = (await hotline.get(base)).json()["items"]
    assert [(each["case_no"], each["attempts"], each["reason"], each["waiting"]) for each in letters] == [
        (case_no, 2, "answered 422", False)
    ]
    assert (await hotline.post(f"{base}/requeue", json={"ids": [letters[0]["id"]]})).json() == {"requeued": 1}
    await bridge.tick()
    assert bridge.subscriber.moves[3:] == ["register"]
    assert (await hotline.get(base)).json()["items"] == []


async def test_for_an_overlap_both_secrets_fit(bridge: Bridge) -> None:
    made = await bridge.subscribe()
    hotline = bridge.house.as_("hotline")
    new = await hotline.post(f"/v1/subscriptions/{made['id']}/rotation", json={"overlap_hours": 1})
    await bridge.house.post()
    await bridge.tick()
    request = bridge.subscriber.got[0]
    for secret in (made["secret"], new.json()["secret"]):
        verify(secret, request.headers, request.content)
    await bridge.house.rows("update subscriptions set old_until = now() - interval '1 s' returning id")
    await bridge.house.post()
    await bridge.tick()
    request = bridge.subscriber.got[1]
    verify(new.json()["secret"], request.headers, request.content)
    with pytest.raises(BadSignature):
        verify(made["secret"], request.headers, request.content)


async def test_a_secret_is_shown_once_and_kept_nowhere(bridge: Bridge) -> None:
    hotline, key = bridge.house.as_("hotline"), {"idempotency-key": "one"}
    first = (await hotline.post("/v1/subscriptions", json={"url": URL}, headers=key)).json()
    again = (await hotline.post("/v1/subscriptions", json={"url": URL}, headers=key)).json()
    assert first["secret"].startswith("whsec_")
    assert (again["id"], again["secret"]) == (first["id"], None)
    kept = str(await bridge.house.rows("select subscriptions::text, idempotency_keys::text from subscriptions, "
                                       "idempotency_keys"))  # fmt: skip
    assert first["secret"].removeprefix("whsec_") not in kept


async def test_the_test_button_says_what_came_of_it(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await bridge.subscribe()
    monkeypatch.setattr(bridge.house.app.state, "callback_caller", bridge.caller)
    bridge.subscriber.answers = [204, None]
    hotline, path = bridge.house.as_("hotline"), f"/v1/subscriptions/{made['id']}/test"
    assert (await hotline.post(path)).json() == {"delivered": True, "status": 204, "reason": "answered 204"}
    failed = (await hotline.post(path)).json()
    assert failed == {"delivered": False, "status": None, "reason": "no answer (ConnectError)"}
    assert {each["type"] for each in bridge.subscriber.events} == {"gridloop.test"}


async def test_one_that_is_gone_or_ended_is_not_called_any_more(bridge: Bridge) -> None:
    made = await bridge.subscribe()
    bridge.subscriber.answers = [410]
    await bridge.house.post()
    await bridge.tick()
    await bridge.rested()
    assert len(bridge.subscriber.got) == 1
    assert (await bridge.seen(made))["end_reason"] == "the subscriber answered 410 Gone"
    query = "select voice from audit where action = 'unsubscribe' and subject = :id"
    assert await bridge.house.rows(query, id=made["id"]) == [{"voice": "subscriber"}]
    other = await bridge.subscribe()
    assert (await bridge.house.as_("hotline").delete(f"/v1/subscriptions/{other['id']}")).status_code == 200
    await bridge.house.post()
    await bridge.tick()
    assert len(bridge.subscriber.got) == 1


async def test_one_whose_role_has_ended_hears_nothing_until_it_is_granted_again(bridge: Bridge) -> None:
    await bridge.subscribe()
    await bridge.house.post()
    ended = "update grants set ended_at = {} where person = :person returning id"
    await bridge.house.rows(ended.format("now()"), person=bridge.house.people["hotline"])
    await bridge.tick()
    assert bridge.subscriber.got == []
    await bridge.house.rows(ended.format("null"), person=bridge.house.people["hotline"])
    await bridge.tick()
    assert bridge.subscriber.moves == ["register"]


async def test_a_subscriber_that_never_ends_its_answer_is_left_in_time(
    bridge: Bridge, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError("nobody ends it")

    assert callbacks.LEASE.total_seconds() > callbacks.ALTOGETHER
    monkeypatch.setattr(callbacks, "ALTOGETHER", 0.01)
    made = await bridge.subscribe()
    await bridge.house.post()
    bridge.caller = Caller(settings, bridge.house.database, bridge.house.app.state.zone, transport=Endless())
    await bridge.tick()
    seen = await bridge.seen(made)
    assert (seen["failures"], seen["trouble"]) == (1, "no answer (TimeoutError)")


async def test_while_one_worker_has_it_in_hand_no_other_sends(bridge: Bridge) -> None:
    made = await bridge.subscribe()
    await bridge.house.post()
    await bridge.house.rows("update subscriptions set leased_until = now() + interval '1 min' returning id")
    await bridge.caller(made["id"].encode())
    assert bridge.subscriber.got == []


async def test_an_administrator_subscribes_for_a_client_and_nobody_else_sees_it(bridge: Bridge) -> None:
    client = str(bridge.house.people["hotline"])
    made = await bridge.subscribe("administrator", client=client)
    assert made["client"] == client
    refused = await bridge.house.as_("administrator").post("/v1/subscriptions", json={"url": URL})
    assert refused.json()["errors"][0]["field"] == "client"
    assert (await bridge.house.as_("other hotline").get(f"/v1/subscriptions/{made['id']}")).status_code == 404
    assert (await bridge.house.as_("clerk").get("/v1/subscriptions")).status_code == 403
    foreign = await bridge.house.as_("other hotline").post("/v1/subscriptions", json={"url": URL, "client": client})
    assert foreign.status_code == 422


UNSAFE = [
    "http://hotline.example/", "https://localhost/", "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/",
    "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://user:pw@hotline.example/",
    "ftp://hotline.example/", "https://hotline.example/#x", "https://", "nothing", "https://[64:ff9b::a00:1]/",
    "https://127.1/", "https://0x7f000001/", "https://2130706433/", "https://0/", "https://localhost./",
    "https://hotline.example:22/", "https://hotline.example:8443/", "https://127.0.0.1./",
]  # fmt: skip


@pytest.mark.parametrize("url", UNSAFE)
async def test_an_address_inside_our_networks_is_refused(bridge: Bridge, url: str) -> None:
    answer = await bridge.house.as_("hotline").post("/v1/subscriptions", json={"url": url})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "url"


def test_a_host_that_is_allowed_needs_no_https() -> None:
    refuse_unsafe("http://127.0.0.1:9000/x", frozenset({"127.0.0.1:9000"}))
    with pytest.raises(Invalid):
        refuse_unsafe("http://127.0.0.1:9001/x", frozenset({"127.0.0.1:9000"}))


async def test_the_test_button_is_no_map_of_our_own_network(bridge: Bridge, settings: Settings) -> None:
    """A name that nobody has, one that leads inside, and another port are answered in the same words."""
    names = {"unknown.example": None, "inside.example": "10.0.0.5", "hotline.example": "93.184.216.34"}

    async def resolve(host: str, port: int) -> Sequence[str]:
        if (found := names[host]) is None:
            raise socket.gaierror
        return [found]

    asked: list[httpx.Request] = []
    inner = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(204))
    guarded = GuardedTransport(frozenset(), inner, resolve)
    caller = Caller(settings, bridge.house.database, bridge.house.app.state.zone, transport=guarded)
    row = Subscription(id=uuid4(), salt=b"salt", url="", old_salt=None, old_until=None)
    told = []
    for row.url in ("https://unknown.example/", "https://inside.example/", "https://hotline.example:22/"):
        told.append((await caller.send(caller.test_letter(row))).reason)
    assert told == [NOWHERE] * 3
    assert asked == []


async def test_a_redirect_is_not_followed(bridge: Bridge, settings: Settings) -> None:
    asked: list[httpx.Request] = []
    inside = {"location": "https://169.254.169.254/latest"}
    inner = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(307, headers=inside))
    caller = Caller(settings, bridge.house.database, bridge.house.app.state.zone, transport=inner)
    row = Subscription(id=uuid4(), salt=b"salt", url=URL, old_salt=None, old_until=None)
    assert (await caller.send(caller.test_letter(row))).status == 307
    assert len(asked) == 1


async def test_a_name_that_resolves_into_our_networks_is_not_connected_to() -> None:
    seen: list[httpx.Request] = []

    async def inside(host: str, port: int) -> Sequence[str]:
        return ["203.0.114.7", "10.0.0.5"]

    async def outside(host: str, port: int) -> Sequence[str]:
        return ["93.184.216.34"]

    inner = httpx.MockTransport(lambda request: seen.append(request) or httpx.Response(204))
    with pytest.raises(Forbidden):
        await GuardedTransport(frozenset(), inner, inside).handle_async_request(httpx.Request("POST", URL))
    assert seen == []
    await GuardedTransport(frozenset(), inner, outside).handle_async_request(httpx.Request("POST", URL))
    assert (seen[0].url.host, seen[0].headers["host"]) == ("93.184.216.34", "hotline.example")
    assert seen[0].extensions["sni_hostname"] == "hotline.example"


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        ("8.8.8.8", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("2002:a00:1::", False),
        ("fec0::1", False),
        ("2606:4700::1", True),
    ],
)
def test_public_addresses_are_told_from_wrapped_private_ones(address: str, is_public: bool) -> None:
    assert public(ipaddress.ip_address(address)) is is_public


def test_a_pause_grows_to_ten_minutes() -> None:
    assert REST.rest(0) <= timedelta(seconds=2)
    assert timedelta(minutes=8) <= REST.rest(20) <= timedelta(minutes=10)
