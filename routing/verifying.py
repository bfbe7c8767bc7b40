"""Whether the timelines are whole: every chain of digests from its first entry to the head that its order keeps."""

from dataclasses import dataclass

from sqlalchemy import select

from routing.models import Order
from services.database import Database
from services.timeline import first_broken

AT_ONCE = 200


@dataclass(frozen=True)
class Break:
    """The first entry of a case that does not fit its chain."""

    case_no: str
    entry: int


async def verify_all(database: Database) -> tuple[int, list[Break]]:
    """The number of timelines read, and where they are broken."""
    number, last, broken = 0, "", list[Break]()
    while found := await _some(database, last):
        number, last = number + len(found), found[-1]
        broken += [each for case_no in found if (each := await _verify(database, case_no))]
    return number, broken


async def _some(database: Database, last: str) -> list[str]:
    numbers = select(Order.case_no).where(Order.case_no > last).order_by(Order.case_no).limit(AT_ONCE)
    async with database.unit() as session:
        return list(await session.scalars(numbers))


async def _verify(database: Database, case_no: str) -> Break | None:
    """Head and entries as one moment shows them: the row is locked, so that a move waits."""
    async with database.unit() as session:
        head = select(Order.chain, Order.entries).where(Order.case_no == case_no).with_for_update(read=True)
        chain, count = (await session.execute(head)).one()
        entry = await first_broken(session, case_no, chain=chain or b"", count=count)
        return Break(case_no, entry) if entry else None
