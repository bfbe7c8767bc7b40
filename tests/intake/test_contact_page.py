"""The page a caller comes to with an errand: it lets in whoever the note names, for that survey, once per press."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from front_desk import House
from test_contacts import PHONE, disclosures, end, errand_of, opened

from services.clocks import now, stopped
from services.messages import SurveyDue


async def come(house: House, message: SurveyDue, errand: str, **sent: Any) -> httpx.Response:
    form = {"errand": errand, "way": "relay", "press": "p1", **sent}
    return await house.as_(None).post(f"/contacts/{message.case_no}", data=form, headers={"origin": "http://house"})


async def test_the_relay_rings_and_the_page_names_who_looks(house: House) -> None:
    message = await opened(house)
    page = await come(house, message, errand_of(house, message))
    assert page.status_code == 200
    assert "正在接通" in page.text
    assert PHONE not in page.text
    assert "查看人" in page.text
    (row,) = await disclosures(house)
    assert (row["way"], row["person"], row["survey"]) == ("relay", house.people["caller"], message.survey)


async def test_the_number_is_on_the_first_page_alone(house: House) -> None:
    message = await opened(house)
    errand = errand_of(house, message)
    lacking = await come(house, message, errand, way="number")
    assert (lacking.status_code, "写明为什么" in lacking.text) == (422, True)
    told = {"way": "number", "reason": "中继占线", "press": "p2"}
    first, again = [await come(house, message, errand, **told) for _ in range(2)]
    assert (PHONE in first.text, PHONE in again.text) == (True, False)
    assert first.headers["cache-control"] == "no-store"
    assert "已经显示过一次" in again.text
    assert len(await disclosures(house)) == 1


async def test_without_a_note_that_holds_nobody_is_reached(house: House) -> None:
    message, other = await opened(house), await opened(house)
    errand = errand_of(house, message)
    assert (await come(house, message, "")).status_code == 410
    assert (await come(house, other, errand)).status_code == 410
    with stopped(now() + timedelta(minutes=11)):
        assert (await come(house, message, errand)).status_code == 410
    assert await disclosures(house) == []


async def test_a_note_for_somebody_who_is_no_caller_opens_nothing(house: House) -> None:
    message = await opened(house)
    assert (await come(house, message, errand_of(house, message, "officer"))).status_code == 403
    house.people["stranger"] = uuid4()
    assert (await come(house, message, errand_of(house, message, "stranger"))).status_code == 503
    assert await disclosures(house) == []


async def test_a_page_of_another_host_is_not_heard(house: House) -> None:
    message = await opened(house)
    form = {"errand": errand_of(house, message), "way": "relay", "press": "p1"}
    headers = {"origin": "http://elsewhere.example"}
    answer = await house.as_(None).post(f"/contacts/{message.case_no}", data=form, headers=headers)
    assert answer.status_code == 403
    assert await disclosures(house) == []


@pytest.mark.parametrize("way", ["relay", "number"])
async def test_with_the_survey_the_page_ends_too(house: House, way: str) -> None:
    message = await opened(house)
    await end(house, message)
    page = await come(house, message, errand_of(house, message), way=way, reason="中继占线")
    assert (page.status_code, "已经结束" in page.text) == (410, True)
