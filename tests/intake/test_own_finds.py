"""What an officer comes across has no reporter: nobody withdraws it, chases it or appeals in a name that is none."""

from typing import Any

import pytest
from front_desk import House, unit

SPEAKING: list[tuple[str, dict[str, Any]]] = [
    ("withdrawal", {"reason": "不用了"}),
    ("chases", {"description": "还没有人来"}),
    ("appeals", {"reason": "没有解决"}),
]


@pytest.mark.parametrize(("path", "body"), SPEAKING)
async def test_a_clerk_does_not_speak_for_a_reporter_that_an_officers_find_does_not_have(
    house: House, path: str, body: dict[str, Any]
) -> None:
    case_no = await house.post("officer", channel="visit", reporter=None)
    await house.moved(case_no, "closed", outcome="not_surveyed", lead=unit("310101023006"))
    answer = await house.as_("street clerk").post(f"/v1/cases/{case_no}/{path}", json=body)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:gridloop:problem:own-find"
    assert len(await house.told()) == 1


async def test_a_clerk_adds_to_it_all_the_same(house: House) -> None:
    case_no = await house.post("officer", channel="visit", reporter=None)
    answer = await house.as_("street clerk").post(f"/v1/cases/{case_no}/amendments", json={"description": "又堆了"})
    assert answer.status_code == 202


@pytest.mark.parametrize("reporter", [{"name": "欧阳静好"}, {"phone": "13912345678"}])
async def test_what_somebody_told_the_officer_is_theirs_to_withdraw(house: House, reporter: dict[str, str]) -> None:
    case_no = await house.post("officer", channel="visit", reporter=reporter)
    answer = await house.as_("street clerk").post(f"/v1/cases/{case_no}/withdrawal", json={"reason": "已清走"})
    assert answer.status_code == 202


async def test_an_anonymous_caller_withdraws_through_the_hotline(house: House) -> None:
    case_no = await house.post(reporter=None)
    answer = await house.as_("hotline").post(f"/v1/cases/{case_no}/withdrawal", json={"reason": "已清走"})
    assert answer.status_code == 202


async def test_what_stays_of_a_split_stands_in_the_place_of_what_was_told(house: House) -> None:
    case_no = await house.post()
    parts = {"original": {"description": "垃圾箱房满溢。"}, "second": {"description": "电梯停在三楼。"}}
    assert (await house.as_("hotline").post(f"/v1/cases/{case_no}/splits", json=parts)).status_code == 201
    assert [event["data"]["replaces"] for event in await house.told() if event["type"] == "report.amended"] == [True]
    await house.as_("hotline").post(f"/v1/cases/{case_no}/amendments", json={"description": "又满了"})
    assert (await house.told())[-1]["data"]["replaces"] is False
