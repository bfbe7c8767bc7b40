"""Who stands for a grid is kept by an administrator of the subtree; it is history, and gives no rights."""

from typing import Any

import httpx
import pytest
from grid_centre import CITY, COMMITTEE, Centre, Desk

STREET = COMMITTEE[:9]
PATH = f"/v1/grids/{COMMITTEE}/people"


@pytest.fixture
async def administrator(centre: Centre) -> Desk:
    return await centre.desk("administrator", STREET)


async def give(centre: Centre, by: Desk, who: Desk, **facts: Any) -> httpx.Response:
    told = {"person": str(who.person), "title": "包保", "unit": COMMITTEE, **facts}
    return await centre.client(by).post(PATH, json=told)


async def standing(centre: Centre, who: Desk) -> list[dict[str, Any]]:
    """The duties of the day, by title, of one person."""
    items = (await centre.client(who).get(PATH)).json()["items"]
    (name,) = await centre.rows("select name from people where id = :id", id=who.person)
    return [each for each in items if each["name"] == name["name"]]


async def test_a_duty_is_given_shown_and_ended(centre: Centre, administrator: Desk) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    given = await give(centre, administrator, officer)
    assert given.status_code == 201, given.text
    assert [each["title"] for each in await standing(centre, officer)] == ["包保"]
    duty = given.json()["duty"]
    assert (await give(centre, administrator, officer)).json()["duty"] == duty
    ended = await centre.client(administrator).delete(f"{PATH}/{duty}")
    assert ended.json()["ended_at"] is not None
    assert await standing(centre, officer) == []
    assert (await centre.client(administrator).delete(f"{PATH}/{duty}")).json() == ended.json()
    audited = await centre.rows("select action from audit where subject = :id order by id", id=str(officer.person))
    assert [each["action"] for each in audited] == ["duty.given", "duty.ended"]


async def test_a_duty_gives_no_rights(centre: Centre, administrator: Desk) -> None:
    elsewhere = await centre.desk("officer", f"{STREET}001" if f"{STREET}001" != COMMITTEE else f"{STREET}002")
    case_no = await centre.report()
    await give(centre, administrator, elsewhere)
    assert (await centre.see(elsewhere, case_no)).status_code == 404


async def test_only_the_own_subtree_and_known_grids(centre: Centre, administrator: Desk) -> None:
    officer, stranger = await centre.desk("officer", COMMITTEE), await centre.desk("officer", "310104")
    assert (await give(centre, administrator, officer, unit="310104")).status_code == 404
    assert (await give(centre, administrator, stranger)).status_code == 404
    other = await centre.client(administrator).post("/v1/grids/99/people", json={
        "person": str(officer.person), "title": "包保", "unit": COMMITTEE,
    })  # fmt: skip
    assert other.status_code == 404
    assert (await give(centre, officer, officer)).status_code == 403
    assert (await give(centre, administrator, officer, title="")).status_code == 422
    city = await centre.desk("administrator", CITY)
    assert (await give(centre, city, stranger, unit="310104")).status_code == 201
