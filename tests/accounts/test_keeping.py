"""Accounts as administrators keep them: inside the own subtree, and the evaluation body's by its own."""

from uuid import uuid4

import httpx
import pytest
from front_door import CITY, PASSWORD, STREET, House, Somebody

from feedback import staff
from services.roles import Role

OTHER = "seven green lanterns 9"


async def as_administrator(house: House, unit: str = CITY) -> httpx.AsyncClient:
    desk = await house.person("administrator", unit)
    return house.browser(authorization=f"Bearer {desk.key}")


async def appointed(client: httpx.AsyncClient, role: str = "editor", unit: str = CITY) -> str:
    body = {"name": "样例新人", "grants": [{"role": role, "unit": unit}]}
    return str((await client.post("/routing/v1/people", json=body)).json()["id"])


async def test_an_administrator_makes_an_account_and_the_password_is_shown_once(house: House) -> None:
    client = await as_administrator(house)
    path, once = f"/routing/v1/people/{await appointed(client)}/account", {"idempotency-key": "k"}
    made = await client.post(path, json={"username": " W10234 "}, headers=once)
    assert (made.status_code, made.json()["username"]) == (201, "w10234")
    again = await client.post(path, json={"username": " W10234 "}, headers=once)
    assert (again.status_code, again.json()["password"]) == (201, None)
    browser = house.browser()
    who = Somebody(uuid4(), "w10234", made.json()["password"], None, "")
    page = await browser.follow(await browser.sign_in(who))
    assert "设置新密码" in page.text
    assert (await browser.form(page, "/password", password=OTHER, again=OTHER)).status_code == 303
    assert len(await house.audited("account.made")) == 1
    assert made.json()["password"] not in str(await house.rows("select * from idempotency_keys"))


async def test_a_name_is_one_persons_and_a_person_has_one(house: House) -> None:
    client = await as_administrator(house)
    one, two = await appointed(client), await appointed(client)
    assert (await client.post(f"/routing/v1/people/{one}/account", json={"username": "same"})).status_code == 201
    taken = await client.post(f"/routing/v1/people/{two}/account", json={"username": "SAME"})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:gridloop:problem:username-taken")
    has = await client.post(f"/routing/v1/people/{one}/account", json={"username": "other"})
    assert (has.status_code, has.json()["type"]) == (409, "urn:gridloop:problem:has-account")


@pytest.mark.parametrize("username", ["a", "x" * 65, "has space", "<script>", "a/b", "a\nb"])
async def test_a_name_that_is_none_is_refused(house: House, username: str) -> None:
    client = await as_administrator(house)
    path = f"/routing/v1/people/{await appointed(client)}/account"
    assert (await client.post(path, json={"username": username})).status_code == 422


async def test_nobody_keeps_an_account_beyond_the_own_subtree(house: House) -> None:
    above, below = await as_administrator(house), await as_administrator(house, STREET)
    theirs = await appointed(above, unit=CITY)
    for method, path, body in (
        ("POST", "account", {"username": "mine"}),
        ("POST", "account/reset", {}),
        ("DELETE", "account", None),
        ("PUT", "subject", {"issuer": "https://idp", "subject": "s"}),
        ("DELETE", "subject", None),
    ):
        answer = await below.request(method, f"/routing/v1/people/{theirs}/{path}", json=body)
        assert answer.status_code == 404, path
    assert await house.rows("select 1 from subjects") == []


async def test_a_reset_ends_every_session_and_begins_again(house: House) -> None:
    client, officer, browser = await as_administrator(house), await house.person("officer", STREET), house.browser()
    await browser.sign_in(officer)
    path = f"/routing/v1/people/{officer.person}/account/reset"
    made = await client.post(path, json={"second_factor": True})
    assert made.status_code == 200
    assert (await browser.get("/routing/v1/orders")).status_code == 401
    assert (await house.browser().sign_in(officer)).status_code == 401
    officer.password = made.json()["password"]
    page = await browser.follow(await browser.sign_in(officer))
    page = await browser.follow(await browser.form(page, "/password", password=OTHER, again=OTHER))
    assert "绑定验证器" in page.text


async def test_a_closed_account_opens_nothing(house: House) -> None:
    client, auditor, browser = await as_administrator(house), await house.person("auditor"), house.browser()
    await browser.sign_in(auditor)
    assert (await client.delete(f"/routing/v1/people/{auditor.person}/account")).status_code == 200
    assert (await browser.get("/routing/v1/orders")).status_code == 401
    assert (await house.browser().sign_in(auditor)).status_code == 401


async def test_one_changes_the_own_password_and_the_other_browsers_are_out(house: House) -> None:
    auditor, here, there = await house.person("auditor"), house.browser(), house.browser()
    await here.sign_in(auditor)
    await there.sign_in(auditor)
    page = await here.get("/routing/account")
    for present, new in (("wrong", OTHER), (PASSWORD, "short"), (PASSWORD, PASSWORD)):
        refused = await here.form(page, "/account/password", present=present, password=new, again=new)
        assert refused.status_code == 422
    done = await here.form(page, "/account/password", present=PASSWORD, password=OTHER, again=OTHER)
    assert "密码已经更换" in done.text
    assert (await there.get("/routing/v1/orders")).status_code == 401
    assert (await here.get("/routing/v1/orders")).status_code == 200


async def test_the_evaluation_bodys_accounts_are_its_own_administrators(house: House) -> None:
    async with house.database("feedback").unit() as session:
        chief, _ = await staff.appoint(session, name="测评管理员", roles=[Role.ADMINISTRATOR])
        _, key = await staff.hand_key(session, person=chief)
        caller, _ = await staff.appoint(session, name="回访员", roles=[Role.CALLER])
    ours, theirs = house.browser(authorization=f"Bearer {key}"), await as_administrator(house)
    path = f"/feedback/v1/people/{caller}/account"
    assert (await theirs.post(path, json={"username": "c1"})).status_code == 403
    assert (await theirs.post(path.replace("feedback", "routing"), json={"username": "c1"})).status_code == 404
    made = await ours.post(path, json={"username": "c1"})
    assert made.status_code == 201
    browser = house.browser()
    page = await browser.follow(
        await browser.sign_in(Somebody(caller, "c1", made.json()["password"], None, ""), at="/feedback")
    )
    page = await browser.follow(await browser.form(page, "/password", password=OTHER, again=OTHER))
    assert "绑定验证器" in page.text
