"""Signing in with a local account, once at routing, and being known by all three services."""

import re
from datetime import timedelta

import pytest
from front_door import CITY, PASSWORD, STREET, House

from services.clocks import now, stopped

OTHER = "seven green lanterns 9"


async def test_somebody_signs_in_and_reads_what_a_key_would_read(house: House) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    answer = await browser.sign_in(auditor, next="/routing/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/routing/account")
    page = await browser.get("/routing/account")
    assert page.status_code == 200
    assert "样例auditor" in page.text
    by_key = await house.browser(authorization=f"Bearer {auditor.key}").get("/routing/v1/people")
    assert (await browser.get("/routing/v1/people")).json() == by_key.json()
    (made,) = await house.audited("sign_in.made")
    assert made["subject"] == str(auditor.person)


async def test_who_signed_in_once_is_known_by_all_three_services(house: House) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    await browser.sign_in(auditor)
    assert (await browser.get("/intake/v1/cases")).status_code == 503
    assert await house.carry() == 2
    assert (await browser.get("/intake/v1/cases")).status_code == 200
    assert (await browser.get("/feedback/v1/surveys")).status_code == 200
    assert (await browser.get("/routing/v1/orders")).status_code == 200
    assert (await browser.post("/intake/v1/cases", json={})).status_code == 403


async def test_without_a_session_there_is_nothing(house: House) -> None:
    browser = house.browser()
    assert (await browser.get("/routing/v1/orders")).status_code == 401
    page = await browser.get("/routing/account?x=1")
    assert page.status_code == 303
    assert page.headers["location"] == "/routing/sign-in?next=%2Frouting%2Faccount%3Fx%3D1"
    assert "用户名" in (await browser.follow(page)).text


async def test_the_second_factor_is_asked_for(house: House) -> None:
    officer, browser = await house.person("officer", STREET), house.browser()
    page = await browser.get("/routing/sign-in")
    answer = await browser.form(page, "/sign-in", username=officer.username, password=officer.password)
    assert answer.headers["location"].startswith("/routing/sign-in/code")
    assert (await browser.get("/routing/v1/orders")).status_code == 401
    page = await browser.get(answer.headers["location"])
    wrong = await browser.form(page, "/sign-in/code", code="000000")
    assert wrong.status_code == 401
    done = await browser.form(page, "/sign-in/code", code=officer.code())
    assert done.headers["location"] == "/routing/account"
    assert (await browser.get("/routing/v1/orders")).status_code == 200


async def test_the_first_sign_in_asks_for_a_password_of_ones_own(house: House) -> None:
    editor, browser = await house.person("editor", must_change=True), house.browser()
    page = await browser.follow(await browser.sign_in(editor))
    assert "设置新密码" in page.text
    assert (await browser.get("/routing/account")).status_code == 303
    for new, again in ((OTHER, "another one 1234"), ("gridloop1234", "gridloop1234"), (PASSWORD, PASSWORD)):
        assert (await browser.form(page, "/password", password=new, again=again)).status_code == 422
    done = await browser.form(page, "/password", password=OTHER, again=OTHER)
    assert done.headers["location"] == "/routing/account"
    assert (await browser.get("/routing/account")).status_code == 200
    assert (await house.browser().sign_in(editor)).status_code == 401
    editor.password = OTHER
    assert (await house.browser().sign_in(editor)).status_code == 303


async def test_who_needs_a_second_factor_sets_one_up_and_gets_recovery_codes(house: House) -> None:
    officer, browser = await house.person("officer", STREET, enrolled=False), house.browser()
    page = await browser.follow(await browser.sign_in(officer))
    assert "绑定验证器" in page.text
    assert "<svg" in page.text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
    assert found
    officer.totp = found[1].replace(" ", "")
    codes = await browser.form(page, "/enrol", code=officer.code())
    assert codes.status_code == 200
    (first, *others) = re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", codes.text)
    assert len(others) == 9
    assert (await browser.get("/routing/v1/orders")).status_code == 200
    for expected in (303, 401):
        again = house.browser()
        page = await again.follow(await again.form(
            await again.get("/routing/sign-in"), "/sign-in", username=officer.username, password=officer.password
        ))  # fmt: skip
        assert (await again.form(page, "/code", code=first)).status_code == expected
    assert first not in str(await house.rows("select * from accounts"))


async def test_signing_out_ends_it_here_and_there(house: House) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    await browser.sign_in(auditor)
    await house.carry()
    page = await browser.get("/routing/account")
    out = await browser.form(page, "/sign-out")
    assert out.headers["location"] == "/routing/sign-in"
    for path in ("/routing/v1/orders", "/intake/v1/cases", "/feedback/v1/surveys"):
        assert (await browser.get(path)).status_code == 401
    assert await house.rows("select 1 from sessions") == []


async def test_signing_out_everywhere_ends_the_other_browsers(house: House) -> None:
    auditor, here, there = await house.person("auditor"), house.browser(), house.browser()
    await here.sign_in(auditor)
    await there.sign_in(auditor)
    await here.form(await here.get("/routing/account"), "/account/sign-out-everywhere")
    assert (await there.get("/routing/v1/orders")).status_code == 401


async def test_a_session_is_over_when_idle_and_when_old(house: House) -> None:
    auditor, browser, at = await house.person("auditor"), house.browser(), now()
    with stopped(at):
        await browser.sign_in(auditor)
    with stopped(at + timedelta(minutes=29)):
        assert (await browser.get("/routing/v1/orders")).status_code == 200
    with stopped(at + timedelta(minutes=58)):
        assert (await browser.get("/routing/v1/orders")).status_code == 200
    with stopped(at + timedelta(minutes=89)):
        assert (await browser.get("/routing/v1/orders")).status_code == 401
    with stopped(at):
        await browser.sign_in(auditor)
    for quarter in range(1, 49):
        with stopped(at + timedelta(minutes=15 * quarter)):
            last = await browser.get("/routing/v1/orders")
            assert last.status_code == (200 if quarter < 48 else 401)


async def test_access_ends_when_the_responsibility_ends(house: House) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    await browser.sign_in(auditor)
    await house.carry()
    for service in ("routing", "intake"):
        await house.rows("update grants set ended_at = now(), version = 2", service=service)
    assert (await browser.get("/routing/v1/orders")).status_code == 403
    assert (await browser.get("/intake/v1/cases")).status_code == 403
    await house.rows("update people set active = false", service="routing")
    assert (await browser.get("/routing/v1/orders")).status_code == 401


async def test_an_evaluator_signs_in_at_feedback_and_is_nobody_elsewhere(house: House) -> None:
    caller, browser = await house.caller(), house.browser()
    assert (await browser.sign_in(caller)).status_code == 401
    answer = await browser.sign_in(caller, at="/feedback")
    assert answer.headers["location"] == "/feedback/account"
    assert (await browser.get("/feedback/v1/surveys")).status_code == 200
    assert (await browser.get("/routing/v1/orders")).status_code == 401
    page = await browser.get("/feedback/account")
    assert (await browser.form(page, "/sign-out")).headers["location"] == "/feedback/sign-in"
    assert (await browser.get("/feedback/v1/surveys")).status_code == 401


@pytest.mark.parametrize("path", ["/routing/sign-in", "/routing/account"])
async def test_the_pages_speak_english_by_switch_and_remember_it(house: House, path: str) -> None:
    auditor, browser = await house.person("auditor", CITY), house.browser()
    await browser.sign_in(auditor)
    page = await browser.get(f"{path}?lang=en")
    assert '<html lang="en">' in page.text
    again = await browser.get(path)
    left = re.sub(r'lang="zh-CN"[^>]*>中文|Language / 语言|样例auditor', "", again.text)
    assert re.findall(r"[一-鿿]+", left) == []
