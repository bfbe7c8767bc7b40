"""What Open311 offers is the public part of the issue list, as it arrived by message."""

from typing import Any

import pytest
from front_desk import House
from open311_clients import ISSUES, Street, published

from intake.open311.questions import attributes
from services.access import OPEN311


@pytest.fixture
async def street(house: House) -> Street:
    await house.hear("routing", published(), 1)
    return Street(house)


async def test_discovery_names_two_endpoints_with_both_formats_each(street: Street) -> None:
    told = await street.read("discovery")
    assert {each["type"] for each in told["endpoints"]} == {"production", "test"}
    assert all(len(each["formats"]) == 2 for each in told["endpoints"])
    assert {each["specification"] for each in told["endpoints"]} == {"http://wiki.open311.org/GeoReport_v2"}
    assert [each["url"].partition("/intake")[2] for each in told["endpoints"]] == list(OPEN311)
    assert told["contact"]
    assert told["key_service"]
    root = await street.xml("discovery")
    assert [each.tag for each in root] == ["changeset", "contact", "key_service", "endpoints"]
    assert [each.text for each in root.findall("endpoints/endpoint/type")] == ["production", "test"]


async def test_services_are_the_public_issues_with_codes_no_parser_takes_for_numbers(street: Street) -> None:
    told = await street.read("services")
    assert [each["service_code"] for each in told] == ["05-00", "05-01", "01-03", "03-02"]
    bins = told[1]
    assert bins == {
        "service_code": "05-01", "service_name": "垃圾满溢", "description": "垃圾箱房满溢 <未清运> & 有味",
        "metadata": True, "type": "realtime", "keywords": "垃圾,满溢", "group": "市容环卫",
    }  # fmt: skip
    assert [(each["type"], each["metadata"]) for each in told] == [
        ("realtime", False), ("realtime", True), ("realtime", True), ("batch", True),
    ]  # fmt: skip
    rows = await street.xml("services")
    assert rows.tag == "services"
    assert [row.findtext("service_code") for row in rows.findall("service")] == ["05-00", "05-01", "01-03", "03-02"]
    assert rows[1].findtext("description") == "垃圾箱房满溢 <未清运> & 有味"
    assert rows[0].findtext("metadata") == "false"


async def test_a_definition_asks_what_the_row_asks(street: Street) -> None:
    told = await street.read("services/01-03")
    assert told["service_code"] == "01-03"
    first, second, third = told["attributes"]
    assert [each["order"] for each in told["attributes"]] == [1, 2, 3]
    assert (first["datatype"], first["required"], first["variable"]) == ("singlevaluelist", True, True)
    assert first["values"][0] == {"key": "yes", "name": "是"}
    assert [each["name"] for each in second["values"]] == ["一户", "整栋", "不清楚"]
    assert (third["datatype"], third["required"], third["values"]) == ("text", False, [])
    root = await street.xml("services/01-03")
    assert root.tag == "service_definition"
    assert root.findtext("attributes/attribute/values/value/key") == "yes"
    assert root.findtext("attributes/attribute/required") == "true"


async def test_a_service_without_attributes_has_an_empty_definition(street: Street) -> None:
    assert await street.read("services/05-00") == {"service_code": "05-00", "attributes": []}


async def test_an_unknown_service_is_not_there(street: Street) -> None:
    for code in ("99-99", "05", "%00", "05-01.x", "../05-01"):
        answer = await street.get(f"services/{code}.json")
        assert (answer.status_code, answer.json()[0]["code"]) == (404, 404), code


async def test_a_version_is_served_when_all_of_it_has_come_in_any_order(street: Street) -> None:
    late, early = ISSUES[:1], ISSUES[1:2]
    await street.house.hear("routing", published(3, early, part=1, parts=2), 3)
    assert len(await street.read("services")) == 4
    await street.house.hear("routing", published(3, late, part=0, parts=2), 3)
    assert [each["service_code"] for each in await street.read("services")] == ["05-00", "05-01"]
    await street.house.hear("routing", published(2), 2)
    assert len(await street.read("services")) == 2


async def test_the_same_news_twice_changes_nothing(street: Street) -> None:
    await street.house.hear("routing", published(), 1)
    assert len(await street.read("services")) == 4
    assert len(await street.house.rows("select code from offered_issues")) == 4


async def test_before_the_lists_have_come_nothing_is_offered(house: House) -> None:
    assert await Street(house).read("services") == []


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("有没有收据或公示照片？", ["是", "否", "不清楚"]),
        ("停了多久，有没有贴告示？", ["是", "否", "不清楚"]),
        ("顶楼还是外墙？", ["顶楼", "外墙", "不清楚"]),
        ("哪个小区、哪一栋？", []),
        ("<b>多久？", []),
    ],
)
def test_a_question_that_holds_a_choice_becomes_one(question: str, names: list[str]) -> None:
    (made,) = attributes([question], urgent=False)
    assert [name for _, name in made.values] == names
    assert made.required is False
    face: dict[str, Any] = made.face()
    assert face["description"] == question
