"""Whether a service's timelines are whole: every chain of digests from its first entry to the head its owner keeps."""

from typing import Any

from sqlalchemy import select

from services.database import Database
from services.timeline import first_broken

AT_ONCE = 200


async def broken(database: Database, owner: type[Any]) -> tuple[int, list[str]]:
    """The number of timelines read, and where they are broken; `owner` is the row that carries head and count."""
    number, last, faults = 0, "", list[str]()
    while True:
        wanted = select(owner.case_no, owner.chain, owner.entries).where(owner.case_no > last)
        async with database.unit() as session:
            found = (await session.execute(wanted.order_by(owner.case_no).limit(AT_ONCE))).all()
            for case_no, chain, count in found:
                entry = await first_broken(session, case_no, chain=chain or b"", count=count)
                faults += [f"{database.service}: the timeline of {case_no} breaks at entry {entry}"] if entry else []
        number += len(found)
        if len(found) < AT_ONCE:
            return number, faults
        last = found[-1][0]
