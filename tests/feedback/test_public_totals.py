"""The public sees a month's totals per street with the method, once it is published, and nothing small."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from call_centre import CITY, Centre
from sqlalchemy import insert

from feedback.commands import ROOM
from feedback.formulas import formulas
from feedback.models import CaseCopy
from feedback.public_totals import TooEarly, publish
from services import presets
from services.clocks import stopped
from services.messaging import Peers
from services.rooms import Tools

LATER = datetime(2025, 4, 23, tzinfo=UTC)
MARCH = datetime(2025, 3, 10, tzinfo=UTC)


def some(street: str | None, number: int, start: int) -> list[dict[str, Any]]:
    path = f"/{CITY}/310101/{street}/" if street else None
    plain = {
        "seen": 1, "outcome": None, "state": "closed", "round": 1, "channel": "hotline", "item_type": "complaint",
        "issue": None, "grid_code": street, "grid_path": path, "lead_code": None, "lead_path": None,
        "received_at": MARCH, "case_due": MARCH + timedelta(days=5), "contact_due": None, "contacted_at": None,
        "accepted_at": None, "handled_at": MARCH, "closed_at": None, "disputes": 0, "merged_into": None,
    }  # fmt: skip
    return [{**plain, "case_no": f"{start + each:016d}"} for each in range(number)]


async def city(centre: Centre) -> None:
    streets = [("310101001", 40), ("310101002", 4), ("310101003", 12), ("310101004", 200)]
    rows = [row for at, (street, n) in enumerate(streets) for row in some(street, n, 1000 * at)]
    async with centre.database.unit() as session:
        await session.execute(insert(CaseCopy), rows)


async def published(centre: Centre, at: datetime = LATER) -> bool:
    zone = presets.load(centre.settings.city_preset).zone
    with stopped(at):
        async with centre.database.unit() as session:
            return await publish(session, date(2025, 3, 1), formulas(centre.settings), zone)


async def test_totals_per_street_without_a_key_and_nothing_small(centre: Centre) -> None:
    await city(centre)
    assert await published(centre)
    told = (await centre.as_().get("/v1/public/totals")).json()
    assert (told["month"], told["city"]["cases"], told["minimum"]) == ("2025-03", 256, 10)
    (district,) = told["districts"]
    assert {each["code"]: each["cases"] for each in district["streets"]} == {
        "310101001": 40, "310101002": None, "310101003": None, "310101004": 200,
    }  # fmt: skip
    assert {each["code"]: each["on_time"] for each in district["streets"]}["310101002"] is None
    assert told["method"]["rates"]["resolution"]["meaning"]
    assert "case_no" not in str(told)


async def test_a_month_is_published_once_and_stays(centre: Centre) -> None:
    await city(centre)
    with pytest.raises(TooEarly):
        await published(centre, datetime(2025, 4, 10, tzinfo=UTC))
    assert await published(centre)
    before = (await centre.as_().get("/v1/public/totals", params={"month": "2025-03"})).json()
    async with centre.database.unit() as session:
        await session.execute(insert(CaseCopy), some("310101002", 1, 9000))
    assert not await published(centre)
    assert (await centre.as_().get("/v1/public/totals")).json() == before


async def test_the_worker_publishes_when_the_time_has_come_and_keeps_the_lines(centre: Centre) -> None:
    await city(centre)
    tools = Tools(centre.settings, centre.database, Peers(centre.settings, "feedback"))
    jobs = {each.name: each for each in ROOM.schedules(tools)}
    with stopped(LATER):
        for name in ("refresh_figures", "publish_totals", "publish_totals"):
            await jobs[name].run()
    assert (await centre.rows("select count(*) as n from figure_lines"))[0]["n"] == 256
    assert [row["month"] for row in await centre.rows("select month from published_months")] == [date(2025, 3, 1)]


async def test_the_page_is_chinese_first_and_says_what_is_hidden(centre: Centre) -> None:
    assert (await centre.as_().get("/public")).status_code == 404
    await city(centre)
    await published(centre)
    page = await centre.as_().get("/public")
    assert page.status_code == 200
    for words in ("各街镇办理情况 2025-03", "<td>256</td>", "<td>—</td>", "统计口径", "少于 10"):
        assert words in page.text
    english = await centre.as_().get("/public", params={"lang": "en"})
    assert "How streets and towns did" in english.text
    assert "按时办结率" not in english.text
    unknown = await centre.as_().get("/v1/public/totals", params={"month": "2024-01"})
    assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")


async def test_one_address_is_limited(centre: Centre) -> None:
    centre.app.state.settings = centre.settings.model_copy(update={"public_rate_per_minute": 2})
    try:
        with stopped(LATER):
            answers: list[httpx.Response] = [await centre.as_().get("/v1/public/totals") for _ in range(3)]
    finally:
        centre.app.state.settings = centre.settings
    assert [answer.status_code for answer in answers] == [404, 404, 429]
