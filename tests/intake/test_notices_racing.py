"""Erasing a person and writing down what they want to be sent, at once: whoever is first, no choice stays behind."""

import asyncio

from front_desk import House
from test_erasing import PERSON, closed

from intake.keeping.erasing import Part, erase
from intake.models import Report
from intake.notices import choices
from intake.notices.choices import Choice, NobodyToAsk
from services.clocks import now, stopped

NUMBER = PERSON["phone"]


async def kept(house: House) -> int:
    return len(await house.rows("select 1 from notice_choices"))


async def test_a_choice_that_waits_for_an_erasure_is_not_written(house: House) -> None:
    case_no = await closed(house, reporter=PERSON | {"notices": False})
    vault = house.app.state.vault

    async def choose() -> str:
        async with house.database.unit() as session:
            report = await session.get_one(Report, case_no)
            begun.set()
            try:
                await choices.choose(session, vault, report, Choice(sms=True), actor=None)
            except NobodyToAsk:
                return "nobody"
        return "chosen"

    begun = asyncio.Event()
    async with house.database.unit() as session:
        report = await session.get_one(Report, case_no, with_for_update=True)
        assert await erase(session, vault, report, Part.EVERYTHING, cause="due")
        choosing = asyncio.create_task(choose())
        await begun.wait()
        await asyncio.wait([choosing], timeout=0.2)
        assert not choosing.done()
    assert await choosing == "nobody"
    assert await kept(house) == 0


async def test_the_last_two_reports_of_a_number_erased_at_once_leave_no_choice(house: House) -> None:
    cases = [await closed(house, reporter=PERSON | {"notices": False}) for _ in range(2)]
    vault = house.app.state.vault
    met = asyncio.Barrier(2)

    async def gone(case_no: str) -> None:
        async with house.database.unit() as session:
            report = await session.get_one(Report, case_no, with_for_update=True)
            await met.wait()
            await erase(session, vault, report, Part.EVERYTHING, cause="due")

    assert await kept(house) == 1
    await asyncio.gather(*map(gone, cases))
    assert await kept(house) == 0


async def test_a_choice_that_is_read_while_its_person_is_erased_is_not_written_back(house: House) -> None:
    """A notice is about to go out, by a choice so old that its row would be written anew."""
    case_no = await closed(house, reporter=PERSON | {"notices": False})
    vault = house.app.state.vault

    async def read() -> Choice:
        async with house.database.unit() as session:
            return await choices.of_phone(session, vault, NUMBER)

    with stopped(now() + choices.ASKED_AGAIN * 2):
        async with house.database.unit() as session:
            report = await session.get_one(Report, case_no, with_for_update=True)
            assert await erase(session, vault, report, Part.EVERYTHING, cause="due")
            reading = asyncio.create_task(read())
            await asyncio.wait([reading], timeout=0.2)
        assert await reading == Choice()
    assert await kept(house) == 0
