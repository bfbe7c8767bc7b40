"""A session that ends at routing ends in the other two as soon as its message is there, not when the pass runs out."""

from datetime import timedelta

import pytest
from front_door import PASSWORD, House

from services.accounts import keeping
from services.clocks import now, stopped
from services.ended_sessions import LONGEST_PASS, forget_ended
from services.settings import Settings

ELSEWHERE = ("/intake/v1/cases", "/feedback/v1/surveys")


async def statuses(browser: object) -> list[int]:
    return [(await browser.get(path)).status_code for path in ELSEWHERE]


async def test_a_stolen_pass_dies_with_the_session_it_came_from(house: House) -> None:
    auditor, browser, thief = await house.person("auditor"), house.browser(), house.browser()
    await browser.sign_in(auditor)
    await house.carry()
    for cookie in browser.cookies.jar:
        if cookie.name == "gridloop_pass":
            thief.cookies.set(cookie.name, cookie.value or "", domain="house.local", path=cookie.path)
    assert await statuses(thief) == [200, 200]
    await browser.form(await browser.get("/routing/account"), "/sign-out")
    await house.carry()
    assert await statuses(thief) == [401, 401]
    ended = "select count(*) as number from ended_sessions"
    assert [(await house.rows(ended, service=each))[0]["number"] for each in ("intake", "feedback")] == [1, 1]


@pytest.mark.parametrize("way", ["everywhere", "reset", "closed"])
async def test_whoever_ends_it_ends_it_everywhere(house: House, way: str) -> None:
    auditor, here, there = await house.person("auditor"), house.browser(), house.browser()
    for browser in (here, there):
        await browser.sign_in(auditor)
    await house.carry()
    assert await statuses(there) == [200, 200]
    if way == "everywhere":
        await here.form(await here.get("/routing/account"), "/account/sign-out-everywhere")
    else:
        async with house.database().unit() as session:
            if way == "reset":
                key = house.apps["routing"].state.answer_key
                await keeping.reset(session, person=auditor.person, key=key, second_factor_too=False)
            else:
                await keeping.close(session, person=auditor.person)
    await house.carry()
    assert await statuses(there) == [401, 401]
    if way == "everywhere":
        again = house.browser()
        await again.sign_in(auditor)
        assert await statuses(again) == [200, 200]
    assert PASSWORD not in str(await house.rows("select payload from pgqueuer"))


async def test_what_no_pass_can_name_any_more_is_forgotten(house: House) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    await browser.sign_in(auditor)
    await browser.form(await browser.get("/routing/account"), "/sign-out")
    await house.carry()
    for later, left in ((timedelta(minutes=59), 1), (LONGEST_PASS, 0)):
        with stopped(now() + later):
            async with house.database("intake").unit() as session:
                await forget_ended(session)
        assert len(await house.rows("select 1 from ended_sessions", service="intake")) == left


def test_no_setting_lets_a_pass_live_longer() -> None:
    (at_most,) = [each.le for each in Settings.model_fields["pass_minutes"].metadata if hasattr(each, "le")]
    assert timedelta(minutes=at_most) <= LONGEST_PASS
