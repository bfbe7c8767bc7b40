"""What the floor itself may still hold of a case's words: timelines, messages that wait, jobs that were given up."""

from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from services.inbox import Inbox
from services.timeline import Entry, Words

GIVEN_UP = text(
    "DELETE FROM pgqueuer WHERE status = 'failed' AND entrypoint LIKE 'to\\_%' "
    "AND CASE WHEN position(convert_to(:case_no, 'UTF8') IN payload) > 0 "
    "THEN convert_from(payload, 'UTF8')::jsonb ->> 'subject' = :case_no END"
)
"""Messages about the case itself: others may name it too, as a caller's other open case, and are still to be told."""


async def clear(session: AsyncSession, case_no: str) -> None:
    """All of it; the chain of digests stays whole."""
    await session.execute(delete(Words).where(Words.case_no == case_no))
    waiting = update(Inbox).where(Inbox.subject == case_no, Inbox.status == "waiting")
    await session.execute(waiting.values(status="ignored", body=None))
    await session.execute(GIVEN_UP, {"case_no": case_no})


async def clear_moves(session: AsyncSession, case_no: str, move: str) -> None:
    """The words of one kind of entry alone."""
    numbers = select(Entry.number).where(Entry.case_no == case_no, Entry.move == move)
    await session.execute(delete(Words).where(Words.case_no == case_no, Words.number.in_(numbers)))


def has_words(case_no: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Whether words of a case are there (again)."""
    return exists().where(Words.case_no == case_no)


def has_words_of(case_no: InstrumentedAttribute[str], move: str) -> ColumnElement[bool]:
    """The same for one kind of entry."""
    same = (Entry.case_no == Words.case_no) & (Entry.number == Words.number)
    return exists().where(Words.case_no == case_no, same, Entry.move == move)
