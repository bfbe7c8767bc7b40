"""Tries of a proof of being the reporter: each is counted before it is made, so that many at once are five at most.

What was no wrong proof is given back; a day after the last try the count begins anew.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import Request
from sqlalchemy import case, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from intake import cases
from intake.keeping.proof import MOST, REFUSED, NotTheReporter, TooManyTries
from intake.keeping.records import ProofTries
from services import audit
from services.access import FRONT
from services.clocks import now

A_DAY = timedelta(days=1)


@asynccontextmanager
async def counted(request: Request, case_no: str) -> AsyncIterator[None]:
    """One try, while it is made. One that did not fit stays counted and is in the audit, whatever is rolled back."""
    database, actor = request.app.state.database, request.state.actor
    async with database.unit() as session:
        await cases.find(session, case_no, actor=actor, roles=FRONT)
        left = request.state.try_is_left = await _count(session, case_no)
    try:
        yield
    except NotTheReporter:
        async with database.unit() as session:
            await audit.record(session, REFUSED, case_no, actor=actor)
        raise
    except BaseException:
        await _give_back(request, case_no, left)
        raise
    await _give_back(request, case_no, left)


def refuse_too_many(request: Request) -> None:
    """Asked within the verb, so that a repeated request still gets its first answer. Raises TooManyTries."""
    if not request.state.try_is_left:
        raise TooManyTries(most=MOST)


async def _count(session: AsyncSession, case_no: str) -> bool:
    """In one statement; False where none is left, and then nothing is counted: the wait is not prolonged by trying."""
    at = now()
    over = ProofTries.last_at <= at - A_DAY
    row = insert(ProofTries).values(case_no=case_no, tries=1, last_at=at)
    anew = {"tries": case((over, 1), else_=ProofTries.tries + 1), "last_at": at}
    one_more = row.on_conflict_do_update(
        index_elements=[ProofTries.case_no], set_=anew, where=or_(over, ProofTries.tries < MOST)
    ).returning(ProofTries.tries)
    return await session.scalar(one_more) is not None


async def _give_back(request: Request, case_no: str, was_counted: bool) -> None:
    if was_counted:
        less = update(ProofTries).where(ProofTries.case_no == case_no, ProofTries.tries > 0)
        async with request.app.state.database.unit() as session:
            await session.execute(less.values(tries=ProofTries.tries - 1))
