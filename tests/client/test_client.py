"""The client: one key for all tries of a write, patience, problems as one exception, pages; and its types are true."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import httpx
import pytest
import yaml

from services.client import Gridloop, Refused, answers, bodies

ROOT = Path(__file__).parents[2]
PROBLEM = {"content-type": "application/problem+json", "x-request-id": "r-1"}
Script = list[httpx.Response | Exception]


class Town:
    """Answers in the order of a script, and keeps what was asked and how long the client waited."""

    def __init__(self, *script: httpx.Response | Exception) -> None:
        self.script: Iterator[httpx.Response | Exception] = iter(script)
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        found = next(self.script)
        if isinstance(found, Exception):
            raise found
        return found

    async def pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    def client(self, **options: Any) -> Gridloop:
        http = httpx.AsyncClient(base_url="http://town", transport=httpx.MockTransport(self.answer))
        return Gridloop("", "gl_key", http=http, pause=self.pause, **options)


def problem(status: int, **more: Any) -> httpx.Response:
    slug = more.pop("slug", "x")
    body = {"type": f"urn:gridloop:problem:{slug}", "title": "T", "status": status, "detail": "D.", **more}
    return httpx.Response(status, json=body, headers={**PROBLEM, **more.pop("headers", {})})


def made(**body: Any) -> httpx.Response:
    return httpx.Response(201, json=body)


REPORT: bodies.NewCase = {"channel": "hotline", "item_type": "complaint", "description": "垃圾满溢，无人清运。"}


async def test_all_tries_of_a_write_carry_one_key_and_the_same_body() -> None:
    town = Town(httpx.ConnectError("down"), problem(500), problem(503), made(case_no="1"))
    case = await town.client().post_case(**REPORT)
    assert case["case_no"] == "1"
    assert len({each.headers["idempotency-key"] for each in town.asked}) == 1
    assert len({each.content for each in town.asked}) == 1
    assert len(town.waited) == 3
    assert town.waited[0] < 0.31, "the first pause is short"
    assert town.waited[2] > town.waited[0]


async def test_another_write_has_another_key_and_a_read_has_none() -> None:
    town = Town(made(case_no="1"), made(case_no="2"), made(case_no="2"))
    client = town.client()
    for each in (client.post_case(**REPORT), client.post_case(**REPORT), client.case("2")):
        await each
    keys = [each.headers.get("idempotency-key") for each in town.asked]
    assert keys[0] != keys[1]
    assert keys[2] is None
    assert all(each.headers["authorization"] == "Bearer gl_key" for each in town.asked)


async def test_what_is_refused_for_good_is_asked_once_and_says_field_rule_and_remedy() -> None:
    fault = {"field": "reporter.phone", "rule": "is a phone number", "remedy": "send digits"}
    town = Town(problem(422, slug="invalid", errors=[fault], remedy="See the fields."))
    with pytest.raises(Refused) as caught:
        await town.client().post_case(**REPORT)
    refused = caught.value
    assert len(town.asked) == 1
    assert (refused.status, refused.slug, refused.title, refused.detail) == (422, "invalid", "T", "D.")
    assert [(each.field, each.rule, each.remedy) for each in refused.faults] == [tuple(fault.values())]
    assert (refused.remedy, refused.request_id, refused.lost_race) == ("See the fields.", "r-1", False)
    assert "reporter.phone: is a phone number (send digits)" in str(refused)
    assert "垃圾" not in str(refused), "what was sent is not repeated"


async def test_an_answer_that_is_no_problem_document_is_refused_as_well() -> None:
    town = Town(httpx.Response(404, text="<html>proxy</html>"))
    with pytest.raises(Refused, match=r"404.*proxy") as caught:
        await town.client().case("1")
    assert (caught.value.type, caught.value.faults) == ("about:blank", ())


async def test_retry_after_is_kept_unless_it_is_longer_than_a_minute() -> None:
    limited: Callable[[str], httpx.Response] = lambda wait: problem(429, headers={"retry-after": wait})  # noqa: E731
    town = Town(limited("7"), made(sure=True))
    assert (await town.client().who(text="垃圾"))["sure"]
    assert town.waited == [7.0]
    far = Town(limited("3600"))
    with pytest.raises(Refused, match="429"):
        await far.client().who(text="垃圾")
    assert far.waited == []


async def test_after_the_last_try_the_last_answer_is_raised() -> None:
    town = Town(*[problem(503)] * 3)
    with pytest.raises(Refused, match="503"):
        await town.client(tries=3).case("1")
    dead = Town(*[httpx.ConnectError("down")] * 2)
    with pytest.raises(httpx.ConnectError):
        await dead.client(tries=2).case("1")
    assert (len(town.asked), len(dead.asked)) == (3, 2)


async def test_a_move_sends_the_version_that_was_read_and_a_lost_race_is_told() -> None:
    order: Any = {"case_no": "7", "version": 4}
    waiting = httpx.Response(202, json={"proposal": "p", "order": order})
    town = Town(made(**order), waiting, problem(412, slug="version-stale"))
    client = town.client()
    assert (await client.move(order, "accept")).proposal is None
    assert (await client.move(order, "decline", reason="x", legal_route="y")).proposal == "p"
    with pytest.raises(Refused) as caught:
        await client.move(order, "accept")
    assert caught.value.lost_race
    assert [each.headers["if-match"] for each in town.asked] == ['"4"'] * 3
    assert town.asked[0].url.path == "/routing/v1/orders/7/accept"


async def test_a_list_is_read_page_by_page_as_it_is_wanted() -> None:
    first = {"items": [{"case_no": "1"}, {"case_no": "2"}], "next": "c1"}
    town = Town(httpx.Response(200, json=first), httpx.Response(200, json={"items": [{"case_no": "3"}], "next": None}))
    found = []
    async for case in town.client().cases(state="closed"):
        found.append(case["case_no"])
        assert len(town.asked) == (1 if len(found) < 3 else 2)
    assert found == ["1", "2", "3"]
    queries = [dict(each.url.params) for each in town.asked]
    assert queries == [{"limit": "200", "state": "closed"}, {"limit": "200", "state": "closed", "cursor": "c1"}]


async def test_features_follow_next_without_sending_the_key_to_another_host() -> None:
    following = [{"rel": "next", "href": "http://elsewhere/items?after=b&limit=1"}]
    pages = [{"features": [{"id": "a"}], "links": following}, {"features": [{"id": "b"}], "links": []}]
    town = Town(*(httpx.Response(200, json=page) for page in pages))
    assert [each["id"] async for each in town.client().features("grids", limit=1)] == ["a", "b"]
    assert {each.url.host for each in town.asked} == {"town"}
    assert dict(town.asked[1].url.params) == {"after": "b", "limit": "1"}


async def test_another_key_uses_the_same_connections() -> None:
    town = Town(made(case_no="1"), made(case_no="1"))
    async with town.client() as hotline:
        officer = hotline.with_key("gl_other")
        await officer.close()
        await hotline.case("1")
        await officer.case("1")
    assert [each.headers["authorization"] for each in town.asked] == ["Bearer gl_key", "Bearer gl_other"]


NAMES = {
    "IntakeCaseStatus": answers.CaseStatus,
    "IntakeCase": answers.Case,
    "IntakeTimelineEntry": answers.TimelineEntry,
    "RoutingOrderFace": answers.OrderFace,
    "RoutingOrderLine": answers.OrderLine,
    "RoutingOrderView": answers.Order,
    "Routingrouting__api__responsible__Answer": answers.Responsible,
    "FeedbackFiguresSeen": answers.Figures,
    "FeedbackShown": answers.Rate,
    "RoutingGridsImported": answers.GridsImported,
}
WHOLE = {
    "IntakeNewCase": bodies.NewCase,
    "IntakeAmendment": bodies.Amendment,
    "IntakePerson": bodies.Person,
    "IntakePoint": bodies.Location,
    "IntakeSettled": bodies.Settled,
}


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = yaml.load((ROOT / "openapi.yaml").read_text(encoding="utf-8"), loader)
    schemas: dict[str, Any] = found["components"]["schemas"]
    return schemas


def test_the_types_of_answers_name_only_what_the_contract_has(contract: dict[str, Any]) -> None:
    for name, made in NAMES.items():
        assert set(get_type_hints(made)) <= set(contract[name]["properties"]), name


def test_the_types_of_bodies_are_whole_and_need_what_the_contract_needs(contract: dict[str, Any]) -> None:
    for name, made in WHOLE.items():
        schema = contract[name]
        assert set(get_type_hints(made)) == set(schema["properties"]), name
        assert set(made.__required_keys__) == set(schema.get("required", ())), name
