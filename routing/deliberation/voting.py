"""One code, one vote. Nothing that is kept says which code chose what, or when.

A code's row is marked as spent and a ballot is written, in one transaction. The ballot's id is random; neither has a
time, and no timeline, audit or log names a vote. When the vote is closed the codes are deleted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from routing.deliberation.refusals import CodeSpent, NoSuchCode, VotingOver
from routing.deliberation.tally import ABSTAIN
from routing.models import Ballot, Deliberation, DeliberationOption, VotingCode
from routing.models.deliberation import Standing
from services.clocks import now
from services.messages import CodesMade
from services.one_time_codes import digest_of
from services.problems import invalid


@dataclass(frozen=True)
class Paper:
    """What a code is asked (选票)."""

    row: Deliberation
    options: list[DeliberationOption]
    spent: bool


async def register_codes(session: AsyncSession, made: CodesMade) -> None:
    """The digests of codes that intake hands out; never more of them than households are entitled."""
    row = await session.get(Deliberation, made.deliberation, with_for_update=True)
    if row is None or row.case_no != made.case_no or row.state != Standing.OPEN:
        return
    there = await session.scalar(select(func.count()).where(VotingCode.deliberation == row.id)) or 0
    digests = [bytes.fromhex(digest) for digest in made.digests[: max(0, row.entitled - there)]]
    if digests:
        values = [
            {"digest": digest, "deliberation": row.id, "district": row.district, "spent": False} for digest in digests
        ]
        await session.execute(upsert(VotingCode).values(values).on_conflict_do_nothing())


async def paper(session: AsyncSession, code: str) -> Paper:
    """Raises NoSuchCode."""
    wanted = select(Deliberation, VotingCode.spent).join(VotingCode, VotingCode.deliberation == Deliberation.id)
    found = (await session.execute(wanted.where(VotingCode.digest == digest_of(code)))).one_or_none()
    if found is None:
        raise NoSuchCode
    row, spent = found
    return Paper(row, await options_of(session, row.id), spent)


async def vote(session: AsyncSession, code: str, option: str) -> None:
    """Raises NoSuchCode, CodeSpent, VotingOver, and Invalid for an option that there is none of.

    The deliberation is held so that it cannot be closed between; votes do not wait for each other.
    """
    asked = await paper(session, code)
    held = select(Deliberation).where(Deliberation.id == asked.row.id).with_for_update(read=True)
    row = (await session.scalars(held.execution_options(populate_existing=True))).one()
    if row.state != Standing.OPEN or row.closes_at <= now():
        raise VotingOver
    _check_option(option, asked.options)
    spent = update(VotingCode).where(VotingCode.digest == digest_of(code), VotingCode.spent.is_(False))
    if await session.scalar(spent.values(spent=True).returning(VotingCode.deliberation)) is None:
        raise CodeSpent
    ballot = {"id": uuid4(), "deliberation": row.id, "district": row.district, "option": option}
    await session.execute(insert(Ballot), ballot)


def _check_option(option: str, options: Iterable[DeliberationOption]) -> None:
    keys = [each.key for each in options] + [ABSTAIN]
    if option not in keys:
        raise invalid("option", "is one of the options", f"choose one of: {', '.join(keys)}")


async def options_of(session: AsyncSession, deliberation: UUID) -> list[DeliberationOption]:
    wanted = select(DeliberationOption).where(DeliberationOption.deliberation == deliberation)
    return list(await session.scalars(wanted.order_by(DeliberationOption.position)))


async def turnout(session: AsyncSession, deliberation: UUID) -> tuple[int, int]:
    """How many codes there are, and how many have voted."""
    counted = select(func.count(), func.count().filter(VotingCode.spent)).where(VotingCode.deliberation == deliberation)
    codes, voted = (await session.execute(counted)).one()
    return int(codes), int(voted)
