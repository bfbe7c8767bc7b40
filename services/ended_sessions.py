"""Sessions that ended at routing: what the two others need to know so that no pass of theirs lives on.

A pass is good for some minutes by itself; the news of its session's end makes that seconds. A row is kept for as long
as a pass can live, then forgotten.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from services.clocks import now
from services.database import Floor
from services.events import Envelope
from services.messages import SessionsEnded

LONGEST_PASS = timedelta(hours=1)
"""No setting allows a longer one."""


class EndedSession(Floor):
    """One session, by the name that its passes carry."""

    __tablename__ = "ended_sessions"
    voice: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


async def sessions_ended(session: AsyncSession, message: SessionsEnded, _: Envelope) -> None:
    """Their passes open nothing here any longer."""
    rows = [{"voice": voice, "at": message.at} for voice in message.voices]
    await session.execute(insert(EndedSession).values(rows).on_conflict_do_nothing())


async def has_ended(session: AsyncSession, voice: str) -> bool:
    return await session.get(EndedSession, voice) is not None


async def forget_ended(session: AsyncSession) -> None:
    """Delete what no pass can name any more."""
    await session.execute(delete(EndedSession).where(EndedSession.at <= now() - LONGEST_PASS))
