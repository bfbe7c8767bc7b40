"""A case's number and its code open its status together; neither alone, and no other case's."""

import pytest
from front_desk import House
from sqlalchemy import select

from intake.models import Report
from intake.status_codes import ALPHABET, check_code, new_code, status_code


async def code_of(house: House, case_no: str) -> str:
    async with house.database.unit() as session:
        report = (await session.scalars(select(Report).where(Report.case_no == case_no))).one()
        code = await status_code(session, house.app.state.vault, report)
    assert code is not None
    return code


async def opens(house: House, case_no: str, code: str) -> bool:
    async with house.database.unit() as session:
        report = await check_code(session, case_no, code)
    assert report is None or report.case_no == case_no
    return report is not None


async def test_the_code_on_the_slip_opens_its_own_case_alone(house: House) -> None:
    mine, other = await house.post(), await house.post()
    code = await code_of(house, mine)
    assert await opens(house, mine, code)
    assert await opens(house, mine, f" {code.lower().replace('-', ' ').replace('0', 'o')} ")
    assert not await opens(house, other, code)
    assert not await opens(house, mine, new_code())
    assert not await opens(house, mine, "")
    assert not await opens(house, "1234", code)


async def test_the_code_stands_nowhere_in_the_plain(house: House) -> None:
    case_no = await house.post()
    code = await code_of(house, case_no)
    rows = await house.rows("select status_digest, text, settled_done from reports")
    sealed = await house.rows("select status_code from reporters")
    assert code.encode() not in bytes(sealed[0]["status_code"])
    assert code not in repr(rows)
    assert code not in repr(await house.told())
    assert code not in repr(await house.rows("select facts from audit"))


async def test_a_split_off_case_has_a_code_of_its_own(house: House) -> None:
    first = await house.post("clerk", channel="walk_in")
    body = {"original": {"description": "垃圾箱房满溢。"}, "second": {"description": "电梯停在三楼不动。"}}
    answer = await house.as_("clerk").post(f"/v1/cases/{first}/splits", json=body)
    second = answer.json()["case_no"]
    assert await code_of(house, first) != await code_of(house, second)
    assert await opens(house, second, await code_of(house, second))


async def test_a_case_without_a_code_opens_to_nothing(house: House) -> None:
    case_no = await house.post()
    await house.rows("update reports set status_digest = null where case_no = :no returning case_no", no=case_no)
    assert not await opens(house, case_no, "")
    assert not await opens(house, case_no, "0000-0000-0000")


@pytest.mark.parametrize("_", range(3))
def test_a_code_is_twelve_signs_in_three_groups(_: int) -> None:
    groups = new_code().split("-")
    assert [len(group) for group in groups] == [4, 4, 4]
    assert set("".join(groups)) <= set(ALPHABET)
