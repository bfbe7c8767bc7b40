"""A post by Open311 is a report like any other: with its number, its person in the vault, its words redacted."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from front_desk import House
from open311_clients import POST, Street, published
from PIL import Image
from sqlalchemy import select

from intake import reporters
from intake.keeping.erasing import Part, erase
from intake.models import Report, Reporter

PERSON = {"first_name": "静好", "last_name": "欧阳", "phone": "13912345678", "email": "jinghao@example.org"}


@pytest.fixture
async def street(house: House) -> Street:
    await house.hear("routing", published(), 1)
    return Street(house)


def picture(form: str = "JPEG", **options: Any) -> bytes:
    made = BytesIO()
    Image.new("RGB", (40, 30), "green").save(made, form, **options)
    return made.getvalue()


async def told(street: Street) -> list[dict[str, Any]]:
    return [event["data"] for event in await street.house.told() if event["type"] == "report.received"]


async def test_a_post_makes_a_case_that_goes_to_routing_by_the_open311_channel(street: Street) -> None:
    row = await street.post(**{"attribute[Q2]": "yes", "attribute[Q1]": "三天"})
    (sent,) = await told(street)
    assert sent["case_no"] == row["service_request_id"]
    assert (sent["channel"], sent["issue"], sent["item_type"]) == ("open311", "05-01", "complaint")
    assert sent["place"]["location"] == {"lon": 121.4632, "lat": 31.2158, "crs": "WGS-84"}
    assert sent["text"].splitlines() == ["垃圾箱房满溢三天，无人清运。", "满了几天？ 三天", "有没有异味？ 是"]
    assert "token" not in row
    assert "service_notice" not in row


async def test_the_answer_in_xml_has_a_number_and_no_empty_token(street: Street) -> None:
    answer = await street.send("requests.xml", data={**POST, "api_key": street.key})
    assert answer.status_code == 200
    assert "<service_requests><request><service_request_id>" in answer.text
    assert "token" not in answer.text


async def test_a_complex_matter_is_answered_by_a_token_that_leads_to_the_number(street: Street) -> None:
    row = await street.post(service_code="03-02")
    assert "service_request_id" not in row
    (found,) = await street.read(f"tokens/{row['token']}")
    assert found["token"] == row["token"]
    assert (await street.row(found["service_request_id"]))["service_code"] == "03-02"
    root = await street.xml(f"tokens/{row['token']}")
    assert root.findtext("request/service_request_id") == found["service_request_id"]
    assert (await street.get("tokens/t-none.json")).status_code == 404


async def test_the_person_is_sealed_and_in_no_word_no_message_and_no_answer(street: Street) -> None:
    case_no = await street.case(
        **PERSON, description="我是欧阳静好，电话13912345678，信箱jinghao@example.org，垃圾没人收。"
    )
    async with street.house.database.unit() as session:
        report = await session.get_one(Report, case_no)
        reporter = await session.get_one(Reporter, report.reporter)
        vault = street.house.app.state.vault
        identity = reporters.opened(vault, reporter)
        assert reporter.original
        original = json.loads(vault.open(reporter.wrapped_key, "original", reporter.original, str(reporter.id)))
    assert (identity.name, identity.phone) == ("欧阳静好", "13912345678")
    assert original["email"] == "jinghao@example.org"
    assert report.reachable
    shown = json.dumps([await street.row(case_no), await told(street)], ensure_ascii=False)
    assert not [word for word in ("静好", "13912345678", "jinghao") if word in shown]
    assert "垃圾没人收" in shown


async def test_a_name_in_latin_letters_keeps_its_order_and_anonymity_is_respected(street: Street) -> None:
    await street.post(first_name="Ann", last_name="Lee", public_anonymity_required="TRUE")
    assert (await told(street))[0]["confidential"] is True


async def test_the_key_is_taken_wherever_a_client_puts_it(street: Street) -> None:
    key, said = street.key, dict(POST)
    ways: list[dict[str, Any]] = [
        {"data": {**said, "api_key": key}},
        {"files": {name: (None, value) for name, value in {**said, "api_key": key}.items()}},
        {"data": said, "params": {"api_key": key, "jurisdiction_id": "shanghai"}},
        {"data": said, "headers": {"authorization": f"Bearer {key}"}},
        {"data": said, "headers": {"x-api-key": key}},
    ]
    for options in ways:
        answer = await street.send(**options)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("who", [None, "nobody", "clerk"])
async def test_no_key_a_wrong_one_or_one_of_another_role_is_forbidden(street: Street, who: str | None) -> None:
    key = {None: None, "nobody": "gl_no_key"}.get(who, street.house.keys.get(who or ""))
    said = {**POST, **({"api_key": key} if key else {})}
    for form in ("json", "xml"):
        answer = await street.send(f"requests.{form}", data=said)
        assert answer.status_code == 403
        assert "403" in answer.text
        assert not key or key not in answer.text
    assert await street.house.rows("select 1 from reports") == []


async def test_everything_may_stand_in_the_query_and_raw_utf8_is_read(street: Street) -> None:
    assert (await street.send(params={**POST, "api_key": street.key})).status_code == 200
    raw = "&".join(f"{name}={value}" for name, value in {**POST, "api_key": street.key}.items())
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert (await street.send(content=raw.encode(), headers=form)).status_code == 200
    texts = {sent["text"] for sent in await told(street)}
    assert texts == {POST["description"]}
    broken = await street.send(content=b"description=" + quote("垃圾", encoding="gbk").encode(), headers=form)
    assert broken.status_code in (400, 403)


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"service_code": None}, 400, "service_code"),
    ({"service_code": "77-77"}, 404, "service"),
    ({"service_code": "05"}, 404, "service"),
    ({"lat": None}, 400, "lat"),
    ({"lat": None, "long": None, "address_string": None}, 400, "lat"),
    ({"lat": "91"}, 400, "lat"),
    ({"lat": "nan"}, 400, "lat"),
    ({"lat": "1e1"}, 400, "lat"),
    ({"crs": "EPSG:4326"}, 400, "crs"),
    ({"description": "长" * 4001}, 400, "description"),
    ({"phone": "call me"}, 400, "phone"),
    ({"address_id": "no such/id"}, 400, "address_id"),
    ({"attribute[Q2]": "maybe"}, 400, "Q2"),
    ({"attribute[Q1]": "长" * 501}, 400, "Q1"),
    ({"service_code": "01-03"}, 400, "Q1"),
    ({"jurisdiction_id": "atlantis"}, 404, "jurisdiction_id"),
    ({"external_id": "has blanks"}, 400, "external_id"),
]


async def test_what_is_wrong_is_named(street: Street) -> None:
    for changes, status, named in WRONG:
        said = {name: value for name, value in {**POST, "api_key": street.key, **changes}.items() if value is not None}
        answer = await street.send(data=said)
        assert (answer.status_code, answer.json()[0]["code"]) == (status, status), (changes, answer.text)
        assert named in answer.json()[0]["description"], (changes, answer.text)
    assert await street.house.rows("select 1 from reports") == []


async def test_several_faults_are_several_errors(street: Street) -> None:
    answer = await street.send("requests.xml", data={**POST, "service_code": "01-03", "api_key": street.key})
    assert answer.text.count("<error>") == 2


async def test_empty_arguments_are_absent_and_repeated_brackets_are_read(street: Street) -> None:
    empty = {"email": "", "phone": " ", "first_name": "", "media_url": "", "attribute[Q1]": "", "jurisdiction_id": ""}
    await street.post(**empty, **{"attribute[Q2][]": "no"})
    (sent,) = await told(street)
    assert sent["reporter"] is False
    assert sent["text"].endswith("有没有异味？ 否")


async def test_markup_goes_and_control_characters_with_it(street: Street) -> None:
    case_no = await street.case(description="<script>x</script>垃圾\x00\x0b箱 a<b & c>d")
    assert (await street.row(case_no))["description"] == "x垃圾箱 a<b & c>d"
    assert (await street.xml(f"requests/{case_no}")).findtext("request/description") == "x垃圾箱 a<b & c>d"


async def test_a_place_may_be_an_address_or_a_grid_alone(street: Street) -> None:
    await street.case(lat=None, long=None)
    await street.case(lat=None, long=None, address_string=None, address_id="310101023006")
    assert [sent["place"]["grid"] for sent in await told(street)] == [None, "310101023006"]


async def test_a_point_of_a_chinese_map_is_shown_in_wgs84(street: Street) -> None:
    case_no = await street.case(crs="GCJ-02")
    row = await street.row(case_no)
    assert 0.001 < abs(row["lat"] - 31.2158) + abs(row["long"] - 121.4632) < 0.02
    assert (await told(street))[0]["place"]["location"]["crs"] == "GCJ-02"


async def test_the_same_post_twice_makes_two_cases(street: Street) -> None:
    again = {"device_id": "d1", "account_id": "a1"}
    assert await street.case(**again) != await street.case(**again)


@pytest.mark.parametrize("own", ["external_id", "attribute[external_id]", "attribute[fixmystreet_id]"])
async def test_with_a_number_of_its_own_it_makes_one(street: Street, own: str) -> None:
    assert await street.case(**{own: "4711"}) == await street.case(**{own: "4711"})
    other = await street.send(data={**POST, "api_key": street.key, own: "4711", "description": "另一件事"})
    assert other.status_code == 400
    assert len(await told(street)) == 1


async def test_an_idempotency_key_is_kept_as_everywhere(street: Street) -> None:
    said, once = {**POST, "api_key": street.key}, {"idempotency-key": "k1"}
    first = await street.send("requests.xml", data=said, headers=once)
    again = await street.send("requests.xml", data=said, headers=once)
    assert first.text == again.text
    assert again.headers["idempotent-replayed"] == "true"
    assert len(await told(street)) == 1


async def test_a_picture_is_kept_sealed_and_without_what_the_camera_wrote(street: Street) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    files = {"media": ("a.jpg", picture(exif=exif), "image/jpeg"), "more": ("b.png", picture("PNG"), "text/plain")}
    answer = await street.send(data={**POST, "api_key": street.key}, files=files)
    assert answer.json()[0].get("service_notice") is None
    rows = await street.house.rows("select * from open311_pictures order by number")
    assert [row["kind"] for row in rows] == ["image/jpeg", "image/jpeg"]
    assert not [row for row in rows if b"where I live" in bytes(row["sealed"])]
    assert (await street.row(answer.json()[0]["service_request_id"]))["media_url"] is None


NO_PICTURES = (
    b"", b"<svg onload=alert(1)>", b"%PDF-1.7", b"GIF89a" + b"\0" * 40, picture()[:200], b"\xff" * (5 * 2**20 + 1),
)  # fmt: skip
"""Nothing, a drawing that is a program, a document, a GIF, a torn picture, one that is too large."""


async def test_a_file_that_is_no_picture_is_left_out_and_the_post_stands(street: Street) -> None:
    for data in NO_PICTURES:
        files = {"media": ("photo.jpg", data, "image/jpeg")}
        answer = await street.send(data={**POST, "api_key": street.key}, files=files)
        assert answer.status_code == 200, answer.text
        assert "1 file(s) left out" in answer.json()[0]["service_notice"]
    assert len(await told(street)) == len(NO_PICTURES)
    assert await street.house.rows("select 1 from open311_pictures") == []


async def test_a_picture_of_too_many_pixels_is_never_unfolded(street: Street) -> None:
    bomb = BytesIO()
    Image.new("1", (8_000, 6_000)).save(bomb, "PNG")
    answer = await street.send(
        data={**POST, "api_key": street.key}, files={"media": ("b.png", bomb.getvalue(), "image/png")}
    )
    assert "left out" in answer.json()[0]["service_notice"]


async def test_a_web_address_of_a_picture_is_shown_and_others_are_left_out(street: Street) -> None:
    said = {**POST, "api_key": street.key}
    urls = [
        "javascript:alert(1)", "http://user:secret@h/p.jpg", 'https://h/"><script>alert(1)</script>',
        "https://photos.example.org/1.jpg", "https://h/2.jpg",
    ]  # fmt: skip
    answer = await street.send(data={**said, "media_url": urls})
    (row,) = answer.json()
    assert "4 media_url left out" in row["service_notice"]
    seen = await street.row(row["service_request_id"], api_key=street.key)
    assert seen["media_url"] == "https://photos.example.org/1.jpg"


async def test_a_web_address_of_a_picture_is_shown_to_its_poster_alone(street: Street) -> None:
    """Nobody has looked at the picture: it can show a face, or the exact place that others see coarsely."""
    case_no = await street.case(media_url="https://photos.example.org/1.jpg")
    assert (await street.row(case_no))["media_url"] is None
    assert (await street.row(case_no, api_key=street.house.keys["other hotline"]))["media_url"] is None


async def test_with_the_originals_the_pictures_address_goes(street: Street) -> None:
    case_no = await street.case(media_url="https://photos.example.org/1.jpg")
    house = street.house
    async with house.database.unit() as session:
        report = await session.scalar(select(Report).where(Report.case_no == case_no).with_for_update())
        assert report
        await erase(session, house.app.state.vault, report, Part.ORIGINALS, cause="due")
    assert (await street.row(case_no, api_key=street.key))["media_url"] is None


async def test_what_nobody_asked_is_left_out_and_said(street: Street) -> None:
    row = await street.post(**{"attribute[easting]": "1", "attribute[title]": "t"})
    assert "2 attribute(s)" in row["service_notice"]


async def test_the_test_endpoint_checks_everything_and_keeps_nothing(street: Street) -> None:
    said = {**POST, "api_key": street.key, "external_id": "e1"}
    answer = await street.http.post("/open311/test/v2/requests.json", data=said)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()
    assert "未登记" in row["service_notice"]
    assert (await street.get(f"requests/{row['service_request_id']}.json")).status_code == 404
    assert await street.house.rows("select 1 from reports") == []
    assert await street.house.told() == []
    wrong = await street.http.post("/open311/test/v2/requests.json", data={**said, "lat": "x"})
    assert wrong.status_code == 400


async def test_the_channel_is_no_other_doors(street: Street) -> None:
    body = {"channel": "open311", "item_type": "complaint", "issue_code": "05-01"}
    answer = await street.house.as_("hotline").post("/v1/cases", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "channel"
