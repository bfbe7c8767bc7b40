"""A provider with its ordinary faults is played over HTTP: every survey ends once, nothing is counted twice."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from call_centre import Centre, order_handled

from feedback import offers
from feedback.simulating import Provider, Temper
from feedback.surveys import issue
from feedback.terms import terms
from services.application import mount
from services.settings import Settings

CASES = [f"20250301{n:08d}" for n in range(24)]


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The app on a port of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def play(centre: Centre, temper: Temper) -> Provider:
    """24 surveys are offered, called and reported, by signed HTTP in both directions."""
    secret = centre.settings.need("survey_secret", "-")
    async with served(mount({"feedback": centre.app})) as feedback:
        provider = Provider(feedback, secret, temper)
        async with served(provider.app) as theirs, provider.playing():
            await _offer(centre, centre.settings.model_copy(update={"survey_url": f"{theirs}/"}))
            async with asyncio.timeout(30):
                await provider.until_still(len(CASES))
    return provider


async def _offer(centre: Centre, settings: Settings) -> None:
    for case_no in CASES:
        async with centre.database.unit() as session:
            await issue(session, order_handled(case_no), 2, terms(settings))
    async with centre.database.unit() as session:
        await offers.gather(session)
    rows = await centre.rows("select payload from pgqueuer where entrypoint = :name", name=offers.SEND)
    for row in rows:
        await offers.Sender(settings, centre.database)(bytes(row["payload"]))


async def test_with_duplicates_and_faults_every_survey_ends_once(centre: Centre) -> None:
    temper = Temper(rate=0.5, duplicates=0.5, faults=0.5, hour=0.05, seed=2)
    provider = await play(centre, temper)
    states = await centre.rows("select state, count(*) as n from surveys group by state")
    ended = {row["state"]: row["n"] for row in states}
    assert sum(ended.values()) == len(CASES)
    assert ended.keys() <= {"answered", "unreachable"}
    given = await centre.told("verdict.given")
    assert sorted(told["data"]["case_no"] for told in given) == CASES
    tried = len(await centre.rows("select 1 from attempts"))
    assert provider.counts["recorded"] + provider.counts["late"] == tried + ended["answered"]
    assert len(await centre.rows("select 1 from answers where not late")) == ended["answered"]
    assert provider.counts["duplicate"] > 0
    assert provider.counts["invalid"] > 0
    assert provider.counts["unknown"] > 0
    assert provider.counts["given_up"] == 0


async def test_a_forged_offer_is_refused(centre: Centre) -> None:
    provider = Provider("http://127.0.0.1:9", centre.settings.need("survey_secret", "-"), Temper())
    other = "whsec_bm90IHRoZSBzZWNyZXQgb2YgdGhpcyBob3VzZQ=="
    forged = centre.settings.model_copy(update={"survey_secret": type(centre.settings.survey_secret)(other)})
    async with served(provider.app) as theirs:
        with pytest.raises(offers.Unreachable, match="401"):
            await _offer(centre, forged.model_copy(update={"survey_url": f"{theirs}/"}))
    assert provider.counts.total() == 0
    async with provider.playing():
        pass


def test_the_same_seed_plays_the_same_answers_near_its_rates() -> None:
    one, two = ([list(temper.calls(CASES[0])) for _ in range(2000)] for temper in (Temper(seed=3), Temper(seed=3)))
    assert one == two
    answered = [calls[-1][1] for calls in one if calls[-1][1]["contacted"]]
    assert len(answered) / 2000 == pytest.approx(1 - 0.45**3, abs=0.03)
    assert sum(each["solved"] == "解决" for each in answered) / len(answered) == pytest.approx(0.8, abs=0.03)
