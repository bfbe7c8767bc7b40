"""Surveys go out to the provider in signed batches: once in effect, never with a person, called back when they end."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from call_centre import CASE, Centre, event, missed, order_handled

from feedback import offers
from feedback.surveys import issue
from feedback.terms import terms
from services.attempts import Unreachable
from services.settings import Settings
from services.signing import verify

OTHER = "2025030100000433"


class Provider:
    """The edge: what the provider was sent, and how it answers."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.answers, self.got = settings, iter(()), []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        secret = self.settings.need("survey_secret", "-")
        verify(secret, request.headers, request.content)
        self.got.append((request.headers["webhook-id"], json.loads(request.content)))
        return httpx.Response(next(self.answers, 204))

    def answer(self, *statuses: int) -> None:
        self.answers: Iterator[int] = iter(statuses)

    @property
    def events(self) -> list[tuple[str, str]]:
        return [(each["type"], each["data"]["case_no"]) for _, batch in self.got for each in batch]


@pytest.fixture
def served(centre: Centre) -> Settings:
    return centre.settings.model_copy(update={"survey_url": "http://provider.example/jobs"})


@pytest.fixture
def provider(served: Settings) -> Provider:
    return Provider(served)


async def offered(centre: Centre, served: Settings, case_no: str = CASE, **facts: Any) -> None:
    async with centre.database.unit() as session:
        await issue(session, order_handled(case_no, **facts), 2, terms(served))


async def gathered(centre: Centre) -> list[bytes]:
    """The clock's work; the batches that wait to be sent."""
    async with centre.database.unit() as session:
        await offers.gather(session)
    rows = await centre.rows("select payload from pgqueuer where entrypoint = :name order by id", name=offers.SEND)
    return [bytes(row["payload"]) for row in rows]


def sender(centre: Centre, provider: Provider) -> offers.Sender:
    return offers.Sender(provider.settings, centre.database, transport=httpx.MockTransport(provider))


async def test_a_batch_names_case_round_and_handle_and_no_person(
    centre: Centre, served: Settings, provider: Provider
) -> None:
    await offered(centre, served)
    await offered(centre, served, OTHER, kind="settled")
    (batch,) = await gathered(centre)
    await sender(centre, provider)(batch)
    ((_, (first, second)),) = provider.got
    assert first["data"].keys() == {"case_no", "round", "kind", "relay", "until", "asked"}
    assert (first["data"]["case_no"], first["data"]["asked"]["version"]) == (CASE, "2026.2")
    assert second["data"]["kind"] == "settled"
    handles = [row["relay"] for row in await centre.rows("select relay from surveys order by id")]
    assert [first["data"]["relay"], second["data"]["relay"]] == handles
    assert [told["data"]["relay"] for told in await centre.told("survey.due")] == handles


async def test_a_retry_is_the_same_message_and_nothing_is_offered_twice(
    centre: Centre, served: Settings, provider: Provider
) -> None:
    await offered(centre, served)
    (batch,) = await gathered(centre)
    provider.answer(500, 503)
    sending = sender(centre, provider)
    for _ in range(2):
        with pytest.raises(Unreachable):
            await sending(batch)
    await sending(batch)
    assert len({name for name, _ in provider.got}) == 1
    assert await gathered(centre) == [batch]


async def test_what_ended_before_it_was_sent_is_left_out_and_what_ends_later_is_called_back(
    centre: Centre, served: Settings, provider: Provider
) -> None:
    await offered(centre, served)
    await offered(centre, served, OTHER)
    (first,) = await gathered(centre)
    await centre.withdrawn()
    sending = sender(centre, provider)
    await sending(first)
    assert provider.events == [("survey.offered", OTHER)]
    await centre.withdrawn(OTHER)
    for batch in (await gathered(centre))[1:]:
        await sending(batch)
    assert set(provider.events[1:]) == {("survey.closed", CASE), ("survey.closed", OTHER)}
    assert len(await gathered(centre)) == 2


async def test_what_the_provider_ended_itself_is_not_called_back(
    centre: Centre, served: Settings, provider: Provider
) -> None:
    await offered(centre, served)
    await offered(centre, served, OTHER)
    (batch,) = await gathered(centre)
    await sender(centre, provider)(batch)
    await centre.results(event(), missed(OTHER, hour=9), missed(OTHER, hour=10), missed(OTHER, hour=11))
    assert await gathered(centre) == [batch]


async def test_without_a_provider_nothing_has_a_handle_and_nothing_is_offered(centre: Centre) -> None:
    await centre.handled()
    assert await gathered(centre) == []
    assert (await centre.survey())["relay"] is None


async def test_more_than_a_batch_holds_goes_in_several(
    centre: Centre, served: Settings, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "MOST", 3)
    cases = [f"20250301{n:08d}" for n in range(7)]
    for case_no in cases:
        await offered(centre, served, case_no)
    for _ in range(2):
        await gathered(centre)
    for batch in await gathered(centre):
        await sender(centre, provider)(batch)
    assert [case_no for _, case_no in provider.events] == cases
    assert [len(batch) for _, batch in provider.got] == [3, 3, 1]


async def test_no_connection_is_held_while_the_provider_is_spoken_to(
    centre: Centre, served: Settings, provider: Provider
) -> None:
    await offered(centre, served)
    (batch,) = await gathered(centre)
    held: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        held.append(centre.database.engine.pool.checkedout())
        return provider(request)

    await offers.Sender(served, centre.database, transport=httpx.MockTransport(answer))(batch)
    assert held == [0]
