"""Pictures that came with a report: seen by those who handle the case and the desks over it, each look on record."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import COMMITTEE, House, unit
from open311_clients import POST, Street, published
from PIL import Image

from intake import reporters
from services import identity
from services.identity import mint
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, UnitFact
from services.roles import Role

Sent = Callable[..., Awaitable[str]]


def picture(colour: str) -> bytes:
    made = BytesIO()
    Image.new("RGB", (40, 30), colour).save(made, "JPEG")
    return made.getvalue()


@pytest.fixture
async def sent(house: House) -> Sent:
    """A case with two pictures, led by the neighbourhood."""
    await house.hear("routing", published(), 1)
    street = Street(house)

    async def post(**more: Any) -> str:
        files = {name: (f"{name}.jpg", picture(name), "image/jpeg") for name in ("red", "blue")}
        answer = await street.send(data={**POST, "api_key": street.key, **more}, files=files)
        case_no = str(answer.json()[0]["service_request_id"])
        lead = unit(COMMITTEE)
        await house.moved(case_no, "handle.working", channel="open311", issue="05-01", lead=lead)
        return case_no

    return post


async def listed(house: House, person: str | None, case_no: str) -> httpx.Response:
    return await house.as_(person).get(f"/v1/cases/{case_no}/pictures")


async def test_the_officer_of_the_case_sees_its_pictures_and_each_look_is_on_record(house: House, sent: Sent) -> None:
    case_no = await sent()
    found = (await listed(house, "officer", case_no)).json()["items"]
    assert [each["number"] for each in found] == [1, 2]
    answer = await house.as_("officer").get(found[1]["href"].removeprefix("/intake"))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    with Image.open(BytesIO(answer.content)) as image:
        red, _, blue = image.convert("RGB").getpixel((5, 5))
        assert blue > red
    looks = await house.rows("select person, subject, facts from audit where action = 'picture.look'")
    assert [(row["person"], row["subject"], row["facts"]) for row in looks] == [
        (house.people["officer"], case_no, {"number": 2})
    ]


SEEN = {
    "officer": 200, "leader": 200, "dispatcher": 200, "supervisor": 200, "other officer": 404, "auditor": 403,
    "clerk": 403, "hotline": 403, "caller": 403, None: 401,
}  # fmt: skip


async def test_nobody_else_sees_them(house: House, sent: Sent) -> None:
    case_no = await sent()
    for person, status in SEEN.items():
        for path in ("", "/1"):
            answer = await house.as_(person).get(f"/v1/cases/{case_no}/pictures{path}")
            assert answer.status_code == status, (person, path)
    assert (await house.as_("officer").get(f"/v1/cases/{case_no}/pictures/3")).status_code == 404


async def test_of_a_confidential_case_only_the_desks_see_them(house: House, sent: Sent) -> None:
    case_no = await sent(phone="13800001234", public_anonymity_required="TRUE")
    for person in ("officer", "leader"):
        refused = await listed(house, person, case_no)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridloop:problem:pictures-confidential")
    for person in ("dispatcher", "supervisor"):
        assert (await house.as_(person).get(f"/v1/cases/{case_no}/pictures/1")).status_code == 200
    refusals = await house.rows("select facts from audit where action = 'disclosure.refused'")
    assert [row["facts"]["rule"] for row in refusals] == ["pictures-confidential"] * 2


async def test_a_company_never_sees_them(house: House, sent: Sent) -> None:
    """Whoever belongs to one in any role, also with the key of another role."""
    case_no, (key, half, digested), person = await sent(), mint(), uuid4()
    company = UnitFact(code="P1", name="样例物业服务公司", level="-", parent=None, path="/31/P1/")
    grants = [(Role.OFFICER, COMMITTEE), (Role.OFFICER, "P1")]
    async with house.database.unit() as session:
        await identity.copy(
            session,
            AccessChanged(
                units=(company,),
                people=(PersonFact(id=person, name="样例"),),
                grants=tuple(GrantFact(id=uuid4(), person=person, role=role, unit=code) for role, code in grants),
                keys=(KeyFact(id=half, person=person, digest=digested),),
            ),
        )
    house.keys["manager"] = key
    refused = await listed(house, "manager", case_no)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridloop:problem:never-a-company")


async def test_who_erases_the_reporter_erases_the_pictures(house: House, sent: Sent) -> None:
    case_no = await sent(phone="13800001234")
    async with house.database.unit() as session:
        await reporters.erase(session, await reporters.of_case(session, case_no))
    assert (await house.as_("officer").get(f"/v1/cases/{case_no}/pictures/1")).status_code == 404


async def test_the_page_shows_them_under_the_viewers_watermark(house: House, sent: Sent) -> None:
    case_no = await sent()
    page = await house.as_("officer").get(f"/pictures/{case_no}")
    assert page.status_code == 200
    assert page.text.count(f'src="/intake/v1/cases/{case_no}/pictures/') == 2
    assert house.people["officer"].hex[-8:] in page.text
    other = await house.post(issue_code="05-01")
    await house.moved(other, "handle.working", lead=unit(COMMITTEE))
    assert "没有附照片" in (await house.as_("officer").get(f"/pictures/{other}")).text
