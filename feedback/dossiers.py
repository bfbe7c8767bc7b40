"""One row per case that every write of feedback locks first: its counter of messages and its chain."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Dossier
from services.messages import Message
from services.messaging import tell


async def hold(session: AsyncSession, case_no: str) -> Dossier:
    """The dossier of a case, made where there is none, locked until the transaction ends."""
    fresh = {"case_no": case_no, "told": 0, "entries": 0, "chain": None, "ended_by": 0}
    await session.execute(insert(Dossier).values(fresh).on_conflict_do_nothing())
    found = await find(session, case_no)
    assert found
    return found


async def find(session: AsyncSession, case_no: str) -> Dossier | None:
    """The dossier of a case that is known here, locked; a case that nobody told of gets none."""
    return await session.scalar(select(Dossier).where(Dossier.case_no == case_no).with_for_update())


async def say(session: AsyncSession, dossier: Dossier, message: Message) -> None:
    """Tell the other services, with the next sequence of this case."""
    dossier.told += 1
    await tell(session, message, sequence=dossier.told)
