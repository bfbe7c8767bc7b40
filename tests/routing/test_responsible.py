"""谁负责: anybody's question, answered with a unit and its station, never with a person."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from grid_centre import Centre

from routing.catalogue import Catalogue
from services.clocks import stopped

CROWDED = "楼道里堆满了纸箱和旧家具，走不过去"
YONGJIA = "310101023011"


@pytest.fixture
def client(centre: Centre) -> httpx.AsyncClient:
    """Somebody without a key."""
    return centre.client(None)


async def ask(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/v1/responsible", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


class TestAnAnswer:
    async def test_words_and_an_address_find_the_unit_the_station_and_the_limit(
        self, client: httpx.AsyncClient
    ) -> None:
        body = await ask(client, text=CROWDED, address="瑞金二路街道永嘉居委会")
        assert body["sure"]
        assert body["issue"] == {"code": "08-04", "name": "楼道堆物"}
        assert body["chain"][0] == "永嘉居委会"
        assert body["chain"][-3:] == ["瑞金二路街道", "黄浦区", "上海市"]
        assert body["lead"] == {"name": "永嘉居委会", "level": "committee"}
        assert body["co_units"]
        assert body["limit"]
        assert body["station"]["phone"].startswith("021-0000")
        assert body["station"]["services"]
        assert body["station"]["hours"]
        assert body["call"] is None
        assert body["issue_candidates"] == body["grid_candidates"] == []

    async def test_the_sentence_says_it_all(self, client: httpx.AsyncClient) -> None:
        body = await ask(client, text=CROWDED, address="瑞金二路街道永嘉居委会")
        sentence = body["sentence"]
        assert sentence.startswith("永嘉居委会的“楼道堆物”，由永嘉居委会负责")
        assert all(part in sentence for part in (*body["co_units"], body["station"]["name"], body["station"]["phone"]))
        assert "时限" in sentence
        assert sentence.count("。") == 1

    async def test_a_point_in_any_system_and_a_code_are_a_question(self, client: httpx.AsyncClient) -> None:
        body = await ask(client, issue="08-04", lon=121.4675, lat=31.2138, crs="GCJ-02")
        assert body["sure"]
        assert "瑞金二路街道" in body["chain"]

    async def test_the_words_alone_may_tell_the_place(self, client: httpx.AsyncClient) -> None:
        assert (await ask(client, text=f"瑞金二路街道永嘉居委会{CROWDED}"))["grid"]["code"] == YONGJIA

    async def test_a_covered_place_has_the_station_of_the_grid_that_covers_it(self, client: httpx.AsyncClient) -> None:
        covering = await ask(client, issue="08-04", grid="310101023003")
        covered = await ask(client, issue="08-04", grid="310101023Z07")
        assert covered["station"] == covering["station"] is not None

    async def test_a_complaint_about_the_unit_itself_goes_around_it(self, client: httpx.AsyncClient) -> None:
        body = await ask(client, issue="20-04", grid=YONGJIA, text="永嘉居委会自己把杂物堆在楼道，还推诿")
        assert body["lead"] is None or body["lead"]["name"] != "永嘉居委会"

    async def test_no_person_of_the_city_is_ever_named(self, client: httpx.AsyncClient) -> None:
        people = {each.name for each in Catalogue.starter().city.people}
        for issue in ("08-04", "20-04", "01-02", "02-05"):
            told = json.dumps(await ask(client, issue=issue, grid=YONGJIA), ensure_ascii=False)
            assert not [name for name in people if name in told]


class TestWhereItIsUnsure:
    async def test_namesakes_are_told_apart_and_nobody_is_named(self, client: httpx.AsyncClient) -> None:
        body = await ask(client, text="光明村楼道堆物没人清")
        assert not body["sure"]
        assert body["lead"] is body["station"] is body["grid"] is body["limit"] is None
        assert len({each["within"] for each in body["grid_candidates"]}) == 7
        assert body["call"] == "12345"
        assert body["sentence"].endswith("请拨打12345。")

    async def test_a_candidate_can_be_asked_for_again(self, client: httpx.AsyncClient) -> None:
        first = await ask(client, text="光明村楼道堆物没人清")
        grid = first["grid_candidates"][0]["code"]
        assert (await ask(client, issue="08-04", grid=grid))["sure"]

    async def test_an_unclear_matter_names_what_it_could_be(self, client: httpx.AsyncClient) -> None:
        body = await ask(client, text="想问一下", grid=YONGJIA)
        assert not body["sure"]
        assert body["issue"] is body["limit"] is None
        assert 1 <= len(body["issue_candidates"]) <= 5
        assert body["station"]
        assert "事项拿不准" in body["sentence"]

    async def test_a_whole_district_is_too_wide(self, client: httpx.AsyncClient) -> None:
        body = await ask(client, issue="08-04", grid="310101")
        assert not body["sure"]
        assert body["sentence"] == "地点范围过大，要说到街道或居村才能确定，请拨打12345。"


class TestBadInput:
    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ({}, "text"),
            ({"text": "  ", "grid": YONGJIA}, "text"),
            ({"issue": "08-04"}, "address"),
            ({"text": "吵" * 501}, "text"),
            ({"text": "吵", "address": "路" * 301}, "address"),
            ({"text": "吵", "lon": 121.4}, "lat"),
            ({"text": "吵", "lat": 31.2}, "lon"),
            ({"text": "吵", "lon": 181, "lat": 31}, "lon"),
            ({"text": "吵", "lon": "nan", "lat": 31}, "lon"),
            ({"text": "吵", "lon": 121, "lat": 31, "crs": "火星"}, "crs"),
            ({"issue": "99-99", "grid": YONGJIA}, "issue"),
            ({"issue": "08-04", "grid": "999"}, "grid"),
            ({"text": "吵", "colour": "red"}, "colour"),
        ],
    )
    async def test_what_cannot_be_is_refused_by_field(
        self, client: httpx.AsyncClient, query: dict[str, Any], field: str
    ) -> None:
        answer = await client.get("/v1/responsible", params=query)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [each["field"] for each in answer.json()["errors"]] == [field]


class TestPrivacy:
    async def test_nothing_is_kept_but_a_number_under_a_digest(
        self, centre: Centre, client: httpx.AsyncClient, statements: list[str]
    ) -> None:
        answer = await client.get("/v1/responsible", params={"text": CROWDED, "grid": YONGJIA})
        writing = [each for each in statements if each.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]
        assert len(writing) == 1
        (row,) = await centre.rows("select * from rate_buckets")
        assert set(row) == {"digest", "window", "count"}
        assert answer.headers["cache-control"] == "no-store"

    async def test_the_words_are_in_no_log(
        self, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        with caplog.at_level(logging.DEBUG, logger="routing"):
            await ask(client, text=CROWDED, grid=YONGJIA)
        out, err = capfd.readouterr()
        assert "纸箱" not in caplog.text + out + err


class TestTheLimit:
    @pytest.fixture(autouse=True)
    def few(self, routing_app: FastAPI) -> Iterator[None]:
        before = routing_app.state.settings
        routing_app.state.settings = before.model_copy(update={"public_rate_per_minute": 2})
        with stopped(datetime(2026, 10, 9, 2, 0, 20, tzinfo=UTC)):
            yield
        routing_app.state.settings = before

    async def test_who_asks_too_often_is_told_when_to_come_back(self, client: httpx.AsyncClient) -> None:
        codes = [(await client.get("/v1/responsible")).status_code for _ in range(2)]
        assert codes == [422, 422]
        answer = await client.get("/v1/responsible", params={"issue": "08-04", "grid": YONGJIA})
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "40"
        assert answer.json()["type"] == "urn:gridloop:problem:too-many-requests"
