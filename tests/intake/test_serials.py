"""Case numbers are unique across processes, and cost a statement once in fifty."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from front_desk import House

from intake import numbers
from intake.models import BLOCK, SERIALS
from intake.serials import Serials
from services.clocks import stopped

SHANGHAI = ZoneInfo("Asia/Shanghai")


async def test_two_processes_never_make_the_same_number(house: House) -> None:
    desks = [Serials(house.database, SHANGHAI) for _ in range(3)]
    made = await asyncio.gather(*(desk.next_number() for desk in desks for _ in range(120)))
    assert len(set(made)) == 360
    assert all(numbers.valid(number) for number in made)


async def test_a_block_is_fetched_once(house: House, statements: list[str]) -> None:
    desk = Serials(house.database, SHANGHAI)
    for _ in range(BLOCK):
        await desk.next_number()
    assert sum("nextval" in sql for sql in statements) == 1
    await desk.next_number()
    assert sum("nextval" in sql for sql in statements) == 2


async def test_the_day_is_the_citys(house: House) -> None:
    desk = Serials(house.database, SHANGHAI)
    with stopped(datetime(2025, 3, 1, 16, 30, tzinfo=UTC)):
        assert numbers.parse(await desk.next_number()).day.isoformat() == "2025-03-02"


def test_the_last_block_still_fits_a_case_number() -> None:
    assert SERIALS.maxvalue is not None
    assert SERIALS.maxvalue + BLOCK - 1 == numbers.MAX_SERIAL
