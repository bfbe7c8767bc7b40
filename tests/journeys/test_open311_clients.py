"""Clients that others wrote speak Open311 with the whole house: `georeport`, `three`, and FixMyStreet's calls.

`three` is of Python 2's time: what that had and Python 3 has not is provided here, its own code runs as it is.
"""

import asyncio
import itertools
import json
import logging
import warnings
from collections.abc import Callable
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from georeport import GeoReport
from PIL import Image

from services import logs
from services.demo.doors import Doors

PLACE = {"lat": "31.2158", "long": "121.4632"}


class Node(ElementTree.Element):
    """An element that names its children as it did until Python 3.8."""

    def getchildren(self) -> list[ElementTree.Element]:
        return list(self)


class Parser:
    """The part of `xml.etree` that `relaxml` uses."""

    @staticmethod
    def fromstring(text: str | bytes) -> ElementTree.Element:
        made = ElementTree.XMLParser(target=ElementTree.TreeBuilder(element_factory=Node))
        made.feed(text)
        root: ElementTree.Element = made.close()
        return root


class Listed(dict[str, Any]):
    """A dictionary whose keys are a list, as Python 2 had it."""

    def keys(self) -> Any:
        return list(super().keys())


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    for name in ("OPEN311_CITY_INFO", "OPEN311_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import relaxml.converter
        import three
    monkeypatch.setattr(relaxml.converter, "etree", Parser)
    monkeypatch.setattr(three.core, "xml", lambda content: Listed(relaxml.converter.xml(content)))
    return three


@pytest.fixture
async def base(doors: Doors, port: int) -> str:
    """Where Open311 is spoken, once the issue list has arrived there."""
    base = f"http://127.0.0.1:{port}/intake/open311/v2"
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(30):
        while not (await client.get(f"{base}/services.json")).json():
            await asyncio.sleep(0.1)
    return base


async def in_thread(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return await asyncio.to_thread(call, *arguments, **named)


async def until_dispatched(doors: Doors, case_no: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while not (order := await doors.find(f"/routing/v1/orders/{case_no}")) or not order.get("lead"):
            await asyncio.sleep(0.1)
    return order


async def test_georeport_reads_what_three_posted_and_routing_dispatched(base: str, doors: Doors, three: Any) -> None:
    street = three.Three(base, api_key=doors.keys["hotline"])
    (made,) = await in_thread(
        street.post, "05-01", description="垃圾箱房满溢三天。", name="静好 欧阳",
        phone="13900005678", address_id="310101023011",
    )  # fmt: skip
    case_no = made["service_request_id"]
    order = await until_dispatched(doors, case_no)
    assert (order["channel"], order["issue"]["code"]) == ("open311", "05-01")
    for form in ("json", "xml"):
        client = GeoReport(base, output_format=form)
        found = await in_thread(client.get_service_request, case_no)
        assert (found["service_request_id"], found["service_code"], found["status"]) == (case_no, "05-01", "open")
        assert "13900005678" not in json.dumps(found)
        listed = await in_thread(client.get_service_requests, status="open")
        rows = listed if isinstance(listed, list) else [listed]
        assert case_no in [row["service_request_id"] for row in rows]


async def test_georeport_reads_services_and_definitions_in_both_formats(base: str) -> None:
    for form in ("json", "xml"):
        client = GeoReport(base, jurisdiction="shanghai", output_format=form)
        services = await in_thread(client.get_service_list)
        assert len(services) > 100
        assert {service["type"] for service in services} == {"realtime", "batch"}
        urgent = await in_thread(client.get_service_definition, "01-03")
        assert urgent["service_code"] == "01-03"
    plain = [service for service in await in_thread(GeoReport(base).get_service_list) if not service["metadata"]]
    assert [service for service in plain if service["type"] == "realtime"]
    assert any(each["required"] and each["values"] for each in await attributes(base, "01-03"))


async def attributes(base: str, code: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await in_thread(GeoReport(base).get_service_definition, code))["attributes"]
    return found


async def test_three_discovers_lists_posts_a_picture_and_follows_a_token(base: str, doors: Doors, three: Any) -> None:
    for form in ("json", "xml"):
        street = three.Three(base, format=form, jurisdiction="shanghai", api_key=doors.keys["hotline"])
        found = await in_thread(street.discovery)
        assert found["endpoints"]
        assert await in_thread(street.services)
        assert await in_thread(street.services, "05-01")
        assert await in_thread(street.requests, "05-01", start="11-01-2026", end="12-01-2026") is not None
    street = three.Three(base, jurisdiction="shanghai", api_key=doors.keys["hotline"])
    photo = BytesIO()
    Image.new("RGB", (20, 20), "red").save(photo, "JPEG")
    photo.seek(0)
    (made,) = await in_thread(street.post, "03-02", description="天井里搭了一间。", media=photo, **PLACE)
    assert "service_notice" not in made
    (found,) = await in_thread(street.token, made["token"])
    (row,) = await in_thread(street.request, found["service_request_id"])
    assert row["service_code"] == "03-02"


async def test_three_gets_errors_it_can_read(base: str, three: Any) -> None:
    (refused,) = await in_thread(three.Three(base, api_key="gl_wrong").post, "05-01", description="x", **PLACE)
    assert refused["code"] == 403
    (missing,) = await in_thread(three.Three(base).request, "1")
    assert missing["code"] == 404


async def test_fixmystreets_calls_send_a_report_and_fetch_its_updates(base: str, doors: Doors) -> None:
    """Its requests as perllib/Open311.pm makes them: the key in the form, attributes of its own, XML throughout."""
    form = {
        "jurisdiction_id": "", "api_key": doors.keys["hotline"], "service_code": "05-01", "email": "a@example.org",
        "description": "title: 垃圾\n\ndetail: 满了\n\nurl: http://fms.example.org/1\n\nSubmitted via FixMyStreet\n",
        "first_name": "A", "last_name": "", "attribute[fixmystreet_id]": "1", "attribute[title]": "垃圾",
        "attribute[easting]": "1", "address_id": "310101023011",
    }  # fmt: skip
    async with httpx.AsyncClient(trust_env=False) as client:
        made, again = [await client.post(f"{base}/requests.xml", data=form) for _ in range(2)]
        number = ElementTree.fromstring(made.content).findtext("request/service_request_id")
        assert number
        assert ElementTree.fromstring(again.content).findtext("request/service_request_id") == number
        await until_dispatched(doors, number)
        for _ in range(100):
            answer = await client.get(f"{base}/servicerequestupdates.xml", params={"api_key": doors.keys["hotline"]})
            updates = ElementTree.fromstring(answer.content).findall("request_update")
            mine = [each for each in updates if each.findtext("service_request_id") == number]
            if mine:
                break
            await asyncio.sleep(0.1)
        assert mine
        assert all((each.findtext("status") or "X").islower() for each in mine)
        said = {
            "api_key": doors.keys["hotline"], "service_request_id": number, "update_id": "9", "status": "OPEN",
            "updated_datetime": "2026-11-24T10:00:00Z", "description": "还是满的", "email": "a@example.org",
        }  # fmt: skip
        answer = await client.post(f"{base}/servicerequestupdates.xml", data=said)
        assert ElementTree.fromstring(answer.content).findtext("request_update/update_id")


async def test_a_key_in_the_query_reaches_no_log(
    base: str, doors: Doors, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    key = doors.keys["hotline"]
    logs.configure("debug")
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error", "python_multipart"):
        caplog.set_level(logging.DEBUG, logger=name)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            good = {"api_key": key, "service_code": "05-00", "description": "路面脏", **PLACE}
            assert (await client.post(f"{base}/requests.json", params=good)).status_code == 200
            assert (await client.post(f"{base}/requests.json", params={"api_key": key})).status_code == 400
            assert (await client.get(f"{base}/nothing.json", params={"api_key": key})).status_code == 404
    finally:
        logs.configure("error")
    said = caplog.text + "".join(capfd.readouterr())
    assert key not in said
